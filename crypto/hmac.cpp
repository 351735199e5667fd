#include "crypto/hmac.hpp"

#include <openssl/evp.h>

namespace yizhan::crypto {

std::array<unsigned char, 32> hmac_sha256_bytes(std::string_view secret, std::string_view message) {
    std::array<unsigned char, 32> digest{};
    std::size_t length = 0;
    EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
              reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
              digest.size(), &length);
    return digest;
}

std::string hmac_sha256(std::string_view secret, std::string_view message) {
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char each : hmac_sha256_bytes(secret, message)) hex += digits[each >> 4], hex += digits[each & 15];
    return hex;
}

}  // namespace yizhan::crypto
