#pragma once
#include <algorithm>
#include <cstdint>

namespace yizhan::desk {

/// So many a minute, evenly: a second's worth may go at once. Times are milliseconds that only go on.
class pace {
public:
    /// 0: no bound.
    void set(std::int64_t per_minute) { per_minute_ = per_minute; }

    /// How long until the next may go; 0: it may now.
    std::int64_t wait_ms(std::int64_t now_ms) const {
        if (per_minute_ == 0) return 0;
        return std::max<std::int64_t>(0, next_us_ / 1000 - burst_ms() - now_ms + 1);
    }
    void take(std::int64_t now_ms) {
        if (per_minute_ != 0) next_us_ = std::max(next_us_, now_ms * 1000) + 60000000 / per_minute_;
    }

private:
    static constexpr std::int64_t second_ms = 1000;
    /// What may go ahead of its time: a second's worth, at least one.
    std::int64_t burst_ms() const { return std::max<std::int64_t>(0, second_ms - 60000 / per_minute_); }

    std::int64_t per_minute_ = 0, next_us_ = 0;
};

}  // namespace yizhan::desk
