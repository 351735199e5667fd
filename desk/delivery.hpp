#pragma once
#include <cstdint>

#include "adapters/way_out.hpp"

namespace yizhan::desk {

constexpr std::int32_t attempts_max = 5;

/// How an attempt with a message ended.
struct attempt_end {
    bool was_answered = true;       // Else the call failed.
    bool may_have_arrived = false;  // … and the platform may have done it.
    adapters::fate fate = adapters::fate::done;
    std::int64_t rest_ms = 0;
};

enum class next_step { sent, failed, uncertain, dead, again };

/// What follows. `drops_repeats`: the platform takes a message once, so that one that may have come through can be sent
/// again.
next_step after(const attempt_end& end, std::int32_t attempt, bool drops_repeats);

/// How long to rest before the attempt behind this one: somewhere up to a bound that doubles, but at least what the
/// platform asked for. `dice`: 0 to 1.
std::int64_t rest_ms(const attempt_end& end, std::int32_t attempt, double dice);

}  // namespace yizhan::desk
