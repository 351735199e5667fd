// A callback that is refused, and a machine that is not well: each time one thing is wrong, and the doctor
// says which.
#include <catch2/catch.hpp>

#include <iconv.h>
#include <rapidjson/document.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>

#include "core/time.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using test::running;

namespace {

const std::string unknown_token = "pubpush-token-7",
                  unknown_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

/// A callback on its way to an account, and whatever happens to it or to the configuration.
struct callback {
    simulator::forged sent;
    bool is_check = false;
    std::string at = {};  // The words of `--at`; empty: now.
};

simulator::forge_request now(std::uint64_t serial = 1) {
    simulator::forge_request what;
    what.now_s = what.created_s = now_ms() / 1000;
    what.serial = serial;
    return what;
}

callback message(const account& as) { return {simulator::forge(as, now()).value()}; }
callback check(const account& as) {
    return {simulator::forge_check(as, "4375120948345356249", now().now_s, 1).value(), true};
}

/// Made again until its ciphertext, sealed with other dice each time, has a plus.
callback with_plus(const std::function<callback()>& make, const std::string& plus) {
    for (;;) {
        callback made = make();
        if ((made.is_check ? made.sent.query : made.sent.body).find(plus) != std::string::npos) return made;
    }
}

std::string in_gbk(const std::string& text) {
    std::string in = text, out(text.size() * 2, '\0');
    char *reads = in.data(), *writes = out.data();
    std::size_t left = in.size(), room = out.size();
    const iconv_t converter = ::iconv_open("GBK", "UTF-8");
    ::iconv(converter, &reads, &left, &writes, &room);
    ::iconv_close(converter);
    out.resize(out.size() - room);
    return out;
}

struct said {
    std::string text;
    rapidjson::Document json;
    int status = -1;
    std::string operator[](const char* name) const {
        return json.HasMember(name) ? json[name].GetString() : "";
    }
};

said parsed(std::string text, int status) {
    said made;
    made.text = std::move(text);
    made.json.Parse(made.text.data(), made.text.size());
    made.status = status;
    CAPTURE(made.text);
    REQUIRE(made.json.IsObject());
    // Whatever is wrong, no secret is told.
    for (const account& each : {test::wechat_account(), test::wecom_account(), test::weibo_account()}) {
        for (const auto& secrets : {each.tokens, each.aes_keys, each.app_secrets})
            for (const std::string& secret : secrets) CHECK(made.text.find(secret) == std::string::npos);
    }
    return made;
}

said ask(const running& station, const std::string& account, const callback& what) {
    std::ofstream(station.directory() / "body", std::ios::binary) << what.sent.body;
    std::string words = "doctor --json -a " + account + " -q '" + what.sent.query + "'";
    if (!what.is_check) words += " -b body";
    if (!what.sent.suffix.empty()) words += " -p " + what.sent.suffix;
    if (!what.at.empty()) words += " --at " + what.at;
    int status = 0;
    const std::string text = station.command(words, &status);
    return parsed(text, status);
}

account with_token(account of, const std::string& token) { return of.tokens = {token}, of; }
account with_key(account of, const std::string& key) { return of.aes_keys = {key}, of; }

const account shop = test::wechat_account(), corp = test::wecom_account(), fans = test::weibo_account();

account bot() {
    account made = test::account_of("wecom", "aibot");
    made.id = "robot";
    return made;
}

/// One fault each: what is wrong, where it comes to, and what the doctor must call it.
struct seeded {
    std::string what, account;
    std::function<callback()> make;
    std::string finding, part, more = {};  // `more`: the other account, or how the body was rewritten.
    std::function<std::string(std::string)> configuration = nullptr;
};

std::vector<seeded> faults() {
    const auto rewritten = [](callback made, const std::string& what, const std::string& with) {
        made.sent.body = replaced(made.sent.body, what, with);
        return made;
    };
    const auto asked_otherwise = [](callback made, const std::string& what, const std::string& with) {
        made.sent.query = replaced(made.sent.query, what, with);
        return made;
    };
    const auto at_time = [](callback made, std::int64_t off_s) {
        made.at = std::to_string(now_ms() / 1000 + off_s);
        return made;
    };
    return {
        {"a token that nobody has",                                                                   "shop",                    [] { return message(with_token(shop, unknown_token)); },
         "wrong_token",                                                                                                                                                                                                                                                                     "token"},
        {"the token of another account",                                                              "shop",                    [] { return message(with_token(shop, corp.tokens[0])); },
         "wrong_token",                                                                                                                                                                                                                                                                     "token","corp"},
        {"a token that nobody has, WeCom",                                                                                           "corp",                                                                                     [] { return message(with_token(corp, unknown_token)); },
         "wrong_token", "token"},
        {"a token that nobody has, a check",                                                                                           "corp",                                                                                   [] { return check(with_token(corp, unknown_token)); },
         "wrong_token",   "token"},
        {"an app secret that nobody has",                                                                                           "fans",
         [] {
             account other = fans;
             other.app_secrets = {unknown_token};
             return message(other);
         },                                              "wrong_secret",                                                                                                                                                                                                                                                                                 "token"},
        {"a blank at the end of the token",                                                                                           "shop",                                                                                    [] { return message(shop); },                                            "token_blanks",                            "token","",
         [](const std::string& text) {
             return replaced(text, "token: " + shop.tokens[0], "token: \"" + shop.tokens[0] + " \"");
         }},
        {"a key that nobody has",                                                                                         "shop",                                                                                                                      [] { return message(with_key(shop, unknown_key)); },                                                                                                                                                                              "wrong_key",
         "key"},
        {"the key of another account",                                                                                "corp",                                                                                                                  [] { return message(with_key(corp, shop.aes_keys[0])); },
         "wrong_key",                                                                                                                                                                                                                                              "key", "shop"},
        {"a key that nobody has, a check",                                                                                 "corp",                                                                                                     [] { return check(with_key(corp, unknown_key)); },
         "wrong_key",         "key"},
        {"the id of another corporation",                                          "corp",
         [] {
             account other = corp;
             other.corp_id = "ww9b0a1d3c5e7f2468";
             return message(other);
         },                                                                                                                                                               "wrong_receive_id",                                                                                                                                                                                                                                                      "receive_id"                                                                                                                                                                                                                                              },
        {"the id of a mini program",                                                                                           "shop",
         [] {
             account other = shop;
             other.app_id = "wx6a7b8c9d0e1f2a3b";
             return message(other);
         },"wrong_receive_id","receive_id"},
        {"another original id inside",                                                                                           "shop",
         [] {
             account other = shop;
             other.original_id = "gh_000000000000";
             return message(other);
         },                                                                                                                                                               "wrong_receive_id",                                                                                                                                                                                                                                                                                                                                                                                                                                     "receive_id"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       },
        {"another uid",                                                                                           "fans",
         [] {
             account other = fans;
             other.uids = {"9000000002"};
             return message(other);
         },"wrong_receive_id","receive_id"},
        {"plus turned into a blank in the query",                                                                                           "corp",
         [=] { return asked_otherwise(with_plus([] { return check(corp); }, "%2B"), "%2B", "%20"); },
         "plus_lost",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "query"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      },
        {"the query encoded twice", "corp",
         [=] { return asked_otherwise(with_plus([] { return check(corp); }, "%2B"), "%", "%25"); },
         "query_encoded_twice","query"},
        {"the query escaped as HTML",   "fans",                                                                                                  [=] { return asked_otherwise(message(fans), "&", "&amp;"); },
         "query_escaped",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "query"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     },
        {"msg_signature under the name of signature",                               "corp",
         [=] { return asked_otherwise(message(corp), "msg_signature", "signature"); },                                                                                                                                                         "signature_confused",
         "query"},
        {"a digit of msg_signature changed",                "shop",
         [] {
             simulator::forge_request what = now();
             what.wrong = simulator::tamper::signature;
             return callback{simulator::forge(shop, what).value()};
         },                                                                                                                                                                          "signature_damaged",                                                                                                                                                                                                                                                                         "query"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        },
        {"the nonce left out",                                                                                           "shop",                                                                                                 [=] { return asked_otherwise(message(shop), "nonce=", "once="); },
         "missing_parameter","query"},
        {"plus turned into a blank in the body",                          "shop",
         [=] { return rewritten(with_plus([] { return message(shop); }, "+"), "+", " "); },                                                                                                                                                     "body_rewritten",
         "body",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "plus_lost"},
        {"a byte of the ciphertext changed",           "shop",
         [] {
             simulator::forge_request what = now();
             what.wrong = simulator::tamper::body;
             return callback{simulator::forge(shop, what).value()};
         },                                                                                                                                                                           "body_rewritten",                                                                                                                                                                                                                                                               "body","changed"},
        {"the body as an API gateway's event",                                                                           "corp",
         [] {
             callback made = message(corp);
             made.sent.body = R"({"isBase64Encoded":false,"body":")" + made.sent.body + "\"}";
             return made;
         },"body_rewritten","body",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   "wrapped"},
        {"the body converted to GBK",                                                        "fans",
         [] {
             callback made = message(fans);
             made.sent.body = in_gbk(made.sent.body);
             return made;
         },                                                                                                                                                                                "body_rewritten",                                                                                                                                                                                                                                                                            "body",                                               "charset"},
        {"the body cut",                                                                                           "corp",
         [] {
             callback made = message(corp);
             made.sent.body.resize(made.sent.body.size() / 2);
             return made;
         },                                                                                     "body_cut",                                                                                                                                                                                                                                                                                 "body"},
        {"the body left out",                                                                                  "fans",
         [] {
             callback made = message(fans);
             made.sent.body.clear();
             return made;
         },                                                                                                                                                      "body_missing",                                                                                                                                                     "body"},
        {"clear where encryption is configured",                                                                                     "shop",
         [] { return message(test::wechat_account(encryption::plaintext)); },                                                                                                                                                    "wrong_encryption_mode",
         "account"},
        {"encrypted where clear is configured",                                                                                     "shop",                                                                                                              [] { return message(shop); },                                                                                                                                 "wrong_encryption_mode",
         "account","",
         [](const std::string& text) {
             return replaced(text, "encryption: required", "encryption: plaintext");
         }},
        {"at the address of another account",                                                                                   "fans",                                                                                                            [] { return message(corp); },                                                                                                                                "other_account",
         "account","corp"},
        {"at another address of the same account",                                                                                   "component",
         [] {
             callback made = message(test::account_of("wechat", "component"));
             made.sent.suffix = "";
             return made;
         },                                                                                                                                                                                "wrong_path",                                                                                                                                                                                                                                                                               "account"},
        {"a bot configured as an app",                                                               "robot",[] { return message(bot()); },                                                                                                                                                                        "wrong_kind",                                                                                                                                                                                                                                                                 "account",                                                                                                                                               "",
         [](const std::string& text) {
             return replaced(text, "kind: aibot", "kind: app, corp_id: ww9b0a1d3c5e7f2468");
         }},
        {"our clock behind","corp",                                                                                                                      [=] { return at_time(message(corp), -3600); },"clock","clock"},
        {"our clock ahead",                      "fans",                                                     [=] { return at_time(message(fans), 7200); },"clock","clock"},
        {"signed a day ago",                                                                                           "shop",
         [] {
             simulator::forge_request what = now();
             what.wrong = simulator::tamper::timestamp;
             return callback{simulator::forge(shop, what).value()};
         },                                                                                                                                                        "stale_timestamp",                                                                                     "clock"},
        {"milliseconds where seconds belong",                                                                                           "shop",
         [] {
             simulator::forge_request what = now();
             what.now_s *= 1000;
             return callback{simulator::forge(shop, what).value()};
         },                                                                                                                                 "timestamp_unit",                                                                                                                                "clock"                                                                                                                                                                                                                                        },
    };
}

test::running_settings with_more_accounts() {
    test::running_settings with;
    with.more_accounts = {test::account_of("wechat", "component"), bot()};
    return with;
}

/// What the doctor says of one thing it looks at: its worst level.
std::string level_of(const said& all, const std::string& name) {
    std::string worst = "none";
    for (const auto& each : all.json["checks"].GetArray()) {
        if (each["check"].GetString() != name) continue;
        const std::string level = each["level"].GetString();
        if (worst == "none" || worst == "ok" || level == "fault") worst = level;
    }
    return worst;
}

said examine(const running& station, const std::string& environment = "") {
    int status = 0;
    const std::string file = station.directory() / "yizhan.yaml";
    std::FILE* const opened = ::popen(
        ("env " + environment + " " YIZHAN_BINARY " doctor --json -c " + file + " 2>&1").c_str(), "r");
    std::string out;
    char piece[4096];
    for (std::size_t length; (length = std::fread(piece, 1, sizeof piece, opened)) > 0;)
        out.append(piece, length);
    status = WEXITSTATUS(::pclose(opened));
    return parsed(out, status);
}

/// With the ports that the running server has.
void fix_ports(running& station) {
    std::string text = station.config_text();
    text.replace(text.find("127.0.0.1:0"), 11, "127.0.0.1:" + std::to_string(station.callback_port()));
    text.replace(text.find("127.0.0.1:0"), 11, "127.0.0.1:" + std::to_string(station.api_port()));
    station.write_config(text);
}

}  // namespace

TEST_CASE("Each fault of a callback is named rightly by the doctor, and refused by the server",
          "[scenario][doctor]") {
    running station(with_more_accounts());
    std::size_t right = 0;
    const std::vector<seeded> all = faults();
    for (const seeded& each : all) {
        CAPTURE(each.what, each.account);
        const std::string text = station.config_text();
        station.write_config(each.configuration ? each.configuration(text) : text);
        const callback made = each.make();
        const said found = ask(station, each.account, made);
        CAPTURE(made.sent.query, made.sent.body, found.text);
        CHECK(found["finding"] == each.finding);
        CHECK(found["part"] == each.part);
        if (!each.more.empty()) CHECK(found[each.part == "body" ? "how" : "other_account"] == each.more);
        CHECK_FALSE(found.json["ok"].GetBool());
        CHECK(found.status == 1);
        right += found["finding"] == each.finding;
        if (!made.at.empty()) continue;  // The server cannot be asked at another time.
        REQUIRE(station.start());
        const auto answer = station.send_raw(each.account, made.sent, made.is_check ? "GET" : "POST");
        // Of an echo alone, and one that the server knows to mend.
        CHECK((answer.status == 200) == (each.finding == "plus_lost"));
        station.stop(SIGKILL);
    }
    std::printf("%zu of %zu diagnoses right\n", right, all.size());
    CHECK(right == all.size());
}

TEST_CASE("Of genuine callbacks nothing is wrong", "[scenario][doctor]") {
    running station(with_more_accounts());
    for (const account& each : {shop, corp, fans, test::account_of("wechat", "component"), bot()}) {
        for (const callback& made : {message(each), check(each)}) {
            const said found = ask(station, each.id, made);
            CAPTURE(each.id, found.text);
            CHECK(found["finding"] == "nothing");
            CHECK(found.json["ok"].GetBool());
            CHECK(found.status == 0);
        }
    }
    const callback made = message(test::account_of("wechat", "component"));
    int status = -1;
    std::ofstream(station.directory() / "body") << made.sent.body;
    const std::string url =
        "https://callback.example.test/callback/component" + made.sent.suffix + "?" + made.sent.query;
    CHECK(station.command("doctor -a component -b body -q '" + url + "'", &status)
              .starts_with("nothing is wrong"));
    CHECK(status == 0);
}

TEST_CASE("Wrong words for the doctor are wrong usage", "[scenario][doctor]") {
    running station;
    int status = 0;
    for (const std::string words :
         {"doctor -a shop", "doctor -q x=1", "doctor -b body", "doctor -a shop -q x=1 --at yesterday"}) {
        station.command(words, &status);
        CAPTURE(words);
        CHECK(status == 2);
    }
    CHECK(station.command("doctor -a nobody -q x=1", &status).find("no account \"nobody\"") !=
          std::string::npos);
    CHECK(status == 1);
}

TEST_CASE("Of a machine that is well the doctor finds no fault, with and without a server",
          "[scenario][doctor]") {
    running station;
    const said before = examine(station);
    CAPTURE(before.text);
    CHECK(before.status == 0);
    CHECK(level_of(before, "server") == "ok");
    REQUIRE(station.start());
    CHECK(station.send("corp", test::text("a")).status == 200);
    fix_ports(station);
    const said during = examine(station);
    CAPTURE(during.text);
    CHECK(during.status == 0);
    for (const char* name : {"configuration", "permissions", "disk_space", "journal", "callback_port",
                             "api_port", "server", "keys"})
        CHECK(level_of(during, name) == "ok");
    CHECK(during.text.find("process " + std::to_string(station.process()) + ": ready") != std::string::npos);
    CHECK(during.text.find("undamaged: 1 records") != std::string::npos);
    CHECK(level_of(during, "allow_from") == "warn");  // Of Weibo.
    CHECK(station.stop() == 0);
}

TEST_CASE("A faulty configuration is what the doctor says first", "[scenario][doctor]") {
    running station;
    station.write_config(station.config_text() + "nonsense: 1\n");
    const said found = examine(station);
    CHECK(found.status == 1);
    CHECK(level_of(found, "configuration") == "fault");
    CHECK(found.text.find("unknown key") != std::string::npos);
}

TEST_CASE("A port that another has is found, with who has it", "[scenario][doctor]") {
    running taker, station;
    REQUIRE(taker.start());
    fix_ports(taker);
    std::ifstream written(taker.directory() / "yizhan.yaml");
    station.write_config({std::istreambuf_iterator<char>(written), {}});
    const said found = examine(station);
    CAPTURE(found.text);
    CHECK(found.status == 1);
    CHECK(level_of(found, "callback_port") == "fault");
    CHECK(level_of(found, "api_port") == "fault");
    CHECK(found.text.find("taken by yizhan (process " + std::to_string(taker.process()) + ")") !=
          std::string::npos);
}

TEST_CASE("Secrets that everybody can read are found, and only where a directory does not shield them",
          "[scenario][doctor]") {
    running station;
    std::ofstream(station.directory() / "corp.token") << corp.tokens[0] << "\n";
    station.write_config(
        replaced(station.config_text(), "token: " + corp.tokens[0], "token: { file: corp.token }"));
    ::chmod((station.directory() / "corp.token").c_str(), 0644);
    ::chmod((station.directory() / "yizhan.yaml").c_str(), 0644);
    CHECK(level_of(examine(station), "permissions") == "ok");
    ::chmod(station.directory().c_str(), 0755);
    const said found = examine(station);
    CAPTURE(found.text);
    CHECK(found.status == 1);
    CHECK(level_of(found, "permissions") == "fault");
    CHECK(found.text.find("corp.token, which holds secrets") != std::string::npos);
    CHECK(found.text.find("yizhan.yaml, which holds secrets") != std::string::npos);
    ::chmod((station.directory() / "corp.token").c_str(), 0640);
    ::chmod((station.directory() / "yizhan.yaml").c_str(), 0640);
    CHECK(level_of(examine(station), "permissions") == "ok");
}

TEST_CASE("A data_dir that cannot be written is found", "[scenario][doctor]") {
    running station;
    station.write_config(replaced(station.config_text(), "./data", "/proc/no-such-place"));
    const said found = examine(station);
    CAPTURE(found.text);
    CHECK(found.status == 1);
    CHECK(level_of(found, "permissions") == "fault");
}

TEST_CASE("A disk without room for the next journal files is found, and one that is in memory",
          "[scenario][doctor]") {
    running station;
    const std::string at = station.directory() / "data";
    ::mkdir(at.c_str(), 0700);
    if (::mount("none", at.c_str(), "tmpfs", 0, "size=8m") != 0) {
        WARN("a small disk needs root: not tried");
        return;
    }
    const said found = examine(station);
    ::umount(at.c_str());
    CAPTURE(found.text);
    CHECK(found.status == 1);
    CHECK(level_of(found, "disk_space") == "fault");
    CHECK(level_of(found, "sync_speed") == "warn");
}

TEST_CASE("A damaged journal is found, with a server and without one", "[scenario][doctor]") {
    running station;
    REQUIRE(station.start());
    for (int count = 0; count < 5; ++count)
        CHECK(station.send("corp", test::text("number " + std::to_string(count))).status == 200);
    station.settle();
    CHECK(station.stop() == 0);
    CHECK(level_of(examine(station), "journal") == "ok");
    for (const auto& each : std::filesystem::directory_iterator(station.directory() / "data/journal")) {
        std::fstream file(each.path(), std::ios::in | std::ios::out | std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        const std::size_t at = bytes.find("number 2");
        if (at == std::string::npos) continue;
        file.clear();
        file.seekp(static_cast<std::streamoff>(at));
        file << 'X';
    }
    const said found = examine(station);
    CAPTURE(found.text);
    CHECK(found.status == 1);
    CHECK(level_of(found, "journal") == "fault");
    CHECK(found.text.find("sequences 3 to 3") != std::string::npos);
    REQUIRE(station.start());
    fix_ports(station);
    CHECK(level_of(examine(station), "server") == "fault");
    CHECK(level_of(examine(station), "journal") == "fault");
}

TEST_CASE("Slow syncs are found", "[scenario][doctor]") {
    const auto [delay_us, level] = GENERATE(table<std::int64_t, std::string>({
        {30000,  "warn" },
        {150000, "fault"},
    }));
    test::faults disturbed;
    disturbed.control().delay_sync_us = delay_us;
    std::string environment;
    for (const auto& [name, value] : disturbed.environment()) environment += name + "=" + value + " ";
    running station;
    const said found = examine(station, environment);
    CAPTURE(found.text);
    CHECK(level_of(found, "sync_speed") == level);
    CHECK(disturbed.control().syncs > 0);
}

TEST_CASE("A clock behind the newest record is found", "[scenario][doctor]") {
    running station;
    REQUIRE(station.start());
    CHECK(station.send("corp", test::text("a")).status == 200);
    CHECK(station.stop() == 0);
    const std::int64_t back_s = GENERATE(3600, 20 * 365 * 86400);
    test::faults disturbed;
    disturbed.control().clock_offset_us = -back_s * 1000000;
    std::string environment;
    for (const auto& [name, value] : disturbed.environment()) environment += name + "=" + value + " ";
    const said found = examine(station, environment);
    CAPTURE(found.text);
    CHECK(level_of(found, "clock") == "fault");
    if (back_s == 3600) return;
    std::filesystem::remove_all(station.directory() /
                                "data");  // Then it is before the program was made all the same.
    CHECK(level_of(examine(station, environment), "clock") == "fault");
}
