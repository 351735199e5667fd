#include <catch2/catch.hpp>

#include <fstream>

#include "stream/sinks/origin.hpp"
#include "stream/sinks/record.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;
using namespace yizhan::stream;

TEST_CASE("A sink's record comes back as it was", "[stream][sinks]") {
    const test::temporary_directory directory;
    const auto path = directory.path() / "crm.json";
    CHECK_FALSE(load_record(path).is_begun);
    sink_record written;
    written.position = 18446744073709551615u;
    written.is_paused = true;
    written.disabled = "the receiver \"says\" 410";
    written.usual_rate = 12.5;
    written.origin = "0123456789abcdef";
    written.keys["yizhan:\"events\""] = {12, 7};
    written.parked.push_back({{3, 4}, 2, 1700000000000, "status 500"});
    written.dead.push_back({{1}, 10, 5, ""});
    REQUIRE(save_record(path, written.to_json()));
    const sink_record read = load_record(path);
    CHECK(read.is_begun);
    CHECK(read.to_json() == written.to_json());
    CHECK(read.parked.front().sequences == std::vector<std::uint64_t>{3, 4});
    CHECK(read.keys.begin()->second.consumed == 7);
}

TEST_CASE("What is no record is none", "[stream][sinks]") {
    for (const char* text : {"", "{", "[]", "{}", "{\"position\":-1}", "{\"position\":\"7\"}"}) CHECK_FALSE(sink_record::of_json(text).is_begun);
    const auto odd = sink_record::of_json(R"({"position":7,"keys":[1],"parked":[1,{"sequences":[]},{"sequences":["x"]}],"paused":1})");
    CHECK(odd.is_begun);
    CHECK(odd.position == 7);
    CHECK((odd.parked.empty() && odd.keys.empty() && !odd.is_paused));
}

TEST_CASE("An origin stays, its epoch grows, and a copy's is another", "[stream][sinks]") {
    const test::temporary_directory directory;
    const auto first = begin_epoch(directory.path() / "sinks", 1000, 10);
    CHECK(first.name.size() == 16);
    CHECK(first.epoch == 1000);
    const auto second = begin_epoch(directory.path() / "sinks", 1000, 10);
    CHECK(second.name == first.name);
    CHECK(second.epoch == 1001);
    CHECK(begin_epoch(directory.path() / "sinks", 500, 10).epoch == 1002);  // A clock that was set back.
    CHECK(begin_epoch(directory.path() / "other", 500, 10).name != first.name);
    CHECK(begin_epoch(directory.path() / "sinks", 500, 9).name != first.name);  // Another journal in its place.
    std::ofstream(directory.path() / "sinks" / "origin") << "rubbish";
    CHECK(begin_epoch(directory.path() / "sinks", 500, 10).name.size() == 16);
}
