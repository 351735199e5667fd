#pragma once
#include <span>

#include "adapters/table.hpp"

namespace yizhan::adapters::wecom {

/// Messages of employees to an app (应用), and the app's own events. Source: "消息格式", "事件格式".
std::span<const row> app_table();

}  // namespace yizhan::adapters::wecom
