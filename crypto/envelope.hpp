#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"

struct evp_cipher_ctx_st;

namespace yizhan::crypto {

/// An opened envelope: views into the buffer it was opened in.
struct letter {
    std::string_view message, receive_id;
};

/// Random bytes that begin every sealed buffer.
using salt = std::array<unsigned char, 16>;

/// The AES envelope that WeChat ("消息加解密说明") and WeCom ("加解密方案说明") wrap callbacks in:
/// base64(AES-256-CBC(16 random bytes, length of the message in 4 bytes big endian, message, receive-id,
/// padding)), the initial vector being the key's first half and the padding PKCS#7 with a block of 32.
///
/// The key is set once; the contexts are reused, so one envelope serves one thread.
class envelope {
public:
    /// From the 43 characters of an EncodingAESKey. Their last two bits are surplus and need not be zero: the
    /// platforms' own sample keys are not canonical base64. Anything else: `bad_key`.
    static result<envelope> with_key(std::string_view encoding_aes_key);
    ~envelope();
    envelope(envelope&&) noexcept;
    envelope& operator=(envelope&&) noexcept;

    /// Opens what `sign` has vouched for. `buffer` is overwritten and must outlive the letter. The caller
    /// compares the receive-id. Errors: bad_base64, bad_length, bad_padding.
    result<letter> open(std::string_view sealed, std::string& buffer);

    std::string seal(std::string_view message, std::string_view receive_id, const salt& with);

private:
    struct freer {
        void operator()(evp_cipher_ctx_st*) const;
    };
    using context = std::unique_ptr<evp_cipher_ctx_st, freer>;
    envelope(context decrypt, context encrypt, std::array<unsigned char, 16> vector);

    context decrypt_, encrypt_;
    std::array<unsigned char, 16> vector_;
    std::string decoded_;
};

}  // namespace yizhan::crypto
