#pragma once
#include "adapters/adapter.hpp"
#include "adapters/way_out.hpp"

namespace yizhan::adapters::weibo {

/// Null without an `access_token`: then nothing can be sent.
std::unique_ptr<way_out> fans_service_way_out(const account& settings);

/// What each happening allows (weibo.md 3.3).
window fans_service_window(const event& of);

}  // namespace yizhan::adapters::weibo
