#include "crm/sqlite_aside.hpp"

#include <algorithm>

namespace yizhan::crm {

sqlite_aside::sqlite_aside(const sqlite_connection& in)
    : add_(in, "INSERT INTO aside(sequence, recorded_us, span, payload, status, attempt, available_ms, reason) VALUES(?,?,?,?,?,?,?,?)"),
      change_(in, "UPDATE aside SET status = ?, attempt = ?, available_ms = ?, reason = ? WHERE sequence = ?"),
      remove_(in, "DELETE FROM aside WHERE sequence = ?"),
      next_(in, "SELECT sequence, recorded_us, span, attempt, payload FROM aside WHERE status = 0 AND available_ms <= ? ORDER BY available_ms LIMIT 1"),
      behind_(in, "SELECT sequence, recorded_us, span, attempt, payload FROM aside WHERE status = 1 AND sequence >= ? ORDER BY sequence LIMIT 1"),
      status_(in, "SELECT status FROM aside WHERE sequence = ?"),
      waiting_(in, "SELECT payload FROM aside WHERE status < 2") {
    read_people();
}

std::set<std::string> sqlite_aside::people_of(const stream::kept_callback& what) {
    std::set<std::string> all;
    for (const stream::effects& each : what.events)
        if (!each.person_id.empty()) all.insert(person_key(each.person_kind, each.person_scope, each.person_id));
    return all;
}

void sqlite_aside::read_people() {
    people_.clear();
    for (waiting_.with(); waiting_.next();)
        if (const std::string payload = waiting_.text(0); const auto kept = stream::kept_of(payload))
            people_.merge(people_of(*kept));
    waiting_.reset();
}

bool sqlite_aside::holds_up(const stream::kept_callback& what) const {
    if (people_.empty()) return false;
    const auto is_held = [this](const std::string& each) { return people_.count(each) != 0; };
    return std::ranges::any_of(people_of(what), is_held);
}

void sqlite_aside::add(const stream::record& what, status as, std::int32_t attempt, std::int64_t available_ms,
                       const std::string& reason) {
    add_.with(what.sequence, what.time_us, std::int64_t{what.span}, sqlite_blob{what.payload}, static_cast<int>(as),
              attempt, available_ms, reason)
        .run();
    read_people();
}

void sqlite_aside::change(std::uint64_t sequence, status to, std::int32_t attempt, std::int64_t available_ms,
                          const std::string& reason) {
    change_.with(static_cast<int>(to), attempt, available_ms, reason, sequence).run();
    read_people();
}

void sqlite_aside::remove(std::uint64_t sequence) {
    remove_.with(sequence).run();
    read_people();
}

bool sqlite_aside::is_due(std::int64_t now_ms) {
    const bool due = next_.with(now_ms).next();
    next_.reset();
    return due;
}

sqlite_aside::kept_record sqlite_aside::record_in(const sqlite_statement& row) {
    return {static_cast<std::uint64_t>(row.integer(0)), row.integer(1), static_cast<std::uint16_t>(row.integer(2)),
            static_cast<std::int32_t>(row.integer(3)), row.text(4)};
}

std::optional<sqlite_aside::kept_record> sqlite_aside::next(std::int64_t now_ms) {
    std::optional<kept_record> found;
    if (next_.with(now_ms).next()) found = record_in(next_);
    next_.reset();
    return found;
}

std::optional<sqlite_aside::kept_record> sqlite_aside::behind(std::uint64_t from) {
    std::optional<kept_record> found;
    if (behind_.with(from).next()) found = record_in(behind_);
    behind_.reset();
    return found;
}

std::optional<sqlite_aside::status> sqlite_aside::status_of(std::uint64_t sequence) {
    std::optional<status> found;
    if (status_.with(sequence).next()) found = static_cast<status>(status_.integer(0));
    status_.reset();
    return found;
}

}  // namespace yizhan::crm
