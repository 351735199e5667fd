#pragma once
#include <memory>
#include <span>
#include <string>

#include "adapters/adapter.hpp"
#include "core/account.hpp"

namespace yizhan::test {

account wechat_account(encryption mode = encryption::required);
account wecom_account();
account weibo_account();

/// An account of any kind, with the ids of the fixtures.
account account_of(const std::string& channel, const std::string& kind);
/// Where such an account gets its notices, or its messages.
std::string suffix_of(const std::string& channel, const std::string& kind, bool is_notice);

std::unique_ptr<adapters::adapter> adapter_of(const account& settings);

/// The bytes of tests/data/NAME.
std::string data_file(const std::string& name);

}  // namespace yizhan::test
