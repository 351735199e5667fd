#include "desk/letters.hpp"

#include "core/json_text.hpp"
#include "core/reply_json.hpp"
#include "crypto/digest.hpp"

namespace yizhan::desk {
namespace {

constexpr std::string_view type_of(reply_kind kind) {
    switch (kind) {
        case reply_kind::image:
            return "message.image";
        case reply_kind::voice:
            return "message.voice";
        case reply_kind::video:
            return "message.video";
        case reply_kind::news:
        case reply_kind::music:
            return "message.link";
        case reply_kind::location:
            return "message.location";
        case reply_kind::menu:
            return "message.other";
        case reply_kind::platform_desk:
            return "session.transferred";
        case reply_kind::session_end:
            return "session.closed";
        default:
            return "message.text";
    }
}

std::string_view account_id(const account& from, std::string_view tenant) { return tenant.empty() ? std::string_view(from.id) : tenant; }

event outbound_event(const account& from, std::string_view tenant, const addressee& to, std::int64_t at_ms) {
    event made;
    made.is_outbound = true;
    made.from = {"account", account_id(from, tenant)};
    made.to = {to.kind, to.id};
    made.at_ms = at_ms;
    return made;
}

origin origin_of(const account& from, std::string_view tenant) {
    return {from.channel, account_id(from, tenant), tenant.empty() ? std::string_view{} : std::string_view(from.id)};
}

stream::effects effects_with(const event& what, const addressee& to, std::string_view event_json) {
    stream::effects follows;
    follows.id = what.id;
    follows.type = what.type;
    follows.person_kind = to.kind, follows.person_scope = to.scope, follows.person_id = to.id;
    follows.at_ms = what.at_ms;
    follows.event_json = event_json;
    follows.decision_json = "{}";
    return follows;
}

std::string payload_with(const account& from, std::string_view tenant, std::string_view request, stream::effects follows) {
    const origin through = origin_of(from, tenant);
    stream::kept_callback whole;
    whole.account = through.account, whole.via = through.via, whole.channel = through.channel;
    whole.original = request;
    whole.events.push_back(std::move(follows));
    std::string payload;
    stream::append_kept(payload, whole);
    return payload;
}

}  // namespace

std::string_view name_of(stream::delivery_status status) {
    constexpr std::string_view names[] = {"pending", "sending", "sent", "failed", "uncertain", "dead"};
    return names[static_cast<int>(status)];
}

event_id id_named(const std::string& name) {
    event_id id{};
    crypto::hasher hasher;
    const std::string_view part(name);
    const auto digest = hasher.sha256(std::span(&part, 1));
    std::copy_n(digest.begin(), id.size(), id.begin());
    return id;
}

event_id id_of_answer(const event_id& to) { return id_named("answer " + hex(to)); }

std::string payload_of(const message_letter& letter) {
    std::string event_json, message;
    return payload_with(letter.from, letter.tenant, letter.request, effects_of(letter, event_json, message));
}

stream::effects effects_of(const message_letter& letter, std::string& event_json, std::string& message) {
    event what = outbound_event(letter.from, letter.tenant, letter.to, letter.at_ms);
    what.id = letter.id;
    what.type = type_of(letter.what.kind);
    what.text = letter.what.text;
    if (!letter.what.media_id.empty()) what.media.emplace().id = letter.what.media_id;
    if (letter.what.kind == reply_kind::location) {
        what.location.emplace();
        what.location->latitude = letter.what.latitude, what.location->longitude = letter.what.longitude;
    }
    if (letter.what.kind == reply_kind::news) {
        const article& first = letter.what.articles.front();
        what.link = link{first.title, first.description, first.url};
    } else if (letter.what.kind == reply_kind::music) {
        what.link = link{letter.what.title, letter.what.description, letter.what.url};
    }
    std::string platform = "{";
    message.clear(), event_json.clear();
    append_reply(message, letter.what);
    json::append_member(platform, "said_by", letter.said_by);
    json::append_key(platform, "message");
    platform += message + "}";
    append_json(event_json, what, origin_of(letter.from, letter.tenant), platform);
    stream::effects follows = effects_with(what, letter.to, event_json);
    follows.outgoing = message;
    follows.to_platform_desk = letter.what.kind == reply_kind::platform_desk;
    return follows;
}

std::string payload_of(const delivery_letter& letter) {
    event what = outbound_event(letter.from, letter.tenant, letter.to, letter.at_ms);
    const auto status = static_cast<unsigned char>(letter.status), attempt = static_cast<unsigned char>(letter.attempt);
    what.id = id_named("delivery " + hex(letter.message) + " " + std::to_string(status) + " " + std::to_string(attempt));
    const bool is_over = letter.status == stream::delivery_status::dead;
    const std::string type = "delivery." + std::string(is_over ? "failed" : name_of(letter.status));
    what.type = type;
    what.platform_id = letter.platform_id;
    std::string platform = "{";
    json::append_member(platform, "message", hex(letter.message));
    json::append_member(platform, "status", name_of(letter.status));
    json::append_member(platform, "reason", letter.reason);
    json::append_key(platform, "attempt");
    json::append_number(platform, letter.attempt);
    if (letter.code != 0) {
        json::append_key(platform, "code");
        json::append_number(platform, letter.code);
    }
    platform += '}';
    std::string event_json;
    append_json(event_json, what, origin_of(letter.from, letter.tenant), platform);
    stream::effects follows = effects_with(what, letter.to, event_json);
    follows.delivered = {letter.message, letter.status, letter.reason, letter.platform_id};
    return payload_with(letter.from, letter.tenant, {}, std::move(follows));
}

}  // namespace yizhan::desk
