#pragma once
#include <string>
#include <string_view>

#include "core/account.hpp"
#include "core/event.hpp"
#include "core/reply.hpp"
#include "stream/kept.hpp"

/// Records that we write ourselves: what we say to customers, and what became of it. They lie in the journal beside the
/// callbacks, and are events of the stream as those are.
namespace yizhan::desk {

struct addressee {
    std::string_view kind, scope, id;
};

struct message_letter {
    event_id id{};
    const account& from;
    std::string_view tenant = {};  // The account within `from`, where that serves many; else its id.
    addressee to;
    const reply& what;
    std::int64_t at_ms = 0;
    std::string_view request = {};  // What was asked for, for comparison with whoever asks again.
    std::string_view said_by = {};  // The API key's name, or the rule's.
};
std::string payload_of(const message_letter& letter);
/// What follows from it, beside other events of a record. Views into the letter and into these two texts.
stream::effects effects_of(const message_letter& letter, std::string& event_json, std::string& message);
/// Of what is named so: always the same.
event_id id_named(const std::string& name);
/// Of the answer to an event.
event_id id_of_answer(const event_id& to);

struct delivery_letter {
    event_id message{};
    const account& from;
    std::string_view tenant = {};
    addressee to;
    stream::delivery_status status = stream::delivery_status::sent;
    std::int64_t at_ms = 0, code = 0;  // code: the platform's; 0: none.
    std::int32_t attempt = 1;
    std::string_view reason = {}, platform_id = {};
};
std::string payload_of(const delivery_letter& letter);

std::string_view name_of(stream::delivery_status status);

}  // namespace yizhan::desk
