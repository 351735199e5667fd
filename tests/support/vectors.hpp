#pragma once
#include <string>
#include <vector>

namespace yizhan::test {

/// An envelope whose every part is known.
struct sealed_vector {
    std::string name, token, timestamp, nonce, signature, key, encrypt, receive_id;
    std::size_t message_length;
    std::string message, random;
};
const std::vector<sealed_vector>& sealed_vectors();

/// Seals bytes as they are, with no head and no padding: for buffers that are wrong on purpose.
std::string aes_256_cbc_base64(const std::string& key43, const std::string& plain);

}  // namespace yizhan::test
