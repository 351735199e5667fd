#pragma once
#include "adapters/way_out.hpp"

namespace yizhan::adapters::weibo {

/// Null without an `access_token`: then nothing can be sent.
std::unique_ptr<way_out> fans_service_way_out(const account& settings);

}  // namespace yizhan::adapters::weibo
