#pragma once
#include <span>

#include "adapters/way_out.hpp"

namespace yizhan::adapters::wecom {

/// "全局错误码": what a caller has to do (wecom.md 6.4).
std::span<const code_row> codes();

}  // namespace yizhan::adapters::wecom
