#pragma once
#include "adapters/adapter.hpp"

namespace yizhan::adapters::wecom {

/// A WeCom app (企业微信自建应用): always encrypted, addressed to the corporation.
/// Source: "接收消息与事件 概述", "加解密方案说明", "被动回复消息格式".
result<std::unique_ptr<adapter>> make_app(const account& settings);

}  // namespace yizhan::adapters::wecom
