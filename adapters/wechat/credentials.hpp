#pragma once
#include <memory>

#include "adapters/credential.hpp"
#include "core/account.hpp"

namespace yizhan::adapters::wechat {

constexpr std::string_view platform_api = "https://api.weixin.qq.com";

/// 获取稳定版接口调用凭据: the same token for everybody who asks.
std::shared_ptr<const credential> own_credential(const account& settings);

}  // namespace yizhan::adapters::wechat
