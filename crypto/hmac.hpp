#pragma once
#include <string>
#include <string_view>

namespace yizhan::crypto {

/// HMAC-SHA256 as 64 lower-case hex digits.
std::string hmac_sha256(std::string_view secret, std::string_view message);

}  // namespace yizhan::crypto
