#include "adapters/wecom/credentials.hpp"

#include "adapters/wecom/codes.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::wecom {
namespace {

class app_credential final : public adapters::credential {
public:
    explicit app_credential(const account& settings) : corp_id_(settings.corp_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wecom " + corp_id_ + " " + secret_; }
    api_call call(std::string_view) const override {
        api_call call;
        call.method = "GET";
        call.target = "/cgi-bin/gettoken?corpid=" + percent_encoded(corp_id_) + "&corpsecret=" + percent_encoded(secret_);
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override { return token_in(answer, codes(), why); }

private:
    std::string corp_id_, secret_;
};

}  // namespace

std::shared_ptr<const credential> own_credential(const account& settings) { return std::make_shared<app_credential>(settings); }

}  // namespace yizhan::adapters::wecom
