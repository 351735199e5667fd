#include "adapters/wechat/event_table.hpp"

#include "adapters/fields.hpp"

namespace yizhan::adapters::wechat {
namespace {

using namespace fields;

/// A text, or the tap on an option of a menu we sent: then `bizmsgmenuid` names the option.
void text_or_menu_choice(const document& sent, event& into) {
    content(sent, into);
    const std::string_view option = sent.word("bizmsgmenuid");
    if (option.empty()) return;
    into.type = "message.menu_reply";
    into.event_key = option;
}

/// Following through a QR code with a scene: the key is `qrscene_` and the scene. Only that prefix is cut.
void follower(const document& sent, event& into) {
    constexpr std::string_view prefix = "qrscene_";
    into.event_key = sent.word("EventKey");
    into.ticket = sent.word("Ticket");
    if (into.event_key.starts_with(prefix)) into.scene = into.event_key.substr(prefix.size());
}

void scene(const document& sent, event& into) {
    into.event_key = into.scene = sent.word("EventKey");
    into.ticket = sent.word("Ticket");
}

void file(const document& sent, event& into) {
    into.media = media{.id = sent.word("FileKey"),
                       .url = {},
                       .format = {},
                       .size = sent.word("FileTotalLen"),
                       .thumb_id = {}};
    into.text = sent.word("Title");
}

void card(const document& sent, event& into) {
    into.link = link{sent.word("Title"), {}, sent.word("PagePath")};
    into.media = media{.id = {},
                       .url = sent.word("ThumbUrl"),
                       .format = {},
                       .size = {},
                       .thumb_id = sent.word("ThumbMediaId")};
}

void entered(const document& sent, event& into) { into.state = sent.word("SessionFrom"); }

constexpr row table[] = {
    {"text",            "",                       "message.text",         text_or_menu_choice, true },
    {"image",           "",                       "message.image",        picture,             true },
    {"voice",           "",                       "message.voice",        voice,               true },
    {"video",           "",                       "message.video",        video,               true },
    {"shortvideo",      "",                       "message.video",        video,               true },
    {"location",        "",                       "message.location",     place,               true },
    {"link",            "",                       "message.link",         shared_link,         true },
    {"file",            "",                       "message.file",         file,                true },
    {"miniprogrampage", "",                       "message.mini_program", card,                true },
    {"device_text",     "",                       "message.device",       content,             false},
    {"device_event",    "",                       "message.device",       content,             false},
    {"device_status",   "",                       "message.device",       nothing,             false},
    {"hardware",        "",                       "message.device",       nothing,             false},
    {"event",           "subscribe",              "contact.followed",     follower,            true },
    {"event",           "unsubscribe",            "contact.unfollowed",   key,                 false},
    {"event",           "SCAN",                   "contact.scanned",      scene,               true },
    {"event",           "LOCATION",               "contact.located",      reported_place,      true },
    {"event",           "ENTER",                  "contact.entered",      nothing,             false},
    {"event",           "user_enter_tempsession", "contact.entered",      entered,             false},
    {"event",           "CLICK",                  "menu.clicked",         key,                 true },
    {"event",           "VIEW",                   "menu.viewed",          key,                 false},
    {"event",           "view_miniprogram",       "menu.viewed",          key,                 false},
    {"event",           "scancode_push",          "menu.scanned",         scanned_code,        false},
    {"event",           "scancode_waitmsg",       "menu.scanned",         scanned_code,        true },
    {"event",           "pic_sysphoto",           "menu.pictured",        key,                 false},
    {"event",           "pic_photo_or_album",     "menu.pictured",        key,                 false},
    {"event",           "pic_weixin",             "menu.pictured",        key,                 false},
    {"event",           "location_select",        "menu.located",         picked_place,        false},
};

}  // namespace

std::span<const row> official_account_table() { return table; }

}  // namespace yizhan::adapters::wechat
