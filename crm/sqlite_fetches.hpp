#pragma once
#include <string>
#include <utility>
#include <vector>

#include "crm/sqlite.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// What is to be fetched from the platforms because of what customers did, and what came of it: their media, and who they
/// are.
///
/// The writer's; inside its transactions.
class sqlite_fetches {
public:
    explicit sqlite_fetches(const sqlite_connection& in);

    void want_media(std::uint64_t sequence, const stream::effects& from, std::string_view account, std::int64_t contact);
    error_code keep_media(std::int64_t sequence, std::string_view digest, std::string_view type, std::int64_t bytes);
    error_code media_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason);
    error_code give_media_up(std::int64_t sequence, std::string_view reason);
    void forget_media(std::int64_t before_ms);

    /// Unless they were asked for within the day before.
    void want_profile(const stream::effects& from, std::string_view account, std::int64_t contact, std::int64_t now_ms);
    error_code keep_profile(std::int64_t contact, std::string_view account, std::string_view json, std::int64_t at_ms);
    error_code profile_later(std::int64_t contact, std::string_view account, std::int64_t at_ms);

    void erase(std::int64_t contact);

    bool has_woken() { return std::exchange(woken_, false); }
    /// Media that nobody has any more, by their digests.
    std::vector<std::string> take_freed() { return std::exchange(freed_, {}); }

private:
    error_code changed() const;
    void note_freed(sqlite_statement& gone);

    const sqlite_connection& in_;
    sqlite_statement want_, keep_, later_, give_up_, forget_, erase_media_, is_kept_;
    sqlite_statement ask_, know_, ask_later_, erase_profiles_;
    bool woken_ = false;
    std::vector<std::string> freed_;
};

}  // namespace yizhan::crm
