#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/wechat/event_table.hpp"
#include "adapters/wechat/messages.hpp"
#include "adapters/wechat/way_out.hpp"

namespace yizhan::adapters::wechat {
namespace {

/// What these accounts can say in the answer to a callback.
enum class speech { everything, desk_only, nothing };

/// One official account, mini program or store with its own token and key.
class own_account final : public adapter {
public:
    own_account(const account& settings, sealed_callbacks sealed, speech says)
        : id_(settings.id),
          original_id_(settings.original_id),
          receive_ids_{settings.app_id},
          mode_(settings.encryption),
          says_(says),
          sealed_(std::move(sealed)) {}

    /// The echo is neither encrypted nor signed here, even in safe mode ("消息推送").
    result<opening> verify(const callback& received, std::string&) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        return sealed_.verify_plain(received);
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        if (mode_ == encryption::plaintext) return open_plain(received);
        return sealed_.open_body(received, receive_ids_, buffer);
    }

    result<void> decode(const callback&, std::string_view clear, decoded& into) override {
        into.clear();
        if (const auto read = into.content.read(clear); !read) return read.error();
        if (const auto read = read_message(sealed_.hasher(), clear, id_, id_, into); !read)
            return read.error();
        const std::string_view receiver = into.events.front().to.id;
        // An alias or the AppID may stand there too, and only an original id can be another's.
        if (!original_id_.empty() && receiver.starts_with("gh_") && receiver != original_id_)
            return errc::wrong_receive_id;
        return {};
    }

    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        if (says_ == speech::nothing) return "a store answers through the customer message API only";
        if (says_ == speech::desk_only && with.kind != reply_kind::platform_desk)
            return "a mini program answers through the customer message API only";
        return cannot_show(all, to, with);
    }

    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        return passive_reply(all, to, with, at);
    }

    std::string receipt(const decoded& of, const moment&) const override { return receipt_of(of); }
    bool is_silence(std::string_view clear) const override { return clear.empty() || clear == "success"; }

    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        if (!how.sealed || is_silence(clear)) return std::string(clear);
        return sealed_.seal(how, to.query["nonce"], clear, receive_ids_.front(), at);
    }

private:
    result<opening> open_plain(const callback& received) {
        const auto token = sealed_.token_of(received, {}, received.query["signature"]);
        if (!token) return token.error();
        const auto outer = sealed_.read_body(received);
        if (!outer) return outer.error();
        if (!outer->encrypt.empty()) return errc::encryption_refused;
        return opening{received.body, seconds_to_ms(received.query["timestamp"]), *token, 0, false,
                       outer->json};
    }

    std::string id_, original_id_;
    std::vector<std::string> receive_ids_;
    encryption mode_;
    speech says_;
    sealed_callbacks sealed_;
};

template <speech Says>
result<std::unique_ptr<adapter>> make(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<own_account>(settings, std::move(*sealed), Says);
}

}  // namespace

const adapter_kind official_account{"wechat",         "official_account",       "app_id token",
                                    "公众号、服务号", make<speech::everything>, event_table, official_account_way_out, official_account_window};
const adapter_kind mini_program{"wechat", "mini_program",          "app_id token",
                                "小程序", make<speech::desk_only>, event_table, mini_program_way_out, mini_program_window};
const adapter_kind store{"wechat", "store", "app_id token", "微信小店", make<speech::nothing>, event_table};

}  // namespace yizhan::adapters::wechat
