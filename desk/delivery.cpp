#include "desk/delivery.hpp"

#include <algorithm>

namespace yizhan::desk {
namespace {

constexpr std::int64_t rest_first_ms = 1000, rest_max_ms = 60000;

}  // namespace

next_step after(const attempt_end& end, std::int32_t attempt, bool drops_repeats) {
    const next_step otherwise = attempt < attempts_max ? next_step::again : next_step::dead;
    if (!end.was_answered) {
        if (!end.may_have_arrived || drops_repeats) return end.may_have_arrived && attempt >= attempts_max ? next_step::uncertain : otherwise;
        return next_step::uncertain;
    }
    switch (end.fate) {
        case adapters::fate::done:
            return next_step::sent;
        case adapters::fate::again:
        case adapters::fate::token_refused:
            return otherwise;
        case adapters::fate::not_allowed:
        case adapters::fate::never:
        case adapters::fate::misconfigured:
            break;
    }
    return next_step::failed;
}

std::int64_t rest_ms(const attempt_end& end, std::int32_t attempt, double dice) {
    const std::int64_t bound = std::min(rest_max_ms, rest_first_ms << std::clamp(attempt - 1, 0, 16));
    return end.rest_ms + static_cast<std::int64_t>(dice * static_cast<double>(bound));
}

}  // namespace yizhan::desk
