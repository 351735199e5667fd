#pragma once
#include <memory>

#include "adapters/credential.hpp"
#include "core/account.hpp"

namespace yizhan::adapters::wecom {

constexpr std::string_view platform_api = "https://qyapi.weixin.qq.com";

/// 获取access_token: one for each secret.
std::shared_ptr<const credential> own_credential(const account& settings);

}  // namespace yizhan::adapters::wecom
