#pragma once
#include <cstdio>
#include <string>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace yizhan::stream {

/// XXH3-128 of all that was added, in hex: whether two contents are the same, where nobody means harm.
class content_digest {
public:
    content_digest() { XXH3_128bits_reset(&state_); }
    void add(std::string_view bytes) { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }
    std::string text() const {
        const XXH128_hash_t digest = XXH3_128bits_digest(&state_);
        char hex[33];
        std::snprintf(hex, sizeof hex, "%016llx%016llx", static_cast<unsigned long long>(digest.high64),
                      static_cast<unsigned long long>(digest.low64));
        return hex;
    }

private:
    XXH3_state_t state_;
};

}  // namespace yizhan::stream
