#include "router/normalise.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/utf8.hpp"

namespace yizhan::router {
namespace {

/// Folds what most of our traffic is made of: ASCII, the common Chinese characters and stops, full-width
/// forms of ASCII, emoji. False when there is anything else.
bool fold_simple(std::string_view text, std::string& out) {
    const auto fold = [](unsigned char byte) {
        return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    };
    const auto continues = [](unsigned char byte) { return (byte & 0xC0) == 0x80; };
    out.resize(text.size());  // None of these becomes longer.
    char* to = out.data();
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            *to++ = fold(byte);
            ++at;
            continue;
        }
        if (at + 3 > text.size()) return false;
        const auto second = static_cast<unsigned char>(text[at + 1]),
                   third = static_cast<unsigned char>(text[at + 2]);
        // U+4E00 to U+9FFF (E4 B8 80 to E9 BF BF) are their own normal form.
        const bool ideograph = (byte == 0xE4 && second >= 0xB8) || (byte >= 0xE5 && byte <= 0xE9);
        if (ideograph && continues(second) && continues(third)) [[likely]] {
            to = std::copy_n(text.data() + at, 3, to);
            at += 3;
            continue;
        }
        const std::size_t length = utf8::sequence_length(text, at);
        if (length < 3) return false;
        // U+FF01 to U+FF5E are ASCII, wide: EF BC 81 to EF BD 9E.
        const unsigned wide = byte == 0xEF ? (second & 0x3Fu) << 6 | (third & 0x3Fu) : 0;
        if (wide >= 0xF01 && wide <= 0xF5E) {
            *to++ = fold(static_cast<unsigned char>(wide - 0xF00 + 0x20));
            at += 3;
            continue;
        }
        // So are U+3001 to U+3003, U+3008 to U+3011, and the emoji from U+1F300 to U+1FAFF (F0 9F 8C 80 to F0 9F AB BF).
        const bool stop = byte == 0xE3 && second == 0x80 &&
                          ((third >= 0x81 && third <= 0x83) || (third >= 0x88 && third <= 0x91));
        const bool emoji = length == 4 && byte == 0xF0 && second == 0x9F && third >= 0x8C && third <= 0xAB;
        if (!stop && !emoji) return false;
        to = std::copy_n(text.data() + at, length, to);
        at += length;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    return true;
}

std::string mapped(std::string_view text) {
    utf8proc_uint8_t* made = nullptr;
    constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                        UTF8PROC_CASEFOLD);
    const utf8proc_ssize_t length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                 static_cast<utf8proc_ssize_t>(text.size()), &made, how);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(made, &std::free);
    if (length < 0) return std::string(text);
    return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(length)};
}

}  // namespace

void normalise(std::string_view text, std::string& out) {
    if (!fold_simple(text, out)) out = mapped(text);
}

std::string normalise_pattern(std::string_view pattern) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size();) {
        const std::size_t length = utf8::sequence_length(pattern, at);
        if (length <= 1) {  // ASCII: syntax or a letter, whose case RE2 is told to ignore.
            out += pattern[at++];
            continue;
        }
        for (const char each : mapped(pattern.substr(at, length))) {
            const bool is_syntax = std::string_view("\\^$.[]|()?*+{}-").find(each) != std::string_view::npos;
            if (is_syntax) out += '\\';
            out += each;
        }
        at += length;
    }
    return out;
}

}  // namespace yizhan::router
