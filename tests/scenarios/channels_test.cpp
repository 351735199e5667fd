// Every kind of account, from its platform's callback to what becomes of it.
#include <catch2/catch.hpp>

#include <atomic>
#include <ctime>
#include <fstream>
#include <set>
#include <thread>

#include "crypto/hmac.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using test::running;

namespace {

const std::string rules = R"(rules:
  - name: card
    when: { type: menu.clicked, event_key: btn_take_ticket }
    then: { reply: { card_button: 已领取 } }
  - name: to-desk
    when: { account: mini_program }
    then: { reply: platform_desk, queue: minis }
  - name: of-platform
    when: { account: component, type: message.* }
    then: { reply: { text: "您好，{{account}}" }, queue: merchants }
  - name: welcome
    when: { type: contact.added }
    then: { queue: new-customers, tags: [new] }
  - name: comments
    when: { type: social.* }
    then: { queue: social }
  - name: rest
    when: { type: message.* }
    then: { reply: { text: 收到 }, queue: general }
)";

account named(const std::string& channel, const std::string& kind) { return test::account_of(channel, kind); }

simulator::forge_request of_type(const std::string& type, const std::string& tenant = "") {
    simulator::forge_request what;
    what.type = type, what.tenant = tenant;
    return what;
}

/// The account's own clear text, signed and sealed as its platform would.
simulator::forged wrapped(const account& to, const std::string& clear, bool is_notice = false) {
    static std::uint64_t serial = 900;
    simulator::forge_request what;
    what.now_s = std::time(nullptr), what.serial = ++serial;
    if (is_notice) what.type = "info.";
    return simulator::wrap(to, clear, what).value();
}

}  // namespace

TEST_CASE("A component hears of itself, and each merchant is an account by its AppId",
          "[scenario][wechat][component]") {
    running station({.rules = rules, .more_accounts = {named("wechat", "component")}});
    REQUIRE(station.start());
    const auto check =
        simulator::forge_check(station.of("component"), "4375120948345356249", std::time(nullptr), 1).value();
    CHECK(station.send_raw("component", check, "GET").body == "4375120948345356249");
    const auto ticket = station.send("component", of_type("info.component_verify_ticket"));
    CHECK(ticket.status == 200);
    CHECK(ticket.body == "success");
    CHECK(station.send("component", of_type("info.authorized")).body == "success");

    for (const std::string appid : {"wx5f1e2d3c4b5a6978", "wx6a7b8c9d0e1f2a3b"}) {
        const auto answer = station.send("component", of_type("text", appid));
        CHECK(answer.clear.find("<Content><![CDATA[您好，" + appid + "]]></Content>") != std::string::npos);
        CHECK(answer.body.find("您好") == std::string::npos);
    }
    station.settle();
    const auto events = station.ask("GET", "/v1/events");
    CHECK(events.has(R"("source":"/wechat/wx5f1e2d3c4b5a6978")"));
    CHECK(events.has(R"("account":"wx6a7b8c9d0e1f2a3b","via":"component")"));
    CHECK(events.has(R"("ComponentVerifyTicket":"[secret]")"));
    CHECK_FALSE(events.has("ticket@@@simulated"));
    CHECK_FALSE(events.has("queryauthcode@@@"));
    CHECK(station.ask("GET", "/v1/queues").has(R"("name":"merchants","pending":2)"));
    // One openid at two merchants is two people.
    CHECK(station.ask("GET", "/v1/contacts?identity=openid:oSimCustomer0000000000000001")
              .has(R"("account":"wx6a7b8c9d0e1f2a3b")"));

    // A merchant's message at another merchant's address is the same message: nothing new.
    simulator::forge_request once = of_type("text", "wx5f1e2d3c4b5a6978");
    once.message_id = "7099999999999999999";
    once.serial = 5;
    CHECK(station.send("component", once).status == 200);
    const std::size_t count = station.event_ids().size();
    once.tenant = "wx9988776655443322";
    CHECK(station.send("component", once).status == 200);
    CHECK(station.event_ids().size() == count);

    for (const std::string suffix :
         {"", "/message", "/message/", "/message/gh_1", "/message/wx5f1e2d3c4b5a6978/x", "/data/wpDemo"}) {
        CAPTURE(suffix);
        auto sent = wrapped(station.of("component"), "<xml><MsgType>text</MsgType></xml>");
        sent.suffix = suffix;
        CHECK(station.send_raw("component", sent).status == 404);
    }
    auto nowhere = wrapped(station.of("component"), "<xml>" + std::string(5000, ' ') + "</xml>");
    CHECK(station.send_raw("nobody", nowhere).status == 404);
    CHECK(station.stop() == 0);
}

TEST_CASE("A suite takes tickets and codes at one address and messages at another",
          "[scenario][wecom][suite]") {
    running station({.rules = rules, .more_accounts = {named("wecom", "suite")}});
    REQUIRE(station.start());
    const auto check =
        simulator::forge_check(station.of("suite"), "8823417733540091275", std::time(nullptr), 1).value();
    CHECK(station.send_raw("suite", check, "GET").body == "8823417733540091275");
    for (const char* type : {"info.suite_ticket", "info.create_auth", "info.cancel_auth"}) {
        CAPTURE(type);
        const auto answer = station.send("suite", of_type(type));
        CHECK(answer.status == 200);
        CHECK(answer.body == "success");
    }
    const auto added = wrapped(station.of("suite"), test::data_file("wecom/F15.xml"), true);
    CHECK(station.send_raw("suite", added).body == "success");
    const auto answer = station.send("suite", of_type("text", "wpDemoAAAAcorp0000000000000000001"));
    CHECK(answer.clear.find("<Content><![CDATA[收到]]></Content>") != std::string::npos);
    // Sealed for one corporation and sent to another's address: refused.
    auto crossed = simulator::forge(station.of("suite"),
                                    [] {
                                        auto what = of_type("text", "wpDemoAAAAcorp0000000000000000001");
                                        what.now_s = what.created_s = std::time(nullptr), what.serial = 77;
                                        return what;
                                    }())
                       .value();
    crossed.suffix = "/data/wpDemoAAAAcorp0000000000000000002";
    CHECK(station.send_raw("suite", crossed).status == 403);
    station.settle();
    const auto events = station.ask("GET", "/v1/events");
    CHECK(events.has(R"("SuiteTicket":"[secret]")"));
    CHECK(events.has(R"("AuthCode":"[secret]")"));
    CHECK_FALSE(events.has("authcode_simulated"));
    CHECK(events.has(R"("source":"/wecom/wpDemoAAAAcorp0000000000000000001","type":"contact.added")"));
    CHECK(events.has(R"("source":"/wecom/suite","type":"account.ticket")"));
    CHECK(station.ask("GET", "/v1/contacts?identity=external_userid:wmDemoAAAAisvc000000000000000001")
              .has(R"("tags":["new"])"));
    CHECK(station.stop() == 0);
}

TEST_CASE("Contacts, customers and doorbells of a corporation arrive, each at its own address",
          "[scenario][wecom]") {
    running station({
        .rules = rules,
        .more_accounts = {named("wecom", "contacts"), named("wecom", "customer_contact"),
                          named("wecom", "kf")}
    });
    REQUIRE(station.start());
    CHECK(station.send("contacts", of_type("event.change_contact")).status == 200);
    CHECK(station.send("customer_contact", of_type("event.change_external_contact")).status == 200);
    // A doorbell means "look again" each time, even when it is rung twice in the same words.
    const std::string bell = test::data_file("wecom/F19.xml");
    CHECK(station.send_raw("kf", wrapped(station.of("kf"), bell)).body == "");
    CHECK(station.send_raw("kf", wrapped(station.of("kf"), bell)).body == "");
    const std::string tap = test::data_file("wecom/F10.xml");
    const auto answer = station.send_raw("corp", wrapped(station.of("corp"), tap));
    CHECK(answer.clear.find("<Button><ReplaceName><![CDATA[已领取]]></ReplaceName></Button>") !=
          std::string::npos);
    station.settle();
    const auto events = station.ask("GET", "/v1/events");
    CHECK(test::all_of(events.body, "type").size() >= 5);
    std::size_t bells = 0;
    for (const std::string& type : test::all_of(events.body, "type"))
        bells += type == "account.messages_waiting";
    CHECK(bells == 2);
    CHECK(station.ask("GET", "/v1/queues").has(R"("name":"new-customers","pending":1)"));
    CHECK(station.stop() == 0);
}

TEST_CASE("A bot's message is answered by a stream, and a refresh gets the same stream",
          "[scenario][wecom][aibot]") {
    running station({.rules = rules, .more_accounts = {named("wecom", "aibot")}});
    REQUIRE(station.start());
    const auto check =
        simulator::forge_check(station.of("aibot"), "8823417733540091275", std::time(nullptr), 1).value();
    CHECK(station.send_raw("aibot", check, "GET").body == "8823417733540091275");
    const auto first =
        station.send_raw("aibot", wrapped(station.of("aibot"), test::data_file("wecom/B01.json")));
    REQUIRE(first.clear.starts_with(R"({"msgtype":"stream","stream":{"id":")"));
    CHECK(first.clear.find(R"("finish":true,"content":"收到")") != std::string::npos);
    const std::string id = first.clear.substr(36, 32);
    const std::string refresh =
        R"({"msgid":"r1","aibotid":"aibDemo01","from":{"userid":"lina"},"msgtype":"stream","stream":{"id":")" +
        id + "\"}}";
    const std::size_t count = station.event_ids().size();
    for (int again = 0; again < 2; ++again)
        CHECK(station.send_raw("aibot", wrapped(station.of("aibot"), refresh)).clear == first.clear);
    CHECK(station.event_ids().size() == count);
    // Of a stream that is not ours nothing is known; that is kept, and answered with silence.
    const auto unknown =
        station.send_raw("aibot", wrapped(station.of("aibot"), test::data_file("wecom/B03.json")));
    CHECK(unknown.status == 200);
    CHECK(unknown.body.empty());
    CHECK(station.send_raw("aibot", wrapped(station.of("aibot"), test::data_file("wecom/B06.json")))
              .body.empty());
    CHECK(station.stop() == 0);
}

TEST_CASE("Mini programs and stores speak JSON", "[scenario][wechat]") {
    running station({
        .rules = rules, .more_accounts = {named("wechat", "mini_program"), named("wechat", "store")}
    });
    REQUIRE(station.start());
    const auto card = station.send_raw(
        "mini_program", wrapped(station.of("mini_program"), test::data_file("wechat/J2.json")));
    CHECK(card.body.starts_with("{\"Encrypt\":\""));
    CHECK(card.clear.find(R"("MsgType":"transfer_customer_service")") != std::string::npos);
    CHECK(station.send_raw("store", wrapped(station.of("store"), test::data_file("wechat/J7.json"))).body ==
          "success");
    CHECK(station.send_raw("store", wrapped(station.of("store"), test::data_file("wechat/J8.json"))).body ==
          "success");
    const std::string paid =
        R"({"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1767225600,"MsgType":"event","Event":"xpay_goods_deliver_notify","OpenId":"o2"})";
    CHECK(station.send_raw("mini_program", wrapped(station.of("mini_program"), paid)).clear ==
          R"({"ErrCode":0,"ErrMsg":"success"})");
    // A store sends for hours again what it could not deliver, and complaints are long.
    auto late = of_type("event.channels_ec_order_new");
    late.now_s = late.created_s = std::time(nullptr) - 14000;
    CHECK(station.send("store", late).body == "success");
    auto long_one = of_type("event.commkf_send_msg_to_kf");
    long_one.fields = {
        {"msg_id",            "3895464567618158593"},
        { "text.content", std::string(300000,                  'x')}
    };
    CHECK(station.send("store", long_one).body == "success");
    auto too_long = of_type("text");
    too_long.fields = {
        {"Content", std::string(100000, 'x')}
    };
    CHECK(station.send("shop", too_long).status == 413);
    station.settle();
    const auto events = station.ask("GET", "/v1/events?type=order.*");
    CHECK(events.has(R"("order_id":3705115058471208929)"));
    // What the platform tells of a known customer is theirs: on their timeline, and gone when they are erased.
    const auto buyer = station.ask("GET", "/v1/contacts?identity=openid:oFx9T5k2VbQ7nLw3RzHc8YdUjMsE");
    const std::string store_card = R"("account":"store")";
    REQUIRE(buyer.has(store_card));
    for (const std::string& id : test::all_of(buyer.body, "id")) {
        if (!id.starts_with("c")) continue;
        const auto seen = station.ask("GET", "/v1/contacts/" + id + "/timeline");
        if (!seen.has("message.text")) continue;
        CHECK(seen.has("order.cancelled"));
        CHECK(station.ask("DELETE", "/v1/contacts/" + id).status == 200);
    }
    station.settle();
    CHECK_FALSE(station.ask("GET", "/v1/contacts?identity=openid:oFx9T5k2VbQ7nLw3RzHc8YdUjMsE").has(store_card));
    CHECK(station.stop() == 0);
}

TEST_CASE("Comments are pushed in lists, and each is an event once", "[scenario][weibo][data_push]") {
    running station({.rules = rules, .more_accounts = {named("weibo", "data_push")}});
    REQUIRE(station.start());
    auto check = simulator::forge_check(station.of("data_push"), "pp7Echo", std::time(nullptr), 1).value();
    CHECK(station.send_raw("data_push", check, "POST").body == "pp7Echo");
    CHECK(station.send_raw("data_push", check, "GET").body == "pp7Echo");
    const std::string one = test::data_file("weibo/F31.json"), two = test::data_file("weibo/F32.json"),
                      three = test::data_file("weibo/F30.json");
    const auto push = [&](const std::string& body) {
        return station.send_raw("data_push", wrapped(station.of("data_push"), body)).status;
    };
    CHECK(push(one) == 200);
    CHECK(station.event_ids().size() == 1);
    CHECK(push("[" + one + "," + two + "," + two + "]") == 200);  // One is known, and one is there twice.
    CHECK(station.event_ids().size() == 2);
    CHECK(push("[" + two + "," + one + "]") == 200);
    CHECK(station.event_ids().size() == 2);
    CHECK(push("[" + three + "," + two + "]") == 200);
    CHECK(station.stop(9) == -9);
    REQUIRE(station.start());
    CHECK(push("[" + two + "," + three + "]") == 200);
    CHECK(station.event_ids().size() == 3);
    station.settle();
    CHECK(station.ask("GET", "/v1/queues").has(R"("name":"social","pending":3)"));
    CHECK(station.stop() == 0);
}

TEST_CASE("Lists that overlap and come at once lose nothing and double nothing", "[scenario][weibo][data_push]") {
    running station({.rules = rules, .more_accounts = {named("weibo", "data_push")}});
    REQUIRE(station.start());
    const auto comment = [](int number) {
        return "{\"id\":" + std::to_string(5000 + number) +
               ",\"text\":{\"type\":\"comment\",\"event\":\"add\",\"comment\":{\"id\":" + std::to_string(7000 + number) +
               ",\"text\":\"n\",\"user\":{\"id\":9000000042},\"status\":{\"id\":1,\"user\":{\"id\":9000000001}}}}}";
    };
    constexpr int senders = 8, rounds = 12;
    std::vector<std::vector<simulator::forged>> sent(senders);
    for (int round = 0; round < rounds; ++round)
        for (int each = 0; each < senders; ++each) {
            const int base = round * 10;
            sent[each].push_back(wrapped(station.of("data_push"), "[" + comment(base + each) + "," + comment(base + each + 1) + "," + comment(base) + "]"));
        }
    std::atomic<int> refused{0};
    std::vector<std::thread> at_once;
    for (const auto& mine : sent)
        at_once.emplace_back([&station, &refused, &mine] {
            for (const simulator::forged& each : mine) refused += station.send_raw("data_push", each).status != 200;
        });
    for (std::thread& each : at_once) each.join();
    CHECK(refused == 0);
    const auto ids = station.event_ids();
    CHECK(ids.size() == rounds * (senders + 1));
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
    CHECK(station.stop() == 0);
}

TEST_CASE("What an account is sent is taken apart, whatever its kind", "[scenario][decrypt]") {
    account mine;
    mine.id = "mine", mine.channel = "webhook", mine.kind = "signed_json", mine.app_secrets = {"webhook-secret-0001"};
    running station({.rules = rules,
                     .more_accounts = {named("wechat", "component"), named("wechat", "store"), named("wecom", "suite"), named("wecom", "aibot"),
                                       named("weibo", "data_push"), mine}});
    const auto taken_apart = [&](const std::string& id, const simulator::forged& sent, int expected) {
        CAPTURE(id, sent.suffix);
        std::ofstream(station.directory() / "body", std::ios::binary) << sent.body;
        int status = -1;
        const std::string said = station.command("decrypt -c yizhan.yaml -a " + id + " -q '" + sent.query + "' -b body --path '" + sent.suffix + "'", &status);
        CAPTURE(said);
        CHECK(status == expected);
        CHECK((said.find("FAIL") == std::string::npos) == (expected == 0));
    };
    const auto forged = [&](const std::string& id, const std::string& type, simulator::tamper wrong = simulator::tamper::nothing) {
        auto what = of_type(type);
        what.now_s = what.created_s = std::time(nullptr), what.wrong = wrong;
        return simulator::forge(station.of(id), what).value();
    };
    taken_apart("component", forged("component", "info.component_verify_ticket"), 0);
    taken_apart("component", forged("component", "text"), 0);
    taken_apart("store", forged("store", "event.commkf_send_msg_to_kf"), 0);
    taken_apart("suite", forged("suite", "info.suite_ticket"), 0);
    taken_apart("suite", forged("suite", "text"), 0);
    taken_apart("aibot", forged("aibot", "text"), 0);
    taken_apart("data_push", forged("data_push", "comment"), 0);
    taken_apart("suite", forged("suite", "info.suite_ticket", simulator::tamper::receive_id), 1);
    taken_apart("aibot", forged("aibot", "text", simulator::tamper::signature), 1);
    simulator::forged own;
    own.body = R"({"id":"m-1","type":"text","at":1767225600,"from":"customer-7","text":"x"})";
    const std::string now = std::to_string(std::time(nullptr));
    own.query = "timestamp=" + now + "&nonce=n1&signature=" + crypto::hmac_sha256("webhook-secret-0001", now + ".n1." + own.body);
    taken_apart("mine", own, 0);
}

TEST_CASE("A channel of one's own is served like any other", "[scenario][webhook]") {
    account mine;
    mine.id = "mine", mine.channel = "webhook", mine.kind = "signed_json",
    mine.app_secrets = {"webhook-secret-0001"};
    running station({.rules = rules, .more_accounts = {mine}});
    REQUIRE(station.start());
    simulator::forged sent;
    sent.body = R"({"id":"m-1","type":"text","at":1767225600,"from":"customer-7","to":"shop","text":"你好"})";
    const std::string timestamp = std::to_string(std::time(nullptr));
    sent.query = "timestamp=" + timestamp + "&nonce=n1&signature=" +
                 crypto::hmac_sha256("webhook-secret-0001", timestamp + ".n1." + sent.body);
    CHECK(station.send_raw("mine", sent).body.find(R"("to":"customer-7")") != std::string::npos);
    sent.body.replace(sent.body.find("customer-7"), 10, "customer-8");
    CHECK(station.send_raw("mine", sent).status == 403);
    station.settle();
    CHECK(station.ask("GET", "/v1/contacts?identity=customer_id:customer-7").has(R"("account":"mine")"));
    CHECK(station.stop() == 0);
}

TEST_CASE("The schemas are served, and one there is not is said so", "[scenario][api]") {
    running station;
    REQUIRE(station.start());
    CHECK(station.ask("GET", "/v1/schemas", "", "").has("\"message.text\""));
    CHECK(station.ask("GET", "/v1/schemas/message.text", "", "")
              .has("\"$id\": \"urn:yizhan:event:message.text:1\""));
    CHECK(station.ask("GET", "/v1/schemas/message.smoke", "", "").status == 404);
    CHECK(station.stop() == 0);
}

TEST_CASE("Tickets and codes are kept for whoever calls the platform, and for nobody else",
          "[scenario][grants]") {
    running station({
        .rules = rules, .more_accounts = {named("wechat", "component"), named("wecom", "suite")}
    });
    REQUIRE(station.start());
    const auto ticket = [&](const std::string& value, std::int64_t created_s) {
        auto what = of_type("info.component_verify_ticket");
        what.fields =
            {
                {"ComponentVerifyTicket", value}
        },
        what.created_s = created_s;
        CHECK(station.send("component", what).body == "success");
    };
    const std::int64_t now = std::time(nullptr);
    ticket("ticket@@@one", now - 1200);
    ticket("ticket@@@three", now);
    ticket("ticket@@@two", now - 600);  // Late on its way: the newest counts.
    CHECK(station.send("component", of_type("info.authorized")).status == 200);
    CHECK(station.send("suite", of_type("info.suite_ticket")).status == 200);
    auto code = of_type("info.create_auth");
    CHECK(station.send("suite", code).status == 200);
    code.fields = {
        {"AuthCode", "another_code"}
    };
    CHECK(station.send("suite", code).status == 200);
    station.settle();

    const auto held = station.ask("GET", "/v1/accounts/component/grants");
    CHECK(held.has(R"("value":"ticket@@@three")"));
    CHECK_FALSE(held.has("ticket@@@two"));
    CHECK(held.has(R"("kind":"auth_code","of":"wx5f1e2d3c4b5a6978")"));
    const auto codes = station.ask("GET", "/v1/accounts/suite/grants");
    CHECK(codes.has("authcode_simulated"));
    CHECK(codes.has("another_code"));
    CHECK(station.ask("GET", "/v1/accounts/nowhere/grants").status == 404);
    for (const char* key : {"desk", "boss", "crm"})
        CHECK(station.ask("GET", "/v1/accounts/suite/grants", "", key).status == 403);
    const auto outline = station.ask("GET", "/v1/accounts", "", "crm");
    CHECK(outline.has(
        R"("id":"component","channel":"wechat","kind":"component","grants":[{"kind":"auth_code")"));
    CHECK_FALSE(outline.has("ticket@@@"));
    CHECK_FALSE(outline.has("authcode"));

    CHECK(station.stop(9) == -9);
    REQUIRE(station.start());
    CHECK(station.ask("GET", "/v1/accounts/component/grants").has("ticket@@@three"));
    auto gone = of_type("info.unauthorized");
    CHECK(station.send("component", gone).status == 200);
    station.settle();
    CHECK_FALSE(station.ask("GET", "/v1/accounts/component/grants").has("queryauthcode"));
    CHECK(station.ask("GET", "/v1/accounts/component/grants").has("ticket@@@three"));
    CHECK(station.output().find("ticket@@@") == std::string::npos);
    CHECK(station.stop() == 0);
}
