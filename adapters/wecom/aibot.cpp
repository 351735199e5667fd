#include <algorithm>

#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/wecom/card.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/wecom/messages.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"

namespace yizhan::adapters::wecom {
namespace {

constexpr std::size_t content_bytes_max = 20480;

/// An AI bot ("智能机器人"): JSON inside and out, and nobody's id at the envelope's end.
class aibot_adapter final : public adapter {
public:
    aibot_adapter(const account& settings, sealed_callbacks sealed)
        : id_(settings.id), receive_ids_{settings.receive_id}, sealed_(std::move(sealed)) {}

    result<opening> verify(const callback& received, std::string& buffer) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        return verify_echo(received, [&](std::string_view echo) {
            return sealed_.open(received, echo, receive_ids_, buffer);
        });
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        return sealed_.open_body(received, receive_ids_, buffer);
    }

    result<void> decode(const callback&, std::string_view clear, decoded& into) override {
        into.clear();
        const document& sent = into.content;
        if (const auto read = into.content.read_json(clear); !read) return read.error();
        const std::string_view type = sent.word("msgtype");
        if (type.empty()) return errc::malformed_message;
        const bool is_event = type == "event", is_refresh = type == "stream";
        const std::string_view name = is_event ? sent.word({"event", "eventtype"}) : std::string_view{};
        const row* known = aibot_table().find(type, name);

        event made;
        made.from = {"userid", sent.word({"from", "userid"})};
        made.to = {"aibot_id", sent.word("aibotid")};
        made.scope =
            sent.word({"from", "corpid"}).empty() ? std::string_view(id_) : sent.word({"from", "corpid"});
        made.at_ms = seconds_to_ms(sent.word("create_time"));  // Messages have none.
        made.platform_id = sent.word("msgid");
        apply(known, sent, made);
        if (type == "mixed") made.text = all_texts(sent, into.joined);
        const bool has_own_id = !made.platform_id.empty() && !is_refresh;
        made.id = has_own_id ? id_by_message(sealed_.hasher(), id_, made.from.id, made.platform_id)
                             : id_by_body(sealed_.hasher(), id_, clear);
        made.deduplicated = !is_refresh;
        made.from_person = !made.from.id.empty() && (known ? known->whose == by::person : !is_event);
        // The streams that we begin are called like the event they answer.
        if (is_refresh) into.asks_again = event_id_of(sent.word({"stream", "id"}));
        into.events.push_back(made);
        return {};
    }

    std::string_view cannot_say(const decoded&, const event& to, const reply& with) const override {
        if (to.shows == shown::nothing) return "the platform shows no answer to this kind of event";
        if (with.kind == reply_kind::card) return {};
        if (to.shows == shown::card_updates) return "a tapped template card can only be changed";
        return with.kind == reply_kind::text ? "" : "a bot answers with texts and template cards";
    }

    std::string answer(const decoded& all, const event& to, const reply& with, const moment&) const override {
        if (with.kind == reply_kind::card && to.shows == shown::card_updates)
            return R"({"response_type":"update_template_card","template_card":)" +
                   card_json(with, to.ticket) + "}";
        if (with.kind == reply_kind::card)
            return R"({"msgtype":"template_card","template_card":)" + with.card + "}";
        const std::string text = json::quoted(utf8::cut(with.text, content_bytes_max));
        if (all.content.word("msgtype") == "event")
            return R"({"msgtype":"text","text":{"content":)" + text + "}}";
        // Messages are answered by a stream; ours is whole at once.
        return R"({"msgtype":"stream","stream":{"id":")" + hex(to.id) + R"(","finish":true,"content":)" +
               text + "}}";
    }

    std::string receipt(const decoded&, const moment&) const override { return {}; }
    bool is_silence(std::string_view clear) const override { return clear.empty(); }

    /// Names in small letters, and the nonce of the request ("加解密方案说明").
    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        if (clear.empty()) return {};
        return sealed_.seal(how, to.query["nonce"], clear, receive_ids_.front(), at, reply_names::lower);
    }

private:
    /// Texts and pictures come in turns; what was said is all the texts.
    static std::string_view all_texts(const document& sent, std::string& into) {
        const document::node* list = sent.find({"mixed", "msg_item"});
        if (!list) return {};
        for (const document::node* item : sent.items(*list)) {
            const std::string_view text = sent.word_in(*item, {"text", "content"});
            if (!text.empty()) into.append(into.empty() ? "" : "\n").append(text);
        }
        return into;
    }

    std::string id_;
    std::vector<std::string> receive_ids_;
    sealed_callbacks sealed_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<aibot_adapter>(settings, std::move(*sealed));
}

}  // namespace

const adapter_kind aibot{"wecom", "aibot", "token aes_key", "智能机器人", make, aibot_table};

}  // namespace yizhan::adapters::wecom
