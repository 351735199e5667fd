#include "adapters/wechat/official_account.hpp"
#include "adapters/wecom/app.hpp"
#include "adapters/weibo/fans_service.hpp"
#include "gateway/command_line.hpp"

namespace {

/// Every kind of account there is. A new one is its folder, its link line and one line here.
constexpr yizhan::adapters::adapter_kind kinds[] = {
    {"wechat", "official_account", yizhan::adapters::wechat::make_official_account},
    {"wecom",  "app",              yizhan::adapters::wecom::make_app              },
    {"weibo",  "fans_service",     yizhan::adapters::weibo::make_fans_service     },
};

}  // namespace

int main(int count, char** words) { return yizhan::gateway::run_command(count, words, kinds); }
