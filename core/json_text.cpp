#include "core/json_text.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "core/utf8.hpp"

namespace yizhan::json {
namespace {

constexpr std::array<bool, 256> copies_as_is = [] {
    std::array<bool, 256> plain{};
    for (int byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\' && byte != 0x7f;
    return plain;
}();

void append_escaped(std::string& out, unsigned char byte) {
    switch (byte) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr char digits[] = "0123456789abcdef";
    out += "\\u00";
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

}  // namespace

void append_inside(std::string& out, std::string_view text) {
    std::size_t copied = 0, at = 0;
    const auto copy_until = [&](std::size_t end) { out.append(text.data() + copied, end - copied); };
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (copies_as_is[byte]) {
            ++at;
        } else if (byte >= 0xE1 && byte <= 0xEC && at + 2 < text.size() && (text[at + 1] & 0xC0) == 0x80 &&
                   (text[at + 2] & 0xC0) == 0x80) {
            at += 3;  // Nearly all Chinese.
        } else if (const std::size_t length = byte < 0x80 ? 0 : utf8::sequence_length(text, at)) {
            at += length;
        } else {
            copy_until(at);
            if (byte < 0x80)
                append_escaped(out, byte);
            else
                out += "\xEF\xBF\xBD";
            copied = ++at;
        }
    }
    copy_until(at);
}

void append_string(std::string& out, std::string_view text) {
    out += '"';
    append_inside(out, text);
    out += '"';
}

void append_key(std::string& out, std::string_view name) {
    if (!out.empty() && out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    append_key(out, name);
    append_string(out, text);
}

void append_number(std::string& out, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

}  // namespace yizhan::json
