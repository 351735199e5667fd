#pragma once
#include "adapters/table.hpp"

namespace yizhan::adapters::weibo {

/// Fans service: private messages, events and mentions. Readers get the members of `data`, or in the XML form
/// the whole document.
const table& fans_service_table();

/// Data push: posts and comments about the account. Readers get one post or comment.
const table& data_push_table();

}  // namespace yizhan::adapters::weibo
