#include "crypto/base64.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace yizhan::crypto {
namespace {

/// Six bits a character, shifted into place; `bad` in a high bit, so that one test serves four characters.
constexpr std::uint32_t bad = 0x80000000u;
constexpr auto values = [] {
    std::array<std::array<std::uint32_t, 256>, 4> table{};
    for (auto& column : table) column.fill(bad);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::uint32_t value = 0; value < alphabet.size(); ++value)
        for (int column = 0; column < 4; ++column)
            table[column][static_cast<unsigned char>(alphabet[value])] = value << (18 - 6 * column);
    return table;
}();

}  // namespace

// A table of our own: EVP_DecodeBlock skips white space, counts the padding as data and takes half as long
// again.
result<void> decode_base64(std::string_view text, std::string& out) {
    if (text.empty() || text.size() % 4 != 0) return errc::bad_base64;
    const std::size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
    const std::size_t groups = text.size() / 4 - (padding ? 1 : 0);
    out.resize(text.size() / 4 * 3);
    const auto* in = reinterpret_cast<const unsigned char*>(text.data());
    char* to = out.data();
    std::uint32_t seen = 0;
    for (std::size_t group = 0; group < groups; ++group, in += 4, to += 3) {
        const std::uint32_t bits = values[0][in[0]] | values[1][in[1]] | values[2][in[2]] | values[3][in[3]];
        seen |= bits;
        to[0] = static_cast<char>(bits >> 16);
        to[1] = static_cast<char>(bits >> 8);
        to[2] = static_cast<char>(bits);
    }
    if (padding) {
        const std::uint32_t third = padding == 1 ? values[2][in[2]] : 0;
        const std::uint32_t bits = values[0][in[0]] | values[1][in[1]] | third;
        seen |= bits;
        to[0] = static_cast<char>(bits >> 16);
        to[1] = static_cast<char>(bits >> 8);
    }
    if (seen & bad) return errc::bad_base64;
    out.resize(out.size() - padding);
    return {};
}

std::string encode_base64(std::span<const unsigned char> bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // One more for the zero that OpenSSL adds.
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                                       static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

}  // namespace yizhan::crypto
