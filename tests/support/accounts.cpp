#include "tests/support/accounts.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace yizhan::test {

account wechat_account(encryption mode) {
    account made;
    made.id = "shop", made.channel = "wechat", made.kind = "official_account";
    made.app_id = "wx5f1e2d3c4b5a6978", made.original_id = "gh_0a1b2c3d4e5f";
    made.tokens = {"gwFixtureToken01"}, made.aes_keys = {"GatewayFixtureKey0123456789abcdefghijklmno7"};
    made.encryption = mode;
    return made;
}

account wecom_account() {
    account made;
    made.id = "corp", made.channel = "wecom", made.kind = "app";
    made.corp_id = "ww5a1c0de5a1c0de01", made.agent_id = "1000002";
    made.tokens = {"GwTestToken2026"}, made.aes_keys = {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"};
    return made;
}

account weibo_account() {
    account made;
    made.id = "fans", made.channel = "weibo", made.kind = "fans_service";
    made.uids = {"9000000001"}, made.app_key = "1234567",
    made.app_secrets = {"f1x7ureSecretWeiboGateway0001"};
    return made;
}

account account_of(const std::string& channel, const std::string& kind) {
    account made = channel == "wechat"  ? wechat_account()
                   : channel == "wecom" ? wecom_account()
                                        : weibo_account();
    made.kind = kind;
    made.id = kind;
    if (kind == "mini_program") made.app_id = "wx6a7b8c9d0e1f2a3b";
    if (kind == "component") made.app_id = "wxc0ffee0123456789";
    if (kind == "store") made.app_id = "wx77aa88bb99cc0011";
    if (channel == "wechat") made.original_id.clear();
    if (kind == "suite") made.suite_id = "ww51de5a1c0de51de2", made.corp_id = "ww9b0a1d3c5e7f2468";
    if (kind == "aibot") made.corp_id.clear();
    if (kind == "data_push") made.tokens = {"pubpush-token-7"};
    return made;
}

std::string suffix_of(const std::string&, const std::string& kind, bool is_notice) {
    if (kind == "component") return is_notice ? "/command" : "/message/wx5f1e2d3c4b5a6978";
    if (kind == "suite") return is_notice ? "/command" : "/data/wpDemoAAAAcorp0000000000000000001";
    return "";
}

std::unique_ptr<adapters::adapter> adapter_of(const account& settings) {
    const adapters::adapter_kind* kind = adapters::find_kind(settings.channel, settings.kind);
    if (!kind) throw std::runtime_error("no such kind");
    return kind->make(settings).value();
}

std::string data_file(const std::string& name) {
    std::ifstream opened(std::string(YIZHAN_ROOT) + "/tests/data/" + name, std::ios::binary);
    if (!opened) throw std::runtime_error("no fixture " + name);
    return {std::istreambuf_iterator<char>(opened), {}};
}

}  // namespace yizhan::test
