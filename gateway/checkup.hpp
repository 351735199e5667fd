#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config.hpp"

namespace yizhan::gateway {

enum class level { ok, warn, fault };
std::string_view name_of(level of);

/// One thing that was looked at. The names are part of the contract of `yizhan doctor --json`.
struct check {
    std::string_view name;
    level is = level::ok;
    std::string says;         // What was found. Never a secret.
    std::string_view advice;  // What to do about it; empty when all is well.
};

/// Looks at a machine and what is configured for it, as the user who asks: clock, disk, permissions, ports,
/// secrets, limits, the journal and a running server. Changes nothing, and takes some seconds at most.
std::vector<check> look_at_all(const config& settings, const std::string& config_file);

}  // namespace yizhan::gateway
