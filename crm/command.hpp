#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// What is done to the state by somebody, or by the clock. The numbers stand in journals.
enum class act : std::uint8_t {
    claim = 1,
    acknowledge = 2,
    give_back = 3,
    unclaim = 4,
    extend = 5,
    erase_contact = 6,
    expire = 7,
    retry_dead_letter = 8,
    drop_dead_letter = 9,
    begin_sending = 10,  // subject: the sequence of the message.
    send_later = 11,     // The same, when `duration_ms` have passed since `at_ms`. attempt 1: it may have come through.
    move_cursor = 12,    // queue: the account, consumer: the place, reason: the cursor.
    keep_grant = 13,     // queue: the account, consumer: the kind, key_name: the party, reason: the value, subject: since when
                         // it is there; 0: since as long as the one that stands behind the value, on a line of its own.
    drop_grant = 14,     // The same; of any party.
    keep_media = 15,     // subject: the sequence of the event, queue: the digest, consumer: the type, duration_ms: the bytes.
    fetch_media_later = 16,  // subject: the same, when `duration_ms` have passed since `at_ms`.
    give_media_up = 17,      // subject: the same.
    forget_media = 18,       // Of events from `duration_ms` and more before `at_ms`.
    keep_profile = 19,       // subject: the contact, queue: the account, consumer: the name, key_name: the unionid, reason: JSON.
    ask_profile_later = 20,  // The same, when `duration_ms` have passed since `at_ms`.
};

/// A command is a record of the journal (kind_command) before it is performed, so that the state follows from the
/// journal alone and can be made anew from it. Performing it asks no clock.
struct command {
    act what = act::expire;
    std::int64_t at_ms = 0;        // When it was given.
    std::int64_t subject = 0;      // The number of the task, contact or event.
    std::int32_t attempt = 0;      // 0: any.
    std::int64_t duration_ms = 0;  // claim, extend: until it must be acknowledged. give_back: until it may be taken.
    std::uint32_t count_max = 1;
    std::string queue = {}, consumer = {}, key_name = {}, reason = {};
    letter_kind letter = letter_kind::task;  // Of a dead letter.
    std::uint64_t ticket = 0;                // For whoever waits, in the process that wrote it.
};

struct outcome {
    error_code failed;
    std::vector<task> tasks;
};

void append_command(std::string& out, const command& what);
/// Errors: malformed_message.
result<command> command_of(std::string_view payload);

/// Does it, between `begin` and `commit`. One that is blamed for the end of processes is not done: storage_failed.
outcome perform(state_writer& state, const command& what, trying how = trying::allowed);

}  // namespace yizhan::crm
