#pragma once
#include <utility>

#include "crm/sqlite.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// Messages of ours and what became of them, and until when and how often customers may be written to.
///
/// The writer's; inside its transactions.
class sqlite_outbox {
public:
    explicit sqlite_outbox(const sqlite_connection& in);

    /// A message of ours: it waits for its turn, and takes one from what the customer may be sent.
    void add(std::uint64_t sequence, const stream::effects& from, std::string_view account, std::int64_t contact,
             std::int64_t conversation);
    void note(const stream::delivery_news& news);
    /// The conversation that is no longer with the platform's desk because of it; 0: none. Behind `note`.
    std::int64_t ends_handover(const stream::delivery_news& news);
    void open(std::int64_t conversation, const stream::opened_window& window);
    void close(std::int64_t conversation);

    error_code begin(std::int64_t sequence);
    error_code later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason, bool doubtful);

    void erase(std::int64_t contact);

    bool has_woken() { return std::exchange(woken_, false); }

private:
    const sqlite_connection& in_;
    sqlite_statement add_, note_, message_of_, begin_, later_, erase_, open_, close_, windows_, spend_;
    bool woken_ = false;
};

/// How a row of `outbox` is read, by writer and readers.
constexpr const char* sqlite_outbox_columns =
    "sequence, conversation, available_ms, id, account, person_kind, person, message, status, attempt, reason, platform_id, doubtful";
outgoing outgoing_in(const sqlite_statement& row);

}  // namespace yizhan::crm
