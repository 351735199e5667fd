#include "adapters/wecom/kf_items.hpp"

#include <algorithm>

#include "adapters/fields.hpp"
#include "adapters/sealed.hpp"
#include "adapters/table.hpp"

namespace yizhan::adapters::wecom {
namespace {

struct kind {
    std::string_view name, ours;
};

// "msgtype": whatever is not here is kept as `unknown`.
constexpr kind messages[] = {
    {"text",                  "message.text"        },
    {"image",                 "message.image"       },
    {"voice",                 "message.voice"       },
    {"video",                 "message.video"       },
    {"file",                  "message.file"        },
    {"location",              "message.location"    },
    {"link",                  "message.link"        },
    {"business_card",         "message.other"       },
    {"miniprogram",           "message.mini_program"},
    {"msgmenu",               "message.other"       },
    {"channels_shop_product", "message.product"     },
    {"channels_shop_order",   "message.order"       },
    {"merged_msg",            "message.mixed"       },
    {"channels",              "message.other"       },
    {"meeting",               "message.other"       },
    {"calendar",              "message.other"       },
    {"note",                  "message.other"       },
};

// "event_type". Who opened, passed on and ended a session are told apart by `change_type`.
constexpr kind events[] = {
    {"enter_session",                     "contact.entered"    },
    {"msg_send_fail",                     "delivery.failed"    },
    {"servicer_status_change",            "account.updated"    },
    {"session_status_change",             "session.transferred"},
    {"user_recall_msg",                   "message.recalled"   },
    {"servicer_recall_msg",               "message.recalled"   },
    {"reject_customer_msg_switch_change", "account.updated"    },
};

// What the options of a question at the end of a session are called ("满意度"): their answer is no message for anybody.
constexpr std::string_view rating_prefix = "csat_";

std::string_view type_of(std::span<const kind> all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &kind::name);
    return found == all.end() ? "unknown" : found->ours;
}

void read_message(const document& sent, std::string_view type, event& into) {
    into.type = type_of(messages, type);
    if (type == "text") {
        into.text = sent.text({"text", "content"});
        into.event_key = sent.word({"text", "menu_id"});
        if (!into.event_key.empty()) into.type = into.event_key.starts_with(rating_prefix) ? "session.rated" : "message.menu_reply";
    } else if (type == "image" || type == "voice" || type == "video" || type == "file") {
        into.media.emplace().id = sent.word({type, "media_id"});
    } else if (type == "location") {
        into.location.emplace();
        into.location->latitude = sent.word({"location", "latitude"});
        into.location->longitude = sent.word({"location", "longitude"});
        into.location->label = sent.text({"location", "name"});
    } else if (type == "link") {
        into.link = link{sent.text({"link", "title"}), sent.text({"link", "desc"}), sent.word({"link", "url"})};
    }
}

void read_event(const document& sent, event& into) {
    const std::string_view name = sent.word({"event", "event_type"}), change = sent.word({"event", "change_type"});
    into.type = type_of(events, name);
    if (name == "session_status_change") into.event_key = change;
    into.scene = sent.word({"event", "scene"});
    into.state = sent.text({"event", "scene_param"});
    into.welcome_code = sent.word({"event", "welcome_code"});
    if (name == "session_status_change") {
        // 1 and 4: a servicer has it now; 2: another one; 3: it has ended.
        into.type = change == "2" ? "session.transferred" : change == "3" ? "session.closed" : "session.opened";
        into.moves = change == "3" ? control_moves::back : control_moves::to_platform;
        into.ticket = sent.word({"event", "msg_code"});
    }
}

}  // namespace

result<void> read_kf_item(crypto::hasher& with, std::string_view clear, std::string_view account, std::string_view corporation,
                          std::string_view kf, decoded& into) {
    into.clear();
    if (const auto read = into.content.read_json(clear); !read) return read.error();
    const document& sent = into.content;
    const std::string_view type = sent.word("msgtype"), origin = sent.word("origin");
    if (type.empty() && origin.empty()) return errc::malformed_message;
    const bool is_event = type == "event";

    event made;
    const std::string_view customer = is_event ? sent.word({"event", "external_userid"}) : sent.word("external_userid");
    made.from = {"external_userid", customer};
    made.to = {"open_kfid", kf};
    made.scope = corporation;
    made.at_ms = seconds_to_ms(sent.word("send_time"));
    made.platform_id = sent.word("msgid");
    made.id = made.platform_id.empty() ? id_by_body(with, account, clear) : id_by_message(with, account, kf, made.platform_id);
    made.shows = shown::replies;
    if (is_event)
        read_event(sent, made);
    else
        read_message(sent, type, made);
    made.from_person = !customer.empty() && (origin == "3" || sent.word({"event", "event_type"}) == "enter_session" ||
                                             sent.word({"event", "event_type"}) == "user_recall_msg");
    if (origin == "5") {  // A servicer wrote it in the WeCom client, and has the session.
        made.is_outbound = true;
        made.from = {"userid", sent.word("servicer_userid")};
        made.to = {"external_userid", customer};
        made.moves = control_moves::to_platform;
        made.shows = shown::nothing;
    }
    into.events.push_back(made);
    return {};
}

}  // namespace yizhan::adapters::wecom
