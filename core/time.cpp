#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace yizhan {

std::int64_t now_us() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

namespace {

std::int64_t running_us() {  // Of the clock that nobody sets.
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

/// A piece of our time: from a moment of the running clock on, so many parts in a million faster or slower than that.
struct piece {
    std::atomic<std::int64_t> from_us{0}, value_us{0}, faster_ppm{0};

    std::int64_t at(std::int64_t running) const {
        const std::int64_t passed = running - from_us.load(std::memory_order_relaxed);
        return value_us.load(std::memory_order_relaxed) + passed + passed * faster_ppm.load(std::memory_order_relaxed) / 1000000;
    }
};

/// One after the other is used, so that whoever reads one still reads it whole.
struct timeline {
    timeline() {
        pieces[0].from_us = running_us();
        pieces[0].value_us = now_us();
    }
    std::array<piece, 64> pieces;
    std::atomic<std::size_t> newest{0};
};
timeline& steady_timeline() {
    static timeline only;
    return only;
}

constexpr std::int64_t faster_ppm_max = 5000;

}  // namespace

std::int64_t steady_us() {
    const timeline& ours = steady_timeline();
    return ours.pieces[ours.newest.load(std::memory_order_acquire)].at(running_us());
}

void follow_clock() {
    timeline& ours = steady_timeline();
    const std::size_t newest = ours.newest, next = (newest + 1) % ours.pieces.size();
    const std::int64_t running = running_us(), value = ours.pieces[newest].at(running);
    // What we are behind is made up for in about ten seconds, or as fast as we may.
    const std::int64_t behind_us = now_us() - value;
    ours.pieces[next].from_us = running;
    ours.pieces[next].value_us = value;
    ours.pieces[next].faster_ppm = std::clamp(behind_us / 10, -faster_ppm_max, faster_ppm_max);
    ours.newest.store(next, std::memory_order_release);
}

namespace {

void append_two(std::string& out, unsigned value) {
    out += static_cast<char>('0' + value / 10 % 10);
    out += static_cast<char>('0' + value % 10);
}

}  // namespace

void append_time(std::string& out, std::int64_t unix_ms, time_form form) {
    using namespace std::chrono;
    constexpr std::int64_t year_10000_ms = 253402300800000;
    if (unix_ms < 0 || unix_ms >= year_10000_ms) unix_ms = 0;
    const std::int64_t seconds_all = unix_ms / 1000;
    const year_month_day date{sys_days{days{seconds_all / 86400}}};
    const auto second = static_cast<unsigned>(seconds_all % 86400);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    append_two(out, year / 100);
    append_two(out, year % 100);
    out += '-';
    append_two(out, static_cast<unsigned>(date.month()));
    out += '-';
    append_two(out, static_cast<unsigned>(date.day()));
    out += 'T';
    append_two(out, second / 3600);
    out += ':';
    append_two(out, second / 60 % 60);
    out += ':';
    append_two(out, second % 60);
    if (form == time_form::milliseconds) {
        const auto fraction = static_cast<unsigned>(unix_ms % 1000);
        out += '.';
        out += static_cast<char>('0' + fraction / 100);
        append_two(out, fraction % 100);
    }
    out += 'Z';
}

std::string time_text(std::int64_t unix_ms, time_form form) {
    std::string out;
    append_time(out, unix_ms, form);
    return out;
}

std::optional<std::int64_t> time_of(std::string_view text) {
    // 2026-11-22T08:00:00[.123]Z
    const auto number = [&](std::size_t at, std::size_t length) { return decimal(text.substr(std::min(at, text.size()), length)); };
    const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
    const auto hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    const bool is_shaped = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
                           text[16] == ':' && text.back() == 'Z';
    if (!is_shaped || !year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (*month < 1 || *month > 12 || *day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::int64_t fraction_ms = 0;
    if (text.size() > 20) {
        const auto digits = number(20, text.size() - 21);
        if (text[19] != '.' || text.size() != 24 || !digits) return std::nullopt;
        fraction_ms = *digits;
    }
    const std::int64_t days = days_from_civil(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
    return (((days * 24 + *hour) * 60 + *minute) * 60 + *second) * 1000 + fraction_ms;
}

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
    using namespace std::chrono;
    const sys_days date =
        std::chrono::year{static_cast<int>(year)} / std::chrono::month{month} / std::chrono::day{day};
    return date.time_since_epoch().count();
}

std::optional<std::int64_t> decimal(std::string_view digits) {
    if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace yizhan
