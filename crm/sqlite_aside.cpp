#include "crm/sqlite_aside.hpp"

#include <algorithm>

namespace yizhan::crm {

sqlite_aside::sqlite_aside(const sqlite_connection& in)
    : add_(in, "INSERT INTO aside(sequence, recorded_us, span, payload, status, attempt, available_ms, reason) VALUES(?,?,?,?,?,?,?,?)"),
      change_(in, "UPDATE aside SET status = ?, attempt = ?, available_ms = ?, reason = ? WHERE sequence = ?"),
      remove_(in, "DELETE FROM aside WHERE sequence = ?"),
      next_(in, "SELECT sequence, recorded_us, span, attempt, payload FROM aside WHERE status = 0 AND available_ms <= ? ORDER BY available_ms LIMIT 1"),
      status_(in, "SELECT status FROM aside WHERE sequence = ?"),
      waiting_(in, "SELECT sequence, status, payload FROM aside WHERE status < 2 ORDER BY status, sequence"),
      all_(in, "SELECT sequence, payload FROM aside") {}

std::set<std::string> sqlite_aside::people_of(const stream::kept_callback& what) {
    std::set<std::string> all;
    for (const stream::effects& each : what.events)
        if (!each.person_id.empty()) all.insert(person_key(each.person_kind, each.person_scope, each.person_id));
    return all;
}

bool sqlite_aside::holds_up(const stream::kept_callback& what) {
    if (!people_) {
        people_.emplace();
        for (waiting_.with(); waiting_.next();)
            if (const std::string payload = waiting_.text(2); const auto kept = stream::kept_of(payload))
                people_->merge(people_of(*kept));
        waiting_.reset();
    }
    if (people_->empty()) return false;
    const auto is_held = [this](const std::string& each) { return people_->count(each) != 0; };
    return std::ranges::any_of(people_of(what), is_held);
}

void sqlite_aside::add(const stream::record& what, status as, std::int32_t attempt, std::int64_t available_ms,
                       const std::string& reason) {
    add_.with(what.sequence, what.time_us, std::int64_t{what.span}, sqlite_blob{what.payload}, static_cast<int>(as),
              attempt, available_ms, reason)
        .run();
    if (as == status::dead || !people_) return;
    if (const auto kept = stream::kept_of(what.payload)) people_->merge(people_of(*kept));
}

void sqlite_aside::change(std::uint64_t sequence, status to, std::int32_t attempt, std::int64_t available_ms,
                          const std::string& reason) {
    change_.with(static_cast<int>(to), attempt, available_ms, reason, sequence).run();
    people_.reset();
}

void sqlite_aside::remove(std::uint64_t sequence) {
    remove_.with(sequence).run();
    people_.reset();
}

void sqlite_aside::erase(const std::set<std::string>& people) {
    std::vector<std::uint64_t> theirs;
    for (all_.with(); all_.next();) {
        const std::string payload = all_.text(1);
        const auto kept = stream::kept_of(payload);
        const auto is_theirs = [&](const std::string& each) { return people.count(each) != 0; };
        if (kept && std::ranges::any_of(people_of(*kept), is_theirs)) theirs.push_back(static_cast<std::uint64_t>(all_.integer(0)));
    }
    all_.reset();
    for (const std::uint64_t each : theirs) remove(each);
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

void sqlite_aside::promote(std::int64_t now_ms) {
    std::set<std::string> held;  // First by those whose turn it is, then by everybody who waits before.
    std::vector<std::uint64_t> free;
    for (waiting_.with(); waiting_.next();) {
        const std::string payload = waiting_.text(2);
        const auto kept = stream::kept_of(payload);
        if (!kept) continue;
        std::set<std::string> people = people_of(*kept);
        const auto is_held = [&](const std::string& each) { return held.count(each) != 0; };
        const bool waits = static_cast<status>(waiting_.integer(1)) == status::behind;
        if (waits && std::ranges::none_of(people, is_held)) free.push_back(static_cast<std::uint64_t>(waiting_.integer(0)));
        held.merge(people);
    }
    waiting_.reset();
    for (const std::uint64_t each : free) change(each, status::next, 0, now_ms, "its turn has come");
}

std::optional<sqlite_aside::status> sqlite_aside::status_of(std::uint64_t sequence) {
    std::optional<status> found;
    if (status_.with(sequence).next()) found = static_cast<status>(status_.integer(0));
    status_.reset();
    return found;
}

}  // namespace yizhan::crm
