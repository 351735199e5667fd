#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "stream/feed.hpp"
#include "stream/journal_reader.hpp"
#include "tests/support/kept_journal.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;
using test::kept_journal;

namespace {

std::string payload_of(std::uint64_t number, std::size_t size = 300) {
    std::string out = "record " + std::to_string(number) + " ";
    out.resize(size, static_cast<char>('a' + number % 26));
    return out;
}

std::vector<std::uint64_t> read_all(stream::file_journal& log, std::uint64_t from = 0,
                                    std::size_t piece = 8192) {
    stream::journal_reader reader(log, from);
    std::vector<std::uint64_t> all;
    for (;;) {
        const auto& some = reader.next(piece);
        if (some.empty()) return all;
        for (const stream::record& each : some) all.push_back(each.sequence);
    }
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all;
    for (; first <= last; ++first) all.push_back(first);
    return all;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream opened(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(opened), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::filesystem::path segment(const test::temporary_directory& in, int number) {
    return in.path() / ("0000000" + std::to_string(number) + ".journal");
}

}  // namespace

TEST_CASE("What was kept is there after a restart, in order, under its sequence", "[stream][journal]") {
    test::temporary_directory directory;
    stream::place third;
    {
        kept_journal here(directory.path());
        CHECK(here.found.empty());
        for (std::uint64_t at = 1; at <= 100; ++at) {
            const auto where = here.append(payload_of(at));
            CHECK(where.sequence == at);
            if (at == 3) third = where.at;
        }
        CHECK(here.log->durable() == 100);
        CHECK(here.log->read(third).value() == payload_of(3));
        CHECK(read_all(*here.log) == range(1, 100));
        CHECK(read_all(*here.log, 42) == range(42, 100));
    }
    kept_journal again(directory.path());
    REQUIRE(again.found.size() == 100);
    CHECK(again.found[41].payload == payload_of(42));
    CHECK(again.log->read(again.found[2].at).value() == payload_of(3));
    CHECK(again.append("next").sequence == 101);
    CHECK(again.log->damages().empty());
    CHECK(again.log->read({99, 64}).error() == errc::not_found);
}

TEST_CASE("A journal of many segments reads as one", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        for (std::uint64_t at = 1; at <= 400; ++at) here.append(payload_of(at, 20000));
        CHECK(read_all(*here.log, 0, 4096) == range(1, 400));
        CHECK(read_all(*here.log, 123, 1 << 20) == range(123, 400));
        CHECK(std::filesystem::exists(segment(directory, 5)));
    }
    kept_journal again(directory.path());
    CHECK(again.found.size() == 400);
    CHECK(again.append("x").sequence == 401);
    CHECK(read_all(*again.log, 399) == range(399, 401));
    std::vector<std::uint64_t> offline;
    stream::read_files(
        directory.path(), 1,
        [&](const stream::record& each, std::size_t) { offline.push_back(each.sequence); },
        [](auto...) { FAIL("a gap"); });
    CHECK(offline == range(1, 401));
}

TEST_CASE("A record of several events takes as many sequences", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        CHECK(here.append("three", 3).sequence == 1);
        CHECK(here.append("one").sequence == 4);
        CHECK(here.log->durable() == 4);
    }
    kept_journal again(directory.path());
    CHECK(again.append("next").sequence == 5);
}

TEST_CASE("A torn last record is cut, wherever it is torn", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        for (std::uint64_t at = 1; at <= 3; ++at) here.append(payload_of(at, 100));
    }
    const std::string whole = bytes_of(segment(directory, 1));
    const std::size_t third = stream::segment_head_size + 2 * stream::record_size(100);
    const std::size_t end = third + stream::record_size(100);
    for (std::size_t cut = third + 1; cut < end - 4; cut += 7) {
        CAPTURE(cut);
        std::string torn = whole;
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(cut),
                  torn.begin() + static_cast<std::ptrdiff_t>(end), '\0');
        write_bytes(segment(directory, 1), torn);
        kept_journal again(directory.path());
        CHECK(again.found.size() == 2);
        CHECK(again.log->damages().empty());
        CHECK(again.append("after").sequence == 3);
    }
}

TEST_CASE("Any flipped bit costs its record alone and is reported", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        for (std::uint64_t at = 1; at <= 5; ++at) here.append(payload_of(at, 64));
    }
    const std::string whole = bytes_of(segment(directory, 1));
    const std::size_t size = stream::record_size(64), third = stream::segment_head_size + 2 * size;
    for (std::size_t at = third; at < third + stream::record_head_size + 64; at += 5) {
        CAPTURE(at);
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        write_bytes(segment(directory, 1), damaged);
        for (int start = 0; start < 2; ++start) {  // Also when started again: the gap stays known.
            kept_journal again(directory.path());
            REQUIRE(again.found.size() == 4);
            CHECK(again.found[1].sequence == 2);
            CHECK(again.found[2].sequence == 4);
            REQUIRE(again.log->damages().size() == 1);
            CHECK(again.log->damages()[0].first == 3);
            CHECK(again.log->damages()[0].last == 3);
            CHECK(again.log->read(again.found[3].at).value() == payload_of(5, 64));
            CHECK(read_all(*again.log) == std::vector<std::uint64_t>{1, 2, 4, 5});
        }
    }
}

TEST_CASE("Damage in a sealed segment, its head included, hides nothing else", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        for (std::uint64_t at = 1; at <= 200; ++at) here.append(payload_of(at, 20000));
    }
    std::string second = bytes_of(segment(directory, 2));
    const std::uint64_t first_of_second = stream::head_of(second)->first;
    SECTION("a record in the middle") {
        second[stream::segment_head_size + stream::record_size(20000) + 500] ^= 1;
        write_bytes(segment(directory, 2), second);
        kept_journal again(directory.path());
        CHECK(again.found.size() == 199);
        REQUIRE(again.log->damages().size() == 1);
        CHECK(again.log->damages()[0].first == first_of_second + 1);
        CHECK(read_all(*again.log).size() == 199);
    }
    SECTION("the head") {
        second[9] ^= 1;
        write_bytes(segment(directory, 2), second);
        kept_journal again(directory.path());
        CHECK(again.found.size() == 200);
        CHECK(read_all(*again.log) == range(1, 200));
    }
    SECTION("the last record") {
        const std::string third = bytes_of(segment(directory, 3));
        const std::uint64_t last = stream::head_of(third)->previous_last;
        const std::size_t its =
            stream::segment_head_size + (last - first_of_second) * stream::record_size(20000);
        second[its + 100] ^= 1;
        write_bytes(segment(directory, 2), second);
        kept_journal again(directory.path());
        CHECK(again.found.size() == 199);
        REQUIRE(again.log->damages().size() == 1);
        CHECK(again.log->damages()[0].last == last);
        CHECK(read_all(*again.log).size() == 199);
    }
}

TEST_CASE("Sequences that the state has seen are never given out again", "[stream][journal]") {
    test::temporary_directory directory;
    {
        kept_journal here(directory.path());
        for (std::uint64_t at = 1; at <= 5; ++at) here.append(payload_of(at));
    }
    std::string bytes = bytes_of(segment(directory, 1));
    bytes[stream::segment_head_size + 4 * stream::record_size(300) + 40] ^=
        1;  // The last one: looks like a torn tail.
    write_bytes(segment(directory, 1), bytes);
    kept_journal again(directory.path(), std::size_t{1} << 20, 6);
    CHECK(again.append("new").sequence == 6);
    REQUIRE(again.log->damages().size() == 1);
    CHECK(again.log->damages()[0].first == 5);
    CHECK(read_all(*again.log) == std::vector<std::uint64_t>{1, 2, 3, 4, 6});
}

TEST_CASE("Old segments go, whole, once they are applied", "[stream][journal]") {
    test::temporary_directory directory;
    kept_journal here(directory.path());
    for (std::uint64_t at = 1; at <= 200; ++at) here.append(payload_of(at, 20000));
    CHECK(here.log->oldest() == 1);
    here.log->retain(INT64_MAX, 10);  // Not all of the first segment is applied.
    CHECK(here.log->oldest() == 1);
    here.log->retain(0, 200);  // Nothing is that old.
    CHECK(here.log->oldest() == 1);
    here.log->retain(INT64_MAX, 200);
    CHECK(here.log->oldest() > 100);
    CHECK_FALSE(std::filesystem::exists(segment(directory, 1)));
    const auto left = read_all(*here.log);
    CHECK(left.front() == here.log->oldest());
    CHECK(left.back() == 200);
}

TEST_CASE("Appends from several threads all come back once", "[stream][journal]") {
    test::temporary_directory directory;
    kept_journal here(directory.path());
    std::vector<std::thread> threads;
    std::atomic<int> kept{0};
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int at = 0; at < 100; ++at) {
                kept_journal::outcome mine;
                here.log->append({payload_of(static_cast<std::uint64_t>(thread * 1000 + at)), 1, 1, &mine});
                mine.wait();
                if (!mine.failed) ++kept;
            }
        });
    for (std::thread& each : threads) each.join();
    CHECK(kept == 400);
    CHECK(read_all(*here.log) == range(1, 400));
}

TEST_CASE("A second process is turned away from the directory", "[stream][lock]") {
    test::temporary_directory directory;
    const stream::file mine = stream::lock_directory(directory.path() / "data");
    CHECK_THROWS_WITH(stream::lock_directory(directory.path() / "data"),
                      Catch::Contains("in use by another yizhan"));
}

TEST_CASE("A payload larger than a segment is refused before it is accepted", "[stream][journal]") {
    test::temporary_directory directory;
    kept_journal here(directory.path());
    here.append(std::string(2 << 20, 'x'));
    CHECK(here.last_failure == errc::too_large);
    CHECK(here.append("small").sequence == 1);
}
