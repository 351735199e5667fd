#include <catch2/catch.hpp>

#include <cstring>

#include "stream/dedup.hpp"
#include "stream/feed.hpp"
#include "stream/kept.hpp"

using namespace yizhan;
using stream::dedup_index;

namespace {

event_id id_of(std::uint64_t number) {
    event_id id{};
    std::memcpy(id.data(), &number, sizeof number);
    return id;
}

}  // namespace

TEST_CASE("What was inserted is found, and nothing else", "[stream][dedup]") {
    dedup_index known({});
    for (std::uint32_t at = 0; at < 50000; ++at) known.insert(id_of(at), {1, at}, at);
    for (std::uint32_t at = 0; at < 50000; at += 17) CHECK(known.find(id_of(at)) == stream::place{1, at});
    for (std::uint64_t at = 50000; at < 60000; ++at) REQUIRE_FALSE(known.find(id_of(at)));
    known.insert(id_of(7), {9, 9}, 60000);
    CHECK(known.find(id_of(7)) == stream::place{1, 7});
    CHECK(known.size() == 50000);
}

TEST_CASE("Time and memory bound what is known, oldest out first", "[stream][dedup]") {
    dedup_index by_time({});
    for (std::uint32_t at = 0; at < 1000; ++at) by_time.insert(id_of(at), {1, at}, at);
    by_time.forget_before(600);
    CHECK_FALSE(by_time.find(id_of(599)));
    CHECK(by_time.find(id_of(600)));
    CHECK(by_time.size() == 400);

    dedup_index by_memory({INT64_MAX, 100000});
    for (std::uint32_t at = 0; at < 100000; ++at) by_memory.insert(id_of(at), {1, at}, at);
    CHECK(by_memory.bytes() <= 100000);
    CHECK(by_memory.find(id_of(99999)));
    CHECK_FALSE(by_memory.find(id_of(0)));
    CHECK(by_memory.horizon_us() > 0);
    for (std::uint64_t at = 100000 - by_memory.size(); at < 100000; ++at) REQUIRE(by_memory.find(id_of(at)));
}

TEST_CASE("A kept callback comes back as it was", "[stream][kept]") {
    stream::kept_callback what{"shop", "wechat", "<xml/>", "success", {}};
    what.events.push_back({
        id_of(5),
        "message.text",
        "openid",
        "o1",
        "shop",
        42,
        "general",
        "lead",
        -3,
        {"a",       "b"},
        {         },
        false,
        true,
        R"({"data":{"x":1}})",
        R"({"rule":"r"})"
    });
    std::string payload;
    stream::append_kept(payload, what);
    const auto back = stream::kept_of(payload).value();
    CHECK(back.answer == "success");
    CHECK(back.original == "<xml/>");
    REQUIRE(back.events.size() == 1);
    CHECK(back.events[0].id == id_of(5));
    CHECK(back.events[0].priority == -3);
    CHECK(back.events[0].tags == std::vector<std::string_view>{"a", "b"});
    CHECK(back.events[0].to_platform_desk);
    CHECK(stream::answer_of(payload).value() == "success");
    for (std::size_t cut = 0; cut < payload.size(); ++cut)
        CHECK_FALSE(stream::kept_of(std::string_view(payload).substr(0, cut)).has_value());

    std::string out;
    stream::append_event(out, back.events[0], 1234, 1767225600123000);
    CHECK(
        out ==
        R"({"sequence":"0000000000001234","recordedtime":"2026-01-01T00:00:00.123Z","data":{"x":1,"decision":{"rule":"r"}}})");
}

TEST_CASE("Cursors name sequences and nothing else does", "[stream][feed]") {
    for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, UINT64_MAX})
        CHECK(stream::sequence_of(stream::cursor_of(sequence)) == sequence);
    for (const char* bad : {"", "c", "1", "cx", "c1 ", "C1", "c11111111111111111"})
        CHECK_FALSE(stream::sequence_of(bad));
}
