#include "crm/sqlite_outbox.hpp"

#include <algorithm>
#include <cstring>

namespace yizhan::crm {

sqlite_outbox::sqlite_outbox(const sqlite_connection& in)
    : in_(in),
      add_(in, "INSERT INTO outbox(sequence, id, account, person_kind, person, contact, conversation, message, at_ms)"
               " VALUES(?,?,?,?,?,?,?,?,?)"),
      note_(in, "UPDATE outbox SET status = ?, reason = ?, platform_id = ? WHERE id = ?"),
      message_of_(in, "SELECT conversation, message FROM outbox WHERE id = ?"),
      begin_(in, "UPDATE outbox SET status = 1, attempt = attempt + 1 WHERE sequence = ? AND status = 0"),
      later_(in, "UPDATE outbox SET status = 0, available_ms = ?, reason = ?, doubtful = doubtful OR ? WHERE sequence = ? AND status = 1"),
      erase_(in, "DELETE FROM outbox WHERE contact = ?"),
      open_(in, "INSERT INTO reply_window VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET until_ms = ?3, left = ?4"),
      close_(in, "DELETE FROM reply_window WHERE conversation = ?"),
      windows_(in, "SELECT what, left FROM reply_window WHERE conversation = ? AND until_ms > ? AND left <> 0 ORDER BY until_ms"),
      spend_(in, "UPDATE reply_window SET left = left - 1 WHERE conversation = ? AND what = ? AND left > 0") {}

void sqlite_outbox::add(std::uint64_t sequence, const stream::effects& from, std::string_view account, std::int64_t contact,
                        std::int64_t conversation) {
    add_.with(sequence, from.id, account, from.person_kind, from.person_id, contact, conversation, from.outgoing, from.at_ms).run();
    woken_ = true;
    if (!from.type.starts_with("message.")) return;  // It says nothing.
    // One that has no end costs nothing; otherwise the one that is over first.
    std::int64_t spent = -1;
    for (windows_.with(conversation, from.at_ms); windows_.next();) {
        if (windows_.integer(1) < 0) {
            spent = -1;
            break;
        }
        if (spent < 0) spent = windows_.integer(0);
    }
    windows_.reset();
    if (spent >= 0) spend_.with(conversation, spent).run();
}

std::int64_t sqlite_outbox::ends_handover(const stream::delivery_news& news) {
    using enum stream::delivery_status;
    const bool has_failed = news.status == failed || news.status == dead;
    if (!has_failed && news.status != sent) return 0;
    const bool is_its = message_of_.with(news.message).next() &&
                        message_of_.text(1).starts_with(has_failed ? R"({"platform_desk")" : R"({"session_end")");
    const std::int64_t conversation = is_its ? message_of_.integer(0) : 0;
    message_of_.reset();
    return conversation;
}

void sqlite_outbox::note(const stream::delivery_news& news) {
    note_.with(static_cast<int>(news.status), news.reason, news.platform_id, news.message).run();
    woken_ = true;  // The conversation's next may go now.
}

void sqlite_outbox::open(std::int64_t conversation, const stream::opened_window& window) {
    open_.with(conversation, static_cast<int>(window.what), window.until_ms, static_cast<int>(window.count)).run();
}

void sqlite_outbox::close(std::int64_t conversation) { close_.with(conversation).run(); }

error_code sqlite_outbox::begin(std::int64_t sequence) {
    begin_.with(sequence).run();
    return in_.changes() ? error_code() : errc::conflict;
}

error_code sqlite_outbox::later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason, bool doubtful) {
    later_.with(at_ms, reason, doubtful ? 1 : 0, sequence).run();
    if (in_.changes() == 0) return errc::conflict;
    woken_ = true;
    return {};
}

void sqlite_outbox::erase(std::int64_t contact) { erase_.with(contact).run(); }

outgoing outgoing_in(const sqlite_statement& row) {
    outgoing made;
    made.sequence = row.integer(0);
    made.conversation = row.integer(1);
    made.available_ms = row.integer(2);
    const std::string id = row.text(3);
    std::memcpy(made.id.data(), id.data(), std::min(id.size(), made.id.size()));
    made.account = row.text(4);
    made.person_kind = row.text(5);
    made.person = row.text(6);
    made.message = row.text(7);
    made.status = static_cast<stream::delivery_status>(row.integer(8));
    made.attempt = static_cast<std::int32_t>(row.integer(9));
    made.reason = row.text(10);
    made.platform_id = row.text(11);
    made.is_doubtful = row.integer(12) != 0;
    return made;
}

}  // namespace yizhan::crm
