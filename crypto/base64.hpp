#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace yizhan::crypto {

/// Decodes standard base64 with its padding into `out`, replacing what was there. White space, a wrong length
/// or any other character: `bad_base64`.
result<void> decode_base64(std::string_view text, std::string& out);

std::string encode_base64(std::span<const unsigned char> bytes);

}  // namespace yizhan::crypto
