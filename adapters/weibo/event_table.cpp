#include "adapters/weibo/event_table.hpp"

namespace yizhan::adapters::weibo {
namespace {

/// Fields of `data`, which the platform sends as an object and documents as a string: the adapter hands us
/// the object.
void read_nothing(const document&, event&) {}

/// In the XML form the same stands under WeChat's names.
std::string_view either(const document& data, std::string_view name, std::string_view xml_name) {
    const std::string_view found = data.word(name);
    return found.empty() ? data.word(xml_name) : found;
}

void read_file(const document& data, event& into) {
    // `tovfid` is the id that the receiver may read; `vfid` is the sender's.
    into.media = media{.id = either(data, "tovfid", "MediaId"),
                       .url = {},
                       .format = data.word("Format"),
                       .size = {},
                       .thumb_id = {}};
}

void read_place(const document& data, event& into) {
    into.location = location{data.word("latitude"), data.word("longitude"), {}, {}};
}

void read_key(const document& data, event& into) { into.event_key = either(data, "key", "EventKey"); }

/// `QR_SCENE_123`, `QR_LIMIT_SCENE_77`: the scene follows the last underscore.
void read_scene(const document& data, event& into) {
    read_key(data, into);
    into.ticket = either(data, "ticket", "Ticket");
    into.scene = into.event_key.substr(into.event_key.rfind('_') + 1);
}

/// What a comment or repost is about: the post below or behind it.
void read_post(const document& post, event& into) {
    into.text = post.text("text");
    for (const std::string_view name : {"status", "retweeted_status"})
        if (into.event_key.empty()) into.event_key = post.word({name, "id"});
}

constexpr reader nothing{read_nothing, ""};
constexpr reader spoken{read_nothing, "text"};  // Taken by the adapter: elsewhere the text is a caption.
constexpr reader file{read_file, "media"};
constexpr reader place{read_place, "location"};
constexpr reader key{read_key, "event_key"};
constexpr reader mention{read_key, "text event_key"};
constexpr reader scene{read_scene, "event_key ticket scene"};
constexpr reader post{read_post, "text event_key"};

constexpr shown none = shown::nothing, replies = shown::replies;

// clang-format off
constexpr row rows[] = {
    message("text",     "message.text",     spoken, "文本消息", "text", "contact.subscribed contact.unsubscribed"),
    message("position", "message.location", place,   "位置消息", "data{longitude latitude}"),
    message("image",    "message.image",    file,    "图片消息", "data{vfid tovfid}"),
    message("voice",    "message.voice",    file,    "语音消息", "data{vfid tovfid}"),
    act("follow",      "contact.followed",     nothing, replies, "关注",       "data{subtype}"),
    act("unfollow",    "contact.unfollowed",   nothing, none,    "取消关注",   "data{subtype}"),
    act("subscribe",   "contact.subscribed",   nothing, replies, "订阅",       "data{subtype}"),
    act("unsubscribe", "contact.unsubscribed", nothing, none,    "取消订阅",   "data{subtype}"),
    act("scan_follow", "contact.followed",     scene,   replies, "扫描二维码并关注", "data{subtype key ticket}"),
    act("scan",        "contact.scanned",      scene,   replies, "扫描二维码", "data{subtype key ticket}"),
    act("location",    "contact.located",      place,   none,    "上报位置",   "data{subtype}"),
    act("click",       "menu.clicked",         key,     replies, "自定义菜单点击", "data{subtype key}"),
    act("view",        "menu.viewed",          key,     none,    "自定义菜单跳转链接", "data{subtype key}"),
    {"mention", "status",  "social.mentioned", mention, replies, by::person, "微博中被@", "text data{subtype key}"},
    {"mention", "comment", "social.mentioned", mention, replies, by::person, "评论中被@", "text data{subtype key}"},
};

constexpr row push_rows[] = {
    {"status",        "", "social.mentioned", post, none, by::person, "提到帐号的微博", "created_at id mid text source user", "social.echoed"},
    {"repost",        "", "social.reposted",  post, none, by::person, "转发",         "created_at id mid text source user retweeted_status", "social.echoed"},
    {"comment",       "", "social.commented", post, none, by::person, "评论",         "created_at id mid text source user status", "social.echoed"},
    {"comment_reply", "", "social.commented", post, none, by::person, "回复评论",     "created_at id mid text source user status reply_comment", "social.echoed"},
};
// clang-format on

}  // namespace

const table& fans_service_table() {
    static const table made(rows);
    return made;
}

const table& data_push_table() {
    static const table made(push_rows);
    return made;
}

}  // namespace yizhan::adapters::weibo
