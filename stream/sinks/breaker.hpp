#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace yizhan::stream {

/// How fast events come in, by their own times: however fast they are handed over. Averaged over half a minute.
class usual_rate {
public:
    explicit usual_rate(double per_second = 0) : per_second_(per_second) {}
    void add(std::int64_t recorded_us);
    double per_second() const { return per_second_; }

private:
    double per_second_;
    std::int64_t newest_us_ = 0;
};

/// Whether a receiver is asked at all. Five failures in a row open it: then one request at a time tries whether the receiver
/// is back, ever more seldom, at most a minute apart. When it is, what waited goes out no faster than events usually come
/// in, and every second a little faster than that: whoever was down is not knocked over again. Times only go on.
class breaker {
public:
    enum class state : std::uint8_t { closed, open };

    state is() const { return state_; }
    /// How long nothing may be asked; 0: a request may go now. Whoever then asks says so with `took`, and after it `ended`,
    /// whatever came of it.
    std::int64_t wait_ms(std::int64_t now_ms) const;
    enum class purpose : std::uint8_t { delivery, probe };
    purpose took(std::int64_t now_ms);
    void ended(purpose what) { is_probing_ = is_probing_ && what != purpose::probe; }

    /// `chance`: 0 to 1. `usual`: events a second. `at_once`: events in a request.
    void failed(std::int64_t now_ms, double chance);
    void succeeded(std::int64_t now_ms, double usual_per_second, int at_once);
    /// The receiver asked for this: nobody asks before then.
    void hold(std::int64_t until_ms);

private:
    static constexpr int failures_max = 5;
    double allowed_per_ms(std::int64_t now_ms) const;

    state state_ = state::closed;
    int failures_ = 0, probes_ = 0;
    bool is_probing_ = false, is_ramping_ = false;
    std::int64_t not_before_ms_ = 0;  // Open: the next probe.
    std::int64_t held_until_ms_ = 0;
    std::int64_t back_since_ms_ = 0;
    double first_per_ms_ = 0, next_at_ms_ = 0;  // Requests.
};

/// How long a delivery waits before its next attempt: anything up to the schedule's step. Nothing: it gives up.
/// `attempts`: those that were made.
std::optional<std::int64_t> retry_pause_ms(const std::int64_t* schedule_s, std::size_t steps, int attempts, double chance);

/// Retry-After as seconds or as a date (RFC 9110), from now; a day at most, nothing for anything else.
std::optional<std::int64_t> retry_after_ms(std::string_view field, std::int64_t now_ms);

}  // namespace yizhan::stream
