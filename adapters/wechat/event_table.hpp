#pragma once
#include <span>

#include "adapters/table.hpp"

namespace yizhan::adapters::wechat {

/// Messages and events of an official account (公众号, 服务号).
std::span<const row> official_account_table();

}  // namespace yizhan::adapters::wechat
