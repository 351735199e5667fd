#include "adapters/wechat/messages.hpp"

#include "adapters/sealed.hpp"
#include "adapters/wechat/event_table.hpp"
#include "adapters/xml_reply.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters::wechat {

result<void> read_message(crypto::hasher& with, std::string_view clear, std::string_view scope,
                          std::string_view tenant, decoded& into) {
    const document& sent = into.content;
    const std::string_view type = sent.word("MsgType");
    if (type.empty()) return errc::malformed_message;
    const bool is_event = same_letters(type, "event");
    const row* known = event_table().find(type, is_event ? sent.word("Event") : "");

    event made;
    made.from = {"openid", sent.word("FromUserName")};
    made.to = {"original_id", sent.word("ToUserName")};
    made.scope = tenant;
    made.at_ms = seconds_to_ms(sent.word("CreateTime"));
    made.platform_id = sent.word("MsgId");
    apply(known, sent, made);
    // Two results of one broadcast share its id: only of messages it is a name.
    const bool has_own_id = !made.platform_id.empty() && (!is_event || !sent.word("msg_id").empty());
    made.id = has_own_id ? id_by_message(with, scope, made.from.id, made.platform_id)
                         : id_by_body(with, scope, clear);
    made.from_person = !made.from.id.empty() && (known ? known->whose == by::person : !is_event);
    into.events.push_back(made);
    return {};
}

std::string receipt_of(const decoded& what) {
    // "虚拟支付": the two deliveries are repeated until they get this, in the form of the push.
    const std::string_view name = what.content.word("Event");
    const bool is_delivery =
        same_letters(name, "xpay_goods_deliver_notify") || same_letters(name, "xpay_coin_pay_notify");
    if (!is_delivery) return "success";
    return what.content.is_json() ? R"({"ErrCode":0,"ErrMsg":"success"})"
                                  : "<xml><ErrCode>0</ErrCode><ErrMsg><![CDATA[success]]></ErrMsg></xml>";
}

std::string passive_reply(const decoded& all, const event& to, const reply& with, const moment& at) {
    if (all.content.is_json()) {  // Mini programs only, which can say no more than this ("转发客服消息").
        std::string out = "{";
        json::append_member(out, "ToUserName", to.from.id);
        json::append_member(out, "FromUserName", to.to.id);
        json::append_key(out, "CreateTime");
        json::append_number(out, at.now_ms / 1000);
        json::append_member(out, "MsgType", "transfer_customer_service");
        if (!with.text.empty())
            out.append(R"(,"TransInfo":{"KfAccount":)").append(json::quoted(with.text)).append("}");
        return out += '}';
    }
    // One article since 2018-10-12 in answer to a message; up to eight in answer to an event.
    const std::size_t articles_max = to.type.starts_with("message.") ? 1 : 8;
    return xml_reply(to.from.id, to.to.id, at.now_ms, with, {.articles_max = articles_max});
}

std::string_view cannot_show(const decoded& all, const event& to, const reply& with) {
    if (to.shows == shown::nothing) return "the platform shows no answer to this kind of event";
    // Only mini programs and stores are sent JSON, and a mini program can say no more than this.
    if (all.content.is_json() && with.kind != reply_kind::platform_desk)
        return "a mini program answers through the customer message API only";
    if (with.kind == reply_kind::location) return "the platform takes no position as an answer";
    if (with.kind == reply_kind::card || with.kind == reply_kind::card_button)
        return "the platform has no template cards";
    // "转发到客服": messages only, never events.
    if (with.kind == reply_kind::platform_desk && !to.type.starts_with("message."))
        return "only messages can be handed to the platform's desk";
    return {};
}

}  // namespace yizhan::adapters::wechat
