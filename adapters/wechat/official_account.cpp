#include "adapters/wechat/official_account.hpp"

#include "adapters/sealed.hpp"
#include "adapters/wechat/event_table.hpp"
#include "adapters/xml_reply.hpp"

namespace yizhan::adapters::wechat {
namespace {

class official_account final : public adapter {
public:
    official_account(const account& settings, sealed_callbacks sealed)
        : id_(settings.id),
          original_id_(settings.original_id),
          receive_ids_{settings.app_id},
          mode_(settings.encryption),
          sealed_(std::move(sealed)) {}

    /// The echo is neither encrypted nor signed here, even in safe mode ("消息推送").
    result<opening> verify(const callback& received, std::string&) override {
        const auto token = sealed_.token_of(received, {}, received.query["signature"]);
        if (!token) return token.error();
        if (!received.query.has("echostr")) return errc::missing_parameter;
        return opening{
            received.query["echostr"], seconds_to_ms(received.query["timestamp"]), *token, 0, false, false};
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        const auto outer = read_outer(outer_, received.body);
        if (mode_ == encryption::plaintext) return open_plain(received, outer);
        if (!outer) return outer.error();
        if (outer->encrypt.empty()) return errc::plaintext_refused;
        auto opened =
            sealed_.open(received, outer->encrypt, received.query["msg_signature"], receive_ids_, buffer);
        if (opened) opened->json = outer->json;
        return opened;
    }

    result<void> decode(std::string_view clear, decoded& into) override {
        document& sent = into.content;
        if (const auto read = sent.read(clear); !read) return read.error();
        const std::string_view type = sent.word("MsgType");
        if (type.empty()) return errc::malformed_message;
        const bool is_event = same_letters(type, "event");
        const row* known = find_row(official_account_table(), type, is_event ? sent.word("Event") : "");

        event made;
        made.from = {"openid", sent.word("FromUserName")};
        made.to = {"original_id", sent.word("ToUserName")};
        if (!original_id_.empty() && !made.to.id.empty() && made.to.id != original_id_)
            return errc::wrong_receive_id;
        made.scope = id_;
        made.at_ms = seconds_to_ms(sent.word("CreateTime"));
        made.platform_id = sent.word("MsgId");
        made.id = made.platform_id.empty()
                      ? id_by_body(sealed_.hasher(), id_, clear)
                      : id_by_message(sealed_.hasher(), id_, made.from.id, made.platform_id);
        made.from_person = !made.from.id.empty() && (known || !is_event);
        if (known) {
            made.type = known->ours;
            made.shows_reply = known->shows_reply;
            known->read(sent, made);
        }
        into.events.assign(1, made);
        return {};
    }

    std::string_view cannot_say(const event& to, const reply& with) const override {
        if (!to.shows_reply) return "the platform shows no answer to this kind of event";
        // 转发到客服: messages only, never events.
        if (with.kind == reply_kind::platform_desk && !to.type.starts_with("message."))
            return "only messages can be handed to the platform's desk";
        return {};
    }

    std::string answer(const event& to, const reply& with, const moment& at) const override {
        // One article since 2018-10-12 in answer to a message; up to eight in answer to an event.
        const std::size_t articles_max = to.type.starts_with("message.") ? 1 : 8;
        return xml_reply(to.from.id, to.to.id, at.now_ms, with, {2048, articles_max});
    }

    std::string_view silence() const override { return "success"; }

    std::string seal(const opening& request, std::string_view nonce, std::string_view clear,
                     const moment& at) override {
        if (!request.sealed || clear == silence()) return std::string(clear);
        return sealed_.seal(request, nonce, clear, receive_ids_.front(), at);
    }

private:
    result<opening> open_plain(const callback& received, const result<outer>& outer) {
        const auto token = sealed_.token_of(received, {}, received.query["signature"]);
        if (!token) return token.error();
        if (!outer) return outer.error();
        if (!outer->encrypt.empty()) return errc::encryption_refused;
        return opening{received.body, seconds_to_ms(received.query["timestamp"]), *token, 0, false,
                       outer->json};
    }

    std::string id_, original_id_;
    std::vector<std::string> receive_ids_;
    encryption mode_;
    sealed_callbacks sealed_;
    document outer_;
};

}  // namespace

result<std::unique_ptr<adapter>> make_official_account(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<official_account>(settings, std::move(*sealed));
}

}  // namespace yizhan::adapters::wechat
