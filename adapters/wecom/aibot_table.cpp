#include "adapters/wecom/event_table.hpp"

namespace yizhan::adapters::wecom {
namespace {

void read_nothing(const document&, event&) {}

void read_text(const document& sent, event& into) { into.text = sent.text({"text", "content"}); }

/// Texts and pictures in one message. The texts are joined by the adapter.
void read_mixed(const document& sent, event& into) {
    const document::node* list = sent.find({"mixed", "msg_item"});
    if (!list) return;
    for (const document::node* item : sent.items(*list)) {
        const std::string_view kind = sent.word_in(*item, {"msgtype"});
        if (kind == "image" && !into.media)
            into.media = media{.id = {},
                               .url = sent.word_in(*item, {"image", "url"}),
                               .format = {},
                               .size = {},
                               .thumb_id = {}};
    }
}

/// Behind the address stands the file, encrypted, for five minutes.
void read_file(const document& sent, event& into) {
    const std::string_view url = sent.word({sent.word("msgtype"), "url"});
    into.media = media{.id = {}, .url = url, .format = {}, .size = {}, .thumb_id = {}};
}

/// What was spoken arrives as its text alone.
void read_voice(const document& sent, event& into) { into.text = sent.text({"voice", "content"}); }

/// The tables of the document say `eventkey`, its examples `event_key`.
void read_card_tap(const document& sent, event& into) {
    for (const std::string_view name : {"event_key", "eventkey"})
        if (into.event_key.empty()) into.event_key = sent.word({"event", "template_card_event", name});
    for (const std::string_view name : {"task_id", "taskid"})
        if (into.ticket.empty()) into.ticket = sent.word({"event", "template_card_event", name});
}

/// 1: accurate, 2: inaccurate, 3: withdrawn.
void read_feedback(const document& sent, event& into) {
    into.text = sent.text({"event", "feedback_event", "content"});
    into.event_key = sent.word({"event", "feedback_event", "type"});
    into.ticket = sent.word({"event", "feedback_event", "id"});
}

constexpr reader nothing{read_nothing, ""};
constexpr reader text{read_text, "text"};
constexpr reader mixed{read_mixed, "text media"};
constexpr reader file{read_file, "media"};
constexpr reader voice{read_voice, "text"};
constexpr reader card_tap{read_card_tap, "event_key ticket"};
constexpr reader feedback{read_feedback, "text event_key ticket"};

// clang-format off
constexpr row rows[] = {
    message("text",  "message.text",  text,  "文本消息", "text{content} quote"),
    message("mixed", "message.mixed", mixed, "图文混排消息", "mixed{msg_item*{msgtype text{content} image{url}}} quote"),
    message("image", "message.image", file,  "图片消息", "image{url}"),
    message("voice", "message.voice", voice, "语音消息", "voice{content}"),
    message("file",  "message.file",  file,  "文件消息", "file{url}"),
    message("video", "message.video", file,  "视频消息", "video{url}"),
    {"stream", "", "delivery.refreshed", nothing, shown::nothing, by::platform, "流式消息刷新", "stream{id}"},
    act("enter_chat",          "contact.entered", nothing,  shown::replies,      "进入会话", ""),
    act("template_card_event", "menu.clicked",    card_tap, shown::card_updates, "模板卡片事件", "event{eventtype template_card_event{card_type event_key task_id selected_items{selected_item*{question_key option_ids{option_id*}}}}}"),
    act("feedback_event",      "session.rated",   feedback, shown::nothing,      "用户反馈", "event{eventtype feedback_event{id type content inaccurate_reason_list*}}"),
};
// clang-format on

}  // namespace

const table& aibot_table() {
    static const table made(rows);
    return made;
}

}  // namespace yizhan::adapters::wecom
