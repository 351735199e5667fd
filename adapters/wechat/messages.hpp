#pragma once
#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

/// What official accounts, mini programs, stores and a component's merchants have in common.
namespace yizhan::adapters::wechat {

/// Reads a message or an event out of `into.content`. `scope` is the configured account, for the event's id; `tenant` the account
/// whose customer this is. Errors: malformed_message.
result<void> read_message(crypto::hasher& with, std::string_view clear, std::string_view scope,
                          std::string_view tenant, decoded& into);

/// "success", but for the few callbacks that want to be told more.
std::string receipt_of(const decoded& what);

/// A passive reply, in the form of the callback: XML, or JSON with the same names.
std::string passive_reply(const decoded& all, const event& to, const reply& with, const moment& at);

/// Why this platform shows no such reply; empty when it does.
std::string_view cannot_show(const decoded& all, const event& to, const reply& with);

}  // namespace yizhan::adapters::wechat
