#include "gateway/diagnosis.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/json_text.hpp"
#include "crypto/hmac.hpp"
#include "crypto/signature.hpp"
#include "simulator/forge.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;

namespace {

constexpr std::int64_t now_s = 1764140400;

simulator::forge_request text_at(std::int64_t at_s, std::uint64_t serial = 7) {
    simulator::forge_request what;
    what.now_s = what.created_s = at_s;
    what.serial = serial;
    return what;
}

gateway::refused_callback came(const simulator::forged& sent, bool is_check = false) {
    return {sent.suffix, sent.query, sent.body, is_check};
}

std::vector<account> everybody() {
    return {test::wechat_account(), test::wecom_account(), test::weibo_account()};
}

gateway::diagnosis told(const account& at, const gateway::refused_callback& what, std::int64_t at_s = now_s) {
    std::vector<account> all = everybody();
    std::erase_if(all, [&](const account& each) { return each.id == at.id; });
    all.push_back(at);
    return gateway::diagnose(all, all.back(), what, {at_s * 1000, true});
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

/// A callback whose ciphertext has a plus, forged again until it does.
simulator::forged with_plus(const account& to) {
    for (std::uint64_t serial = 1;; ++serial) {
        auto made = simulator::forge(to, text_at(now_s, serial)).value();
        if (made.body.find('+') != std::string::npos) return made;
    }
}

}  // namespace

TEST_CASE("Genuine callbacks of every kind of account are told to be well", "[gateway][doctor]") {
    const auto [channel, kind] = GENERATE(table<std::string, std::string>({
        {"wechat", "official_account"},
        {"wechat", "mini_program"    },
        {"wechat", "store"           },
        {"wechat", "component"       },
        {"wecom",  "app"             },
        {"wecom",  "suite"           },
        {"wecom",  "contacts"        },
        {"wecom",  "customer_contact"},
        {"wecom",  "kf"              },
        {"wecom",  "aibot"           },
        {"weibo",  "fans_service"    },
        {"weibo",  "data_push"       },
    }));
    const account at = test::account_of(channel, kind);
    CAPTURE(channel, kind);
    for (const std::string& type : simulator::sample_types(at)) {
        CAPTURE(type);
        simulator::forge_request what = text_at(now_s);
        what.type = type;
        CHECK(told(at, came(simulator::forge(at, what).value())).what->name == "nothing");
    }
    const bool is_check = kind != "data_push";
    const auto check = simulator::forge_check(at, "4375120948345356249", now_s, 3).value();
    CHECK(told(at, came(check, is_check)).what->name == "nothing");
}

TEST_CASE("What a proxy did to a sealed body is named", "[gateway][doctor]") {
    const account at = test::wecom_account();
    // Once, since the generator goes on with what it was first given.
    static const simulator::forged sent = with_plus(at);
    const std::string& body = sent.body;
    std::string broken = body;
    for (std::size_t edge = broken.find("CDATA[", broken.find("<Encrypt>")) + 70; edge + 20 < broken.size();
         edge += 77)
        broken.insert(edge, "\r\n");
    std::string url_safe = body;
    std::ranges::replace(url_safe, '+', '-');
    const std::size_t begin = url_safe.find("CDATA[", url_safe.find("<Encrypt>")) + 6;
    std::replace(url_safe.begin() + static_cast<std::ptrdiff_t>(begin),
                 url_safe.begin() + static_cast<std::ptrdiff_t>(url_safe.rfind("]]>")), '/', '_');
    const auto [how, changed] = GENERATE_COPY(table<std::string, std::string>({
        {"plus_lost",             replaced(body,                       "+", " ")},
        {"plus_lost",                   replaced(replaced(body,                                                      "+", " "), "<Encrypt>", "<Encrypt>\n    ")},
        {"line_breaks",broken},
        {"url_safe_base64",            url_safe                            },
        {"percent_encoded",           replaced(replaced(replaced(body,                                                          "<", "%3C"), ">", "%3E"), "+", "%2B")},
        {"form_encoded",       "xml=" + replaced(body,                       "+", "%2B")},
        {"escaped",       replaced(replaced(body, "<", "&lt;"), ">", "&gt;")},
        {"wrapped",                 "{\"httpMethod\":\"POST\",\"body\":" + json::quoted(body) + "}"                                                },
        {"surrounded",                    "1f4\r\n" + body + "\r\n0\r\n\r\n"                                                },
    }));
    CAPTURE(how, changed);
    gateway::refused_callback what = came(sent);
    what.body = changed;
    const gateway::diagnosis found = told(at, what);
    CHECK(found.what->name == "body_rewritten");
    CHECK(found.how == how);
    CHECK(found.is_proved);
}

TEST_CASE("White space, CDATA and a byte order mark outside the ciphertext are no fault",
          "[gateway][doctor]") {
    const account at = test::wecom_account();
    const simulator::forged sent = simulator::forge(at, text_at(now_s)).value();
    const std::string bare = replaced(replaced(sent.body, "<![CDATA[", ""), "]]>", "");
    for (const std::string& body : {bare, replaced(sent.body, "><", ">\n  <"), "\xEF\xBB\xBF" + sent.body}) {
        gateway::refused_callback what = came(sent);
        what.body = body;
        CAPTURE(body);
        CHECK(told(at, what).what->name == "nothing");
    }
}

TEST_CASE("The clock is named with the side it is off to", "[gateway][doctor]") {
    const auto [channel, off_s, name] = GENERATE(table<std::string, std::int64_t, std::string>({
        {"wechat", 0,      "nothing"},
        {"wechat", 599,    "nothing"},
        {"wechat", 601,    "clock"  },
        {"wechat", -601,   "clock"  },
        {"wecom",  28800,  "clock"  },
        {"weibo",  -28800, "clock"  },
    }));
    CAPTURE(channel, off_s);
    const account at = channel == "wechat"  ? test::wechat_account()
                       : channel == "wecom" ? test::wecom_account()
                                            : test::weibo_account();
    const auto found = told(at, came(simulator::forge(at, text_at(now_s, 1000)).value()), now_s + off_s);
    CHECK(found.what->name == name);
    CHECK((found.says.find("time zone") != std::string::npos) == (std::abs(off_s) == 28800));
}

TEST_CASE("An old callback says nothing of the clock unless it is known when it came", "[gateway][doctor]") {
    const std::vector<account> all = everybody();
    const auto sent = came(simulator::forge(all[0], text_at(now_s)).value());
    CHECK(gateway::diagnose(all, all[0], sent, {(now_s + 3600) * 1000, false}).what->name ==
          "stale_timestamp");
    CHECK(gateway::diagnose(all, all[0], sent, {(now_s + 3600) * 1000, true}).what->name == "clock");
    CHECK(gateway::diagnose(all, all[0], sent, {(now_s - 3600) * 1000, false}).what->name == "clock");
}

TEST_CASE("Without a second signature, a changed body is told from a wrong token by what the key opens",
          "[gateway][doctor]") {
    const account at = test::wecom_account();
    simulator::forge_request what = text_at(now_s);
    what.wrong = simulator::tamper::body;
    const auto changed = told(at, came(simulator::forge(at, what).value()));
    CHECK(changed.what->name == "body_rewritten");
    CHECK(changed.how == "changed");
    // A digit of the signature is all the same as another token.
    what.wrong = simulator::tamper::signature;
    const auto spoiled = told(at, came(simulator::forge(at, what).value()));
    CHECK(spoiled.what->name == "wrong_token");
    CHECK_FALSE(spoiled.is_proved);
    gateway::refused_callback cut = came(simulator::forge(at, text_at(now_s)).value());
    cut.query = cut.query.substr(0, 30) + cut.query.substr(cut.query.find('&'));
    CHECK(told(at, cut).what->name == "signature_damaged");
}

TEST_CASE("Two faults at once are not taken for one that is proved", "[gateway][doctor]") {
    account sender = test::wechat_account();
    sender.tokens = {"pubpush-token-7"};
    sender.aes_keys = {"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"};
    const auto found = told(test::wechat_account(), came(simulator::forge(sender, text_at(now_s)).value()));
    CHECK(found.what->name == "not_ours");
    CHECK_FALSE(found.is_proved);
}

TEST_CASE("A suite's two addresses are told apart, and its ids from them", "[gateway][doctor]") {
    const account suite = test::account_of("wecom", "suite");
    simulator::forge_request notice = text_at(now_s);
    notice.type = "info.suite_ticket";
    gateway::refused_callback ticket = came(simulator::forge(suite, notice).value());
    gateway::refused_callback message = came(simulator::forge(suite, text_at(now_s)).value());
    const std::string data = message.suffix;

    account mistyped = suite;
    mistyped.suite_id = "ww51de5a1c0de51de3";
    CHECK(told(mistyped, ticket).what->name == "wrong_receive_id");
    CHECK(told(mistyped, message).what->name == "nothing");
    ticket.suffix = data;
    CHECK(told(suite, ticket).what->name == "wrong_path");
    message.suffix = "/command";
    CHECK(told(suite, message).what->name == "wrong_path");
    message.suffix = "/data/wpAnotherCorporation";
    CHECK(told(suite, message).what->name == "wrong_path");
    std::vector<account> all = everybody();
    all.push_back(suite);
    all.back().tokens = {"pubpush-token-7"};
    gateway::refused_callback strayed = came(simulator::forge(all.back(), notice).value());
    strayed.suffix = "";
    const auto found = gateway::diagnose(all, all[1], strayed, {now_s * 1000, true});
    CHECK(found.what->name == "other_account");
    CHECK(found.account == suite.id);
}

TEST_CASE("Where the body is signed too, what proxies add to it is found", "[gateway][doctor]") {
    account at;
    at.id = "own", at.channel = "webhook", at.kind = "signed_json", at.app_secrets = {"pubpush-token-7"};
    const std::string body = R"({"type":"text","id":"1","from":"c","to":"own","text":"hello"})";
    const std::string stamp = std::to_string(now_s);
    const std::string query = "timestamp=" + stamp + "&nonce=n&signature=" +
                              crypto::hmac_sha256(at.app_secrets[0], stamp + ".n." + body);
    const auto [changed, name, how] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {body,        "nothing", ""          },
        {       body + "\n",                "body_rewritten",          "line_end"},
        {    replaced(body,         ",",          ",\n  "),          "body_rewritten", "indented"},
        { replaced(body, "hello",                  "hallo"),         "wrong_secret", ""},
    }));
    CAPTURE(changed);
    const auto found = told(at, {"", query, changed, false});
    CHECK(found.what->name == name);
    CHECK(found.how == how);
    CHECK(found.is_proved == (name != "wrong_secret"));
}

TEST_CASE("What comes from outside is shown without control characters", "[gateway][doctor]") {
    crypto::hasher hasher;
    const account fans = test::weibo_account();
    const std::string_view parts[] = {fans.app_secrets[0], "\x1b[2Jx", "1"};
    const std::string query =
        "timestamp=%1b[2Jx&nonce=1&signature=" + std::string(crypto::text_of(crypto::sign(hasher, parts)));
    const std::string body = simulator::forge(fans, text_at(now_s)).value().body;
    const auto found = told(fans, {"", query, body, false});
    CHECK(found.what->name == "timestamp_unit");
    CHECK(found.says.find('\x1b') == std::string::npos);
    CHECK(found.says.find("?[2Jx") != std::string::npos);
}

TEST_CASE("A body above the limit is too large, whatever else", "[gateway][doctor]") {
    const std::vector<account> all = everybody();
    const auto sent = came(simulator::forge(all[0], text_at(now_s)).value());
    CHECK(gateway::diagnose(all, all[0], sent, {now_s * 1000, true, sent.body.size()}).what->name ==
          "nothing");
    CHECK(gateway::diagnose(all, all[0], sent, {now_s * 1000, true, sent.body.size() - 1}).what->name ==
          "body_too_large");
}

TEST_CASE("Nonsense is diagnosed without falling over", "[gateway][doctor]") {
    const std::string query =
        GENERATE(as<std::string>(), "", "&&&", "=", "signature", "signature=%zz&timestamp=x&nonce=\xff",
                 "msg_signature=" + std::string(40, '0') + "&timestamp=99999999999999999999&nonce=1");
    const std::string body =
        GENERATE(as<std::string>(), "", "<", "{", "%", "=", "<xml/>", "{\"body\":1}", "{\"Encrypt\":\"a b\"}",
                 "<xml><Encrypt>====</Encrypt></xml>", "\xff\xfe<", std::string(3000, '['));
    for (const account& at : everybody())
        for (const bool is_check : {false, true})
            CHECK(told(at, {"", query, body, is_check}).what->name != "nothing");
}

TEST_CASE("The page for operators names every finding", "[gateway][doctor]") {
    std::ifstream opened(std::string(YIZHAN_ROOT) + "/docs/operations.md");
    const std::string page{std::istreambuf_iterator<char>(opened), {}};
    for (const gateway::finding& each : gateway::all_findings()) {
        CAPTURE(std::string(each.name));
        CHECK(page.find("`" + std::string(each.name) + "`") != std::string::npos);
    }
}
