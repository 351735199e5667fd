#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan::stream::redis {

/// What Redis says to a command (RESP 2).
struct reply {
    enum class kind : std::uint8_t { nothing, status, error, number, text, list };
    kind what = kind::nothing;
    std::int64_t number = 0;
    std::string text;             // Of status, error and text; an error begins with its code, such as `READONLY`.
    std::vector<reply> elements;  // Of a list.

    bool is_error(std::string_view code = {}) const {
        return what == kind::error && text.starts_with(code) &&
               (code.empty() || text.size() == code.size() || text[code.size()] == ' ');
    }
};

}  // namespace yizhan::stream::redis
