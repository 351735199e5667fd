#pragma once
#include <string>

#include "core/account.hpp"
#include "crm/state.hpp"

namespace yizhan::gateway {

void append_task(std::string& out, const crm::task& what);
void append_dead_letter(std::string& out, const crm::dead_letter& what);
void append_contact(std::string& out, const crm::contact& who);
/// What became of a message of ours.
void append_delivery(std::string& out, const crm::outgoing& what);
void append_window(std::string& out, const crm::reply_window& what);
void append_queue(std::string& out, const crm::queue_figures& what, std::int64_t now_ms);

/// What a platform handed over; without its value unless that is asked for.
enum class grant_shown { outline, whole };
void append_grant(std::string& out, const crm::held_grant& what, grant_shown how);
void append_account(std::string& out, const account& which, const std::vector<crm::held_grant>& held);

/// `c7`, `v7`, `t7` and back; nothing when it is none of ours.
std::string outer_id(char letter, std::int64_t id);
std::optional<std::int64_t> inner_id(char letter, std::string_view text);

}  // namespace yizhan::gateway
