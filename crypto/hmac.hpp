#pragma once
#include <array>
#include <string>
#include <string_view>

namespace yizhan::crypto {

std::array<unsigned char, 32> hmac_sha256_bytes(std::string_view secret, std::string_view message);

/// HMAC-SHA256 as 64 lower-case hex digits.
std::string hmac_sha256(std::string_view secret, std::string_view message);

}  // namespace yizhan::crypto
