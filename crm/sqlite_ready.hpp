#pragma once

namespace yizhan::crm {

/// Tasks that can be claimed: pending, their time come, nothing older of the same conversation open in the queue, and
/// nobody else at work on the conversation, whatever the queue. ?1 queue, ?2 now, ?3 how many.
constexpr const char* sqlite_ready =
    "SELECT t.id, t.priority, t.attempt, t.enqueued_ms, t.contact, t.conversation, t.skills, e.json"
    " FROM task t JOIN event e ON e.sequence = t.sequence"
    " WHERE t.status = 0 AND t.queue = ?1 AND t.available_ms <= ?2 AND (t.conversation = 0 OR NOT EXISTS"
    "  (SELECT 1 FROM task o WHERE o.status < 2 AND o.conversation = t.conversation AND o.queue = t.queue AND o.id < t.id))"
    " AND (t.conversation = 0 OR NOT EXISTS"
    "  (SELECT 1 FROM task c WHERE c.status < 2 AND c.status = 1 AND c.conversation = t.conversation))"
    " ORDER BY t.priority DESC, t.id LIMIT ?3";

}  // namespace yizhan::crm
