#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace yizhan::stream::redis {

/// Where a Redis is, from `redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]`, `rediss://…` (TLS) or `unix:///PATH[?db=N]`.
struct address {
    std::string host, port = "6379", path;  // `path`: of a Unix socket, then there is no host.
    std::string user, password;
    int database = 0;
    bool is_tls = false;

    /// For logs: without user and password.
    std::string text() const;
};

/// None for anything else.
std::optional<address> address_of(std::string_view url);

}  // namespace yizhan::stream::redis
