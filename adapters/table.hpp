#pragma once
#include <span>
#include <string_view>

#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

namespace yizhan::adapters {

/// One type that a platform sends, and what we make of it.
struct row {
    std::string_view type, name;  // The platform's words: kind of message, and for events their name.
    std::string_view ours;        // Our type, as docs/events.md lists it.
    void (*read)(const document&, event&);
    bool shows_reply;  // Whether an answer in the HTTP response reaches the customer's screen.
};

/// The row of this type and name, letter case aside (one platform spells `SCAN` and `scan`); null for others.
const row* find_row(std::span<const row> table, std::string_view type, std::string_view name);

/// The stable id of an event: of account, sender and message id where the platform gives one, else of account
/// and the whole decrypted body, since two events that differ in one byte are two. SHA-256, cut to 128 bits.
event_id id_by_message(crypto::hasher& with, std::string_view account, std::string_view sender,
                       std::string_view message_id);
event_id id_by_body(crypto::hasher& with, std::string_view account, std::string_view body);

bool same_letters(std::string_view one, std::string_view other);

}  // namespace yizhan::adapters
