#include "crm/command.hpp"

#include <algorithm>

#include "stream/packed.hpp"

namespace yizhan::crm {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

void append_command(std::string& out, const command& what) {
    stream::put(out, version);
    stream::put(out, what.what);
    stream::put(out, what.at_ms);
    stream::put(out, what.subject);
    stream::put(out, what.attempt);
    stream::put(out, what.duration_ms);
    stream::put(out, what.count_max);
    stream::put(out, what.letter);
    stream::put(out, what.ticket);
    for (const std::string* each : {&what.queue, &what.consumer, &what.key_name, &what.reason})
        stream::put_text(out, *each);
}

result<command> command_of(std::string_view payload) {
    stream::taker from{payload};
    if (from.number<std::uint8_t>() != version) return errc::malformed_message;
    command made;
    made.what = from.number<act>();
    made.at_ms = from.number<std::int64_t>();
    made.subject = from.number<std::int64_t>();
    made.attempt = from.number<std::int32_t>();
    made.duration_ms = from.number<std::int64_t>();
    made.count_max = from.number<std::uint32_t>();
    made.letter = from.number<letter_kind>();
    made.ticket = from.number<std::uint64_t>();
    for (std::string* each : {&made.queue, &made.consumer, &made.key_name, &made.reason}) *each = from.text();
    if (!from.good) return errc::malformed_message;
    return made;
}

outcome perform(state_writer& state, const command& what, trying how) {
    if (how == trying::blamed && what.what != act::expire) return {errc::storage_failed, {}};
    switch (what.what) {
        case act::claim: {
            const claim_request wanted{what.queue, what.consumer, what.key_name, what.count_max, what.duration_ms};
            return {{}, state.claim(wanted, what.at_ms)};
        }
        case act::acknowledge:
            return {state.acknowledge(what.subject, what.attempt), {}};
        case act::give_back:
            return {state.give_back(what.subject, what.attempt, what.duration_ms, what.at_ms, what.reason), {}};
        case act::unclaim:
            state.unclaim(what.subject, what.attempt);
            return {};
        case act::extend:
            return {state.extend(what.subject, what.attempt, what.duration_ms, what.at_ms), {}};
        case act::erase_contact:
            return {state.erase_contact(what.subject), {}};
        case act::expire:
            state.expire(what.at_ms, how);
            return {};
        case act::retry_dead_letter:
            return {state.retry_dead_letter(what.letter, what.subject, what.at_ms), {}};
        case act::begin_sending:
            return {state.begin_sending(what.subject), {}};
        case act::send_later:
            return {state.send_later(what.subject, what.at_ms + what.duration_ms, what.reason, what.attempt != 0), {}};
        case act::move_cursor:
            state.move_cursor(what.queue, what.consumer, what.reason);
            return {};
        case act::keep_grant: {
            held_grant made{what.queue, what.consumer, what.key_name, what.reason, what.subject, 0};
            if (what.subject != 0) return {state.keep_grant(made), {}};
            const std::size_t line = std::min(what.reason.find('\n'), what.reason.size());
            made.value.resize(line);
            return {state.renew_grant(made, std::string_view(what.reason).substr(std::min(line + 1, what.reason.size()))), {}};
        }
        case act::drop_grant:
            state.drop_grant(what.queue, what.consumer, what.reason);
            return {};
        case act::keep_media:
            return {state.keep_media(what.subject, what.queue, what.consumer, what.duration_ms), {}};
        case act::fetch_media_later:
            return {state.fetch_media_later(what.subject, what.at_ms + what.duration_ms, what.reason), {}};
        case act::give_media_up:
            return {state.give_media_up(what.subject, what.reason), {}};
        case act::forget_media:
            state.forget_media(what.at_ms - what.duration_ms);
            return {};
        case act::keep_profile:
            return {state.keep_profile(what.subject, what.queue, what.consumer, what.key_name, what.reason, what.at_ms), {}};
        case act::ask_profile_later:
            return {state.ask_profile_later(what.subject, what.queue, what.at_ms + what.duration_ms), {}};
        case act::drop_dead_letter:
            return {state.drop_dead_letter(what.letter, what.subject), {}};
    }
    return {errc::malformed_message, {}};
}

}  // namespace yizhan::crm
