// A day at the station: what comes in is proved, kept, routed, answered; a consumer takes the task; the
// contact stands.
#include <catch2/catch.hpp>

#include <cstring>

#include "tests/support/faults.hpp"
#include "tests/support/running.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;
using test::running;
using test::text;

namespace {

const std::string rules = R"(
rules:
  - name: complaint
    when: { type: message.text, text: { any_of: [投诉, 退款] } }
    then: { queue: complaints, priority: 10, tags: [complaint], reply: { text: "已转投诉专员。" } }
  - name: hello
    when: { type: contact.followed }
    then: { reply: { text: "您好，{{contact.name | 朋友}}，欢迎关注。" } }
  - name: catalogue
    when: { type: menu.clicked, event_key: CATALOGUE }
    then: { reply: { news: [ { title: 新品, description: 到店, url: "https://s.example.test/", image: "https://s.example.test/p.png" } ] } }
  - name: picture
    when: { type: message.image }
    then: { reply: { image: MEDIA1 }, queue: general }
  - name: noise
    when: { type: contact.located }
    then: { drop: true }
  - name: rest
    then: { queue: general }
)";

simulator::forge_request of_type(const std::string& type,
                                 std::vector<std::pair<std::string, std::string>> fields = {}) {
    simulator::forge_request what;
    what.type = type;
    what.fields = std::move(fields);
    return what;
}

}  // namespace

TEST_CASE("Three channels come in and every one is answered as it should be", "[scenario]") {
    running station({.rules = rules});
    REQUIRE(station.start());

    const auto followed = station.send("shop", of_type("event.subscribe"));
    CHECK(followed.status == 200);
    CHECK(followed.body.find("<Encrypt>") != std::string::npos);
    CHECK(followed.clear.find("您好，朋友，欢迎关注。") != std::string::npos);
    CHECK(station.send("shop", text("我要投诉")).clear.find("已转投诉专员。") != std::string::npos);
    CHECK(station.send("shop", text("你好")).body == "success");
    CHECK(station
              .send("shop", of_type("event.CLICK",
                                    {
                                        {"EventKey", "CATALOGUE"}
    }))
              .clear.find("<ArticleCount>1</ArticleCount>") != std::string::npos);
    CHECK(station.send("shop", of_type("image"))
              .clear.find("<Image><MediaId><![CDATA[MEDIA1]]></MediaId></Image>") != std::string::npos);

    CHECK(station.send("corp", text("退款吧")).clear.find("<ToUserName><![CDATA[lina]]></ToUserName>") !=
          std::string::npos);
    CHECK(station.send("corp", of_type("event.enter_agent")).body.empty());
    CHECK(station.send("corp", of_type("event.LOCATION")).body.empty());

    CHECK(
        station
            .send("fans", of_type("text",
                                  {
                                      {"text", "我要退款"}
    }))
            .body ==
        R"({"result":true,"sender_id":9000000001,"receiver_id":9000000017,"type":"text","data":"%7B%22text%22%3A%22%E5%B7%B2%E8%BD%AC%E6%8A%95%E8%AF%89%E4%B8%93%E5%91%98%E3%80%82%22%7D"})");
    CHECK(station.send("fans", of_type("event.unfollow")).body.empty());
    const auto picture = station.send("fans", of_type("image"));
    CHECK(picture.status == 200);
    CHECK(picture.body.empty());  // Weibo takes no picture as an answer; the decision says so.

    const auto unknown = station.send("shop", of_type("event.telepathy", {
                                                                             {"Thought", "猫"}
    }));
    CHECK(unknown.body == "success");
    station.settle();

    const auto page = station.ask("GET", "/v1/events?limit=100");
    CHECK(page.status == 200);
    CHECK(test::all_of(page.body, "specversion").size() == 12);
    CHECK(page.has(R"("no_reply":"the platform takes only texts, articles and positions as an answer")"));
    CHECK(page.has(R"("type":"unknown")"));
    CHECK(page.has(R"("Thought":"猫")"));
    CHECK(page.has(R"("drop":true)"));
    CHECK(station.ask("GET", "/v1/events?type=contact.*").body.find("message.text") == std::string::npos);
    CHECK(test::all_of(station.ask("GET", "/v1/events?account=fans").body, "specversion").size() == 3);

    const auto queues = station.ask("GET", "/v1/queues", "", "desk");
    CHECK(queues.has(R"("name":"complaints","pending":3,"claimed":0)"));

    const auto found = station.ask("GET", "/v1/contacts?identity=userid:LINA", "", "crm");
    CHECK(found.has(R"("id":"lina")"));
    CHECK(found.has(R"("tags":["complaint"])"));
    const std::string contact = test::all_of(found.body, "id").front();
    CHECK(station.ask("GET", "/v1/contacts/" + contact).has(R"("control":"rule")"));
    CHECK(test::all_of(station.ask("GET", "/v1/contacts/" + contact + "/timeline").body, "specversion")
              .size() == 3);

    CHECK(station.stop() == 0);
}

TEST_CASE("A consumer takes a task, holds the conversation, and gives it back", "[scenario][queue]") {
    running station({.rules = rules});
    REQUIRE(station.start());
    station.send("corp", text("投诉", "lina"));
    station.settle();
    const auto claimed = station.ask("POST", "/v1/queues/complaints/claim",
                                     R"({"consumer":"anna","max":5,"ack_wait_s":30})", "desk");
    CHECK(claimed.status == 200);
    CHECK(claimed.has(R"("attempt":1)"));
    CHECK(claimed.has(R"("type":"message.text")"));
    CHECK(claimed.has(R"("text":"投诉")"));
    const std::string task = test::all_of(claimed.body, "id").front();
    const std::string contact = test::all_of(claimed.body, "contact").front();
    CHECK(station.ask("GET", "/v1/contacts/" + contact, "", "desk").has(R"("control":"agent")"));

    // While a person has it, no rule speaks.
    CHECK(station.send("corp", text("退款", "lina")).body.empty());
    CHECK(station.ask("GET", "/v1/events").has(R"("no_reply":"somebody else has the conversation")"));
    station.settle();
    CHECK(station.ask("POST", "/v1/queues/complaints/claim", "{}", "desk").has(R"("tasks":[])"));

    CHECK(station.ask("POST", "/v1/tasks/" + task + "/extend", R"({"ack_wait_s":60})", "desk").status == 204);
    CHECK(station.ask("POST", "/v1/tasks/" + task + "/ack", R"({"attempt":7})", "desk").status == 409);
    CHECK(station.ask("POST", "/v1/tasks/" + task + "/ack", "{}", "desk").status == 204);
    CHECK(station.ask("POST", "/v1/tasks/" + task + "/ack", "", "desk").status == 409);
    CHECK(station.ask("POST", "/v1/tasks/t999/ack", "{}", "desk").status == 404);
    CHECK(station.send("corp", text("投诉", "lina")).clear.find("已转投诉专员。") != std::string::npos);

    // A long poll hears of what comes meanwhile.
    station.settle();
    while (true) {
        const auto next = station.ask("POST", "/v1/queues/complaints/claim", "{}", "desk");
        const auto ids = test::all_of(next.body, "id");
        if (ids.empty()) break;
        station.ask("POST", "/v1/tasks/" + ids.front() + "/ack", "{}", "desk");
    }
    const auto empty = station.ask("POST", "/v1/queues/complaints/claim", R"({"wait_s":1})", "desk");
    CHECK(empty.has(R"("tasks":[])"));
    CHECK(station.ask("POST", "/v1/queues/complaints/claim", R"({"max":0})", "desk").status == 400);
    CHECK(station.ask("POST", "/v1/queues/complaints/claim", "[]", "desk").status == 400);

    const auto gone = station.ask("DELETE", "/v1/contacts/" + contact, "", "boss");
    CHECK(gone.status == 200);
    CHECK(gone.has("retention"));
    CHECK(station.ask("GET", "/v1/contacts/" + contact).status == 404);
}

TEST_CASE("What is not genuine is refused and leaves nothing but a count", "[scenario][refusals]") {
    running station;
    REQUIRE(station.start());
    using simulator::tamper;
    const auto refused = [&](const std::string& account, tamper wrong) {
        simulator::forge_request what = text("x");
        what.wrong = wrong;
        return station.send(account, what);
    };
    for (const std::string account : {"shop", "corp", "fans"}) {
        CAPTURE(account);
        for (const tamper wrong : {tamper::signature, tamper::receive_id, tamper::timestamp}) {
            const auto answer = refused(account, wrong);
            CHECK(answer.status == 403);
            CHECK(answer.body == "forbidden\n");
        }
        CHECK(refused(account, tamper::body).status == (account == "fans" ? 400 : 403));
    }
    CHECK(station.event_ids().empty());
    const std::string metrics = station.ask("GET", "/metrics", "", "").body;
    for (const char* line : {R"({channel="wechat",result="bad_signature"} 2)",
                             R"({channel="wecom",result="wrong_receive_id"} 1)",
                             R"({channel="weibo",result="stale_timestamp"} 1)",
                             R"({channel="weibo",result="malformed_message"} 1)"})
        CHECK(metrics.find(line) != std::string::npos);
    for (const char* name :
         {"yizhan_ingest_requests_total", "yizhan_ack_duration_seconds", "yizhan_log_fsync_duration_seconds",
          "yizhan_log_unapplied_bytes", "yizhan_shard_lag_events", "yizhan_dedup_hits_total",
          "yizhan_dead_letters", "yizhan_reply_deadline_misses_total", "yizhan_build_info"})
        CHECK(metrics.find(name) != std::string::npos);
    for (const std::string& secret :
         {station.of("shop").tokens[0], station.of("shop").aes_keys[0], station.of("fans").app_secrets[0]}) {
        CHECK(station.output().find(secret) == std::string::npos);
        CHECK(metrics.find(secret) == std::string::npos);
    }
    CHECK(station.says("\"reason\":\"wrong_receive_id\""));

    // Checks of the address.
    for (const std::string account : {"shop", "corp", "fans"}) {
        const auto check =
            simulator::forge_check(station.of(account), "4375120948345356249", std::time(nullptr), 7).value();
        CHECK(station.send_raw(account, check, "GET").body == "4375120948345356249");
    }
    const auto sent = simulator::forge(station.of("shop"),
                                       [] {
                                           auto what = text("x");
                                           what.now_s = std::time(nullptr);
                                           return what;
                                       }())
                          .value();
    CHECK(station.send_raw("nobody", sent).status == 404);
    CHECK(station.send_raw("shop/command", sent).status == 404);
}

TEST_CASE("The framing gate stands in front of everything", "[scenario][framing]") {
    running station;
    REQUIRE(station.start());
    const auto status = [&](const std::string& bytes) { return station.exchange(bytes).substr(0, 12); };
    CHECK(status(
              "POST /callback/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx") ==
          "HTTP/1.1 400");
    CHECK(status("GET /callback/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx") == "HTTP/1.1 400");
    CHECK(status("PUT /callback/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") == "HTTP/1.1 405");
    CHECK(status("POST /callback/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n") ==
          "HTTP/1.1 413");
    CHECK(status("POST /callback/shop HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" +
                 std::string(0x20000, 'x') + "\r\n0\r\n\r\n") == "HTTP/1.1 413");
    CHECK(status("POST /callback/shop HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") ==
          "HTTP/1.1 400");
    CHECK(status("POST /callback/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Encoding: "
                 "gzip\r\n\r\n") == "HTTP/1.1 415");
    CHECK(status("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") == "HTTP/1.1 404");
    // Nobody reads a body after HEAD: the connection ends.
    const std::string after_head = station.exchange(
        "HEAD /callback/shop HTTP/1.1\r\nHost: x\r\n\r\nGET /callback/shop HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(after_head.find("HTTP/1.1 4", 5) == std::string::npos);

    simulator::forge_request what = text("chunked");
    what.now_s = what.created_s = std::time(nullptr);
    const auto sent = simulator::forge(station.of("shop"), what).value();
    char size[16];
    std::snprintf(size, sizeof size, "%zx", sent.body.size() - 10);
    const std::string head = " /callback/shop?" + sent.query + " HTTP/1.";
    CHECK(station
              .exchange("POST" + head + "1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" +
                        sent.body.substr(0, 10) + "\r\n" + size + "\r\n" + sent.body.substr(10) +
                        "\r\n0\r\n\r\n")
              .ends_with("\r\n\r\nsuccess"));
    // HTTP/1.0 with a length, and two requests on one connection.
    const std::string one = "POST" + head +
                            "1\r\nHost: x\r\nContent-Length: " + std::to_string(sent.body.size()) +
                            "\r\n\r\n" + sent.body;
    CHECK(station
              .exchange("POST" + head + "0\r\nHost: x\r\nContent-Length: " +
                        std::to_string(sent.body.size()) + "\r\n\r\n" + sent.body)
              .ends_with("success"));
    const std::string both = station.exchange(one + one, 300);
    CHECK(both.find("success") != both.rfind("success"));
    CHECK(station.event_ids().size() == 1);
}

TEST_CASE("What lay behind another request is not answered when it is too late for it", "[scenario][framing]") {
    test::faults disk;
    running station({.environment = disk.environment()});
    REQUIRE(station.start());
    std::strcpy(disk.control().path, ".journal");
    disk.control().delay_sync_us = 3000000;
    std::string both;
    for (const char* id : {"1", "2"}) {
        simulator::forge_request what = text("x", "oReader", id);
        what.now_s = what.created_s = std::time(nullptr);
        const auto sent = simulator::forge(station.of("shop"), what).value();
        both += test::request_bytes("shop", sent, "");
    }
    const std::string got = station.exchange(both, 5000);
    disk.control().delay_sync_us = 0;
    CHECK(got.starts_with("HTTP/1.1 200"));
    CHECK(got.find("HTTP/1.1 200") == got.rfind("HTTP/1.1 200"));  // Six seconds for the other: the platform asks again.
}

TEST_CASE("The API asks who is asking", "[scenario][api]") {
    running station;
    REQUIRE(station.start());
    station.send("corp", text("hi"));
    station.settle();
    CHECK(station.ask("GET", "/v1/events", "", "").status == 401);
    CHECK(station.ask("GET", "/v1/events", "", "not-a-key-not-a-key").status == 401);
    CHECK(station.ask("GET", "/v1/events", "", "desk").status == 403);
    CHECK(station.ask("GET", "/v1/events", "", "boss").status == 403);
    CHECK(station.ask("GET", "/v1/events", "", "crm").status == 200);
    CHECK(station.ask("GET", "/v1/queues", "", "crm").status == 403);
    CHECK(station.ask("GET", "/v1/contacts/c1", "", "desk").status == 403);
    CHECK(station.ask("GET", "/v1/contacts?identity=lina", "", "desk").has(R"("contacts":[])"));
    CHECK(station.ask("GET", "/v1/contacts/c1", "", "boss").status == 200);
    CHECK(station.ask("DELETE", "/v1/contacts/c1", "", "desk").status == 403);
    CHECK(station.ask("PUT", "/v1/contacts/c1").status == 405);
    CHECK(station.ask("GET", "/v1/nothing").status == 404);
    CHECK(station.ask("GET", "/v1/events?limit=0").status == 400);
    CHECK(station.ask("GET", "/v1/events?limit=1001").status == 400);
    CHECK(station.ask("GET", "/v1/events?after=zz").status == 400);
    CHECK(station.ask("GET", "/v1/contacts").status == 400);
    for (const char* path : {"/livez", "/readyz", "/version", "/metrics", "/openapi.json"})
        CHECK(station.ask("GET", path, "", "").status == 200);
    CHECK(station.ask("GET", "/openapi.json", "", "").has(R"("openapi":"3.1.0")"));
    const std::string end = test::all_of(station.ask("GET", "/v1/events").body, "next").back();
    CHECK(test::all_of(station.ask("GET", "/v1/events?after=" + end).body, "next").back() == end);
}
