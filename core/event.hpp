#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yizhan {

/// The stable name of an event: the dedup key, hashed. Written as 32 hex digits.
using event_id = std::array<unsigned char, 16>;

/// Someone as a platform names them, such as {"openid", "oAbc…"} or {"userid", "lina"}.
struct party {
    std::string_view kind, id;
};

struct media {
    std::string_view id, url, format, size, thumb_id;
};
struct location {
    std::string_view latitude, longitude, label,
        scale;  // As sent; written as numbers where they are numbers.
};
struct link {
    std::string_view title, description, url;
};
struct scan {
    std::string_view type, result;
};

/// What a platform hands over for calls of its API, or takes back. A secret, so it is kept apart from the
/// event.
struct grant {
    std::string_view kind;   // `ticket` and `agent_id` (of each the newest counts), `auth_code`, or `revoked`.
    std::string_view party;  // The merchant or corporation; empty: nobody in particular.
    std::string_view value;
    std::int64_t lifetime_ms = 0;  // From the event on; 0: as long as nothing else is said.
};

/// What an event says of who has the conversation: the platform's own desk, or that desk no longer.
enum class control_moves : std::uint8_t { nothing, to_platform, back };

/// What an answer in the HTTP response can put on the customer's screen.
enum class shown : std::uint8_t { nothing, replies, card_updates };

/// What we make of a callback: one thing that happened, in no platform's words.
///
/// Everything is a view into the document it was decoded from and lives as long as that. Empty means "the
/// platform gave none".
struct event {
    event_id id{};
    std::string_view type = "unknown";  // Such as `message.text`; docs/events.md lists them.
    party from, to;
    std::string_view
        scope;  // Within what `from.id` names one person: an account, a corporation, or "" for all.
    std::string_view platform_id;  // The platform's own id of the message, in its digits.
    std::int64_t at_ms = 0;  // The platform's time, Unix milliseconds; 0 when it gave none that can be read.
    std::string_view text, event_key, scene, ticket, welcome_code, state;
    std::optional<yizhan::media> media;
    std::optional<yizhan::location> location;
    std::optional<yizhan::link> link;
    std::optional<yizhan::scan> scan;
    std::optional<yizhan::grant> grant;
    std::string_view call_token;  // Of a doorbell: to look with. A secret, kept nowhere.
    bool is_outbound = false;  // Ours: `to` is the customer.
    bool from_person = true;  // False for pushes of the platform itself, which no contact sent.
    yizhan::shown shows = shown::nothing;
    control_moves moves = control_moves::nothing;
    bool deduplicated = true;  // False for doorbells, which mean "look again" each time.
};

/// Which account an event came through: the fixed part of every event of it.
struct origin {
    std::string_view channel, account;
    std::string_view via = {};  // The configured account that received it, where that serves many tenants.
};

/// Appends the event as a CloudEvents 1.0 JSON object, without `sequence` and `recordedtime` (the journal
/// knows them; `stream::feed` adds them when it reads) and with `data` last. `platform` is a JSON value,
/// copied as it is.
void append_json(std::string& out, const event& what, const origin& through, std::string_view platform);

std::string hex(const event_id& id);
std::optional<event_id> event_id_of(std::string_view hex_digits);

}  // namespace yizhan
