#pragma once
#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

namespace yizhan::adapters::wecom {

/// One item of a page of sync_msg ("接收消息和事件"), as JSON: what a customer, the platform or a servicer in the WeCom client
/// did with a kf account. Never an error for a kind we do not know. Errors: malformed_message, too_deep.
result<void> read_kf_item(crypto::hasher& with, std::string_view clear, std::string_view account, std::string_view corporation,
                          std::string_view kf, decoded& into);

}  // namespace yizhan::adapters::wecom
