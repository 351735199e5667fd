#include <catch2/catch.hpp>

#include "stream/kept.hpp"
#include "stream/sinks/sinks.hpp"
#include "stream/sinks/source.hpp"
#include "tests/support/kept_journal.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;
using namespace yizhan::stream;
using test::kept_journal;

namespace {

/// A callback of so many events, as the door keeps it.
std::string callback(int number, int events = 1, std::string_view account = "shop", std::string_view type = "message.text", std::string_view queue = "", std::size_t original_bytes = 0) {
    kept_callback kept;
    const std::string original(original_bytes, 'o');
    kept.original = original;
    kept.account = account;
    kept.channel = "wechat";
    std::vector<std::string> texts;
    texts.reserve(static_cast<std::size_t>(events));
    for (int at = 0; at < events; ++at) {
        effects& made = kept.events.emplace_back();
        made.id[0] = static_cast<unsigned char>(number);
        made.id[1] = static_cast<unsigned char>(at);
        made.type = type;
        made.queue = queue;
        texts.push_back(R"({"specversion":"1.0","id":"x","subject":"s","partitionkey":"wechat/shop/\"o)" + std::to_string(number) + R"(","data":{"n":1}})");
        made.event_json = texts.back();
    }
    std::string out;
    append_kept(out, kept);
    return out;
}

std::vector<std::uint64_t> sequences(const sink_source::piece& of) {
    std::vector<std::uint64_t> all;
    for (const sink_event& each : of.events) all.push_back(each.sequence);
    return all;
}
using numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("A sink gets the events in order, as many at once as it takes, and knows how far it has looked", "[stream][sinks]") {
    const test::temporary_directory directory;
    kept_journal here(directory.path());
    here.append(callback(1));
    here.append(callback(2, 3), 3);
    here.append("no callback at all");
    here.append(callback(3));
    sink_source source(*here.log, {});
    source.go_behind(0);
    const auto first = source.next(2, 1 << 20);
    CHECK(sequences(first) == numbers{1, 2});
    CHECK(first.looked_at == 2);
    CHECK(first.events[0].partition == R"(wechat/shop/\"o1)");
    CHECK(first.events[1].json.find(R"({"sequence":"0000000000000002",)") == 0);
    CHECK(sequences(source.next(2, 1 << 20)) == numbers{3, 4});
    const auto last = source.next(10, 1 << 20);
    CHECK(sequences(last) == numbers{6});
    CHECK(last.looked_at == 6);
    const auto none = source.next(10, 1 << 20);
    CHECK((none.is_end && none.events.empty() && none.looked_at == 6));
    here.append(callback(4));
    CHECK(sequences(source.next(10, 1 << 20)) == numbers{7});
    source.go_behind(3);  // Into the middle of a callback.
    CHECK(sequences(source.next(10, 1)) == numbers{4});  // One at least, however few bytes.
    CHECK(sequences(source.next(10, 1)) == numbers{6});
    const auto again = sink_source::event_at(*here.log, 3);
    REQUIRE(again.has_value());
    CHECK((again->sequence == 3 && again->id.starts_with("0201")));
    CHECK(sink_source::event_at(*here.log, 5).error() == errc::not_found);
    CHECK(sink_source::event_at(*here.log, 99).error() == errc::not_found);
}

TEST_CASE("A filter lets pass what it names, and the rest is looked at all the same", "[stream][sinks]") {
    const test::temporary_directory directory;
    kept_journal here(directory.path());
    here.append(callback(1, 1, "shop", "message.text", "urgent"));
    here.append(callback(2, 1, "corp", "message.image"));
    here.append(callback(3, 1, "shop", "contact.followed"));
    const auto passed = [&](sink_filter filter) {
        sink_source source(*here.log, filter);
        source.go_behind(0);
        const auto found = source.next(10, 1 << 20);
        CHECK(found.looked_at == 3);
        return sequences(found);
    };
    CHECK(passed({"", "", ""}) == numbers{1, 2, 3});
    CHECK(passed({"shop", "", ""}) == numbers{1, 3});
    CHECK(passed({"*o*", "message.*", ""}) == numbers{1, 2});
    CHECK(passed({"", "", "*"}) == numbers{1});
    CHECK(passed({"", "", "other"}).empty());
}

TEST_CASE("What the journal no longer has is said to be lost", "[stream][sinks]") {
    const test::temporary_directory directory;
    kept_journal here(directory.path());
    for (int at = 0; at < 200; ++at) here.append(callback(at, 1, "shop", "message.text", "", 20000));
    sink_source source(*here.log, {});
    source.go_behind(0);
    here.log->retain(INT64_MAX, 200);
    const std::uint64_t oldest = here.log->oldest();
    REQUIRE(oldest > 1);
    const auto found = source.next(10, 1 << 20);
    CHECK(found.lost == oldest - 1);
    REQUIRE_FALSE(found.events.empty());
    CHECK(found.events.front().sequence == oldest);
    CHECK(source.next(10, 1 << 20).lost == 0);
}

TEST_CASE("The journal waits for whoever is behind, for each as long as that one may be", "[stream][sinks]") {
    using steps = std::vector<retention_step>;
    constexpr std::int64_t day = 86400;
    CHECK(retention_steps(7 * day, 100, {}) == steps{{7 * day, 100}});
    CHECK(retention_steps(7 * day, 100, {{40, 14 * day}}) == steps{{7 * day, 40}, {14 * day, 100}});
    CHECK(retention_steps(7 * day, 30, {{40, 14 * day}}) == steps{{7 * day, 30}, {14 * day, 30}});
    // Who may be behind for less than everything is kept anyway holds up nothing.
    CHECK(retention_steps(7 * day, 100, {{40, 3 * day}}) == steps{{7 * day, 100}, {7 * day, 100}});
    CHECK(retention_steps(7 * day, 100, {{10, 30 * day}, {40, 14 * day}}) == steps{{7 * day, 10}, {14 * day, 10}, {30 * day, 100}});
    CHECK(retention_steps(7 * day, 100, {{10, 14 * day}, {40, 30 * day}}) == steps{{7 * day, 10}, {14 * day, 40}, {30 * day, 100}});
}
