#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/wecom/kf_items.hpp"
#include "adapters/wecom/messages.hpp"
#include "adapters/wecom/way_out.hpp"

namespace yizhan::adapters::wecom {
namespace {

/// An endpoint of one corporation: an app, or one of the built-in applications that only tell.
class own_endpoint final : public adapter {
public:
    own_endpoint(const account& settings, sealed_callbacks sealed, bool speaks)
        : id_(settings.id), open_kfid_(settings.open_kfid), receive_ids_{settings.corp_id}, speaks_(speaks), sealed_(std::move(sealed)) {}

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

    result<void> decode(const callback& received, std::string_view clear, decoded& into) override {
        if (received.suffix == pulled_suffix)
            return read_kf_item(sealed_.hasher(), clear, id_, receive_ids_.front(), open_kfid_, into);
        into.clear();
        return read_message(sealed_.hasher(), clear, id_, receive_ids_.front(), into);
    }

    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        if (!speaks_) return "this endpoint is only told what happens";
        return cannot_show(all, to, with);
    }

    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        return passive_reply(all, to, with, at);
    }

    std::string receipt(const decoded&, const moment&) const override { return {}; }
    bool is_silence(std::string_view clear) const override { return clear.empty(); }

    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        if (clear.empty()) return {};
        return sealed_.seal(how, to.query["nonce"], clear, receive_ids_.front(), at);
    }

private:
    std::string id_, open_kfid_;
    std::vector<std::string> receive_ids_;
    bool speaks_;
    sealed_callbacks sealed_;
};

template <bool Speaks>
result<std::unique_ptr<adapter>> make(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<own_endpoint>(settings, std::move(*sealed), Speaks);
}

constexpr std::string_view needs = "corp_id token aes_key";

}  // namespace

const adapter_kind app{"wecom", "app", needs, "自建应用", make<true>, event_table, app_way_out};
const adapter_kind contacts{"wecom", "contacts", needs, "通讯录同步助手", make<false>, event_table};
const adapter_kind customer_contact{"wecom", "customer_contact", needs, "客户联系", make<false>, event_table,
                                    customer_contact_way_out};
const adapter_kind kf{"wecom", "kf", needs, "微信客服", make<false>, event_table, kf_way_out, kf_window};

}  // namespace yizhan::adapters::wecom
