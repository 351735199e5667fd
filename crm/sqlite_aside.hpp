#pragma once
#include <optional>
#include <set>
#include <string>

#include "crm/sqlite.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// Records of the journal that are set aside, and whose they are: what comes from the same person waits behind them.
/// The writer's; inside its transactions.
class sqlite_aside {
public:
    enum class status { next = 0, behind = 1, dead = 2 };
    struct kept_record {
        std::uint64_t sequence = 0;
        std::int64_t recorded_us = 0;
        std::uint16_t span = 1;
        std::int32_t attempt = 0;
        std::string payload;

        stream::record as_record() const { return {sequence, recorded_us, stream::kind_callback, span, payload, 0}; }
    };

    explicit sqlite_aside(const sqlite_connection& in);

    /// Whether someone of this record has another that is set aside and not dead.
    bool holds_up(const stream::kept_callback& what) const;
    void add(const stream::record& what, status as, std::int32_t attempt, std::int64_t available_ms,
             const std::string& reason);
    void change(std::uint64_t sequence, status to, std::int32_t attempt, std::int64_t available_ms,
                const std::string& reason);
    void remove(std::uint64_t sequence);

    bool is_due(std::int64_t now_ms);
    std::optional<kept_record> next(std::int64_t now_ms);
    /// The oldest that waits behind another, from this sequence on.
    std::optional<kept_record> behind(std::uint64_t from);
    std::optional<status> status_of(std::uint64_t sequence);

    /// As the table has it: after each change, and after a rollback.
    void read_people();

private:
    static std::set<std::string> people_of(const stream::kept_callback& what);
    static kept_record record_in(const sqlite_statement& row);

    sqlite_statement add_, change_, remove_, next_, behind_, status_, waiting_;
    std::set<std::string> people_;
};

}  // namespace yizhan::crm
