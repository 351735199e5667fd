#pragma once
#include <cstddef>
#include <string_view>

#include "core/error.hpp"

namespace yizhan::gateway {

/// How a request is framed, and the few fields that the callback's way needs.
struct framing {
    std::size_t head_bytes = 0;  // Request line and fields, with the empty line.
    std::size_t content_length = 0;
    bool is_get = false, is_post = false, chunked = false, keep_alive = true, expects_continue = false;
    bool has_content_encoding = false;
    std::string_view target;
    std::string_view forwarded_for;  // The last field of this name: what the proxy nearest to us said.
    bool forwarded_more = false;     // There were others before it.
};

constexpr std::size_t head_bytes_max = 8192;

/// The gate in front of the HTTP parser, which takes what two readers could read differently (a chunked body
/// on HTTP/1.0, two lengths, two hosts, folded fields …). Any doubt: malformed_framing. `head_bytes` 0: the
/// head is not complete yet.
result<framing> examine(std::string_view bytes);

}  // namespace yizhan::gateway
