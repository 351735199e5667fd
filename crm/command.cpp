#include "crm/command.hpp"

#include <cstring>

namespace yizhan::crm {
namespace {

constexpr std::uint8_t version = 1;

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

template <class T>
bool take(std::string_view& from, T& into) {
    if (from.size() < sizeof into) return false;
    std::memcpy(&into, from.data(), sizeof into);
    from.remove_prefix(sizeof into);
    return true;
}

bool take_text(std::string_view& from, std::string& into) {
    std::uint32_t length = 0;
    if (!take(from, length) || from.size() < length) return false;
    into = from.substr(0, length);
    from.remove_prefix(length);
    return true;
}

}  // namespace

void append_command(std::string& out, const command& what) {
    put(out, version);
    put(out, what.what);
    put(out, what.at_ms);
    put(out, what.subject);
    put(out, what.attempt);
    put(out, what.duration_ms);
    put(out, what.count_max);
    put(out, what.letter);
    put(out, what.ticket);
    for (const std::string* each : {&what.queue, &what.consumer, &what.key_name, &what.reason}) put_text(out, *each);
}

result<command> command_of(std::string_view payload) {
    command made;
    std::uint8_t written_as = 0;
    bool whole = take(payload, written_as) && written_as == version && take(payload, made.what) &&
                 take(payload, made.at_ms) && take(payload, made.subject) && take(payload, made.attempt) &&
                 take(payload, made.duration_ms) && take(payload, made.count_max) && take(payload, made.letter) &&
                 take(payload, made.ticket);
    for (std::string* each : {&made.queue, &made.consumer, &made.key_name, &made.reason})
        whole = whole && take_text(payload, *each);
    if (!whole) return errc::malformed_message;
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
        case act::drop_dead_letter:
            return {state.drop_dead_letter(what.letter, what.subject), {}};
    }
    return {errc::malformed_message, {}};
}

}  // namespace yizhan::crm
