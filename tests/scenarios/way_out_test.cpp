#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "core/time.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;
using test::simulated;
using test::text;
using texts = std::vector<std::string>;

namespace {

constexpr const char* rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n";

/// The conversation that a claimed task is of.
std::string claim_conversation(const running& station, const std::string& key = "admin") {
    const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})", key);
    const auto all = test::all_of(got.body, "conversation");
    return all.empty() ? "" : all.front();
}

/// Waits until a message's delivery has this status.
bool becomes(const running& station, const std::string& conversation, const std::string& status) {
    for (int tries = 0; tries < 1000; ++tries) {
        const auto got = station.ask("GET", "/v1/conversations/" + conversation + "/messages");
        if (got.has("\"delivery\":{\"status\":\"" + status + "\"")) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

std::string id_in(const running::api_answer& of) { return test::all_of(of.body, "id").at(0); }

void say_on(simulated& platform, const std::string& account, const std::string& customer) {
    platform.with([&](simulator::platforms& all) { all.said(*all.find(account), customer, "在吗", now_ms()); });
}

}  // namespace

TEST_CASE("Whoever claimed a task answers the customer, on every channel", "[scenario][out]") {
    simulated platform;
    running station({.rules = rules});
    platform.attach(station);
    REQUIRE(station.start());
    for (const auto& [account, customer] : std::vector<std::pair<std::string, std::string>>{
             {"shop", "oOutCustomer1"}, {"corp", "zhaolei"}, {"fans", "7000000001"}}) {
        INFO(account);
        say_on(platform, account, customer);
        REQUIRE(station.send(account, text("在吗", customer)).status == 200);
        const std::string conversation = claim_conversation(station, "desk");
        REQUIRE(!conversation.empty());
        const std::string path = "/v1/conversations/" + conversation;
        const auto budget = station.ask("GET", path + "/budget", "", "desk");
        CHECK(budget.has(R"("may_write":true)"));
        CHECK(budget.has(account == "shop" ? R"("left":5)" : R"("left":null)"));
        const auto said = station.ask("POST", path + "/messages", R"({"text":"您好，已为您查到 <订单>。"})", "desk", "key-1");
        CHECK(said.status == 202);
        CHECK(said.has(R"("status":"pending")"));
        REQUIRE(becomes(station, conversation, "sent"));
        CHECK(platform.shown(account, customer) == texts{"您好，已为您查到 <订单>。"});
        if (account == "shop") CHECK(station.ask("GET", path + "/budget", "", "desk").has(R"("left":4)"));

        // The same again is the same message; another with the same key is refused.
        const auto again = station.ask("POST", path + "/messages", R"({"text":"您好，已为您查到 <订单>。"})", "desk", "key-1");
        CHECK(again.status == 200);
        CHECK(id_in(again) == id_in(said));
        CHECK(again.has(R"("status":"sent")"));
        CHECK(station.ask("POST", path + "/messages", R"({"text":"别的"})", "desk", "key-1").status == 422);
        CHECK(platform.shown(account, customer).size() == 1);

        const auto messages = station.ask("GET", path + "/messages", "", "desk");
        CHECK(messages.has(R"("direction":"outbound")"));
        CHECK(messages.has(R"("direction":"inbound")"));
    }
    const auto stream = station.ask("GET", "/v1/events?type=delivery.sent");
    CHECK(test::all_of(stream.body, "specversion").size() == 3);
    CHECK(test::all_of(station.ask("GET", "/v1/events?type=message.text").body, "specversion").size() == 6);
    CHECK(station.stop() == 0);
}

TEST_CASE("What cannot be said is refused with a reason", "[scenario][out]") {
    simulated platform;
    running station({.rules = rules});
    platform.attach(station);
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("在吗", "oOutCustomer2")).status == 200);
    const std::string path = "/v1/conversations/" + claim_conversation(station) + "/messages";
    for (const char* body : {"", "{}", "[]", R"({"text":""})", R"({"text":7})", R"({"smoke":"x"})", R"({"text":"a","image":"b"})",
                             R"({"news":[]})", R"({"news":[{"title":"t"}]})", R"({"location":{"latitude":"1,\"x\":1","longitude":"2"}})"})
        CHECK(station.ask("POST", path, body).status == 400);
    CHECK(station.ask("POST", path, R"({"location":{"latitude":"31.2","longitude":"121.4"}})").status == 422);
    CHECK(station.ask("POST", path, R"({"text":"x"})", "desk").status == 403);  // Not a task of this key.
    CHECK(station.ask("POST", "/v1/conversations/v999/messages", R"({"text":"x"})").status == 404);
    CHECK(station.ask("POST", "/v1/conversations/x/messages", R"({"text":"x"})").status == 404);
    CHECK(station.ask("GET", "/v1/conversations/v999/budget").status == 404);
    CHECK(station.stop() == 0);
}

TEST_CASE("Five messages, then the customer must speak first", "[scenario][out]") {
    simulated platform;
    running station({.rules = rules});
    platform.attach(station);
    REQUIRE(station.start());
    say_on(platform, "shop", "oOutCustomer3");
    REQUIRE(station.send("shop", text("在吗", "oOutCustomer3")).status == 200);
    const std::string conversation = claim_conversation(station), path = "/v1/conversations/" + conversation + "/messages";
    for (int at = 1; at <= 5; ++at) {
        CHECK(station.ask("POST", path, R"({"text":"第)" + std::to_string(at) + R"("})").status == 202);
        station.settle();
    }
    const auto refused = station.ask("POST", path, R"({"text":"第六"})");
    CHECK(refused.status == 409);
    CHECK(refused.has("cannot be written to now"));
    for (int tries = 0; tries < 500 && platform.shown("shop", "oOutCustomer3").size() < 5; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(platform.shown("shop", "oOutCustomer3") == texts{"第1", "第2", "第3", "第4", "第5"});
    CHECK(platform.with([](simulator::platforms& all) { return all.counted().refusals.count("45047"); }) == 0);
    say_on(platform, "shop", "oOutCustomer3");
    REQUIRE(station.send("shop", text("还在吗", "oOutCustomer3")).status == 200);
    station.settle();
    CHECK(station.ask("POST", path, R"({"text":"第六"})").status == 202);
    // Whoever leaves cannot be written to.
    simulator::forge_request leaves;
    leaves.type = "event.unsubscribe", leaves.from = "oOutCustomer3";
    REQUIRE(station.send("shop", leaves).status == 200);
    station.settle();
    CHECK(station.ask("POST", path, R"({"text":"再见"})").status == 409);
    CHECK(station.stop() == 0);
}

TEST_CASE("Errors of the platform are handled as its tables say", "[scenario][out]") {
    simulated platform;
    running station({.rules = rules});
    platform.attach(station);
    REQUIRE(station.start());
    const auto talk = [&](const std::string& account, const std::string& customer) {
        say_on(platform, account, customer);
        REQUIRE(station.send(account, text("在吗", customer)).status == 200);
        const std::string conversation = claim_conversation(station);
        REQUIRE(station.ask("POST", "/v1/conversations/" + conversation + "/messages", R"({"text":"您好"})").status == 202);
        return conversation;
    };
    const std::string send = "/cgi-bin/message/custom/send";
    SECTION("busy: the same again, after a rest") {
        platform.plan({.path = send, .code = -1, .times = 1});
        CHECK(becomes(station, talk("shop", "oErr1"), "sent"));
        CHECK(platform.shown("shop", "oErr1") == texts{"您好"});
    }
    SECTION("a token that somebody else made worthless: a new one, once, and the same again") {
        CHECK(becomes(station, talk("shop", "oErr2"), "sent"));
        platform.with([](simulator::platforms& all) { all.tokens().revoke_all(); });
        CHECK(becomes(station, talk("shop", "oErr3"), "sent"));
        CHECK(platform.with([](simulator::platforms& all) { return all.counted().token_calls; }) == 2);
    }
    SECTION("the window is closed: failed, and why") {
        platform.plan({.path = send, .code = 45015, .times = 1});
        const std::string conversation = talk("shop", "oErr4");
        CHECK(becomes(station, conversation, "failed"));
        CHECK(station.ask("GET", "/v1/events?type=delivery.failed").has("45015"));
        CHECK(platform.shown("shop", "oErr4").empty());
    }
    SECTION("an answer that was lost: uncertain, and never sent again by itself") {
        platform.plan({.path = send, .times = 1, .lose_answer = true});
        CHECK(becomes(station, talk("shop", "oErr5"), "uncertain"));
        CHECK(platform.shown("shop", "oErr5") == texts{"您好"});
    }
    SECTION("an answer that was lost, where the platform takes the same once: sent again, shown once") {
        platform.plan({.path = "/cgi-bin/message/send", .times = 1, .lose_answer = true});
        CHECK(becomes(station, talk("corp", "wangwu"), "sent"));
        CHECK(platform.shown("corp", "wangwu") == texts{"您好"});
    }
    CHECK(station.stop() == 0);
}

TEST_CASE("What was said while the platform could not be reached goes out later, in its order", "[scenario][out]") {
    running station({.rules = rules});
    auto platform = std::make_unique<simulated>();
    platform->attach(station);
    REQUIRE(station.start());
    say_on(*platform, "shop", "oLate1");
    REQUIRE(station.send("shop", text("在吗", "oLate1")).status == 200);
    const std::string conversation = claim_conversation(station), path = "/v1/conversations/" + conversation + "/messages";
    platform->plan({.path = "/cgi-bin/message/custom/send", .code = -1, .times = 2});
    for (const char* each : {"一", "二", "三"}) REQUIRE(station.ask("POST", path, std::string(R"({"text":")") + each + "\"}").status == 202);
    for (int tries = 0; tries < 1500 && platform->shown("shop", "oLate1").size() < 3; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(platform->shown("shop", "oLate1") == texts{"一", "二", "三"});
    // Nothing is sent anew because the process begins anew.
    CHECK(station.stop(SIGKILL) == -SIGKILL);
    REQUIRE(station.start());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(platform->shown("shop", "oLate1").size() == 3);
    CHECK(station.stop() == 0);
}

TEST_CASE("A clock that jumps makes no token old, and none young again", "[scenario][out]") {
    simulated platform;
    test::faults faults;
    running station({.rules = rules, .environment = faults.environment()});
    platform.attach(station);
    REQUIRE(station.start());
    INFO(station.output());
    REQUIRE(station.send("corp", text("在吗", "zhaolei")).status == 200);
    const std::string path = "/v1/conversations/" + claim_conversation(station) + "/messages";
    const std::int64_t day_us = std::int64_t{86400} * 1000000;
    std::size_t said = 0;
    for (const std::int64_t offset_us : {std::int64_t{0}, day_us, -day_us, 365 * day_us, -365 * day_us, std::int64_t{3600} * 1000000, std::int64_t{0}}) {
        faults.control().clock_offset_us = offset_us;
        CHECK(station.ask("POST", path, "{\"text\":\"第" + std::to_string(++said) + "\"}").status == 202);
        for (int tries = 0; tries < 1000 && platform.shown("corp", "zhaolei").size() < said; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        CHECK(platform.shown("corp", "zhaolei").size() == said);
    }
    CHECK(platform.with([](simulator::platforms& all) { return all.counted().token_calls; }) == 1);
    // One that has run out is renewed, whatever the clock says.
    platform.plan({.path = "/cgi-bin/message/send", .code = 42001, .times = 1});
    faults.control().clock_offset_us = -365 * day_us;
    CHECK(station.ask("POST", path, R"({"text":"最后"})").status == 202);
    for (int tries = 0; tries < 1000 && platform.shown("corp", "zhaolei").size() < said + 1; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(platform.shown("corp", "zhaolei").size() == said + 1);
    CHECK(platform.with([](simulator::platforms& all) { return all.counted().token_calls; }) == 2);
    faults.control().clock_offset_us = 0;
    CHECK(station.stop() == 0);
}
