#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan::gateway {

bool is_address(std::string_view text);

/// IPv4 and IPv6 address blocks. An IPv4 address that comes mapped into IPv6 counts as what it is.
class address_list {
public:
    address_list() = default;
    explicit address_list(std::span<const std::string> blocks);

    bool contains(std::string_view address) const;
    bool empty() const { return blocks_.empty(); }

    static bool is_block(std::string_view text);

private:
    using bytes = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d.
    struct block {
        bytes address;
        unsigned prefix;
    };
    static bool read(std::string_view text, block& into);

    std::vector<block> blocks_;
};

}  // namespace yizhan::gateway
