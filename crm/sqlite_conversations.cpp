#include "crm/sqlite_conversations.hpp"

namespace yizhan::crm {
namespace {

constexpr std::size_t known_max = 100000;

}  // namespace

sqlite_conversations::sqlite_conversations(const sqlite_connection& in)
    : find_(in, "SELECT last_ms, last_event, open_task FROM conversation WHERE id = ?"),
      set_(in, "UPDATE conversation SET last_ms = ?, last_event = ?, open_task = ? WHERE id = ?") {}

const sqlite_conversations::ends& sqlite_conversations::of(std::int64_t conversation) {
    if (const auto found = known_.find(conversation); found != known_.end()) return found->second;
    if (known_.size() >= known_max) {
        flush();
        known_.clear();
    }
    ends read;
    if (find_.with(conversation).next()) read = {find_.integer(0), find_.integer(1), find_.integer(2)};
    find_.reset();
    return known_[conversation] = read;
}

sqlite_conversations::ends& sqlite_conversations::change(std::int64_t conversation) {
    of(conversation);
    changed_.insert(conversation);
    return known_[conversation];
}

void sqlite_conversations::flush() {
    for (const std::int64_t each : changed_) {
        const ends& now = known_[each];
        set_.with(now.last_ms, now.last_event, now.open_task, each).run();
    }
    changed_.clear();
}

void sqlite_conversations::forget() {
    known_.clear();
    changed_.clear();
}

}  // namespace yizhan::crm
