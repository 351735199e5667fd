#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "core/time.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;
using test::simulated;
using test::text;
using texts = std::vector<std::string>;

namespace {

constexpr const char* rules = R"(
rules:
  - name: human
    when: { type: message.text, text: { any_of: [人工] } }
    then: { reply: platform_desk }
  - name: choose
    when: { type: message.text, text: { any_of: [菜单] } }
    then: { reply: { menu: { head: 请选择, options: { order: 查订单, refund: 退款 }, tail: 谢谢 } } }
  - name: asked at the end
    when: { type: session.closed }
    then: { reply: { menu: { head: 请评价, options: { csat_5: 满意, csat_1: 不满意 } } } }
  - name: rest
    when: { type: "message.*" }
    then: { queue: general }
)";

/// WeChat Customer Service, with rules, and customers who say things.
struct desk {
    simulated platform;
    account kf = platform.kf_account();
    running station;

    explicit desk(const std::string& with_rules = rules) : station({.rules = with_rules, .more_accounts = {kf}}) { platform.attach(station); }

    void say(const std::string& customer, const std::string& what, const std::string& menu_id = "") {
        const std::string token = platform.with([&](simulator::platforms& all) { return all.sent(*all.find("kf"), customer, {"text", what, menu_id}, now_ms()); });
        ring(token);
    }
    void ring(const std::string& token) {
        simulator::forge_request bell;
        bell.type = "event.kf_msg_or_event";
        bell.fields = {{"Token", token}, {"OpenKfId", kf.open_kfid}};
        CHECK(station.send("kf", bell).status == 200);
    }
    int state_of(const std::string& customer) {
        return platform.with([&](simulator::platforms& all) { return all.kf().of(kf.open_kfid, customer).state; });
    }
    template <class Check>
    static bool comes(Check check) {
        for (int tries = 0; tries < 1000 && !check(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return check();
    }
    bool shows(const std::string& customer, std::size_t count) {
        return comes([&] { return platform.shown("kf", customer).size() == count; });
    }
    std::string conversation_of(const std::string& customer) {
        std::string found;
        comes([&] {
            const auto got = station.ask("GET", "/v1/contacts?identity=" + customer);
            const std::size_t at = got.body.find("\"conversations\":[{\"id\":\"");
            if (at != std::string::npos) found = got.body.substr(at + 24, got.body.find('"', at + 24) - at - 24);
            return !found.empty();
        });
        return found;
    }
    bool control_is(const std::string& customer, const std::string& who) {
        return comes([&] { return station.ask("GET", "/v1/contacts?identity=" + customer).has("\"control\":\"" + who + "\""); });
    }
    /// A servicer in the client ends the session, as the platform tells of it.
    void end(const std::string& customer) {
        const std::string token = platform.with([&](simulator::platforms& all) { return all.ended(*all.find("kf"), customer, now_ms()); });
        ring(token);
    }
};

}  // namespace

TEST_CASE("A customer is handed over to the platform's desk and comes back with the end of the session", "[scenario][session]") {
    desk here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.say("wmHanded1", "转人工");
    CHECK(desk::comes([&] { return here.state_of("wmHanded1") == 2; }));
    CHECK(here.control_is("wmHanded1", "platform"));
    here.say("wmHanded1", "菜单");  // The platform's desk has it: no rule speaks.
    here.station.settle();
    here.end("wmHanded1");
    CHECK(here.control_is("wmHanded1", "rule"));
    REQUIRE(here.shows("wmHanded1", 1));  // The question at the end, with its code.
    CHECK(here.platform.shown("kf", "wmHanded1").front().find("csat_5") != std::string::npos);
    here.say("wmHanded1", "满意", "csat_5");  // Its answer is no message for anybody.
    CHECK(desk::comes([&] { return here.station.ask("GET", "/v1/events?type=session.rated").has("\"event_key\":\"csat_5\""); }));
    here.say("wmHanded1", "菜单");
    CHECK(here.shows("wmHanded1", 2));
    CHECK(here.station.ask("GET", "/v1/queues").has(R"("pending":0)"));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("An agent hands over, ends the session and asks how it was", "[scenario][session]") {
    desk here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.say("wmAgents1", "在吗");
    const std::string path = "/v1/conversations/" + here.conversation_of("wmAgents1") + "/messages";
    CHECK(here.station.ask("POST", path, R"({"platform_desk":"lina"})").status == 202);
    CHECK(desk::comes([&] { return here.state_of("wmAgents1") == 3; }));
    CHECK(here.control_is("wmAgents1", "platform"));
    CHECK(here.station.ask("POST", path, R"({"session_end":{"head":"请评价","options":[{"id":"csat_5","text":"满意"},{"id":"csat_1","text":"不满意"}]}})").status == 202);
    CHECK(desk::comes([&] { return here.state_of("wmAgents1") == 4; }));
    CHECK(here.shows("wmAgents1", 1));
    CHECK(here.control_is("wmAgents1", "rule"));
    // What the platform does not allow is failed, and the conversation is nobody's but the rules'.
    CHECK(here.station.ask("POST", path, R"({"platform_desk":true})").status == 202);
    CHECK(desk::comes([&] { return here.station.ask("GET", path).has("the session is not in a state for this"); }));
    CHECK(here.control_is("wmAgents1", "rule"));
    CHECK(here.station.ask("POST", path, R"({"menu":{"head":"?","options":[]}})").status == 400);
    CHECK(here.station.ask("POST", path, R"({"menu":{"options":[{"id":"a b","text":"x"}]}})").status == 400);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A menu goes to every channel, in words where there is no such kind", "[scenario][session]") {
    desk here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.say("wmMenus1", "菜单");
    REQUIRE(here.shows("wmMenus1", 1));
    CHECK(here.platform.shown("kf", "wmMenus1").front().find(R"("click":{"id":"order","content":"查订单"})") != std::string::npos);
    for (const auto& [account, customer, says] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"shop", "oMenus1", R"({"id":"order","content":"查订单"})"}, {"corp", "zhaolei", "请选择\n查订单\n退款\n谢谢"}, {"fans", "7000000077", "请选择\n查订单\n退款\n谢谢"}}) {
        INFO(account);
        here.platform.with([account = account, customer = customer](simulator::platforms& all) { all.said(*all.find(account), customer, "菜单", now_ms()); });
        simulator::forge_request what = text("菜单", customer);
        if (account == "fans") what.fields = {{"text", "菜单"}};
        CHECK(here.station.send(account, what).status == 200);
        CHECK(desk::comes([&, account = account, customer = customer] { return here.platform.shown(account, customer).size() == 1; }));
        INFO(here.station.ask("GET", "/v1/events?account=" + account).body);
        CHECK(here.platform.shown(account, customer).at(0).find(says) != std::string::npos);
    }
    CHECK(here.station.stop() == 0);
}

TEST_CASE("Windows and pace are the configuration's", "[scenario][session]") {
    simulated platform;
    running station({.rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n"});
    platform.attach(station, ", windows: { message: { for: 1h, count: 2 } }, sends_per_minute: 120");
    REQUIRE(station.start());
    INFO(station.output());
    platform.with([](simulator::platforms& all) { all.said(*all.find("shop"), "oPaced1", "在吗", now_ms()); });
    CHECK(station.send("shop", text("在吗", "oPaced1")).status == 200);
    const auto claimed = station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})");
    const std::string path = "/v1/conversations/" + test::all_of(claimed.body, "conversation").at(0);
    CHECK(station.ask("GET", path + "/budget").has(R"("left":2)"));
    for (int at = 0; at < 2; ++at) CHECK(station.ask("POST", path + "/messages", R"({"text":"好"})").status == 202);
    CHECK(station.ask("POST", path + "/messages", R"({"text":"好"})").status == 409);  // Refused before the platform would.
    // Two a second: of six, sent at once to six customers, the last comes a second and more behind the first.
    for (int at = 0; at < 6; ++at) {
        const std::string customer = "oPaced" + std::to_string(10 + at);
        platform.with([&](simulator::platforms& all) { all.said(*all.find("shop"), customer, "在吗", now_ms()); });
        CHECK(station.send("shop", text("在吗", customer)).status == 200);
    }
    for (int at = 0; at < 6; ++at) {
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})");
        const auto conversation = test::all_of(got.body, "conversation");
        REQUIRE(!conversation.empty());
        CHECK(station.ask("POST", "/v1/conversations/" + conversation[0] + "/messages", R"({"text":"好"})").status == 202);
    }
    std::vector<std::int64_t> times;
    desk::comes([&] {
        times = platform.with([](simulator::platforms& all) {
            std::vector<std::int64_t> found;
            for (const auto& [key, each] : all.customers().all())
                for (const auto& line : each.lines)
                    if (line.is_ours && each.account == "shop") found.push_back(line.at_ms);
            return found;
        });
        return times.size() == 8;
    });
    REQUIRE(times.size() == 8);
    std::ranges::sort(times);
    for (std::size_t at = 3; at < times.size(); ++at) CHECK(times[at] - times[at - 3] >= 900);  // More than two in a second never.
    CHECK(station.stop() == 0);
}

TEST_CASE("Rules know how a customer may still be written to", "[scenario][session]") {
    simulated platform;
    running station({.rules = R"(
rules:
  - { name: gone, when: { type: "contact.*", budget: none }, then: { tags: [unreachable] } }
  - { name: still open, when: { type: menu.viewed, budget: open }, then: { tags: [reachable] } }
  - { name: shut, when: { type: menu.viewed, budget: none }, then: { tags: [too-late] } }
  - { name: answerable, when: { type: message.text, budget: passive }, then: { reply: { text: 好 } } }
)"});
    platform.attach(station, ", windows: { message: { for: 3s, count: 5 } }");
    REQUIRE(station.start());
    INFO(station.output());
    const auto view = [&](const std::string& customer) {
        simulator::forge_request what;
        what.type = "event.VIEW", what.from = customer;
        CHECK(station.send("shop", what).status == 200);
        station.settle();
        return station.ask("GET", "/v1/contacts?identity=" + customer);
    };
    CHECK(view("oBudget1").has("too-late"));  // They never said anything.
    CHECK(station.send("shop", text("在吗", "oBudget2")).clear.find("好") != std::string::npos);
    station.settle();
    CHECK(view("oBudget2").has("\"reachable\""));
    std::this_thread::sleep_for(std::chrono::milliseconds(4100));
    CHECK(view("oBudget2").has("too-late"));
    simulator::forge_request leaves;
    leaves.type = "event.unsubscribe", leaves.from = "oBudget2";
    CHECK(station.send("shop", leaves).status == 200);
    station.settle();
    CHECK(station.ask("GET", "/v1/contacts?identity=oBudget2").has("unreachable"));
    int status = -1;
    CHECK(station.command("replay --since 1h --dry-run", &status).find(" events, 0 would be decided otherwise") != std::string::npos);
    CHECK(station.stop() == 0);
}

TEST_CASE("What a restored backup had still to send is uncertain, and not sent", "[scenario][session]") {
    simulated platform;
    running station({.rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n"});
    platform.attach(station);
    platform.plan({.path = "/cgi-bin/message/custom/send", .code = 45009, .times = 1000});  // Used up: again in an hour.
    REQUIRE(station.start());
    INFO(station.output());
    platform.with([](simulator::platforms& all) { all.said(*all.find("shop"), "oRestored1", "在吗", now_ms()); });
    CHECK(station.send("shop", text("在吗", "oRestored1")).status == 200);
    const auto claimed = station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})");
    const std::string path = "/v1/conversations/" + test::all_of(claimed.body, "conversation").at(0) + "/messages";
    CHECK(station.ask("POST", path, R"({"text":"第一"})").status == 202);
    CHECK(station.ask("POST", path, R"({"text":"第二"})").status == 202);
    CHECK(desk::comes([&] { return station.ask("GET", path).has("\"attempts\":1"); }));
    int status = -1;
    const std::string copy = (station.directory() / "copy").string();
    INFO(station.command("backup --to " + copy, &status));
    REQUIRE(status == 0);
    CHECK(station.stop() == 0);
    std::filesystem::remove_all(station.directory() / "data");
    INFO(station.command("restore --from " + copy, &status));
    REQUIRE(status == 0);
    platform.with([](simulator::platforms& all) { all.forget_troubles(); });
    REQUIRE(station.start());
    CHECK(desk::comes([&] {
        const auto got = station.ask("GET", path);
        return !got.has("\"pending\"") && got.has("it was still to be sent in a backup that was restored");
    }));
    CHECK(platform.shown("shop", "oRestored1").empty());
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    CHECK(desk::comes([&] { return !std::filesystem::exists(station.directory() / "data" / "restored"); }));
    CHECK(station.ask("POST", path, R"({"text":"第三"})").status == 202);  // What is said from now on goes out.
    CHECK(desk::comes([&] { return platform.shown("shop", "oRestored1") == texts{"第三"}; }));
    CHECK(station.stop() == 0);
}
