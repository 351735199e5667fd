#include <catch2/catch.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/time.hpp"
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

std::size_t pages_cached(const std::filesystem::path& path) {
    const stream::file opened(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    const std::size_t size = std::filesystem::file_size(path);
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, opened.get(), 0);
    REQUIRE(at != MAP_FAILED);
    std::vector<unsigned char> pages((size + 4095) / 4096);
    REQUIRE(::mincore(at, size, pages.data()) == 0);
    ::munmap(at, size);
    return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return page & 1; }));
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

namespace {

constexpr std::int64_t second_us = 1000000, day_us = 86400 * second_us;

/// Sets the time of a segment's records: as if a clock that was wrong by so much had written them.
void shift_time(const std::filesystem::path& path, std::int64_t by_us) {
    const std::string bytes = bytes_of(path);
    std::string made = bytes.substr(0, stream::segment_head_size);
    const auto copy = [&](stream::record each, std::size_t) {
        each.time_us += by_us;
        stream::append_record(made, each);
    };
    stream::walk_records(bytes, 0, copy, [](auto...) {});
    made.resize(bytes.size());
    write_bytes(path, made);
}

/// Three segments, all applied.
std::uint64_t write_three(const std::filesystem::path& directory) {
    kept_journal here(directory);
    std::uint64_t last = 0;
    do last = here.append(payload_of(last + 1, 20000)).sequence;
    while (here.log->locate(last)->segment < 3);
    return here.append(payload_of(last + 1, 20000)).sequence;
}

/// How many records a journal tells of that looks back for an hour.
std::size_t found_within_an_hour(const std::filesystem::path& directory, std::uint64_t applied) {
    return kept_journal(directory, std::size_t{1} << 20, applied + 1, 3600 * second_us).found.size();
}

}  // namespace

TEST_CASE("What is young is found at start, whatever a clock or a bit says", "[stream][journal]") {
    test::temporary_directory directory;
    const std::uint64_t last = write_three(directory.path());
    const std::uint64_t second = stream::head_of(bytes_of(segment(directory, 2)))->first;
    const std::uint64_t third = stream::head_of(bytes_of(segment(directory, 3)))->first;
    SECTION("a clock that was a month ahead when it began") {
        shift_time(segment(directory, 1), 30 * day_us);
        CHECK(found_within_an_hour(directory.path(), last) == last);
    }
    SECTION("what is really old is not read") {
        shift_time(segment(directory, 1), -day_us);
        shift_time(segment(directory, 2), -day_us);
        CHECK(found_within_an_hour(directory.path(), last) == last - second + 1);  // The second may end later than it begins.
    }
    SECTION("a flipped bit in the time of a segment's first record") {
        for (const int bit : {3, 7}) {
            std::string bytes = bytes_of(segment(directory, 2));
            bytes[stream::segment_head_size + 24 + 6] ^= static_cast<char>(1 << bit);
            write_bytes(segment(directory, 2), bytes);
            CHECK(found_within_an_hour(directory.path(), last) == last - 1);
            bytes[stream::segment_head_size + 24 + 6] ^= static_cast<char>(1 << bit);
            write_bytes(segment(directory, 2), bytes);
        }
    }
    SECTION("a last segment that has only its head") {
        std::string bytes = bytes_of(segment(directory, 3)).substr(0, stream::segment_head_size);
        bytes.resize(std::size_t{1} << 20);
        write_bytes(segment(directory, 3), bytes);
        CHECK(found_within_an_hour(directory.path(), third - 1) == third - 1);
    }
}

TEST_CASE("What is dated in the future goes with what came behind it", "[stream][journal]") {
    test::temporary_directory directory;
    const std::uint64_t last = write_three(directory.path());
    shift_time(segment(directory, 1), 30 * day_us);
    kept_journal here(directory.path());
    here.log->retain(now_us() - day_us, last);
    CHECK(here.log->oldest() == 1);
    here.log->retain(now_us() + second_us, last);
    CHECK(here.log->oldest() == stream::head_of(bytes_of(segment(directory, 3)))->first);
}

TEST_CASE("A reader without a descriptor goes on when there is one", "[stream][journal]") {
    test::temporary_directory directory;
    kept_journal here(directory.path());
    std::uint64_t last = 0;
    do last = here.append(payload_of(last + 1, 20000)).sequence;
    while (here.log->locate(last)->segment < 2);
    stream::journal_reader reader(*here.log, 1);
    while (reader.wanted() < last) REQUIRE_FALSE(reader.next(1 << 20).empty());

    struct rlimit before {};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int free_one = ::dup(0);  // The lowest that is free.
    ::close(free_one);
    const struct rlimit none {static_cast<rlim_t>(free_one), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const bool gave_none = reader.next().empty() && reader.is_stuck() && reader.next().empty();
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(gave_none);
    CHECK(reader.next().size() == 1);
    CHECK_FALSE(reader.is_stuck());
}

TEST_CASE("The reader that comes last leaves nothing of a segment in the page cache", "[stream][journal]") {
    test::temporary_directory directory;
    struct statfs about {};
    ::statfs(directory.path().c_str(), &about);
    if (about.f_type == TMPFS_MAGIC) return;  // There the cache is all there is.
    const std::uint64_t last = write_three(directory.path());
    kept_journal here(directory.path());
    const auto read_with = [&](stream::cached after) {
        stream::journal_reader reader(*here.log, 1, after);
        while (reader.wanted() <= last) REQUIRE_FALSE(reader.next(1 << 20).empty());
        return pages_cached(segment(directory, 1));
    };
    CHECK(read_with(stream::cached::stays) > 0);
    CHECK(read_with(stream::cached::goes) == 0);
    CHECK(pages_cached(segment(directory, 3)) > 0);  // Where it still is.
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
