#include "adapters/wecom/event_table.hpp"

#include "adapters/fields.hpp"

namespace yizhan::adapters::wecom {
namespace {

using namespace fields;

constexpr row table[] = {
    {"text",     "",                   "message.text",       content,        true },
    {"image",    "",                   "message.image",      picture,        true },
    {"voice",    "",                   "message.voice",      voice,          true },
    {"video",    "",                   "message.video",      video,          true },
    {"location", "",                   "message.location",   place,          true },
    {"link",     "",                   "message.link",       shared_link,    true },
    {"event",    "subscribe",          "contact.followed",   key,            true },
    {"event",    "unsubscribe",        "contact.unfollowed", key,            false},
    {"event",    "enter_agent",        "contact.entered",    key,            true },
    {"event",    "LOCATION",           "contact.located",    reported_place, true },
    {"event",    "click",              "menu.clicked",       key,            true },
    {"event",    "view",               "menu.viewed",        key,            true },
    {"event",    "view_miniprogram",   "menu.viewed",        key,            true },
    {"event",    "scancode_push",      "menu.scanned",       scanned_code,   false},
    {"event",    "scancode_waitmsg",   "menu.scanned",       scanned_code,   true },
    {"event",    "pic_sysphoto",       "menu.pictured",      key,            false},
    {"event",    "pic_photo_or_album", "menu.pictured",      key,            false},
    {"event",    "pic_weixin",         "menu.pictured",      key,            false},
    {"event",    "location_select",    "menu.located",       picked_place,   false},
};

}  // namespace

std::span<const row> app_table() { return table; }

}  // namespace yizhan::adapters::wecom
