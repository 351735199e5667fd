#pragma once
#include "adapters/way_out.hpp"

namespace yizhan::adapters::wecom {

/// Null without a `secret`: then nothing can be sent.
std::unique_ptr<way_out> app_way_out(const account& settings);
std::unique_ptr<way_out> kf_way_out(const account& settings);

}  // namespace yizhan::adapters::wecom
