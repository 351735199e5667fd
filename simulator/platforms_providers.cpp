// Components and suites: their tickets, those who authorise them, and the tokens that follow.
#include <algorithm>

#include "simulator/asked.hpp"

namespace yizhan::simulator {
namespace {

constexpr std::int64_t code_ms = 600000;

}  // namespace

std::string platforms::give_ticket(const account& to) { return tickets_[to.id] = "ticket@@@sim" + std::to_string(++serial_); }

std::string platforms::authorise(const account& provider, const std::string& party, std::int64_t now_ms) {
    const std::string code = "queryauthcode@@@sim" + std::to_string(++serial_);
    codes_[code] = {provider.id, party, now_ms + code_ms};
    return code;
}

platforms::answer platforms::provider_token(const asked& by, const char* kind, const char* id, const char* secret, const char* ticket,
                                            const char* token) {
    ++counts_.token_calls;
    if (!by.is_json) return refuse(47001, "data format error");
    const std::string wanted = text_in(by.body, id);
    const auto its = std::ranges::find_if(accounts_, [&](const account& each) {
        return each.kind == kind && (each.app_id == wanted || each.suite_id == wanted);
    });
    const bool is_suite = std::string_view(kind) == "suite";
    if (its == accounts_.end()) return refuse(is_suite ? 40083 : 40013, "invalid id");
    if (std::ranges::find(its->app_secrets, text_in(by.body, secret)) == its->app_secrets.end()) return refuse(is_suite ? 40080 : 40125, "invalid secret");
    const auto newest = tickets_.find(its->id);
    if (newest == tickets_.end() || newest->second != text_in(by.body, ticket)) return refuse(is_suite ? 40085 : 61006, "invalid ticket");
    const auto made = tokens_.get("provider " + its->id, token_server::kind::lasting, by.now_ms);
    return saying("{\"" + std::string(token) + "\":\"" + made.value + R"(","expires_in":)" + std::to_string(made.left_s(by.now_ms)) + "}");
}

platforms::answer platforms::component_token(const asked& by) {
    return provider_token(by, "component", "component_appid", "component_appsecret", "component_verify_ticket", "component_access_token");
}

platforms::answer platforms::suite_token(const asked& by) {
    return provider_token(by, "suite", "suite_id", "suite_secret", "suite_ticket", "suite_access_token");
}

const account* platforms::provider_of(const asked& by, const char* parameter, answer& refused) {
    const std::string_view value = by.query[parameter];
    for (const account& each : accounts_)
        if (tokens_.look(value, "provider " + each.id, by.now_ms) == token_server::standing::good) return &each;
    const bool is_suite = std::string_view(parameter) == "suite_access_token";
    refused = refuse(is_suite ? 40082 : 40001, "invalid token");
    return nullptr;
}

platforms::answer platforms::query_authorisation(const asked& by) {
    answer refused;
    const account* const its = provider_of(by, "component_access_token", refused);
    if (!its) return refused;
    const auto code = codes_.find(text_in(by.body, "authorization_code"));
    if (code == codes_.end() || code->second.provider != its->id || code->second.until_ms <= by.now_ms) return refuse(61010, "code is expired");
    const std::string party = code->second.party;
    codes_.erase(code);
    authorised_[party] = {its->id, "refreshtoken@@@sim" + std::to_string(++serial_)};
    const auto token = tokens_.get("party " + party, token_server::kind::lasting, by.now_ms);
    return saying(R"({"authorization_info":{"authorizer_appid":)" + quoted(party) + R"(,"authorizer_access_token":")" + token.value +
                  R"(","expires_in":7200,"authorizer_refresh_token":)" + quoted(authorised_[party].secret) + R"(,"func_info":[]}})");
}

/// Every time another refresh token: the one before is worth nothing any more.
platforms::answer platforms::merchant_token(const asked& by) {
    ++counts_.token_calls;
    answer refused;
    const account* const its = provider_of(by, "component_access_token", refused);
    if (!its) return refused;
    const std::string party = text_in(by.body, "authorizer_appid");
    const auto found = authorised_.find(party);
    if (found == authorised_.end() || found->second.provider != its->id || found->second.secret != text_in(by.body, "authorizer_refresh_token"))
        return refuse(61023, "refresh_token is invalid");
    found->second.secret = "refreshtoken@@@sim" + std::to_string(++serial_);
    const auto token = tokens_.get("party " + party, token_server::kind::lasting, by.now_ms);
    return saying(R"({"authorizer_access_token":")" + token.value + R"(","expires_in":)" + std::to_string(token.left_s(by.now_ms)) +
                  R"(,"authorizer_refresh_token":)" + quoted(found->second.secret) + "}");
}

platforms::answer platforms::permanent_code(const asked& by) {
    answer refused;
    const account* const its = provider_of(by, "suite_access_token", refused);
    if (!its) return refused;
    const auto code = codes_.find(text_in(by.body, "auth_code"));
    if (code == codes_.end() || code->second.provider != its->id || code->second.until_ms <= by.now_ms) return refuse(40078, "invalid auth_code");
    const std::string party = code->second.party;
    codes_.erase(code);
    authorised_[party] = {its->id, "permanent-sim" + std::to_string(++serial_)};
    return saying(R"({"errcode":0,"errmsg":"ok","permanent_code":)" + quoted(authorised_[party].secret) + R"(,"auth_corp_info":{"corpid":)" +
                  quoted(party) + R"(,"corp_name":"演示企业"}})");
}

platforms::answer platforms::authorised_corp_token(const asked& by) {
    ++counts_.token_calls;
    answer refused;
    const account* const its = provider_of(by, "suite_access_token", refused);
    if (!its) return refused;
    const std::string party = text_in(by.body, "auth_corpid");
    const auto found = authorised_.find(party);
    if (found == authorised_.end() || found->second.provider != its->id || found->second.secret != text_in(by.body, "permanent_code"))
        return refuse(40084, "invalid permanent_code");
    const auto token = tokens_.get("party " + party, token_server::kind::lasting, by.now_ms);
    return saying(R"({"access_token":")" + token.value + R"(","expires_in":)" + std::to_string(token.left_s(by.now_ms)) + "}");
}

}  // namespace yizhan::simulator
