#include <algorithm>

#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/wechat/event_table.hpp"
#include "adapters/wechat/messages.hpp"
#include "adapters/wechat/way_out.hpp"
#include "adapters/xml_reply.hpp"

namespace yizhan::adapters::wechat {
namespace {

constexpr std::string_view command = "/command", message_prefix = "/message/";

/// The two accounts with which the platform tries a component before it goes public ("全网发布接入检测").
constexpr std::string_view trial_appids = "wx570bc396a51b8ff8 wxd101a85aa106f53e";
constexpr std::string_view trial_text = "TESTCOMPONENT_MSG_TYPE_TEXT", trial_query = "QUERY_AUTH_CODE:";

bool is_trial(const decoded& what) {
    if (what.events.empty() || !is_one_of(what.tenant, trial_appids)) return false;
    const std::string_view text = what.events.front().text;
    return text == trial_text || text.starts_with(trial_query);
}

/// A third-party platform: its own pushes at `/command`, and at `/message/{appid}` those of the accounts that
/// authorised it, each of which is an account of ours by its AppId. All are sealed with the component's key.
class component_adapter final : public adapter {
public:
    component_adapter(const account& settings, sealed_callbacks sealed)
        : id_(settings.id), receive_ids_{settings.app_id}, sealed_(std::move(sealed)) {}

    result<opening> verify(const callback& received, std::string&) override {
        if (!is_address(received.suffix)) return errc::unknown_account;
        return sealed_.verify_plain(received);
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!is_address(received.suffix)) return errc::unknown_account;
        return sealed_.open_body(received, receive_ids_, buffer);
    }

    result<void> decode(const callback& received, std::string_view clear, decoded& into) override {
        into.clear();
        into.suffix = received.suffix;
        if (const auto read = into.content.read(clear); !read) return read.error();
        // What it says of itself decides, whichever of the two addresses it was sent to.
        if (!into.content.word("InfoType").empty()) return read_command(clear, into);
        if (received.suffix != command) into.tenant = received.suffix.substr(message_prefix.size());
        const std::string_view whose = into.tenant.empty() ? std::string_view(id_) : into.tenant;
        if (const auto read = read_message(sealed_.hasher(), clear, id_, whose, into); !read)
            return read.error();
        if (is_trial(into)) hide_trial_code(into);
        return {};
    }

    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        if (is_trial(all)) return "the platform's trial wants an answer of its own";
        return cannot_show(all, to, with);
    }

    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        return passive_reply(all, to, with, at);
    }

    std::string receipt(const decoded& of, const moment& at) const override {
        if (!is_trial(of)) return receipt_of(of);
        const event& asked = of.events.front();
        if (asked.text != trial_text) return {};  // A code, to be answered later through the API.
        reply with;
        with.text = std::string(trial_text) + "_callback";
        return xml_reply(asked.from.id, asked.to.id, at.now_ms, with, {});
    }

    bool is_silence(std::string_view clear) const override { return clear.empty() || clear == "success"; }

    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        if (is_silence(clear)) return std::string(clear);
        return sealed_.seal(how, to.query["nonce"], clear, receive_ids_.front(), at);
    }

private:
    static bool is_address(std::string_view suffix) {
        if (suffix == command) return true;
        if (!suffix.starts_with(message_prefix)) return false;
        suffix.remove_prefix(message_prefix.size());
        const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
        return suffix.size() == 18 && suffix.starts_with("wx") && std::ranges::all_of(suffix, is_plain);
    }

    /// The trial's code is a secret like any other.
    static void hide_trial_code(decoded& into) {
        event& asked = into.events.front();
        if (asked.text == trial_text) return;
        constexpr std::int64_t lifetime_ms = 3600 * 1000;
        asked.grant = grant{"auth_code", into.tenant, asked.text.substr(trial_query.size()), lifetime_ms};
        asked.text = trial_query;
        into.masked = "Content";
    }

    result<void> read_command(std::string_view clear, decoded& into) {
        const document& sent = into.content;
        const std::string_view type = sent.word("InfoType");
        event made;
        made.to = {"app_id", sent.word("AppId")};
        made.scope = id_;
        made.at_ms = seconds_to_ms(sent.word("CreateTime"));
        made.id = id_by_body(sealed_.hasher(), id_, clear);
        made.from_person = false;
        // Whom it is about: `AppId` is the component, `appid` beside it a merchant.
        for (const std::string_view name : {"AuthorizerAppid", "authorizer_appid", "verify_appid", "appid"})
            if (made.from.id.empty()) made.from = {"app_id", sent.word(name)};
        apply(component_table().find("info", type), sent, made);
        made.grant = grant_of(sent, type, made);
        into.masked = "ComponentVerifyTicket AuthorizationCode PreAuthCode auth_code";
        into.events.push_back(made);
        return {};
    }

    /// A ticket is good for twelve hours, a code as long as it says, or else for one.
    static std::optional<grant> grant_of(const document& sent, std::string_view type, const event& of) {
        constexpr std::int64_t hour_ms = 3600 * 1000;
        const std::string_view party = of.from.id;
        if (type == "component_verify_ticket")
            return grant{"ticket", "", sent.word("ComponentVerifyTicket"), 12 * hour_ms};
        if (type == "unauthorized" && !party.empty()) return grant{"revoked", party, "", 0};
        const std::int64_t until_ms = seconds_to_ms(sent.word("AuthorizationCodeExpiredTime"));
        const std::int64_t lifetime_ms = until_ms > of.at_ms && of.at_ms != 0 ? until_ms - of.at_ms : hour_ms;
        for (const std::string_view name : {"AuthorizationCode", "auth_code"})
            if (const std::string_view code = sent.word(name); !code.empty())
                return grant{"auth_code", party, code, lifetime_ms};
        return std::nullopt;
    }

    std::string id_;
    std::vector<std::string> receive_ids_;
    sealed_callbacks sealed_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<component_adapter>(settings, std::move(*sealed));
}

}  // namespace

const adapter_kind component{"wechat",     "component", "app_id token aes_key",
                             "第三方平台", make,        component_table, nullptr, official_account_window, component_provider};

}  // namespace yizhan::adapters::wechat
