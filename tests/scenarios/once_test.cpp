// The same callback again makes nothing new; a different one is not taken for the same.
#include <catch2/catch.hpp>

#include <csignal>
#include <ctime>
#include <thread>

#include "tests/support/running.hpp"

using namespace yizhan;
using test::running;
using test::text;

namespace {

const std::string rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n";

/// The same happening, signed and sealed anew, as a platform's retry is.
simulator::forge_request retry(std::uint64_t serial, std::int64_t created_s) {
    simulator::forge_request what = text("投诉", "", "7012345678901234567");
    what.created_s = created_s;
    what.serial = serial;
    return what;
}

}  // namespace

TEST_CASE("Four times the same at once, later and across a restart: one event, one task, one answer",
          "[scenario][dedup]") {
    for (const std::string account : {"shop", "corp", "fans"}) {
        CAPTURE(account);
        running station({.rules = rules});
        REQUIRE(station.start());
        const std::int64_t created = std::time(nullptr) - 20;
        std::vector<std::string> answers(4);
        std::vector<std::thread> at_once;
        for (std::uint64_t each = 0; each < 2; ++each)
            at_once.emplace_back(
                [&, each] { answers[each] = station.send(account, retry(each + 1, created)).clear; });
        for (std::thread& each : at_once) each.join();
        std::this_thread::sleep_for(std::chrono::seconds(5));  // As the platforms wait.
        answers[2] = station.send(account, retry(3, created)).clear;
        CHECK(station.stop(SIGKILL) == -SIGKILL);
        REQUIRE(station.start());
        answers[3] = station.send(account, retry(4, created)).clear;
        CHECK_FALSE(answers[0].empty());
        for (const std::string& each : answers) CHECK(each == answers[0]);
        CHECK(station.event_ids().size() == 1);
        station.settle();
        CHECK(station.ask("GET", "/v1/queues").has(R"("pending":1)"));

        // What is known is answered whatever its age; what is not known must be fresh.
        simulator::forge_request old = retry(5, created);
        old.now_s = std::time(nullptr) - 86400;
        CHECK(station.send(account, old).clear == answers[0]);
        if (account != "fans")
            old.message_id = "7012345678901234568";
        else
            old.created_s = created + 1;
        CHECK(station.send(account, old).status == 403);
        CHECK(station.stop() == 0);
    }
}

TEST_CASE("Two events of one sender in one second that differ in one field are two", "[scenario][dedup]") {
    running station({.rules = rules});
    REQUIRE(station.start());
    const std::int64_t now = std::time(nullptr);
    const auto click = [&](const std::string& type, const std::string& field, const std::string& key) {
        simulator::forge_request what;
        what.type = type, what.created_s = now,
        what.fields = {
            {field, key}
        };
        return what;
    };
    for (const auto& [account, type, field] :
         {std::tuple("shop", "event.CLICK", "EventKey"), std::tuple("corp", "event.click", "EventKey"),
          std::tuple("fans", "event.click", "data.key")}) {
        const std::size_t before = station.event_ids().size();
        CHECK(station.send(account, click(type, field, "A")).status == 200);
        CHECK(station.send(account, click(type, field, "B")).status == 200);
        CHECK(station.send(account, click(type, field, "A")).status == 200);
        CHECK(station.event_ids().size() == before + 2);
    }
}

TEST_CASE("What was not applied is applied at the next start", "[scenario][restart]") {
    running station({.rules = rules});
    REQUIRE(station.start());
    for (int at = 0; at < 50; ++at)
        REQUIRE(station.send("corp", text("x", "user" + std::to_string(at))).status == 200);
    station.stop(SIGKILL);
    for (const char* each : {"state.db", "state.db-wal", "state.db-shm"})
        std::filesystem::remove(station.directory() / "data" / each);
    REQUIRE(station.start());
    station.settle();
    const std::string queues = station.ask("GET", "/v1/queues").body, ready = station.ask("GET", "/readyz?verbose", "", "").body;
    CAPTURE(queues, ready);
    CHECK(queues.find(R"("pending":50)") != std::string::npos);
    CHECK(station.ask("GET", "/v1/contacts?identity=user49").has("user49"));
}
