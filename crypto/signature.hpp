#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"

namespace yizhan::crypto {

/// 40 lower-case hex digits.
using signature = std::array<char, 40>;

/// SHA-1 over the parts in ascending byte order with nothing between them: three parts (token or app secret,
/// timestamp, nonce) for plain callbacks, four (and the ciphertext) for encrypted ones. The same rule in
/// WeChat "消息推送", WeCom "加解密方案说明" and Weibo "消息推送服务".
signature sign(hasher& with, std::span<const std::string_view> parts);

/// Compares in constant time. Upper-case hex counts as the same; any other length is different.
bool same(const signature& computed, std::string_view given);

inline std::string_view text_of(const signature& value) { return {value.data(), value.size()}; }

/// Whether two secrets are equal, in a time that depends on their lengths only.
bool same_secret(std::string_view one, std::string_view other);

}  // namespace yizhan::crypto
