#include "net/public_address.hpp"

#include <algorithm>
#include <cstdint>

namespace yizhan::net {
namespace {

struct block {
    std::uint32_t first;
    int bits;
};

// The IPv4 entries of IANA's special-purpose registry (RFC 6890 and its successors), multicast and what is reserved.
constexpr block special[] = {
    {0x00000000, 8 }, // 0.0.0.0/8
    {0x0A000000, 8 }, // 10.0.0.0/8
    {0x64400000, 10}, // 100.64.0.0/10
    {0x7F000000, 8 }, // 127.0.0.0/8
    {0xA9FE0000, 16}, // 169.254.0.0/16
    {0xAC100000, 12}, // 172.16.0.0/12
    {0xC0000000, 24}, // 192.0.0.0/24
    {0xC0000200, 24}, // 192.0.2.0/24
    {0xC0586300, 24}, // 192.88.99.0/24
    {0xC0A80000, 16}, // 192.168.0.0/16
    {0xC6120000, 15}, // 198.18.0.0/15
    {0xC6336400, 24}, // 198.51.100.0/24
    {0xCB007100, 24}, // 203.0.113.0/24
    {0xE0000000, 4 }, // 224.0.0.0/4
    {0xF0000000, 4 }, // 240.0.0.0/4
};

bool is_public_v4(std::uint32_t address) {
    return std::ranges::none_of(special, [&](const block& each) { return (address ^ each.first) >> (32 - each.bits) == 0; });
}

}  // namespace

bool is_public(const boost::asio::ip::address& address) {
    if (address.is_v4()) return is_public_v4(address.to_v4().to_uint());
    const auto bytes = address.to_v6().to_bytes();
    const auto v4_at = [&](std::size_t at) {
        return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
    };
    const auto begins = [&](std::initializer_list<unsigned char> with) { return std::equal(with.begin(), with.end(), bytes.begin()); };
    if (begins({0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(v4_at(12));  // NAT64.
    if (begins({0x20, 0x02})) return is_public_v4(v4_at(2));                                       // 6to4.
    // Of the rest, 2000::/3 is given out; in it documentation, benchmarks and tunnels (Teredo) are not.
    if ((bytes[0] & 0xE0) != 0x20) return false;
    if (begins({0x20, 0x01, 0x0D, 0xB8}) || begins({0x3F, 0xFF})) return false;
    return !(begins({0x20, 0x01}) && bytes[2] < 2);
}

}  // namespace yizhan::net
