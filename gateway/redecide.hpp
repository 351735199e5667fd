#pragma once
#include <string>

#include "router/rules.hpp"
#include "stream/kept.hpp"

namespace yizhan::gateway {

/// What the rules said of an event when it came, and what these rules say of it with the facts known then: JSON of what
/// follows from each (rule, reply, queue, priority, skills, tags, stage, drop), equal when the same follows.
struct redecision {
    std::string before, after;
};

/// Pure; sends nothing. Whether a reply could be shown is not asked again, only whether one is wanted.
redecision redecide(const router::rules& by, const stream::kept_callback& whole, const stream::effects& event,
                    std::int64_t recorded_ms, router::rules::workspace& with);

}  // namespace yizhan::gateway
