#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/reply.hpp"

namespace yizhan::adapters {

/// What the two XML platforms differ in when they answer.
struct xml_reply_limits {
    std::size_t text_bytes_max = 2048;
    std::size_t articles_max = 8;
};

/// The clear XML of a passive reply: header (names swapped by the caller), then the body of its kind.
std::string xml_reply(std::string_view to, std::string_view from, std::int64_t now_ms, const reply& with,
                      const xml_reply_limits& limits);

}  // namespace yizhan::adapters
