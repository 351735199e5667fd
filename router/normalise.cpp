#include "router/normalise.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "core/utf8.hpp"

namespace yizhan::router {
namespace {

/// Text that is most of our traffic and is its own normal form: ASCII, and the common Chinese characters and stops.
/// Upper-case ASCII is folded on the way. False when there is anything else.
bool fold_simple(std::string_view text, std::string& out) {
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
            ++at;
            continue;
        }
        // U+4E00 to U+9FFF are E4 B8 80 to E9 BF BF; U+3001 and U+3002 are E3 80 81 and E3 80 82.
        if (utf8::sequence_length(text, at) != 3) return false;
        const auto second = static_cast<unsigned char>(text[at + 1]), third = static_cast<unsigned char>(text[at + 2]);
        const bool ideograph = (byte == 0xE4 && second >= 0xB8) || (byte >= 0xE5 && byte <= 0xE9);
        const bool stop = byte == 0xE3 && second == 0x80 && (third == 0x81 || third == 0x82);
        if (!ideograph && !stop) return false;
        out.append(text, at, 3);
        at += 3;
    }
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
    out.clear();
    if (fold_simple(text, out)) return;
    out = mapped(text);
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
