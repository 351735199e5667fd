#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crm/sqlite.hpp"
#include "crm/sqlite_conversations.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// The tasks. Those of one conversation in one queue stand in line: the oldest that is open can be claimed, the others
/// wait behind it. A conversation's open tasks, of all queues, are one thread (sqlite_conversations).
///
/// The writer's; inside its transactions.
class sqlite_tasks {
public:
    struct held {
        std::int64_t conversation = 0;
        std::int32_t attempt = 0;
        std::string queue;
    };

    sqlite_tasks(const sqlite_connection& in, sqlite_conversations& conversations);

    struct fresh {
        std::string_view queue, skills;
        std::int32_t priority = 0;
        std::int64_t contact = 0, conversation = 0, enqueued_ms = 0;
        std::uint64_t sequence = 0;
    };
    void add(const fresh& what);

    std::vector<task> claim(const claim_request& what, std::int64_t now_ms);
    /// The claim on a task, when it is this attempt's; 0: any. Errors: not_found, conflict.
    result<held> claimed(std::int64_t task, std::int32_t attempt);
    /// Claims whose time is over.
    std::vector<std::int64_t> late(std::int64_t now_ms);
    void lengthen(std::int64_t task, std::int64_t until_ms);

    // How a claim ends.
    void complete(std::int64_t task, const held& claim);
    void return_or_bury(std::int64_t task, const held& claim, std::int64_t available_ms, std::string_view reason);
    void unclaim(std::int64_t task, const held& claim);

    bool is_dead(std::int64_t task);
    void revive(std::int64_t task, std::int64_t now_ms);
    void drop(std::int64_t task);

    /// Whether somebody is at work on it.
    bool is_claimed(std::int64_t conversation);
    /// Queues in which it has an open task.
    std::vector<std::string> open_queues(std::int64_t conversation);
    /// Of a contact who is to be forgotten.
    void erase(std::int64_t contact);

    /// Queues that got something to do since the last call.
    std::vector<std::string> woken_queues();
    void wake(const std::string& queue) { woken_.insert(queue); }
    void forget_woken() { woken_.clear(); }

private:
    enum status { pending = 0, claimed_by_somebody = 1, ended = 2, dead = 3, in_line = 4 };
    struct open_task {
        std::int64_t id = 0, status = 0;
        std::string queue;
    };
    std::vector<open_task> thread(std::int64_t conversation);
    bool has_open(std::int64_t conversation, std::string_view queue);
    void end(std::int64_t task, const held& claim, status as, std::string_view reason);
    void take_out(std::int64_t task, std::int64_t conversation);
    void put_in(std::int64_t task, std::int64_t conversation);
    void line_up(std::int64_t conversation, std::string_view queue);

    sqlite_conversations& conversations_;
    sqlite_statement add_, ready_, take_, state_, set_status_, stand_, set_previous_, open_, forget_claim_, lengthen_, late_,
        revive_, claimed_, erase_;
    std::set<std::string> woken_;
};

}  // namespace yizhan::crm
