#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace yizhan::net {

struct fetch_request {
    std::string method = "GET", url, body;  // url: http:// or https://, with host, port and target.
    std::vector<std::pair<std::string, std::string>> fields;
    std::chrono::milliseconds patience{10000};
    bool verify_peer = true;  // https: the certificate must be good for the host.
};
struct fetch_response {
    unsigned status = 0;
    std::string body, content_type;
};

/// One request, one answer, while the caller waits: for commands and tests, never for the server. No
/// redirects.
result<fetch_response> fetch(const fetch_request& what);

}  // namespace yizhan::net
