// The envelope: arbitrary base64, and arbitrary bytes that are properly encrypted. What is sealed opens.
#include "crypto/envelope.hpp"

#include <openssl/evp.h>

#include "crypto/base64.hpp"
#include "tests/fuzz/target.hpp"

using namespace yizhan;

namespace {

constexpr std::string_view key43 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";  // Bytes 0 to 31.

/// Whole blocks, encrypted as they are: so the padding and the length inside are the fuzzer's.
std::string encrypted(std::string_view plain) {
    static EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
    unsigned char key[32];
    for (int at = 0; at < 32; ++at) key[at] = static_cast<unsigned char>(at);
    EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key, key);
    EVP_CIPHER_CTX_set_padding(context, 0);
    std::string out(plain.size() + 32, '\0');
    int written = 0;
    EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(out.data()), &written,
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    out.resize(static_cast<std::size_t>(written));
    std::string text(4 * (out.size() + 2) / 3 + 4, '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                         reinterpret_cast<const unsigned char*>(out.data()),
                                                         static_cast<int>(out.size()))));
    return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static crypto::envelope envelope = crypto::envelope::with_key(key43).value();
    const std::string_view text = text_of(bytes, size);
    std::string buffer;
    const auto is_within = [&](std::string_view part) {
        return part.empty() ||
               (part.data() >= buffer.data() && part.data() + part.size() <= buffer.data() + buffer.size());
    };
    for (const std::string& sealed : {std::string(text), encrypted(text.substr(0, size / 16 * 16))})
        if (const auto opened = envelope.open(sealed, buffer))
            promise(is_within(opened->message) && is_within(opened->receive_id),
                    "the letter lies within its buffer");
    const std::string_view id = text.substr(0, size / 4);
    const auto opened = envelope.open(envelope.seal(text, id, {}), buffer);
    promise(opened && opened->message == text && opened->receive_id == id, "what is sealed opens");
    return 0;
}
