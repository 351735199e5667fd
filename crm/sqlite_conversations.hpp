#pragma once
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "crm/sqlite.hpp"

namespace yizhan::crm {

/// Where each conversation's threads end: its newest event, and the newest of its open tasks. Each event and each open
/// task names the one before it, so that a thread is followed backwards. An index over conversations would put every
/// callback on a page of its own.
///
/// The writer's; inside its transactions. What changes is written at `flush`.
class sqlite_conversations {
public:
    struct ends {
        std::int64_t last_ms = 0, last_event = 0, open_task = 0;
    };

    explicit sqlite_conversations(const sqlite_connection& in);

    const ends& of(std::int64_t conversation);
    /// The same, to be changed.
    ends& change(std::int64_t conversation);

    void flush();
    /// After a rollback, and when conversations were deleted: what is remembered is no longer true.
    void forget();

private:
    sqlite_statement find_, set_;
    std::unordered_map<std::int64_t, ends> known_;
    std::unordered_set<std::int64_t> changed_;
};

}  // namespace yizhan::crm
