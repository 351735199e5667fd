#include "crypto/hmac.hpp"

#include <openssl/evp.h>

#include <array>

namespace yizhan::crypto {

std::string hmac_sha256(std::string_view secret, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    std::size_t length = 0;
    EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
              reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
              digest.size(), &length);
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (std::size_t at = 0; at < length; ++at) {
        hex += digits[digest[at] >> 4];
        hex += digits[digest[at] & 15];
    }
    return hex;
}

}  // namespace yizhan::crypto
