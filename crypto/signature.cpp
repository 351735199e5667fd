#include "crypto/signature.hpp"

#include <openssl/crypto.h>

#include <cassert>

namespace yizhan::crypto {

signature sign(hasher& with, std::span<const std::string_view> parts) {
    std::array<std::string_view, 4> sorted;
    assert(parts.size() <= sorted.size());
    std::size_t count = 0;
    for (const std::string_view part : parts) {  // Three or four: put each where it belongs.
        std::size_t at = count++;
        for (; at > 0 && part < sorted[at - 1]; --at) sorted[at] = sorted[at - 1];
        sorted[at] = part;
    }
    const std::span<const std::string_view> used(sorted.data(), count);
    const sha1_digest digest = with.sha1(used);

    constexpr char digits[] = "0123456789abcdef";
    signature out;
    for (std::size_t at = 0; at < digest.size(); ++at) {
        out[2 * at] = digits[digest[at] >> 4];
        out[2 * at + 1] = digits[digest[at] & 15];
    }
    return out;
}

bool same(const signature& computed, std::string_view given) {
    if (given.size() != computed.size()) return false;
    signature lower;
    for (std::size_t at = 0; at < lower.size(); ++at) {
        const char digit = given[at];
        lower[at] = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit | 0x20) : digit;
    }
    return CRYPTO_memcmp(computed.data(), lower.data(), lower.size()) == 0;
}

bool same_secret(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace yizhan::crypto
