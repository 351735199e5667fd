#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/config.hpp"

namespace yizhan::gateway {

struct send_options {
    std::string account, type = "text", text, from, url, api_url, key_file, message_id;
    std::string body_file, tenant;
    std::vector<std::string> set;  // name=value
    std::uint64_t repeat = 1, duplicate = 0;
    std::string tamper;
    bool explain = false, check = false, json = false, insecure = false, list = false;
    bool as_json = false;  // The callback itself.
};
/// Forges callbacks and posts them; 0 when all were answered with 200 (with --tamper: refused with 403 or
/// 400).
int send_command(const config& settings, const send_options& options);

struct decrypt_options {
    std::string account, query, body_file, suffix;  // `suffix`: of the path, behind the account.
    bool json = false;
};
/// Says step by step what of a callback verifies; 0 when everything does.
int decrypt_command(const config& settings, const decrypt_options& options);

struct events_options {
    std::string after, account, type;
    std::uint64_t limit = 0;  // 0: all
    bool json = false, follow = false;
};
/// Prints the events of the journal, beside a running server or without one.
int events_command(const config& settings, const events_options& options);

struct types_options {
    std::string schema_of, write_to;
    bool json = false;
};
/// Lists the types, prints a schema, or writes docs/events.md and docs/schema/.
int types_command(const types_options& options);

}  // namespace yizhan::gateway
