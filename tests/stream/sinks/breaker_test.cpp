#include <catch2/catch.hpp>

#include <vector>

#include "core/time.hpp"
#include "stream/sinks/breaker.hpp"

using namespace yizhan;
using namespace yizhan::stream;

TEST_CASE("How fast events come in is told by their own times, not by ours", "[stream][sinks]") {
    usual_rate rate;
    std::int64_t at_us = 1700000000000000;
    for (int each = 0; each < 200000; ++each) rate.add(at_us += 1000);
    CHECK(rate.per_second() == Approx(1000).epsilon(0.02));
    for (int each = 0; each < 4000; ++each) rate.add(at_us += 100000);
    CHECK(rate.per_second() == Approx(10).epsilon(0.05));
    rate.add(at_us - 5000000);  // A step back changes nothing.
    CHECK(rate.per_second() == Approx(10).epsilon(0.05));
}

TEST_CASE("A receiver that fails five times in a row is asked one thing at a time, ever more seldom", "[stream][sinks]") {
    breaker it;
    std::int64_t now = 1000000;
    for (int each = 0; each < 4; ++each) it.failed(now, 0.5);
    it.succeeded(now, 100, 1);
    for (int each = 0; each < 4; ++each) it.failed(now, 0.5);
    CHECK(it.is() == breaker::state::closed);
    CHECK(it.wait_ms(now) == 0);
    it.failed(now, 1.0);
    CHECK(it.is() == breaker::state::open);
    it.failed(now, 1.0);  // Asked before: it counts no more.
    std::vector<std::int64_t> waits;
    for (int each = 0; each < 9; ++each) {
        const std::int64_t wait = it.wait_ms(now);
        waits.push_back(wait);
        now += wait;
        CHECK(it.wait_ms(now) == 0);
        it.took(now);
        CHECK(it.wait_ms(now) > 0);  // One at a time.
        it.failed(now, 1.0);
    }
    CHECK(waits == std::vector<std::int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000});
}

TEST_CASE("Who is back gets what it usually gets, and a little more each second", "[stream][sinks]") {
    breaker it;
    std::int64_t now = 5000000;
    for (int each = 0; each < 5; ++each) it.failed(now, 0);
    now += 600000;
    REQUIRE(it.wait_ms(now) == 0);
    it.took(now);
    it.succeeded(now, 1000, 1);
    std::vector<int> in_second(21);
    const std::int64_t began = now;
    while (now < began + 20000) {
        const std::int64_t wait = it.wait_ms(now);
        if (wait > 0) {
            now += 1;
            continue;
        }
        ++in_second[static_cast<std::size_t>((now - began) / 1000)];
        it.took(now);
    }
    CHECK(in_second[0] <= 1150);
    CHECK(in_second[0] >= 950);
    for (std::size_t second = 1; second < 10; ++second) CHECK(in_second[second] <= in_second[second - 1] * 1.25);
    CHECK(in_second[10] > 3000);
}

TEST_CASE("A batch counts as what is in it", "[stream][sinks]") {
    breaker it;
    for (int each = 0; each < 5; ++each) it.failed(0, 0);
    it.took(100000);
    it.succeeded(100000, 1000, 100);
    int requests = 0;
    for (std::int64_t now = 100000; now < 101000; ++now)
        while (it.wait_ms(now) == 0) it.took(now), ++requests;
    CHECK(requests <= 13);
    CHECK(requests >= 9);
}

TEST_CASE("Whoever says when is asked then", "[stream][sinks]") {
    breaker it;
    it.hold(5000);
    CHECK(it.wait_ms(2000) == 3000);
    CHECK(it.wait_ms(5000) == 0);
    it.hold(4000);
    CHECK(it.wait_ms(2000) == 3000);
}

TEST_CASE("The schedule gives each attempt anything up to its step, and an end", "[stream][sinks]") {
    const std::int64_t steps[] = {5, 30, 120};
    CHECK(retry_pause_ms(steps, 3, 1, 1.0) == 5000);
    CHECK(retry_pause_ms(steps, 3, 1, 0.0) == 0);
    CHECK(retry_pause_ms(steps, 3, 2, 0.5) == 15000);
    CHECK(retry_pause_ms(steps, 3, 3, 1.0) == 120000);
    CHECK_FALSE(retry_pause_ms(steps, 3, 4, 1.0));
    CHECK_FALSE(retry_pause_ms(steps, 0, 1, 1.0));
}

TEST_CASE("Retry-After is seconds or a date", "[stream][sinks]") {
    const std::int64_t now = *time_of("2026-11-26T08:00:00Z");
    CHECK(retry_after_ms("120", now) == 120000);
    CHECK(retry_after_ms("0", now) == 0);
    CHECK(retry_after_ms("99999999", now) == 86400000);
    CHECK(retry_after_ms("Thu, 26 Nov 2026 08:01:00 GMT", now) == 60000);
    CHECK(retry_after_ms("Thu, 26 Nov 2026 07:00:00 GMT", now) == 0);
    CHECK(retry_after_ms("Thu, 26 Nov 2036 07:00:00 GMT", now) == 86400000);
    for (const char* wrong : {"", "soon", "-1", "1.5", "Thu, 26 Foo 2026 08:01:00 GMT", "Thu, 99 Nov 1926 08:01:00 GMT", "2026-11-26"})
        CHECK_FALSE(retry_after_ms(wrong, now));
}
