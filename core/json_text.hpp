#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace yizhan::json {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the
/// result is always valid JSON; `<`, `>` and `&` stay as they are.
void append_string(std::string& out, std::string_view text);

/// The same without the quotes: for a string that is put together of several parts.
void append_inside(std::string& out, std::string_view text);

/// Appends `"name":` and, unless the object has just begun, a comma before it.
void append_key(std::string& out, std::string_view name);

/// Appends `"name":"text"`, and nothing at all when the text is empty.
void append_member(std::string& out, std::string_view name, std::string_view text);

void append_number(std::string& out, std::int64_t number);

inline std::string quoted(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

}  // namespace yizhan::json
