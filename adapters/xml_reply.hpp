#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/reply.hpp"

namespace yizhan::adapters {

/// What the XML platforms differ in when they answer. Longer texts are cut at a character.
struct xml_reply_limits {
    std::size_t text_bytes_max = 2048;
    std::size_t articles_max = 8;
    std::size_t title_bytes_max = SIZE_MAX, description_bytes_max = SIZE_MAX;
    std::string_view body = {};  // The elements of a card, which only one platform has.
};

/// The clear XML of a passive reply: header (names swapped by the caller), then the body of its kind.
std::string xml_reply(std::string_view to, std::string_view from, std::int64_t now_ms, const reply& with,
                      const xml_reply_limits& limits);

/// A CDATA element; `]]>` inside is split over two sections, and what XML cannot hold is left out.
void append_cdata(std::string& out, std::string_view name, std::string_view text);

}  // namespace yizhan::adapters
