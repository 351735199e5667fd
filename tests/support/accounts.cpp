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
