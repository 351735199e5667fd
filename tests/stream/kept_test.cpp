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

TEST_CASE("Payloads from before grants are still read", "[stream][kept]") {
    std::string payload;
    append_kept(payload, sample(""));
    payload[0] = 1;
    payload.erase(payload.find("shop") - 4, 8);  // Nor had it the configured account.
    // Two events end with an empty kind of grant, four bytes each, which the older form does not have.
    payload.resize(payload.size() - 4);
    const std::size_t first_end = payload.find("{}", payload.find("{}") + 2) + 2;
    payload.erase(first_end, 4);
    const auto kept = stream::kept_of(payload);
    REQUIRE(kept.has_value());
    CHECK(kept->events.size() == 2);
    CHECK(kept->events[1].decision_json == "{}");
    payload[0] = 3;
    CHECK(stream::kept_of(payload).has_error());
}
