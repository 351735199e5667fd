#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "core/time.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;
using test::simulated;

namespace {

constexpr const char* rules = R"(
rules:
  - { name: welcome, when: { type: contact.entered }, then: { reply: { text: 您好，欢迎光临。 } } }
  - { name: hello, when: { type: message.text, text: { any_of: [你好] } }, then: { reply: { text: 您好，有什么可以帮您？ }, queue: general } }
  - { name: rest, when: { type: "message.*" }, then: { queue: general } }
)";

struct shop {
    simulated platform;
    running station;
    account kf = platform.kf_account();

    explicit shop(const std::string& with_rules = rules, std::int64_t history_s = -1)
        : station({.rules = with_rules, .more_accounts = {reaching_back(history_s)}}) {
        platform.attach(station);
    }
    account reaching_back(std::int64_t history_s) const {
        account made = platform.kf_account();
        made.history_s = history_s;
        return made;
    }
    /// The customer says it, and unless the doorbell is lost the station hears of it.
    void say(const std::string& customer, const std::string& text, bool rings = true) {
        const std::string token = platform.with([&](simulator::platforms& all) { return all.said(*all.find("kf"), customer, text, now_ms()); });
        if (rings) ring(token);
    }
    unsigned ring(const std::string& token) {
        simulator::forge_request bell;
        bell.type = "event.kf_msg_or_event";
        bell.fields = {{"Token", token}, {"OpenKfId", kf.open_kfid}};
        return station.send("kf", bell).status;
    }
    /// The texts that customers said, in the order of the stream.
    std::vector<std::string> heard(const std::string& direction = "inbound") {
        std::vector<std::string> all;
        std::string cursor;
        for (;;) {
            const auto page = station.ask("GET", "/v1/events?account=kf&type=message.*&limit=1000" + (cursor.empty() ? "" : "&after=" + cursor));
            for (std::size_t at = 0; (at = page.body.find("\"specversion\"", at)) != std::string::npos; ++at) {
                const std::string one = page.body.substr(at, page.body.find("\"specversion\"", at + 1) - at);
                if (one.find("\"direction\":\"" + direction + "\"") == std::string::npos) continue;
                for (const std::string& text : test::all_of(one.substr(0, one.find("\"platform\"")), "text")) all.push_back(text);
            }
            const std::string next = test::all_of(page.body, "next").back();
            if (next == cursor || page.status != 200) return all;
            cursor = next;
        }
    }
    bool hears(std::size_t count) {
        for (int tries = 0; tries < 1500 && heard().size() < count; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return heard().size() == count;
    }
    bool shows(const std::string& customer, std::size_t count) {
        for (int tries = 0; tries < 1500 && platform.shown("kf", customer).size() < count; ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return platform.shown("kf", customer).size() == count;
    }
};

}  // namespace

TEST_CASE("What is only announced is pulled: all messages, all pages, in order, each once", "[scenario][kf]") {
    shop here;
    here.platform.with([](simulator::platforms& all) { all.kf().set_page(4, 3); });  // Small pages, every third empty.
    std::vector<std::string> said;
    for (int at = 0; at < 10; ++at) said.push_back("从前" + std::to_string(at)), here.say("wmA", said.back(), false);
    REQUIRE(here.station.start());
    INFO(here.station.output());
    CHECK(here.hears(10));  // Without a doorbell: the first look finds what was there.
    for (int at = 0; at < 30; ++at) said.push_back("现在" + std::to_string(at)), here.say("wmA", said.back());
    CHECK(here.hears(40));
    CHECK(here.heard() == said);
    CHECK(here.ring("nobody-gave-this-token") == 200);  // 95007: once more without it.
    here.say("wmA", "最后");
    CHECK(here.hears(41));
    const auto got = here.station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})");
    CHECK(got.has("从前0"));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A rule answers what was pulled, through the API, once", "[scenario][kf]") {
    shop here;
    REQUIRE(here.station.start());
    here.say("wmB", "你好");
    REQUIRE(here.shows("wmB", 1));
    CHECK(here.platform.shown("kf", "wmB").front() == "您好，有什么可以帮您？");
    here.say("wmB", "在吗");
    CHECK(here.hears(2));
    const auto claimed = here.station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})", "desk");
    const std::string conversation = test::all_of(claimed.body, "conversation").at(0);
    CHECK(here.station.ask("POST", "/v1/conversations/" + conversation + "/messages", R"({"text":"我是客服"})", "desk").status == 202);
    CHECK(here.shows("wmB", 2));
    here.say("wmB", "你好");  // An agent has it: no rule speaks.
    CHECK(here.hears(3));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(here.platform.shown("kf", "wmB").size() == 2);
    CHECK(here.heard("outbound") == std::vector<std::string>{"您好，有什么可以帮您？", "我是客服"});
    CHECK(here.station.stop() == 0);
}

TEST_CASE("Whoever enters is welcomed once, with the code that is good for 20 seconds", "[scenario][kf]") {
    shop here;
    REQUIRE(here.station.start());
    const std::string token = here.platform.with([](simulator::platforms& all) { return all.entered(*all.find("kf"), "wmNew", "web", now_ms()); });
    CHECK(here.ring(token) == 200);
    REQUIRE(here.shows("wmNew", 1));
    CHECK(here.platform.shown("kf", "wmNew").front() == "您好，欢迎光临。");
    CHECK(here.platform.with([](simulator::platforms& all) { return all.counted().calls.at("/cgi-bin/kf/send_msg_on_event"); }) == 1);
    CHECK(here.ring("again") == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(here.platform.shown("kf", "wmNew").size() == 1);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("What was said long ago is kept, and not answered by itself", "[scenario][kf]") {
    shop here;
    here.platform.with([&](simulator::platforms& all) { all.said(*all.find("kf"), "wmOld", "你好", now_ms() - 3600000); });
    REQUIRE(here.station.start());
    CHECK(here.hears(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(here.platform.shown("kf", "wmOld").empty());
    CHECK(here.station.stop() == 0);
}

TEST_CASE("What was there before the first time is taken as far back as configured", "[scenario][kf]") {
    for (const std::int64_t history_s : {0, 7200}) {
        shop here(rules, history_s);
        here.platform.with([](simulator::platforms& all) { all.kf().set_page(2, 0); });
        for (const int hours : {20, 10, 1}) {
            const auto then = now_ms() - std::int64_t{hours} * 3600000;
            here.platform.with([&](simulator::platforms& all) { all.said(*all.find("kf"), "wmBefore", std::to_string(hours) + "小时前", then); });
        }
        REQUIRE(here.station.start());
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        here.say("wmBefore", "现在");
        using texts = std::vector<std::string>;
        CHECK(here.hears(history_s ? 2 : 1));
        CHECK(here.heard() == (history_s ? texts{"1小时前", "现在"} : texts{"现在"}));
        CHECK(here.station.stop() == 0);
        REQUIRE(here.station.start());  // It has begun already.
        here.say("wmBefore", "后来");
        CHECK(here.hears(history_s ? 3 : 2));
        CHECK(here.station.stop() == 0);
    }
}

TEST_CASE("Killed at any moment of a pull, every message is there once and answered once", "[scenario][kf]") {
    shop here("rules: [ { name: all, when: { type: message.text }, then: { reply: { text: \"收到\" }, queue: general } } ]\n");
    here.platform.with([](simulator::platforms& all) { all.kf().set_page(3, 4); });
    here.platform.plan({.path = "/cgi-bin/kf/sync_msg", .times = 1 << 30, .delay_ms = 3});
    REQUIRE(here.station.start());
    std::mt19937 random(4);
    std::vector<std::string> said;
    std::map<std::string, int> by_customer;
    for (int round = 0; round < 25; ++round) {
        for (int at = 0; at < 8; ++at) {
            const std::string customer = "wmK" + std::to_string(random() % 60);
            if (by_customer[customer] == 5) continue;  // As many answers as one may get.
            ++by_customer[customer];
            said.push_back("第" + std::to_string(said.size()));
            here.say(customer, said.back(), random() % 4 != 0 && here.station.is_running());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
        here.station.stop(SIGKILL);
        REQUIRE(here.station.start());
    }
    CHECK(here.hears(said.size()));
    CHECK(here.heard() == said);
    here.station.settle();
    std::size_t twice = 0, missing = 0;
    for (int tries = 0; tries < 300; ++tries) {
        twice = missing = 0;
        for (const auto& [customer, count] : by_customer) {
            const std::size_t shown = here.platform.shown("kf", customer).size();
            twice += shown > static_cast<std::size_t>(count);
            missing += shown < static_cast<std::size_t>(count);
        }
        if (missing == 0) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    CHECK(twice == 0);
    INFO(here.station.ask("GET", "/v1/events?type=delivery.failed").body);
    INFO(here.station.ask("GET", "/v1/events?type=delivery.uncertain").body);
    CHECK(missing == 0);
    CHECK(here.station.stop() == 0);
}
