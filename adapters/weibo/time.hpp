#pragma once
#include <cstdint>
#include <string_view>

namespace yizhan::adapters::weibo {

/// Unix milliseconds of `Tue Mar 05 14:07:09 +0800 2024`, in whatever locale the process runs; 0 if it is
/// none.
std::int64_t created_at_ms(std::string_view text);

}  // namespace yizhan::adapters::weibo
