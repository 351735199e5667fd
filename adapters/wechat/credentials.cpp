#include "adapters/wechat/credentials.hpp"

#include "adapters/wechat/codes.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters::wechat {
namespace {

class account_credential final : public adapters::credential {
public:
    explicit account_credential(const account& settings) : app_id_(settings.app_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wechat " + app_id_; }
    api_call call(std::string_view) const override {
        api_call call;
        call.target = "/cgi-bin/stable_token";
        call.body = "{";
        json::append_member(call.body, "grant_type", "client_credential");
        json::append_member(call.body, "appid", app_id_);
        json::append_member(call.body, "secret", secret_);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override { return token_in(answer, codes(), why); }

private:
    std::string app_id_, secret_;
};

}  // namespace

std::shared_ptr<const credential> own_credential(const account& settings) { return std::make_shared<account_credential>(settings); }

}  // namespace yizhan::adapters::wechat
