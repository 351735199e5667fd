#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"

namespace yizhan::stream {

// Kinds of record.
constexpr std::uint16_t kind_callback = 1;
constexpr std::uint16_t kind_command = 2;    // What somebody, or the clock, does to the state (crm/command.hpp).
constexpr std::uint16_t kind_heartbeat = 3;  // Nothing in it: it shows how long the whole way takes.

/// What a platform handed over (core's `grant`), with the time it ends; 0: none.
struct granted_secret {
    std::string_view kind, party, value;
    std::int64_t expires_at_ms = 0;
};

/// That the customer may be written to for a while, because of something they did (core's `opening`). `what`: 0 nothing.
struct opened_window {
    std::uint8_t what = 0;
    std::int64_t until_ms = 0;
    std::int32_t count = 0;  // So many messages; -1: as many as one likes.
};

/// What became of a message of ours. The numbers stand in journals.
enum class delivery_status : std::uint8_t { pending = 0, sending = 1, sent = 2, failed = 3, uncertain = 4, dead = 5 };
struct delivery_news {
    event_id message{};
    delivery_status status = delivery_status::pending;  // Pending: no news.
    std::string_view reason, platform_id;
};

/// What has to be fetched because of an event, since the platform keeps it for a few days only: by its id, or from a URL.
struct wanted_media {
    std::string_view id, url;
};

/// What an event does to the state: all that the applier needs, so that it parses no JSON.
struct effects {
    event_id id{};
    std::string_view type, person_kind, person_id, person_scope;  // No person: all three empty.
    std::int64_t at_ms = 0;
    std::string_view queue, stage;
    std::int32_t priority = 0;
    std::vector<std::string_view> tags, skills;
    bool drop = false, to_platform_desk = false;
    std::string_view event_json;     // As core's append_json wrote it.
    std::string_view decision_json;  // What the rules said and why.
    bool only_named = false;         // The platform's own doing: the person is named, and did nothing.
    granted_secret granted = {};     // Of no kind: nothing was.
    std::string_view outgoing = {};  // A message of ours to the person (core/reply_json); empty: none.
    delivery_news delivered = {};
    opened_window opens = {};
    bool from_platform_desk = false;  // The platform's desk has ended with it.
    wanted_media media = {};          // Of neither: nothing is.
    bool wants_profile = false;       // The person is to be asked for, unless they were lately.
    bool closes = false;             // Whoever left cannot be written to any more.
};

/// The payload of a `kind_callback` record: one callback as it was accepted. Views into the payload.
struct kept_callback {
    std::string_view account, channel;
    std::string_view original;  // The clear bytes of the platform.
    std::string_view answer;    // The clear answer, said again to every retry.
    std::vector<effects> events;
    std::string_view via = {};  // The configured account, where `account` is one of its tenants.
};

void append_kept(std::string& out, const kept_callback& what);

/// Errors: malformed_message.
result<kept_callback> kept_of(std::string_view payload);
/// The same into one whose memory is used again. After an error it holds nothing of use.
error_code read_kept(std::string_view payload, kept_callback& into);

/// The answer alone, without reading the rest.
result<std::string_view> answer_of(std::string_view payload);

}  // namespace yizhan::stream
