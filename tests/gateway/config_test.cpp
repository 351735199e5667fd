#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "gateway/config.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

namespace {

struct written {
    gateway::loaded load(const std::string& text, const std::string& rules = "rules: []\n") {
        std::ofstream(directory.path() / "yizhan.yaml") << text;
        std::ofstream(directory.path() / "rules.yaml") << rules;
        return gateway::load_config(directory.path() / "yizhan.yaml");
    }
    std::string faults_of(const std::string& text) {
        std::string all;
        for (const fault& each : load(text).found)
            all += to_text({"f", each.line, each.column, each.text}) + "\n";
        return all;
    }
    test::temporary_directory directory;
};

const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

}  // namespace

TEST_CASE("The configuration of the design is read as it stands", "[gateway][config]") {
    written here;
    std::filesystem::create_directory(here.directory.path() / "secrets");
    std::ofstream(here.directory.path() / "secrets/shop.token") << "fromfile\n";
    std::ofstream(here.directory.path() / "secrets/shop.aes") << key << "\n";
    std::ofstream(here.directory.path() / "secrets/desk.key") << "0123456789abcdef0123\n";
    ::setenv("YIZHAN_TEST_SECRET", "fromenv", 1);
    const auto read = here.load(R"(
listen: { callbacks: "127.0.0.1:8080", api: "127.0.0.1:8081" }
data_dir: ./data
accounts:
  - id: shop
    channel: wechat
    kind: official_account
    app_id: wx0123456789abcdef
    original_id: gh_0123456789ab
    token: { file: secrets/shop.token }
    aes_key: { file: secrets/shop.aes }
    app_secret: { env: YIZHAN_TEST_SECRET }
    encryption: required
  - { id: corp, channel: wecom, kind: app, corp_id: ww1, agent_id: 1000002, token: [new, old], aes_key: [)" +
                                key + R"(], secret: s }
  - { id: fans, channel: weibo, kind: fans_service, uid: 1902538057, app_key: 123, app_secret: abc, freshness_s: 60, allow_from: [10.0.0.0/8] }
api_keys:
  - { name: desk, role: agent, key: { file: secrets/desk.key } }
rules: rules.yaml
timezone: Asia/Shanghai
retention: 7d
limits: { body: 64KiB, connections: 20000, connections_per_address: 1000, memory: 512MiB }
trusted_proxies: [127.0.0.1/32]
)");
    std::string all;
    for (const fault& each : read.found) all += to_text(each) + "\n";
    CAPTURE(all);
    REQUIRE(read.settings);
    const gateway::config& settings = *read.settings;
    CHECK(settings.accounts.size() == 3);
    CHECK(settings.accounts[0].tokens == std::vector<std::string>{"fromfile"});
    CHECK(settings.accounts[0].app_secrets == std::vector<std::string>{"fromenv"});
    CHECK(settings.accounts[1].tokens == std::vector<std::string>{"new", "old"});
    CHECK(settings.accounts[2].uids == std::vector<std::string>{"1902538057"});
    CHECK(settings.accounts[2].freshness_s == 60);
    CHECK(settings.retention_s == 7 * 86400);
    CHECK(settings.limits.body == 65536);
    CHECK(settings.callbacks.port == 8080);
    CHECK(settings.data_dir == here.directory.path() / "./data");
    CHECK(settings.api_keys[0].key == "0123456789abcdef0123");
}

TEST_CASE("Every fault is named, each with its place", "[gateway][config][faults]") {
    written here;
    const std::string all = here.faults_of(
        "listen: { callbacks: here, apis: \"127.0.0.1:1\" }\n"
        "accounts:\n"
        "  - { id: Shop, channel: wechat, kind: official_account, app_id: a, token: t, aes_key: abc, tokn: x "
        "}\n"
        "  - { id: b, channel: wecom, kind: app, token: t }\n"
        "  - { id: b, channel: weibo, kind: fans, app_secret: { file: nowhere } }\n"
        "  - { channel: \"\", kind: app }\n"
        "  - { id: c, id: d, channel: weibo, kind: fans_service, app_secret: { env: YIZHAN_NOT_SET_ANYWHERE "
        "}, allow_from: [1.2.3] }\n"
        "api_keys: [ { name: a, role: boss, key: short } ]\n"
        "retention: 1h\n"
        "timezone: Mars/Olympus\n"
        "limits: { body: lots, bodies: 1 }\n"
        "log_level: loud\n");
    CAPTURE(all);
    for (const char* expected : {"f:1:22: \"here\" is no address",
                                 "unknown key \"apis\" in `listen`; did you mean \"api\"?",
                                 "small letters, digits",
                                 "43 letters and digits; this one has 3 characters",
                                 "f:3:93: unknown key \"tokn\" in an account; did you mean \"token\"?",
                                 "a wecom app needs `corp_id`",
                                 "a wecom app needs `aes_key`",
                                 "two accounts are called \"b\"",
                                 "no channel \"weibo\" with the kind \"fans\"",
                                 "cannot read the secret file nowhere",
                                 "`channel` is empty",
                                 "an account needs `id`",
                                 "\"id\" stands twice",
                                 "the environment has no YIZHAN_NOT_SET_ANYWHERE",
                                 "\"1.2.3\" is no address block",
                                 "role is agent",
                                 "at least 16 characters",
                                 "at least 24h",
                                 "no time zone \"Mars/Olympus\"",
                                 "\"lots\" is not understood",
                                 "did you mean \"body\"?",
                                 "log_level is"}) {
        CAPTURE(expected);
        CHECK(all.find(expected) != std::string::npos);
    }
    CHECK(here.faults_of("accounts: [\n").find("not YAML") != std::string::npos);
    CHECK(here.faults_of("").find("must be a map") != std::string::npos);
    CHECK(here.faults_of("data_dir: x\n").find("the file needs `accounts`") != std::string::npos);
    CHECK(gateway::load_config(here.directory.path()).found.size() == 1);
    CHECK(gateway::load_config(here.directory.path() / "absent.yaml").found[0].text == "cannot be read");
    const auto with_rules = here.load(
        "accounts: [ { id: s, channel: weibo, kind: fans_service, uid: 1, app_secret: x } ]\nrules: "
        "rules.yaml\n",
        "rules:\n  - { name: a, thn: {} }\n");
    CHECK(with_rules.found.size() == 2);
    CHECK_FALSE(with_rules.settings);
}

TEST_CASE("A key of 42 characters is one clear line", "[gateway][config][faults]") {
    written here;
    const std::string all = here.faults_of(
        "accounts: [ { id: s, channel: wecom, kind: app, corp_id: w, token: t, aes_key: " + key.substr(1) +
        " } ]\n");
    CHECK(
        all ==
        "f:1:80: an EncodingAESKey has 43 letters and digits; this one has 42 characters or is not base64\n");
}

TEST_CASE("The reference page is what the settings table prints", "[gateway][config][docs]") {
    std::ifstream page(std::string(YIZHAN_ROOT) + "/docs/configuration.md");
    CHECK(std::string(std::istreambuf_iterator<char>(page), {}) == gateway::settings_reference());
}

TEST_CASE("Sinks are read, and every fault of one is named", "[gateway][config][sinks]") {
    written here;
    const std::string account = "accounts:\n  - { id: fans, channel: weibo, kind: fans_service, uid: 1, app_key: a, app_secret: b }\n";
    const auto read = here.load(account + R"(sinks:
  - { name: lake, type: redis_stream, url: ["redis://u:p@127.0.0.1:6380/2", "unix:///run/r.sock"], key: "yizhan:events", partitions: 4, groups: [crm], batch: 10, password: other, start: now, waits: 3d }
  - { name: crm, type: webhook, url: "https://crm.example/in", secret: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], filter: { type: "message.*", queue: complaints }, retry: [1s, 2m], order: conversation, timeout: 5s }
  - { name: lines, type: file, path: out/e.jsonl, rotate: 1MiB, keep: 5 }
)");
    for (const fault& each : read.found) UNSCOPED_INFO(to_text(each));
    REQUIRE(read.settings);
    const auto& all = read.settings->sinks;
    REQUIRE(all.size() == 3);
    const auto& lake = std::get<stream::redis_stream_settings>(all[0].to);
    CHECK(lake.redis.at.size() == 2);
    CHECK(lake.redis.at[0].database == 2);
    CHECK(lake.redis.password == "other");
    CHECK((lake.partitions == 4 && lake.batch == 10 && lake.groups == std::vector<std::string>{"crm"}));
    CHECK((all[0].start == stream::sink_start::now && all[0].waits_s == 3 * 86400));
    const auto& crm = std::get<stream::webhook_settings>(all[1].to);
    CHECK(crm.secrets.size() == 2);
    CHECK(crm.retry_s == std::vector<std::int64_t>{1, 120});
    CHECK((crm.in_order && crm.patience_ms == 5000 && !crm.only_public));
    CHECK((all[1].filter.type == "message.*" && all[1].filter.queue == "complaints"));
    const auto& lines = std::get<stream::file_settings>(all[2].to);
    CHECK(lines.path == here.directory.path() / "out/e.jsonl");
    CHECK((lines.rotate_bytes == 1 << 20 && lines.files_max == 5));
    CHECK(read.settings->holds_secrets);
    const std::string before = all[1].fingerprint;
    const auto again = here.load(account + "sinks:\n  - { name: crm, type: webhook, url: \"https://crm.example/in\" }\n");
    REQUIRE(again.settings);
    CHECK(again.settings->sinks[0].fingerprint != before);

    const auto faults = [&](const std::string& sink) { return here.faults_of(account + "sinks:\n  - " + sink + "\n"); };
    CHECK(faults("{ name: a }").find("a sink needs `type`") != std::string::npos);
    CHECK(faults("{ name: a, type: kafka }").find("a sink's type is redis_stream, webhook or file") != std::string::npos);
    CHECK(faults("{ name: A, type: file, path: x }").find("small letters") != std::string::npos);
    CHECK(faults("{ name: a, type: file }").find("needs `path`") != std::string::npos);
    CHECK(faults("{ name: a, type: redis_stream, key: k }").find("needs `url`") != std::string::npos);
    CHECK(faults("{ name: a, type: redis_stream, url: \"redis://h\" }").find("needs `key`") != std::string::npos);
    CHECK(faults("{ name: a, type: redis_stream, url: \"http://h\", key: k }").find("no URL of a Redis") != std::string::npos);
    CHECK(faults("{ name: a, type: webhook, url: \"redis://h\" }").find("must be an http or https URL") != std::string::npos);
    CHECK(faults("{ name: a, type: webhook, url: \"https://h\", secret: short }").find("base64 of 24 to 64 bytes") != std::string::npos);
    CHECK(faults("{ name: a, type: webhook, url: \"https://h\", key: k }").find("`key` is not for a sink of the type webhook") != std::string::npos);
    CHECK(faults("{ name: a, type: webhook, url: \"https://h\", batch: 5, form: binary }").find("batches have no binary form") != std::string::npos);
    CHECK(faults("{ name: a, type: webhook, url: \"https://h\", max_in_flight: 1000 }").find("from 1 to 64") != std::string::npos);
    CHECK(faults("{ name: a, type: file, path: x, filter: { typ: y } }").find("unknown key") != std::string::npos);
    CHECK(faults("{ name: a, type: file, path: x }\n  - { name: a, type: file, path: y }").find("two sinks are called") != std::string::npos);
}
