#include "stream/sinks/breaker.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "core/time.hpp"

namespace yizhan::stream {
namespace {

constexpr double averaged_over_s = 30, least_per_second = 10;
constexpr double faster_each_second = 1.15, far_above_anything = 1000;
constexpr std::int64_t probe_from_ms = 1000, probe_to_ms = 60000, day_ms = 86400000;

}  // namespace

void usual_rate::add(std::int64_t recorded_us) {
    if (newest_us_ != 0 && recorded_us > newest_us_)
        per_second_ *= std::exp(-static_cast<double>(recorded_us - newest_us_) / 1e6 / averaged_over_s);
    newest_us_ = std::max(newest_us_, recorded_us);
    per_second_ += 1 / averaged_over_s;
}

double breaker::allowed_per_ms(std::int64_t now_ms) const {
    const double seconds = static_cast<double>(std::max<std::int64_t>(0, now_ms - back_since_ms_)) / 1000;
    return first_per_ms_ * std::pow(faster_each_second, seconds);
}

std::int64_t breaker::wait_ms(std::int64_t now_ms) const {
    const std::int64_t held_ms = std::max<std::int64_t>(0, held_until_ms_ - now_ms);
    if (state_ == state::open)
        return is_probing_ ? probe_to_ms : std::max(held_ms, std::max<std::int64_t>(0, not_before_ms_ - now_ms));
    if (!is_ramping_ || next_at_ms_ <= static_cast<double>(now_ms)) return held_ms;
    return std::max(held_ms, static_cast<std::int64_t>(std::ceil(next_at_ms_ - static_cast<double>(now_ms))));
}

breaker::purpose breaker::took(std::int64_t now_ms) {
    if (state_ == state::open) {
        is_probing_ = true;
        return purpose::probe;
    }
    if (!is_ramping_) return purpose::delivery;
    const double rate = allowed_per_ms(now_ms);
    if (rate > first_per_ms_ * far_above_anything) is_ramping_ = false;
    // What was not used is lost, but for the length of a turn of the timer.
    constexpr double turn_ms = 10;
    next_at_ms_ = std::max(next_at_ms_, static_cast<double>(now_ms) - turn_ms) + 1 / rate;
    return purpose::delivery;
}

void breaker::failed(std::int64_t now_ms, double chance) {
    if (state_ == state::open && !is_probing_) return;  // Asked before it was open.
    if (state_ == state::closed && ++failures_ < failures_max) return;
    if (state_ == state::closed) probes_ = 0;
    state_ = state::open;
    is_probing_ = false;
    const std::int64_t bound_ms = std::min(probe_to_ms, probe_from_ms << std::min(probes_, 10));
    ++probes_;
    // Half of it for certain, so that nobody is asked again at once.
    not_before_ms_ = now_ms + bound_ms / 2 + static_cast<std::int64_t>(chance * static_cast<double>(bound_ms / 2));
}

void breaker::succeeded(std::int64_t now_ms, double usual_per_second, int at_once) {
    failures_ = 0;
    if (state_ == state::closed) return;
    state_ = state::closed;
    is_probing_ = false;
    is_ramping_ = true;
    back_since_ms_ = now_ms;
    first_per_ms_ = std::max(usual_per_second, least_per_second) / std::max(1, at_once) / 1000;
    next_at_ms_ = static_cast<double>(now_ms);
}

void breaker::hold(std::int64_t until_ms) { held_until_ms_ = std::max(held_until_ms_, until_ms); }

std::optional<std::int64_t> retry_pause_ms(const std::int64_t* schedule_s, std::size_t steps, int attempts, double chance) {
    if (attempts < 1 || static_cast<std::size_t>(attempts) > steps) return std::nullopt;
    return static_cast<std::int64_t>(static_cast<double>(schedule_s[attempts - 1]) * 1000 * chance);
}

std::optional<std::int64_t> retry_after_ms(std::string_view field, std::int64_t now_ms) {
    if (const auto seconds = decimal(field)) return std::min(*seconds, day_ms / 1000) * 1000;
    // Sun, 06 Nov 1994 08:49:37 GMT
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    char month[4] = "";
    const std::string text(field);
    if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute, &second) != 6)
        return std::nullopt;
    const std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t at = months.find(month);
    if (at == std::string_view::npos || at % 3 != 0 || day < 1 || year < 1970 || month[0] == 0) return std::nullopt;
    const std::int64_t days = days_from_civil(year, static_cast<unsigned>(at / 3 + 1), static_cast<unsigned>(day));
    const std::int64_t then_ms = (days * 86400 + hour * 3600 + minute * 60 + second) * 1000;
    return std::clamp<std::int64_t>(then_ms - now_ms, 0, day_ms);
}

}  // namespace yizhan::stream
