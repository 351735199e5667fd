#include "adapters/wecom/messages.hpp"

#include <algorithm>

#include "adapters/sealed.hpp"
#include "adapters/wecom/card.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/xml_reply.hpp"

namespace yizhan::adapters::wecom {
namespace {

/// What a suite has to answer within a second; an AuthCode is then worked on later ("授权通知事件").
constexpr std::string_view hurried = "create_auth change_auth cancel_auth reset_permanent_code";
constexpr std::int64_t hurried_patience_ms = 900;

const row* row_of(const document& sent, bool is_message) {
    const std::string_view notice = sent.word("InfoType"), change = sent.word("ChangeType");
    if (!notice.empty()) {
        if (const row* own = event_table().find("info", notice, change)) return own;
        if (const row* plain = event_table().find("info", notice)) return plain;
        return event_table().find("event", notice, change);
    }
    if (is_message) return event_table().find(sent.word("MsgType"), "");
    const row* exact = event_table().find("event", sent.word("Event"), change);
    return exact ? exact : event_table().find("event", sent.word("Event"));
}

/// A ticket is good for thirty minutes, a code for ten, and once.
std::optional<grant> grant_of(const document& sent, std::string_view notice, std::string_view corporation) {
    constexpr std::int64_t minute_ms = 60 * 1000;
    if (notice == "suite_ticket") return grant{"ticket", "", sent.word("SuiteTicket"), 30 * minute_ms};
    if (notice == "create_auth" || notice == "reset_permanent_code")
        return grant{"auth_code", corporation, sent.word("AuthCode"), 10 * minute_ms};
    if (notice == "cancel_auth" && !corporation.empty()) return grant{"revoked", corporation, "", 0};
    return std::nullopt;
}

}  // namespace

result<void> read_message(crypto::hasher& with, std::string_view clear, std::string_view scope,
                          std::string_view corporation, decoded& into) {
    const document& sent = into.content;
    if (const auto read = into.content.read(clear); !read) return read.error();
    const std::string_view type = sent.word("MsgType"), notice = sent.word("InfoType");
    if (type.empty() && notice.empty()) return errc::malformed_message;
    const bool is_message = notice.empty() && !same_letters(type, "event");
    const row* known = row_of(sent, is_message);

    std::string_view addressee = sent.word("ToUserName");
    for (const std::string_view name : {"AuthCorpId", "PaidCorpId"})
        if (addressee.empty()) addressee = sent.word(name);
    // Whose people these are is what the envelope proved; a suite's notices name it inside.
    if (corporation.empty()) corporation = addressee;
    event made;
    made.from = {"userid", sent.word("FromUserName")};
    made.to = {"corp_id", addressee};
    made.scope = corporation;
    made.at_ms = seconds_to_ms(notice.empty() ? sent.word("CreateTime") : sent.word("TimeStamp"));
    made.platform_id = is_message ? sent.word("MsgId") : std::string_view{};
    apply(known, sent, made);
    made.grant = grant_of(sent, notice, corporation);
    made.id = made.platform_id.empty() ? id_by_body(with, scope, clear)
                                       : id_by_message(with, scope, made.from.id, made.platform_id);
    made.deduplicated = !same_letters(sent.word("Event"), "kf_msg_or_event");
    made.from_person = !made.from.id.empty() && (known ? known->whose == by::person : is_message);
    if (is_one_of(notice, hurried)) into.patience_ms = hurried_patience_ms;
    into.masked = "SuiteTicket AuthCode AccessToken RegisterCode";
    into.events.push_back(made);
    into.is_of_corporation = known && known->type == "event";
    return {};
}

std::string passive_reply(const decoded& all, const event& to, const reply& with, const moment& at) {
    const std::string body = with.kind == reply_kind::card          ? card_update_xml(all, with)
                             : with.kind == reply_kind::card_button ? button_update_xml(with)
                                                                    : std::string();
    return xml_reply(to.from.id, to.to.id, at.now_ms, with,
                     {.title_bytes_max = 128, .description_bytes_max = 512, .body = body});
}

std::string_view cannot_show(const decoded& all, const event& to, const reply& with) {
    if (to.shows == shown::nothing) return "the platform shows no answer to this kind of event";
    if (with.kind == reply_kind::platform_desk) return "an app has no desk of the platform to hand over to";
    if (with.kind == reply_kind::location) return "the platform takes no position as an answer";
    if (with.kind == reply_kind::music) return "the platform takes no music as an answer";
    const bool updates = with.kind == reply_kind::card || with.kind == reply_kind::card_button;
    if (updates && to.shows != shown::card_updates) return "only a tapped template card can be changed";
    if (!updates && to.shows == shown::card_updates) return "a tapped template card can only be changed";
    // "更新模版卡片消息": cards that only tell have no button to rename.
    constexpr std::string_view with_buttons = "button_interaction vote_interaction multiple_interaction";
    if (with.kind == reply_kind::card_button && !is_one_of(all.content.word("CardType"), with_buttons))
        return "this kind of card has no button";
    return {};
}

std::string unblanked(std::string_view echo) {
    std::string whole(echo);
    std::ranges::replace(whole, ' ', '+');
    return whole;
}

bool is_echo(std::string_view clear) { return !clear.starts_with('<') && !clear.starts_with('{'); }

}  // namespace yizhan::adapters::wecom
