#pragma once
#include <optional>
#include <set>
#include <string>

#include "crm/sqlite.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// Records of the journal that are set aside, and whose they are: what comes from the same person waits behind them, in
/// order. The writer's; inside its transactions.
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
    bool holds_up(const stream::kept_callback& what);
    void add(const stream::record& what, status as, std::int32_t attempt, std::int64_t available_ms,
             const std::string& reason);
    void change(std::uint64_t sequence, status to, std::int32_t attempt, std::int64_t available_ms,
                const std::string& reason);
    void remove(std::uint64_t sequence);

    bool is_due(std::int64_t now_ms);
    std::optional<kept_record> next(std::int64_t now_ms);
    /// Of what waits behind others, whatever has no other of its people before it any more comes to its turn.
    void promote(std::int64_t now_ms);
    std::optional<status> status_of(std::uint64_t sequence);
    /// Forgets the records of these people, whatever became of them.
    void erase(const std::set<std::string>& people);

    /// After a rollback: what is remembered of the table is no longer true.
    void forget() { people_.reset(); }

    static std::set<std::string> people_of(const stream::kept_callback& what);

private:
    static kept_record record_in(const sqlite_statement& row);

    sqlite_statement add_, change_, remove_, next_, status_, waiting_, all_;
    std::optional<std::set<std::string>> people_;  // Of those that are not dead; read when it is asked for.
};

}  // namespace yizhan::crm
