#pragma once

namespace yizhan::crm {

/// Tasks that can be claimed: the first in their line, their time come, and nobody else at work on the conversation,
/// whatever the queue. ?1 queue, ?2 now, ?3 how many. (SQLite takes a partial index for its condition, word for word.)
constexpr const char* sqlite_ready =
    "SELECT t.id, t.priority, t.attempt, t.enqueued_ms, t.contact, t.conversation, t.skills, e.json"
    " FROM task t JOIN event e ON e.sequence = t.sequence"
    " WHERE (t.status = 0 OR t.status = 4) AND t.status = 0 AND t.queue = ?1 AND t.available_ms <= ?2 AND (t.conversation = 0"
    "  OR NOT EXISTS (SELECT 1 FROM task c WHERE c.status = 1 AND c.conversation = t.conversation))"
    " ORDER BY t.priority DESC, t.id LIMIT ?3";

}  // namespace yizhan::crm
