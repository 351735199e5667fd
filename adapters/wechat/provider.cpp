#include "adapters/wechat/codes.hpp"
#include "adapters/wechat/credentials.hpp"
#include "adapters/wechat/way_out.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters::wechat {
namespace {

/// 获取令牌: a component's, by the ticket that comes every ten minutes (wechat.md 6.1).
class component_credential final : public adapters::credential {
public:
    explicit component_credential(const account& settings) : id_(settings.id), app_id_(settings.app_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wechat component " + app_id_; }
    grant_name needs() const override { return {id_, "ticket", ""}; }
    api_call call(std::string_view ticket) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_component_token";
        call.body = "{";
        json::append_member(call.body, "component_appid", app_id_);
        json::append_member(call.body, "component_appsecret", secret_);
        json::append_member(call.body, "component_verify_ticket", ticket);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        return token_in(answer, codes(), why, "component_access_token");
    }
    const std::string& account_id() const { return id_; }
    const std::string& app_id() const { return app_id_; }

private:
    std::string id_, app_id_, secret_;
};

/// 获取授权账号调用令牌: a merchant's, by the component's and what they authorised with.
class merchant_credential final : public adapters::credential {
public:
    merchant_credential(std::shared_ptr<const component_credential> component, std::string app_id)
        : component_(std::move(component)), app_id_(std::move(app_id)) {}

    std::string name() const override { return component_->name() + " " + app_id_; }
    std::shared_ptr<const adapters::credential> above() const override { return component_; }
    grant_name needs() const override { return {component_->account_id(), std::string(refresh_token), app_id_}; }
    api_call call(std::string_view granted) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_authorizer_token?component_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "component_appid", component_->app_id());
        json::append_member(call.body, "authorizer_appid", app_id_);
        json::append_member(call.body, "authorizer_refresh_token", granted);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        auto made = token_in(answer, codes(), why, "authorizer_access_token");
        if (made) made->granted = text_in(answer, "authorizer_refresh_token");
        return made;
    }

    static constexpr std::string_view refresh_token = "refresh_token";

private:
    std::shared_ptr<const component_credential> component_;
    std::string app_id_;
};

/// A component and its merchants.
class component_service final : public provider {
public:
    explicit component_service(const account& settings) : whose_(std::make_shared<component_credential>(settings)) {}

    std::string_view api() const override { return platform_api; }
    std::shared_ptr<const adapters::credential> credential() const override { return whose_; }
    api_call exchange(std::string_view code) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_query_auth?component_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "component_appid", whose_->app_id());
        json::append_member(call.body, "authorization_code", code);
        call.body += '}';
        return call;
    }
    result<authorisation> authorised(std::string_view answer, verdict& why) const override {
        why = judge_errcode(200, answer, codes());
        if (why.what != fate::done) return errc::malformed_message;
        const std::string about = object_in(answer, "authorization_info");
        authorisation made{text_in(about, "authorizer_appid"), std::string(keeps()), text_in(about, "authorizer_refresh_token")};
        if (!made.party.empty() && !made.value.empty()) return made;
        why = {fate::never, 0, "the answer names nobody who has authorised", 0, ""};
        return errc::malformed_message;
    }
    std::string_view keeps() const override { return merchant_credential::refresh_token; }
    std::shared_ptr<const way_out> way_of(const std::string& party, const std::string&) const override {
        return official_account_way_out(std::make_shared<merchant_credential>(whose_, party));
    }

private:
    std::shared_ptr<const component_credential> whose_;
};

}  // namespace

std::unique_ptr<provider> component_provider(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<component_service>(settings);
}

}  // namespace yizhan::adapters::wechat
