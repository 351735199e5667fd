#include "adapters/weibo/event_table.hpp"

namespace yizhan::adapters::weibo {
namespace {

/// Fields of `data`, which the platform sends as an object and documents as a string: the adapter hands us the object.
void nothing(const document&, event&) {}

void file(const document& data, event& into) {
    // `tovfid` is the id that the receiver may read; `vfid` is the sender's.
    into.media = media{.id = data.word("tovfid"), .url = {}, .format = {}, .size = {}, .thumb_id = {}};
}

void place(const document& data, event& into) {
    into.location = location{data.word("latitude"), data.word("longitude"), {}, {}};
}

void key(const document& data, event& into) { into.event_key = data.word("key"); }

/// `QR_SCENE_123`, `QR_LIMIT_SCENE_77`: the scene follows the last underscore.
void scene(const document& data, event& into) {
    key(data, into);
    into.ticket = data.word("ticket");
    into.scene = into.event_key.substr(into.event_key.rfind('_') + 1);
}

constexpr row table[] = {
    {"text",     "",            "message.text",         nothing, true },
    {"position", "",            "message.location",     place,   true },
    {"image",    "",            "message.image",        file,    true },
    {"voice",    "",            "message.voice",        file,    true },
    {"event",    "follow",      "contact.followed",     nothing, true },
    {"event",    "unfollow",    "contact.unfollowed",   nothing, false},
    {"event",    "subscribe",   "contact.subscribed",   nothing, true },
    {"event",    "unsubscribe", "contact.unsubscribed", nothing, false},
    {"event",    "scan_follow", "contact.followed",     scene,   true },
    {"event",    "scan",        "contact.scanned",      scene,   true },
    {"event",    "location",    "contact.located",      place,   false},
    {"event",    "click",       "menu.clicked",         key,     true },
    {"event",    "view",        "menu.viewed",          key,     false},
    {"mention",  "status",      "social.mentioned",     key,     true },
    {"mention",  "comment",     "social.mentioned",     key,     true },
};

}  // namespace

std::span<const row> fans_service_table() { return table; }

}  // namespace yizhan::adapters::weibo
