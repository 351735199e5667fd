#include <catch2/catch.hpp>

#include "gateway/admission.hpp"

using namespace yizhan::gateway;

namespace {

constexpr std::int64_t second = 1000000;

/// A journal whose turns take so long each, full of records of 100 bytes.
struct slow_journal {
    explicit slow_journal(admission& of, std::int64_t turn_us) : by(of), length(turn_us) {
        by.appended(100, now);
        now += length;
        by.kept(100, ++turn, now);
    }
    void append(std::size_t count, std::size_t bytes = 100) {
        for (std::size_t at = 0; at < count; ++at) by.appended(bytes, now);
    }
    admission& by;
    std::int64_t length, now = second, turn = 0;
};

}  // namespace

TEST_CASE("what would wait for too many turns of the journal is turned away", "[gateway][admission]") {
    admission by;
    slow_journal journal(by, second);
    CHECK(by.before_keeping(journal.now, 4500) == overload::none);  // Nothing waits: one is always taken.
    journal.append(1);
    CHECK(by.before_keeping(journal.now, 4500) == overload::none);
    CHECK(by.before_keeping(journal.now, 900) == overload::journal_slow);
    journal.append(512);
    CHECK(by.before_keeping(journal.now, 4500) == overload::none);  // Three turns.
    journal.append(512);
    CHECK(by.before_keeping(journal.now, 4500) == overload::journal_slow);
    CHECK(by.journal_wait_us(journal.now + second / 2) == by.journal_wait_us(journal.now) - second / 2);
}

TEST_CASE("long records fill the journal's turns sooner", "[gateway][admission]") {
    admission by;
    slow_journal journal(by, second);
    journal.append(4, std::size_t{1} << 20);
    CHECK(by.before_keeping(journal.now, 4500) == overload::journal_slow);
}

TEST_CASE("a turn that lasts longer than the last is believed at once, and a slow one is forgotten slowly",
          "[gateway][admission]") {
    admission by;
    slow_journal journal(by, 1000);
    journal.append(1);
    CHECK(by.before_keeping(journal.now + second, 4500) == overload::none);
    CHECK(by.before_keeping(journal.now + 4 * second, 4500) == overload::journal_slow);
    by.kept(100, ++journal.turn, journal.now + 4 * second);
    journal.now += 4 * second;
    journal.append(1);
    CHECK(by.before_keeping(journal.now, 4500) == overload::journal_slow);
    for (int turns = 0; turns < 20; ++turns) {
        by.kept(100, ++journal.turn, journal.now += 1000);
        journal.append(1);
    }
    CHECK(by.before_keeping(journal.now, 4500) == overload::none);
}

TEST_CASE("a loop that is late turns away at the gate, also while it has not answered yet",
          "[gateway][admission]") {
    admission by;
    by.ask_loop(second);
    CHECK(by.at_the_gate(second + 1000) == overload::none);
    CHECK(by.at_the_gate(2 * second) == overload::loop_late);
    by.loop_answered(2 * second);
    CHECK(by.at_the_gate(2 * second) == overload::loop_late);
    by.ask_loop(3 * second);
    by.loop_answered(3 * second + 1000);
    CHECK(by.at_the_gate(4 * second) == overload::none);
    CHECK(by.loop_delay_us(4 * second) == 1000);
}

TEST_CASE("sessions share three eighths of the memory, long bodies two thirds of that",
          "[gateway][admission]") {
    admission by;
    by.set_memory(8000);
    admission::room large(by), small(by);
    CHECK(large.enter(100));
    CHECK(large.take(2000));
    CHECK_FALSE(large.take(2001));
    CHECK(small.enter(1000));
    CHECK_FALSE(small.take(1001));
    CHECK(large.take(100));
    CHECK(small.take(1001));
    {
        admission::room passing(by);
        CHECK(passing.enter(1899));
        CHECK_FALSE(admission::room(by).enter(1));
    }
    CHECK(admission::room(by).enter(1899));
}
