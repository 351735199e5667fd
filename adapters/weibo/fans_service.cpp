#include <algorithm>

#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/table.hpp"
#include "adapters/weibo/event_table.hpp"
#include "adapters/weibo/time.hpp"
#include "adapters/weibo/way_out.hpp"
#include "adapters/xml_reply.hpp"
#include "core/json_text.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"

namespace yizhan::adapters::weibo {
namespace {

constexpr std::size_t articles_max = 8;
constexpr std::size_t text_characters_max = 299;  // "Fewer than 300 Chinese characters".

std::string_view cut_characters(std::string_view text, std::size_t characters_max) {
    std::size_t at = 0;
    for (; at < text.size() && characters_max > 0; --characters_max)
        at += std::max<std::size_t>(1, utf8::sequence_length(text, at));
    return text.substr(0, at);
}

/// The JSON that stands, percent-encoded, inside the reply's `data`.
std::string reply_data(const reply& with) {
    std::string out = "{";
    if (with.kind == reply_kind::text) {
        json::append_key(out, "text");
        json::append_string(out, cut_characters(with.text, text_characters_max));
        return out += '}';
    }
    if (with.kind == reply_kind::location) {
        json::append_member(out, "longitude", with.longitude);
        json::append_member(out, "latitude", with.latitude);
        return out += '}';
    }
    json::append_key(out, "articles");
    out += '[';
    for (std::size_t at = 0; at < std::min(with.articles.size(), articles_max); ++at) {
        const article& each = with.articles[at];
        out += at ? ",{" : "{";
        const auto member = [&](std::string_view name, std::string_view text) {
            json::append_key(out, name);
            json::append_string(out, text);
        };
        member("display_name", each.title);
        member("summary", each.description);
        member("image", each.image_url);
        member("url", each.url);
        out += '}';
    }
    return out += "]}";
}

constexpr std::string_view type_of(reply_kind kind) {
    if (kind == reply_kind::news) return "articles";
    return kind == reply_kind::location ? "position" : "text";
}

/// What the same things are called in the two forms of a push.
struct names {
    std::string_view type, name, receiver, sender, text;
};
constexpr names json_names{"type", "subtype", "receiver_id", "sender_id", "text"};
constexpr names xml_names{"MsgType", "Event", "ToUserName", "FromUserName", "Content"};

class fans_adapter final : public adapter {
public:
    explicit fans_adapter(const account& settings)
        : id_(settings.id), uids_(settings.uids), secrets_(settings.app_secrets) {}

    result<opening> verify(const callback& received, std::string&) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        const auto secret = secret_of(received);
        if (!secret) return secret.error();
        if (received.query["echostr"].empty()) return errc::missing_parameter;
        return opening{received.query["echostr"], signed_at_ms(received), *secret, 0, false, false};
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        const auto secret = secret_of(received);
        if (!secret) return secret.error();
        std::string_view body = received.body;
        if (body.starts_with("%7B") ||
            body.starts_with("%7b")) {  // One known sender encodes the body once more.
            buffer = body;
            std::ranges::replace(buffer, '+', ' ');  // In a form a plus is a blank, and %2B a plus.
            buffer = percent_decoded(buffer);
            body = buffer;
        }
        return opening{body, signed_at_ms(received), *secret, 0, false, true};
    }

    result<void> decode(const callback&, std::string_view clear, decoded& into) override {
        into.clear();
        document& sent = into.content;
        if (const auto read = sent.read(clear); !read) return read.error();
        // The account may be switched to WeChat's shape ("微信XML格式兼容").
        const names& called = sent.is_json() ? json_names : xml_names;
        const std::string_view type = sent.word(called.type), receiver = sent.word(called.receiver);
        if (type.empty() || receiver.empty()) return errc::malformed_message;
        if (std::ranges::find(uids_, receiver) == uids_.end()) return errc::wrong_receive_id;
        const document& data = sent.is_json() ? data_of(sent, into.inner) : sent;
        const bool is_message = !same_letters(type, "event");
        const bool has_name = !is_message || same_letters(type, "mention");
        const row* known = fans_service_table().find(type, has_name ? data.word(called.name) : "");

        event made;
        made.from = {"uid", sent.word(called.sender)};
        made.to = {"uid", receiver};
        made.at_ms =
            sent.is_json() ? created_at_ms(sent.word("created_at")) : seconds_to_ms(sent.word("CreateTime"));
        // XML has a `MsgId` that the documents call empty: it is no name for anything.
        if (sent.is_json() && sent.word("id") != "0") made.platform_id = sent.word("id");
        made.id = made.platform_id.empty() ? id_by_body(hasher_, id_, clear)
                                           : id_by_message(hasher_, id_, made.from.id, made.platform_id);
        made.from_person = !made.from.id.empty() && (known || is_message);
        apply(known, data, made);
        // Of everything else `text` is a caption of the platform, not the fan's words.
        if (known && (same_letters(type, "text") || same_letters(type, "mention")))
            made.text = sent.text(called.text);
        if (made.type == "message.text") read_keyword(made);
        into.events.push_back(made);
        return {};
    }

    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        if (to.shows == shown::nothing) return "the platform shows no answer to this kind of event";
        if (with.kind == reply_kind::platform_desk) return "the platform has no desk to hand over to";
        if (with.kind == reply_kind::location && all.content.is_json()) return {};
        if (with.kind != reply_kind::text && with.kind != reply_kind::news)
            return "the platform takes only texts, articles and positions as an answer";
        return {};
    }

    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        // An account that is switched to WeChat's shape is answered in it ("发送被动响应消息").
        if (!all.content.is_json() && !all.events.empty())
            return xml_reply(to.from.id, to.to.id, at.now_ms, with, {.articles_max = articles_max});
        std::string out = R"({"result":true,"sender_id":)";
        append_uid(out, to.to.id);
        out += R"(,"receiver_id":)";
        append_uid(out, to.from.id);
        out.append(R"(,"type":")").append(type_of(with.kind));
        return out.append(R"(","data":")").append(percent_encoded(reply_data(with))).append("\"}");
    }

    std::string receipt(const decoded&, const moment&) const override { return {}; }
    bool is_silence(std::string_view clear) const override { return clear.empty(); }

    std::string seal(const callback&, const opening&, std::string_view clear, const moment&) override {
        return std::string(clear);
    }

private:
    /// The platform counts milliseconds here, unlike everywhere else.
    static std::int64_t signed_at_ms(const callback& received) {
        return decimal(received.query["timestamp"]).value_or(0);
    }

    /// Two words that the platform itself acts on ("发送消息"): somebody subscribes or leaves, and says
    /// nothing.
    static void read_keyword(event& into) {
        if (into.text == "dy") into.type = "contact.subscribed";
        if (into.text == "td") into.type = "contact.unsubscribed";
    }

    static void append_uid(std::string& out, std::string_view uid) {
        if (decimal(uid) && !uid.starts_with('0'))
            out += uid;
        else
            json::append_string(out, uid);
    }

    /// `data`: an object, or a string with JSON in it, or nothing in any of four spellings.
    static const document& data_of(const document& sent, document& inner) {
        const document::node* data = sent.find("data");
        if (data && data->is == document::shape::object)
            inner.take(sent, *data);
        else if (!data || data->is != document::shape::text || !inner.read_json(data->text))
            static_cast<void>(inner.read_json("{}"));
        return inner;
    }

    result<std::uint8_t> secret_of(const callback& received) {
        return secret_that_signed(hasher_, secrets_, received, {}, received.query["signature"]);
    }

    std::string id_;
    std::vector<std::string> uids_, secrets_;
    crypto::hasher hasher_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    return std::make_unique<fans_adapter>(settings);
}

}  // namespace

const adapter_kind fans_service{"weibo",        "fans_service", "uid app_secret",
                                "粉丝服务平台", make,           fans_service_table, fans_service_way_out, fans_service_window};

}  // namespace yizhan::adapters::weibo
