#pragma once
#include <span>

#include "adapters/way_out.hpp"

namespace yizhan::adapters::wechat {

/// "全局返回码": what a caller has to do (wechat.md 6.9).
std::span<const code_row> codes();

}  // namespace yizhan::adapters::wechat
