#include <catch2/catch.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <set>

#include "adapters/adapter.hpp"
#include "desk/delivery.hpp"
#include "desk/token_authority.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;

namespace {

struct station {
    test::simulated platform;
    net::asio::io_context context{1};
    net::http_client client{context.get_executor(), {}};
    desk::token_authority tokens{context.get_executor(), client};
    std::shared_ptr<const adapters::way_out> way;

    station() {
        account shop;
        shop.id = "shop", shop.channel = "wechat", shop.kind = "official_account";
        shop.app_id = "wx5f1e2d3c4b5a6978", shop.app_secrets = {"simulated-shop-secret"};
        way = adapters::find_kind("wechat", "official_account")->sends(shop);
    }
    ~station() { client.stop(); }

    /// So many ask at once; what they got, "" for nothing.
    std::vector<std::string> storm(int callers) {
        std::vector<std::string> got(static_cast<std::size_t>(callers));
        for (std::string& each : got)
            net::asio::co_spawn(context, ask(each), net::log_failure([](std::string why) { FAIL(why); }));
        context.restart();
        context.run();
        return got;
    }
    net::task<> ask(std::string& into) {
        adapters::verdict why;
        const std::string api = platform.url();
        const auto token = co_await tokens.get(way->credential(), api, why);
        if (token) into = *token;
    }
    std::int64_t asked() {
        return platform.with([](simulator::platforms& all) { return all.counted().token_calls; });
    }
};

std::size_t kinds(const std::vector<std::string>& of) { return std::set<std::string>(of.begin(), of.end()).size(); }

}  // namespace

TEST_CASE("A thousand callers, one refresh", "[desk][token]") {
    station here;
    const auto first = here.storm(1000);
    CHECK(kinds(first) == 1);
    CHECK(!first.front().empty());
    CHECK(here.asked() == 1);
    CHECK(here.storm(1000) == first);
    CHECK(here.asked() == 1);

    // Refused by all of a thousand: one more.
    for (int at = 0; at < 1000; ++at) here.tokens.refuse(here.way->credential()->name(), first.front());
    here.platform.with([](simulator::platforms& all) { all.tokens().revoke_all(); });
    const auto second = here.storm(1000);
    CHECK(kinds(second) == 1);
    CHECK(second.front() != first.front());
    CHECK(here.asked() == 2);
    // Whoever comes late with the old one changes nothing.
    here.tokens.refuse(here.way->credential()->name(), first.front());
    CHECK(here.storm(10) == std::vector<std::string>(10, second.front()));
    CHECK(here.asked() == 2);
}

TEST_CASE("A token is renewed before it ends, while the old one goes on; never an older one after a newer", "[desk][token]") {
    station here;
    here.platform.with([](simulator::platforms& all) { all.tokens().set_lifetime(2); });
    std::vector<std::string> seen;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (std::chrono::steady_clock::now() < until) {
        const auto got = here.storm(50);
        for (const std::string& each : got) {
            CHECK(!each.empty());
            if (seen.empty() || seen.back() != each) seen.push_back(each);
        }
        net::asio::steady_timer rest(here.context, std::chrono::milliseconds(20));
        here.context.restart();
        rest.async_wait([](auto) {});
        here.context.run();
    }
    CHECK(seen.size() >= 2);
    CHECK(kinds(seen) == seen.size());  // None came back.
    CHECK(here.asked() <= 6);
}

TEST_CASE("A lost answer costs a second, not a storm", "[desk][token]") {
    station here;
    here.platform.plan({.path = "/cgi-bin/stable_token", .times = 1, .lose_answer = true});
    CHECK(here.storm(1000) == std::vector<std::string>(1000));
    CHECK(here.storm(1000) == std::vector<std::string>(1000));  // Nobody asks again at once.
    CHECK(here.asked() == 1);
    CHECK(here.tokens.counted().failed == 1);
    net::asio::steady_timer rest(here.context, std::chrono::milliseconds(1100));
    here.context.restart();
    rest.async_wait([](auto) {});
    here.context.run();
    CHECK(!here.storm(1000).front().empty());
    CHECK(here.asked() == 2);
}

TEST_CASE("Somebody who takes the tokens away does not make us ask for ever", "[desk][token]") {
    station here;
    for (int at = 0; at < 100; ++at) {
        const auto got = here.storm(3);
        here.tokens.refuse(here.way->credential()->name(), got.front());
        here.platform.with([](simulator::platforms& all) { all.tokens().revoke_all(); });
    }
    CHECK(here.asked() <= 21);
    CHECK(here.tokens.counted().held_back > 0);
}

TEST_CASE("What follows an attempt", "[desk]") {
    using desk::after, desk::attempt_end, desk::next_step, adapters::fate;
    const attempt_end unheard{.was_answered = false, .may_have_arrived = false}, lost{.was_answered = false, .may_have_arrived = true};
    for (const bool drops : {false, true}) {
        CHECK(after({.fate = fate::done}, 1, drops) == next_step::sent);
        CHECK(after({.fate = fate::again}, 1, drops) == next_step::again);
        CHECK(after({.fate = fate::again}, 5, drops) == next_step::dead);
        CHECK(after({.fate = fate::token_refused}, 1, drops) == next_step::again);
        for (const fate each : {fate::not_allowed, fate::never, fate::misconfigured}) CHECK(after({.fate = each}, 1, drops) == next_step::failed);
        CHECK(after(unheard, 4, drops) == next_step::again);
        CHECK(after(unheard, 5, drops) == next_step::dead);
    }
    CHECK(after(lost, 1, false) == next_step::uncertain);
    CHECK(after(lost, 1, true) == next_step::again);
    CHECK(after(lost, 5, true) == next_step::uncertain);
    CHECK(desk::rest_ms({.rest_ms = 60000}, 1, 0) == 60000);
    CHECK(desk::rest_ms({}, 1, 1) == 1000);
    CHECK(desk::rest_ms({}, 4, 1) == 8000);
    CHECK(desk::rest_ms({}, 100, 1) == 60000);
}
