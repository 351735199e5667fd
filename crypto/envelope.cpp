#include "crypto/envelope.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "crypto/base64.hpp"

namespace yizhan::crypto {
namespace {

constexpr std::size_t block = 32;  // Of the padding; the cipher's own is 16.

const EVP_CIPHER* aes_256_cbc() {
    static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> fetched(
        EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr), &EVP_CIPHER_free);
    return fetched.get();
}

std::uint32_t big_endian(const char* at) {
    const auto* byte = reinterpret_cast<const unsigned char*>(at);
    return std::uint32_t{byte[0]} << 24 | std::uint32_t{byte[1]} << 16 | std::uint32_t{byte[2]} << 8 |
           byte[3];
}

/// How much padding ends the buffer, 1 to 32 equal bytes; 0 if it is none of that.
std::size_t padding_of(std::string_view plain) {
    const auto count = static_cast<unsigned char>(plain.back());
    if (count < 1 || count > block || count > plain.size()) return 0;
    unsigned char difference = 0;
    for (const char byte : plain.substr(plain.size() - count))
        difference |= static_cast<unsigned char>(byte) ^ count;
    return difference == 0 ? count : 0;
}

}  // namespace

void envelope::freer::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

envelope::envelope(context decrypt, context encrypt, std::array<unsigned char, 16> vector)
    : decrypt_(std::move(decrypt)), encrypt_(std::move(encrypt)), vector_(vector) {}
envelope::~envelope() = default;
envelope::envelope(envelope&&) noexcept = default;
envelope& envelope::operator=(envelope&&) noexcept = default;

result<envelope> envelope::with_key(std::string_view encoding_aes_key) {
    if (encoding_aes_key.size() != 43) return errc::bad_key;
    std::string key;
    if (!decode_base64(std::string(encoding_aes_key) + "=", key) || key.size() != 32) return errc::bad_key;

    std::array<unsigned char, 16> vector;
    std::memcpy(vector.data(), key.data(), vector.size());
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    context decrypt(EVP_CIPHER_CTX_new()), encrypt(EVP_CIPHER_CTX_new());
    const bool ready =
        decrypt && encrypt &&
        EVP_DecryptInit_ex2(decrypt.get(), aes_256_cbc(), bytes, vector.data(), nullptr) == 1 &&
        EVP_EncryptInit_ex2(encrypt.get(), aes_256_cbc(), bytes, vector.data(), nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(decrypt.get(), 0) == 1 &&
        EVP_CIPHER_CTX_set_padding(encrypt.get(), 0) == 1;
    OPENSSL_cleanse(key.data(), key.size());
    if (!ready) return errc::bad_key;
    return envelope(std::move(decrypt), std::move(encrypt), vector);
}

result<letter> envelope::open(std::string_view sealed, std::string& buffer) {
    if (const auto decoded = decode_base64(sealed, decoded_); !decoded) return decoded.error();
    if (decoded_.size() < block || decoded_.size() % 16 != 0) return errc::bad_length;

    buffer.resize(decoded_.size());
    int length = 0;
    const bool done = EVP_DecryptInit_ex2(decrypt_.get(), nullptr, nullptr, vector_.data(), nullptr) == 1 &&
                      EVP_DecryptUpdate(decrypt_.get(), reinterpret_cast<unsigned char*>(buffer.data()),
                                        &length, reinterpret_cast<const unsigned char*>(decoded_.data()),
                                        static_cast<int>(decoded_.size())) == 1;
    if (!done || static_cast<std::size_t>(length) != buffer.size()) return errc::bad_length;

    const std::string_view plain = buffer;
    const std::size_t padding = padding_of(plain);
    if (padding == 0) return errc::bad_padding;
    const std::string_view body = plain.substr(0, plain.size() - padding);
    constexpr std::size_t head = sizeof(salt) + 4;
    if (body.size() < head) return errc::bad_length;
    const std::uint32_t message_length = big_endian(body.data() + sizeof(salt));
    if (message_length > body.size() - head) return errc::bad_length;
    return letter{body.substr(head, message_length), body.substr(head + message_length)};
}

std::string envelope::seal(std::string_view message, std::string_view receive_id, const salt& with) {
    const std::size_t used = with.size() + 4 + message.size() + receive_id.size();
    const std::size_t padding = block - used % block;
    std::string plain;
    plain.reserve(used + padding);
    plain.append(reinterpret_cast<const char*>(with.data()), with.size());
    for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(message.size() >> shift);
    plain.append(message).append(receive_id).append(padding, static_cast<char>(padding));

    std::string sealed(plain.size() + 16, '\0');
    int length = 0;
    EVP_EncryptInit_ex2(encrypt_.get(), nullptr, nullptr, vector_.data(), nullptr);
    EVP_EncryptUpdate(encrypt_.get(), reinterpret_cast<unsigned char*>(sealed.data()), &length,
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    return encode_base64(
        {reinterpret_cast<const unsigned char*>(sealed.data()), static_cast<std::size_t>(length)});
}

}  // namespace yizhan::crypto
