#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

namespace yizhan::adapters {

/// How the fields of a message become ours, and which members of an event's `data` that fills.
struct reader {
    void (*read)(const document&, event&);
    std::string_view gives;  // Names, with blanks between.
};

/// Whose doing an event is: a person's, who is a contact of ours, or the platform's own.
enum class by : std::uint8_t { person, platform };

/// One type that a platform sends, and what we make of it. docs/events.md and the schemas are made of these.
struct row {
    std::string_view type;  // The platform's kind of message: `text`, `event`; `info` for InfoType.
    std::string_view name;  // For events their name; a subtype follows a slash: `change_contact/create_user`.
    std::string_view ours;  // Our type.
    reader takes;
    shown shows;
    by whose;
    std::string_view chinese;    // What the platform calls it.
    std::string_view fields;     // What it carries beyond its header: `order_info{order_id pay_time} Item*`.
    std::string_view or_ours{};  // Other types that `takes` may choose instead, with blanks between.
};

constexpr row message(std::string_view type, std::string_view ours, reader takes, std::string_view chinese,
                      std::string_view fields, std::string_view or_ours = {}) {
    return {type, "", ours, takes, shown::replies, by::person, chinese, fields, or_ours};
}
/// What a person did.
constexpr row act(std::string_view name, std::string_view ours, reader takes, shown shows,
                  std::string_view chinese, std::string_view fields, std::string_view or_ours = {}) {
    return {"event", name, ours, takes, shows, by::person, chinese, fields, or_ours};
}
/// What the platform tells of itself or of our account.
constexpr row notice(std::string_view name, std::string_view ours, reader takes, std::string_view chinese,
                     std::string_view fields, std::string_view or_ours = {}) {
    return {"event", name, ours, takes, shown::nothing, by::platform, chinese, fields, or_ours};
}
constexpr row info(std::string_view name, std::string_view ours, reader takes, std::string_view chinese,
                   std::string_view fields) {
    return {"info", name, ours, takes, shown::nothing, by::platform, chinese, fields, {}};
}

/// The rows of a platform, found by name. Made once; the rows must outlive it.
class table {
public:
    explicit table(std::span<const row> rows);

    /// The row of this type, name and subtype; null for others. Letter case aside (one platform spells `SCAN`
    /// and `scan`), and a blank as an underscore (`complaint callback`).
    const row* find(std::string_view type, std::string_view name, std::string_view subtype = {}) const;

    std::span<const row> rows() const { return rows_; }

private:
    std::span<const row> rows_;
    std::vector<const row*> families_;  // Whose names have a `*`, for what the documents only hint at.
    std::vector<std::uint16_t> slots_;  // Hashed, open; one more than the row's index, 0 for none.
};

/// The stable id of an event: of account, sender and message id where the platform gives one, else of account
/// and the whole decrypted body, since two events that differ in one byte are two. SHA-256, cut to 128 bits.
event_id id_by_message(crypto::hasher& with, std::string_view account, std::string_view sender,
                       std::string_view message_id);
event_id id_by_body(crypto::hasher& with, std::string_view account, std::string_view body);

/// Fills in what the row says.
void apply(const row* known, const document& sent, event& into);

bool same_letters(std::string_view one, std::string_view other);

}  // namespace yizhan::adapters
