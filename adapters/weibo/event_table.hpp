#pragma once
#include <span>

#include "adapters/table.hpp"

namespace yizhan::adapters::weibo {

/// Messages, events and mentions of the fans service platform (粉丝服务平台).
/// Source: "接收普通消息", "接收事件推送". `name` is `data.subtype`.
std::span<const row> fans_service_table();

}  // namespace yizhan::adapters::weibo
