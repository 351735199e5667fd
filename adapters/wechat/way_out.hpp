#pragma once
#include "adapters/way_out.hpp"

namespace yizhan::adapters::wechat {

/// Null without an `app_secret`: then nothing can be sent.
std::unique_ptr<way_out> official_account_way_out(const account& settings);
std::unique_ptr<way_out> mini_program_way_out(const account& settings);

}  // namespace yizhan::adapters::wechat
