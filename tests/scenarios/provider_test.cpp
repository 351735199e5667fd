#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "core/time.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;
using test::simulated;
using texts = std::vector<std::string>;

namespace {

constexpr const char* rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n";
const std::string merchant = "wx5f1e2d3c4b5a6978", corporation = "wpDemoAAAAcorp0000000000000000001";

struct provider {
    simulated platform;
    running station;
    std::string id;
    account its;

    explicit provider(const std::string& account_id)
        : station({.rules = rules, .more_accounts = {platform.played(account_id)}}), id(account_id), its(platform.played(account_id)) {}

    unsigned notice(const std::string& type, std::vector<std::pair<std::string, std::string>> fields) {
        simulator::forge_request what;
        what.type = type, what.fields = std::move(fields);
        return station.send(id, what).status;
    }
    void give_ticket(const char* field, const char* type) {
        const std::string ticket = platform.with([&](simulator::platforms& all) { return all.give_ticket(*all.find(id)); });
        CHECK(notice(type, {{field, ticket}}) == 200);
    }
    std::string code_of(const std::string& party) {
        return platform.with([&](simulator::platforms& all) { return all.authorise(*all.find(id), party, now_ms()); });
    }
    bool holds(const std::string& kind, bool is_there = true) {
        for (int tries = 0; tries < 1000; ++tries) {
            const auto got = station.ask("GET", "/v1/accounts/" + id + "/grants");
            if (got.has("\"kind\":\"" + kind + "\"") == is_there) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }
    /// The customer of a tenant says something; its conversation.
    std::string said_to(const std::string& tenant, const std::string& customer) {
        simulator::forge_request what;
        what.tenant = tenant, what.from = customer;
        what.fields = {{"Content", "在吗"}};
        CHECK(station.send(id, what).status == 200);
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})");
        const auto all = test::all_of(got.body, "conversation");
        return all.empty() ? "" : all.front();
    }
    bool shows(const std::string& tenant, const std::string& customer, const texts& what) {
        for (int tries = 0; tries < 1000 && platform.shown(tenant, customer) != what; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return platform.shown(tenant, customer) == what;
    }
};

}  // namespace

TEST_CASE("A merchant that has authorised the component is answered with its own token", "[scenario][provider]") {
    provider here("component");
    REQUIRE(here.station.start());
    INFO(here.station.output());
    const std::string code = here.code_of(merchant);
    // The code comes before the ticket: it waits for it.
    CHECK(here.notice("info.authorized", {{"AuthorizerAppid", merchant}, {"AuthorizationCode", code}, {"AuthorizationCodeExpiredTime", std::to_string(now_ms() / 1000 + 3600)}}) == 200);
    here.give_ticket("ComponentVerifyTicket", "info.component_verify_ticket");
    REQUIRE(here.holds("refresh_token"));
    CHECK(here.holds("auth_code", false));

    here.platform.with([](simulator::platforms& all) { all.customers().open(merchant, "oMerchants1", now_ms(), 3600000, 5); });
    const std::string conversation = here.said_to(merchant, "oMerchants1");
    REQUIRE(!conversation.empty());
    const std::string path = "/v1/conversations/" + conversation;
    CHECK(here.station.ask("GET", path + "/budget").has(R"("left":5)"));
    CHECK(here.station.ask("POST", path + "/messages", R"({"text":"在的"})").status == 202);
    CHECK(here.shows(merchant, "oMerchants1", {"在的"}));

    // Each renewal gives another refresh token, and the one before is worth nothing: killed in between, it goes on.
    here.station.stop(SIGKILL);
    here.platform.with([](simulator::platforms& all) { all.tokens().revoke_all(); });
    REQUIRE(here.station.start());
    CHECK(here.station.ask("POST", path + "/messages", R"({"text":"还在"})").status == 202);
    INFO(here.station.ask("GET", "/v1/accounts/component/grants").body);
    CHECK(here.shows(merchant, "oMerchants1", {"在的", "还在"}));

    CHECK(here.notice("info.unauthorized", {{"AuthorizerAppid", merchant}}) == 200);
    CHECK(here.holds("refresh_token", false));
    CHECK(here.station.ask("POST", path + "/messages", R"({"text":"晚了"})").status == 409);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A component's token that is no longer good is renewed under the merchant's", "[scenario][provider]") {
    provider here("component");
    REQUIRE(here.station.start());
    here.give_ticket("ComponentVerifyTicket", "info.component_verify_ticket");
    const std::string code = here.code_of(merchant);
    CHECK(here.notice("info.authorized", {{"AuthorizerAppid", merchant}, {"AuthorizationCode", code}}) == 200);
    REQUIRE(here.holds("refresh_token"));
    here.platform.with([](simulator::platforms& all) {
        all.tokens().revoke_all();  // Both; we hold the component's still.
        all.customers().open(merchant, "oMerchants2", now_ms(), 3600000, 5);
    });
    const std::string conversation = here.said_to(merchant, "oMerchants2");
    CHECK(here.station.ask("POST", "/v1/conversations/" + conversation + "/messages", R"({"text":"您好"})").status == 202);
    CHECK(here.shows(merchant, "oMerchants2", {"您好"}));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A corporation that has installed the suite is written to with its own token", "[scenario][provider]") {
    provider here("suite");
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.give_ticket("SuiteTicket", "info.suite_ticket");
    CHECK(here.notice("info.create_auth", {{"AuthCode", here.code_of(corporation)}}) == 200);
    REQUIRE(here.holds("permanent_code"));
    const std::string conversation = here.said_to(corporation, "lina");
    REQUIRE(!conversation.empty());
    CHECK(here.holds("agent_id"));  // It came with the message.
    CHECK(here.station.ask("POST", "/v1/conversations/" + conversation + "/messages", R"({"text":"您好，有什么可以帮您？"})").status == 202);
    CHECK(here.shows(corporation, "lina", {"您好，有什么可以帮您？"}));
    CHECK(here.notice("info.cancel_auth", {{"AuthCorpId", corporation}}) == 200);
    CHECK(here.holds("permanent_code", false));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A code that nobody takes is let go, and one that is used twice authorises once", "[scenario][provider]") {
    provider here("suite");
    REQUIRE(here.station.start());
    here.give_ticket("SuiteTicket", "info.suite_ticket");
    CHECK(here.notice("info.create_auth", {{"AuthCode", "nobody-gave-this-code"}}) == 200);
    CHECK(here.station.says("an authorisation could not be taken"));
    CHECK(here.holds("auth_code", false));
    CHECK(!here.station.ask("GET", "/v1/accounts/suite/grants").has("permanent_code"));
    // The answer is lost: the code was used, and is of no use any more; somebody has to authorise again.
    here.platform.plan({.path = "/cgi-bin/service/v2/get_permanent_code", .times = 1, .lose_answer = true});
    CHECK(here.notice("info.create_auth", {{"AuthCode", here.code_of(corporation)}}) == 200);
    CHECK(here.holds("auth_code", false));
    CHECK(here.notice("info.create_auth", {{"AuthCode", here.code_of(corporation)}}) == 200);
    CHECK(here.holds("permanent_code"));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A new customer of an employee is welcomed once, with the code that came with them", "[scenario][provider]") {
    simulated platform;
    running station({.rules = "rules: [ { name: welcome, when: { type: contact.added }, then: { reply: { text: 您好，欢迎。 } } } ]\n",
                     .more_accounts = {platform.played("customer_contact")}});
    REQUIRE(station.start());
    INFO(station.output());
    const std::string code = platform.with([](simulator::platforms& all) { return all.add_contact(*all.find("customer_contact"), "wmNewCustomer1", now_ms()); });
    simulator::forge_request what;
    what.type = "event.change_external_contact";
    what.fields = {{"ExternalUserID", "wmNewCustomer1"}, {"WelcomeCode", code}};
    what.serial = 77;
    for (int tries = 0; tries < 2; ++tries) CHECK(station.send("customer_contact", what).status == 200);
    const texts once{"您好，欢迎。"};
    for (int tries = 0; tries < 1000 && platform.shown("customer_contact", "wmNewCustomer1") != once; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(platform.shown("customer_contact", "wmNewCustomer1") == once);
    CHECK(station.ask("GET", "/v1/events?type=delivery.sent").has("wmNewCustomer1"));
    CHECK(station.stop() == 0);
}
