#pragma once
#include "net/http_client.hpp"

namespace yizhan::net {

using fetch_request = http_request;

/// One call, while the caller waits: for commands and tests, never for the server. Answers of any length.
result<http_response> fetch(http_request what);

}  // namespace yizhan::net
