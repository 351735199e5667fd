// A channel of one's own: small JSON messages, signed with HMAC-SHA256 (docs/adding-a-channel.md).
#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/table.hpp"
#include "core/json_text.hpp"
#include "core/time.hpp"
#include "crypto/hmac.hpp"
#include "crypto/signature.hpp"

namespace yizhan::adapters::webhook {
namespace {

void read_text(const document& sent, event& into) { into.text = sent.text("text"); }

void read_file(const document& sent, event& into) {
    into.media =
        media{.id = {}, .url = sent.word("url"), .format = {}, .size = sent.word("size"), .thumb_id = {}};
}

void read_link(const document& sent, event& into) {
    into.link = link{sent.word("title"), sent.word("text"), sent.word("url")};
}

void read_key(const document& sent, event& into) { into.event_key = sent.word("key"); }

constexpr reader nothing{[](const document&, event&) {}, ""};
constexpr reader text{read_text, "text"};
constexpr reader file{read_file, "media"};
constexpr reader shared_link{read_link, "link"};
constexpr reader key{read_key, "event_key"};

constexpr row rows[] = {
    message("text", "message.text", text, "文本", "text"),
    message("image", "message.image", file, "图片", "url size"),
    message("file", "message.file", file, "文件", "url size"),
    message("link", "message.link", shared_link, "链接", "title text url"),
    act("joined", "contact.followed", nothing, shown::replies, "加入", ""),
    act("left", "contact.unfollowed", nothing, shown::nothing, "离开", ""),
    act("clicked", "menu.clicked", key, shown::replies, "点击", "key"),
};

const table& types() {
    static const table made(rows);
    return made;
}

class signed_json_adapter final : public adapter {
public:
    explicit signed_json_adapter(const account& settings)
        : id_(settings.id), secrets_(settings.app_secrets) {}

    result<opening> verify(const callback& received, std::string&) override {
        auto proved = prove(received);
        if (proved && received.query["echostr"].empty()) return errc::missing_parameter;
        if (proved) proved->clear = received.query["echostr"];
        return proved;
    }

    result<opening> open(const callback& received, std::string&) override { return prove(received); }

    result<void> decode(const callback&, std::string_view clear, decoded& into) override {
        into.clear();
        const document& sent = into.content;
        if (const auto read = into.content.read_json(clear); !read) return read.error();
        if (sent.word("type").empty() || sent.word("id").empty()) return errc::malformed_message;
        const row* known = types().find(sent.word("type"), "");
        if (!known) known = types().find("event", sent.word("type"));
        event made;
        made.from = {"customer_id", sent.word("from")};
        made.to = {"account_id", sent.word("to")};
        made.scope = id_;
        made.at_ms = seconds_to_ms(sent.word("at"));
        made.platform_id = sent.word("id");
        made.id = id_by_message(hasher_, id_, made.from.id, made.platform_id);
        made.from_person = !made.from.id.empty();
        apply(known, sent, made);
        into.events.push_back(made);
        return {};
    }

    std::string_view cannot_say(const decoded&, const event& to, const reply& with) const override {
        if (to.shows == shown::nothing) return "nobody is there to read an answer";
        return with.kind == reply_kind::text ? "" : "only texts can be answered here";
    }

    std::string answer(const decoded&, const event& to, const reply& with, const moment& at) const override {
        std::string out =
            "{\"to\":" + json::quoted(to.from.id) + ",\"at\":" + std::to_string(at.now_ms / 1000);
        return out + ",\"type\":\"text\",\"text\":" + json::quoted(with.text) + "}";
    }

    std::string receipt(const decoded&, const moment&) const override { return {}; }
    bool is_silence(std::string_view clear) const override { return clear.empty(); }
    std::string seal(const callback&, const opening&, std::string_view clear, const moment&) override {
        return std::string(clear);
    }

private:
    /// `signature` = HMAC-SHA256(secret, timestamp "." nonce "." body), in hex; `timestamp` in seconds.
    result<opening> prove(const callback& received) {
        if (!received.suffix.empty()) return errc::unknown_account;
        const std::string_view timestamp = received.query["timestamp"], nonce = received.query["nonce"];
        const std::string_view given = received.query["signature"];
        if (timestamp.empty() || nonce.empty() || given.empty()) return errc::missing_parameter;
        // A point in them could move bytes from one part to another under the same signature.
        if (!decimal(timestamp) || nonce.find('.') != std::string_view::npos) return errc::bad_signature;
        const std::string all =
            std::string(timestamp) + "." + std::string(nonce) + "." + std::string(received.body);
        std::size_t signer = secrets_.size();
        for (std::size_t at = 0; at < secrets_.size(); ++at)
            if (crypto::same_secret(crypto::hmac_sha256(secrets_[at], all), given) &&
                signer == secrets_.size())
                signer = at;
        if (signer == secrets_.size()) return errc::bad_signature;
        return opening{received.body, seconds_to_ms(timestamp), static_cast<std::uint8_t>(signer), 0, false,
                       true};
    }

    std::string id_;
    std::vector<std::string> secrets_;
    crypto::hasher hasher_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    return std::make_unique<signed_json_adapter>(settings);
}

}  // namespace

const adapter_kind signed_json{"webhook", "signed_json", "app_secret", "签名的JSON回调", make, types};

}  // namespace yizhan::adapters::webhook
