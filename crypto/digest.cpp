#include "crypto/digest.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace yizhan::crypto {

void hasher::freer::operator()(evp_md_st* algorithm) const { EVP_MD_free(algorithm); }
void hasher::freer::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

hasher::hasher()
    : sha1_(EVP_MD_fetch(nullptr, "SHA1", nullptr)),
      sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
      context_(EVP_MD_CTX_new()) {
    if (!sha1_ || !sha256_ || !context_) throw std::runtime_error("OpenSSL offers no SHA-1 or SHA-256");
}
hasher::~hasher() = default;
hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;

void hasher::run(evp_md_st* algorithm, std::span<const std::string_view> parts, unsigned char* out) {
    bool done = EVP_DigestInit_ex2(context_.get(), algorithm, nullptr) == 1;
    for (const std::string_view part : parts)
        done = done && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
    if (!done || EVP_DigestFinal_ex(context_.get(), out, nullptr) != 1)
        throw std::runtime_error("OpenSSL could not compute a digest");
}

sha1_digest hasher::sha1(std::span<const std::string_view> parts) {
    sha1_digest out;
    run(sha1_.get(), parts, out.data());
    return out;
}

sha256_digest hasher::sha256(std::span<const std::string_view> parts) {
    sha256_digest out;
    run(sha256_.get(), parts, out.data());
    return out;
}

void fill_random(std::span<unsigned char> out) {
    // Each call of OpenSSL asks the system who we are: so some more are drawn at once. None is given out twice.
    thread_local std::array<unsigned char, 512> drawn;
    thread_local std::size_t left = 0;
    if (out.size() > left) {
        if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1 ||
            (out.size() > drawn.size() && RAND_bytes(out.data(), static_cast<int>(out.size())) != 1))
            throw std::runtime_error("OpenSSL has no random bytes");
        left = drawn.size();
        if (out.size() > left) return;
    }
    left -= out.size();
    std::memcpy(out.data(), drawn.data() + left, out.size());
    OPENSSL_cleanse(drawn.data() + left, out.size());
}

}  // namespace yizhan::crypto
