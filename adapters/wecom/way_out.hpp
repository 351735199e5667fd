#pragma once
#include "adapters/adapter.hpp"
#include "adapters/way_out.hpp"

namespace yizhan::adapters::wecom {

/// Null without a `secret`: then nothing can be sent.
std::unique_ptr<way_out> app_way_out(const account& settings);
/// The app's, with somebody's token; null when its AgentId is none.
std::unique_ptr<way_out> app_way_out(std::shared_ptr<const credential> whose, const std::string& agent_id);
std::unique_ptr<way_out> kf_way_out(const account& settings);
std::unique_ptr<way_out> customer_contact_way_out(const account& settings);
/// 第三方应用: null without a `secret`.
std::unique_ptr<provider> suite_provider(const account& settings);

/// "发送消息": what a customer's message allows (wecom.md 4.6).
window kf_window(const event& of);

}  // namespace yizhan::adapters::wecom
