#include "adapters/wecom/codes.hpp"
#include "adapters/wecom/credentials.hpp"
#include "adapters/wecom/way_out.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters::wecom {
namespace {

/// 获取第三方应用凭证: by the ticket that comes every ten minutes.
class suite_credential final : public adapters::credential {
public:
    explicit suite_credential(const account& settings) : id_(settings.id), suite_id_(settings.suite_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wecom suite " + suite_id_; }
    grant_name needs() const override { return {id_, "ticket", ""}; }
    api_call call(std::string_view ticket) const override {
        api_call call;
        call.target = "/cgi-bin/service/get_suite_token";
        call.body = "{";
        json::append_member(call.body, "suite_id", suite_id_);
        json::append_member(call.body, "suite_secret", secret_);
        json::append_member(call.body, "suite_ticket", ticket);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        return token_in(answer, codes(), why, "suite_access_token");
    }
    const std::string& account_id() const { return id_; }

private:
    std::string id_, suite_id_, secret_;
};

/// 获取企业access_token: a corporation's that has authorised the suite.
class authorised_credential final : public adapters::credential {
public:
    authorised_credential(std::shared_ptr<const suite_credential> suite, std::string corp_id)
        : suite_(std::move(suite)), corp_id_(std::move(corp_id)) {}

    std::string name() const override { return suite_->name() + " " + corp_id_; }
    std::shared_ptr<const adapters::credential> above() const override { return suite_; }
    grant_name needs() const override { return {suite_->account_id(), std::string(permanent_code), corp_id_}; }
    api_call call(std::string_view granted) const override {
        api_call call;
        call.target = "/cgi-bin/service/get_corp_token?suite_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "auth_corpid", corp_id_);
        json::append_member(call.body, "permanent_code", granted);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override { return token_in(answer, codes(), why); }

    static constexpr std::string_view permanent_code = "permanent_code";

private:
    std::shared_ptr<const suite_credential> suite_;
    std::string corp_id_;
};

/// A suite and the corporations that have installed it.
class suite_service final : public provider {
public:
    explicit suite_service(const account& settings) : whose_(std::make_shared<suite_credential>(settings)) {}

    std::string_view api() const override { return platform_api; }
    std::shared_ptr<const adapters::credential> credential() const override { return whose_; }
    /// 获取企业永久授权码
    api_call exchange(std::string_view code) const override {
        api_call call;
        call.target = "/cgi-bin/service/v2/get_permanent_code?suite_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "auth_code", code);
        call.body += '}';
        return call;
    }
    result<authorisation> authorised(std::string_view answer, verdict& why) const override {
        why = judge_errcode(200, answer, codes());
        if (why.what != fate::done) return errc::malformed_message;
        authorisation made{text_in(object_in(answer, "auth_corp_info"), "corpid"), std::string(keeps()), text_in(answer, "permanent_code")};
        if (!made.party.empty() && !made.value.empty()) return made;
        why = {fate::never, 0, "the answer names no corporation", 0, ""};
        return errc::malformed_message;
    }
    std::string_view keeps() const override { return authorised_credential::permanent_code; }
    /// Which number the app has in a corporation stands in what it sends us.
    std::string_view wants() const override { return "agent_id"; }
    std::shared_ptr<const way_out> way_of(const std::string& party, const std::string& detail) const override {
        return app_way_out(std::make_shared<authorised_credential>(whose_, party), detail);
    }

private:
    std::shared_ptr<const suite_credential> whose_;
};

}  // namespace

std::unique_ptr<provider> suite_provider(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<suite_service>(settings);
}

}  // namespace yizhan::adapters::wecom
