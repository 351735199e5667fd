#include "gateway/address_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "core/time.hpp"

namespace yizhan::gateway {
namespace {

bool to_bytes(std::string_view text, std::array<unsigned char, 16>& into, bool& is_v4) {
    char name[INET6_ADDRSTRLEN + 1] = {};
    if (text.size() >= sizeof name) return false;
    std::memcpy(name, text.data(), text.size());
    into.fill(0);
    is_v4 = ::inet_pton(AF_INET, name, into.data() + 12) == 1;
    if (is_v4) into[10] = into[11] = 0xff;
    return is_v4 || ::inet_pton(AF_INET6, name, into.data()) == 1;
}

}  // namespace

bool is_address(std::string_view text) {
    std::array<unsigned char, 16> bytes;
    bool is_v4 = false;
    return to_bytes(text, bytes, is_v4);
}

bool address_list::read(std::string_view text, block& into) {
    const std::size_t slash = text.find('/');
    bool is_v4 = false;
    if (!to_bytes(text.substr(0, slash), into.address, is_v4)) return false;
    const unsigned whole = is_v4 ? 32 : 128;
    into.prefix = whole;
    if (slash != std::string_view::npos) {
        const auto prefix = decimal(text.substr(slash + 1));
        if (!prefix || *prefix > whole) return false;
        into.prefix = static_cast<unsigned>(*prefix);
    }
    if (is_v4) into.prefix += 96;
    return true;
}

bool address_list::is_block(std::string_view text) {
    block ignored;
    return read(text, ignored);
}

address_list::address_list(std::span<const std::string> texts) {
    for (const std::string& text : texts)
        if (block made; read(text, made)) blocks_.push_back(made);
}

bool address_list::contains(std::string_view text) const {
    bytes address;
    bool is_v4 = false;
    if (blocks_.empty() || !to_bytes(text, address, is_v4)) return false;
    return std::ranges::any_of(blocks_, [&](const block& each) {
        const unsigned whole = each.prefix / 8, rest = each.prefix % 8;
        if (std::memcmp(address.data(), each.address.data(), whole) != 0) return false;
        if (rest == 0) return true;
        const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
        return (address[whole] & mask) == (each.address[whole] & mask);
    });
}

}  // namespace yizhan::gateway
