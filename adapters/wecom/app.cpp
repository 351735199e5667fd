#include "adapters/wecom/app.hpp"

#include <algorithm>

#include "adapters/sealed.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/xml_reply.hpp"

namespace yizhan::adapters::wecom {
namespace {

class app final : public adapter {
public:
    app(const account& settings, sealed_callbacks sealed)
        : id_(settings.id), receive_ids_{settings.corp_id}, sealed_(std::move(sealed)) {}

    /// The echo is ciphertext and part of the signature; the answer is its clear bytes, never a number. A
    /// message that somebody sends here as an echo is not decrypted for them.
    result<opening> verify(const callback& received, std::string& buffer) override {
        std::string echo(received.query["echostr"]);
        std::ranges::replace(echo, ' ', '+');  // A form-style decoder in front of us has been here.
        if (echo.empty()) return errc::missing_parameter;
        auto opened = sealed_.open(received, echo, received.query["msg_signature"], receive_ids_, buffer);
        const bool is_message = opened && (opened->clear.starts_with('<') || opened->clear.starts_with('{'));
        if (is_message) return errc::malformed_message;
        return opened;
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        const auto outer = read_outer(outer_, received.body);
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
        if (type.empty() && sent.word("InfoType").empty()) return errc::malformed_message;
        const bool is_message = !type.empty() && !same_letters(type, "event");
        const row* known = find_row(app_table(), type, is_message ? "" : sent.word("Event"));

        event made;
        made.from = {"userid", sent.word("FromUserName")};
        made.to = {"corp_id", sent.word("ToUserName")};
        made.scope = receive_ids_.front();
        made.at_ms = seconds_to_ms(sent.word("CreateTime"));
        made.platform_id = sent.word("MsgId");
        made.id = made.platform_id.empty()
                      ? id_by_body(sealed_.hasher(), id_, clear)
                      : id_by_message(sealed_.hasher(), id_, made.from.id, made.platform_id);
        made.deduplicated = !same_letters(sent.word("Event"), "kf_msg_or_event");
        made.from_person = !made.from.id.empty() && (known || is_message);
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
        if (with.kind == reply_kind::platform_desk)
            return "an app has no desk of the platform to hand over to";
        return {};
    }

    std::string answer(const event& to, const reply& with, const moment& at) const override {
        return xml_reply(to.from.id, to.to.id, at.now_ms, with, {2048, 8});
    }

    std::string_view silence() const override { return ""; }

    std::string seal(const opening& request, std::string_view nonce, std::string_view clear,
                     const moment& at) override {
        if (clear.empty()) return {};
        return sealed_.seal(request, nonce, clear, receive_ids_.front(), at);
    }

private:
    std::string id_;
    std::vector<std::string> receive_ids_;
    sealed_callbacks sealed_;
    document outer_;
};

}  // namespace

result<std::unique_ptr<adapter>> make_app(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<app>(settings, std::move(*sealed));
}

}  // namespace yizhan::adapters::wecom
