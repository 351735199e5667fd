#include <catch2/catch.hpp>

#include "stream/kept.hpp"

using namespace yizhan;

namespace {

stream::kept_callback sample(std::string_view granted) {
    stream::kept_callback what{"wx1", "wechat", "<xml/>", "success", {}, "shop"};
    stream::effects one;
    one.type = "account.ticket", one.at_ms = 7, one.queue = "q", one.tags = {"a", "b"}, one.event_json = "{}",
    one.decision_json = "{}";
    if (!granted.empty()) one.granted = {"ticket", "wx1", granted, 9};
    what.events = {one, one};
    return what;
}

}  // namespace

TEST_CASE("A payload is read as it was written, with what was granted", "[stream][kept]") {
    for (const std::string_view granted : {"", "secret"}) {
        std::string payload;
        append_kept(payload, sample(granted));
        const auto kept = stream::kept_of(payload);
        REQUIRE(kept.has_value());
        REQUIRE(kept->events.size() == 2);
        CHECK(kept->events[1].granted.value == granted);
        CHECK(kept->events[1].granted.kind == (granted.empty() ? "" : "ticket"));
        CHECK(kept->events[1].granted.expires_at_ms == (granted.empty() ? 0 : 9));
        CHECK(kept->via == "shop");
        CHECK(kept->events[1].tags == std::vector<std::string_view>{"a", "b"});
        CHECK(stream::answer_of(payload).value() == "success");
        for (std::size_t length = 0; length < payload.size(); ++length)
            CHECK(stream::kept_of(std::string_view(payload).substr(0, length)).has_error());
    }
}

TEST_CASE("A message of ours, and what became of it, are read as they were written", "[stream][kept]") {
    stream::kept_callback what = sample("");
    what.events[0].outgoing = R"({"text":"x"})";
    what.events[0].closes = what.events[0].from_platform_desk = true;
    what.events[1].delivered = {{1, 2, 3}, stream::delivery_status::failed, "why", "42"};
    what.events[1].opens = {2, 77, -1};
    what.events[0].media = {"m1", "https://pictures.example.test/1"};
    what.events[1].wants_profile = true;
    std::string payload;
    append_kept(payload, what);
    const auto kept = stream::kept_of(payload);
    REQUIRE(kept.has_value());
    CHECK(kept->events[0].outgoing == R"({"text":"x"})");
    CHECK(kept->events[0].closes);
    CHECK(kept->events[0].from_platform_desk);
    CHECK(kept->events[0].delivered.status == stream::delivery_status::pending);
    CHECK(kept->events[0].media.id == "m1");
    CHECK(kept->events[0].media.url == "https://pictures.example.test/1");
    CHECK(!kept->events[0].wants_profile);
    CHECK(kept->events[1].media.id.empty());
    CHECK(kept->events[1].wants_profile);
    CHECK(kept->events[1].outgoing.empty());
    CHECK(kept->events[1].delivered.message == event_id{1, 2, 3});
    CHECK(kept->events[1].delivered.status == stream::delivery_status::failed);
    CHECK(kept->events[1].delivered.reason == "why");
    CHECK(kept->events[1].delivered.platform_id == "42");
    CHECK(kept->events[1].opens.what == 2);
    CHECK(kept->events[1].opens.until_ms == 77);
    CHECK(kept->events[1].opens.count == -1);
    for (std::size_t length = 0; length < payload.size(); ++length)
        CHECK(stream::kept_of(std::string_view(payload).substr(0, length)).has_error());
}

TEST_CASE("Payloads of earlier versions are still read", "[stream][kept]") {
    for (const char version : {1, 2}) {
        std::string payload;
        append_kept(payload, sample(""));
        payload[0] = version;
        // Behind the decision an event has: an empty kind of grant, an empty message (four bytes each), no news of a delivery
        // and nothing opened (a byte each).
        const std::size_t kept_bytes = version == 1 ? 0 : 4, cut_bytes = 10 - kept_bytes;
        payload.resize(payload.size() - cut_bytes);
        const std::size_t first_end = payload.find("{}", payload.find("{}") + 2) + 2;
        payload.erase(first_end + kept_bytes, cut_bytes);
        if (version == 1) payload.erase(payload.find("shop") - 4, 8);  // Nor had it the configured account.
        const auto kept = stream::kept_of(payload);
        REQUIRE(kept.has_value());
        CHECK(kept->events.size() == 2);
        CHECK(kept->events[1].decision_json == "{}");
        CHECK(kept->via == (version == 1 ? "" : "shop"));
        payload[0] = 5;
        CHECK(stream::kept_of(payload).has_error());
    }
}
