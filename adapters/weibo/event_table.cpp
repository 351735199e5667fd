#include "adapters/weibo/event_table.hpp"

namespace yizhan::adapters::weibo {
namespace {

/// Fields of `data`, which the platform sends as an object and documents as a string: the adapter hands us
/// the object.
void nothing(const document&, event&) {}

/// In the XML form the same stands under WeChat's names.
std::string_view either(const document& data, std::string_view name, std::string_view xml_name) {
    const std::string_view found = data.word(name);
    return found.empty() ? data.word(xml_name) : found;
}

void file(const document& data, event& into) {
    // `tovfid` is the id that the receiver may read; `vfid` is the sender's.
    into.media =
        media{.id = either(data, "tovfid", "MediaId"), .url = {}, .format = {}, .size = {}, .thumb_id = {}};
}

void place(const document& data, event& into) {
    into.location = location{data.word("latitude"), data.word("longitude"), {}, {}};
}

void key(const document& data, event& into) { into.event_key = either(data, "key", "EventKey"); }

/// `QR_SCENE_123`, `QR_LIMIT_SCENE_77`: the scene follows the last underscore.
void scene(const document& data, event& into) {
    key(data, into);
    into.ticket = either(data, "ticket", "Ticket");
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
