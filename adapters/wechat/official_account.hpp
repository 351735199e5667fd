#pragma once
#include "adapters/adapter.hpp"

namespace yizhan::adapters::wechat {

/// A WeChat official account (公众号 or 服务号) in plaintext, compatible or safe mode; the configuration says
/// which, never the request. Source: "消息推送", "消息加解密说明", "被动回复用户消息".
result<std::unique_ptr<adapter>> make_official_account(const account& settings);

}  // namespace yizhan::adapters::wechat
