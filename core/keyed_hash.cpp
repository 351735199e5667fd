#include "core/keyed_hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <random>

namespace yizhan {
namespace {

using secret = std::array<std::uint32_t, 48>;  // 192 bytes, as XXH3 has by itself.

secret make_secret() {
    std::random_device dice;
    secret made;
    for (std::uint32_t& each : made) each = dice();
    return made;
}

}  // namespace

std::size_t keyed_hash::operator()(std::string_view bytes) const noexcept {
    static const secret ours = make_secret();
    return XXH3_64bits_withSecret(bytes.data(), bytes.size(), ours.data(), sizeof ours);
}

}  // namespace yizhan
