#pragma once
#include "adapters/adapter.hpp"

namespace yizhan::adapters::weibo {

/// An account of Weibo's fans service platform (粉丝服务平台) signed with the app secret, never encrypted,
/// the body not covered by the signature. Source: "消息推送服务", "发送被动响应消息".
result<std::unique_ptr<adapter>> make_fans_service(const account& settings);

}  // namespace yizhan::adapters::weibo
