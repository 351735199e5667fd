#pragma once
#include "adapters/adapter.hpp"
#include "adapters/way_out.hpp"

namespace yizhan::adapters::wechat {

/// Null without an `app_secret`: then nothing can be sent.
std::unique_ptr<way_out> official_account_way_out(const account& settings);
/// With somebody's token.
std::unique_ptr<way_out> official_account_way_out(std::shared_ptr<const credential> whose);
std::unique_ptr<way_out> mini_program_way_out(const account& settings);

/// 第三方平台: null without an `app_secret`.
std::unique_ptr<provider> component_provider(const account& settings);

/// 客服消息: what each happening allows (wechat.md 6.2).
window official_account_window(const event& of);
window mini_program_window(const event& of);

}  // namespace yizhan::adapters::wechat
