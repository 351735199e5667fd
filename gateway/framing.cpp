#include "gateway/framing.hpp"

#include <algorithm>
#include <array>

#include "core/time.hpp"

namespace yizhan::gateway {
namespace {

constexpr std::array<bool, 256> is_token = [] {
    std::array<bool, 256> table{};
    for (const char each :
         std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        table[static_cast<unsigned char>(each)] = true;
    return table;
}();

/// How many control characters there are, the tab aside. No early exit, so that it is done sixteen bytes at a time.
unsigned count_controls(std::string_view text) {
    unsigned count = 0;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        count += (byte < 0x20 && byte != '\t') | (byte == 0x7f);
    }
    return count;
}

bool is_target(std::string_view text) {
    unsigned bad = 0;
    for (const char each : text) bad |= static_cast<unsigned char>(each) - 0x21u > 0x7eu - 0x21u;
    return bad == 0 && text.starts_with('/');
}

bool is_token_text(std::string_view text) {
    unsigned bad = text.empty();
    for (const char each : text) bad |= !is_token[static_cast<unsigned char>(each)];
    return bad == 0;
}

/// `lower` is written in small letters.
bool is_named(std::string_view name, std::string_view lower) {
    return name.size() == lower.size() && std::ranges::equal(name, lower, [](char given, char wanted) {
               return (given >= 'A' && given <= 'Z' ? static_cast<char>(given | 0x20) : given) == wanted;
           });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Whether one of the words between the commas is this one.
bool lists(std::string_view value, std::string_view lower) {
    for (;;) {
        const std::size_t comma = value.find(',');
        if (is_named(trimmed(value.substr(0, comma)), lower)) return true;
        if (comma == std::string_view::npos) return false;
        value.remove_prefix(comma + 1);
    }
}

/// A head whose lines end so would never be complete; so it is not waited for.
bool has_bare_line_feed(std::string_view bytes) {
    for (std::size_t at = 0; (at = bytes.find('\n', at)) != std::string_view::npos; ++at)
        if (at == 0 || bytes[at - 1] != '\r') return true;
    return false;
}

bool take_request_line(std::string_view line, framing& into, bool& is_1_0) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last || first == 0) return false;
    const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    into.target = line.substr(first + 1, last - first - 1);
    if (!is_token_text(method) || !is_target(into.target)) return false;
    is_1_0 = version == "HTTP/1.0";
    if (!is_1_0 && version != "HTTP/1.1") return false;
    into.is_get = method == "GET";
    into.is_post = method == "POST";
    into.keep_alive = !is_1_0;
    return true;
}

}  // namespace

result<framing> examine(std::string_view bytes) {
    framing made;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos || end + 4 > head_bytes_max) {
        if (bytes.size() >= head_bytes_max || has_bare_line_feed(bytes)) return errc::malformed_framing;
        return made;
    }
    std::string_view rest = bytes.substr(0, end + 2);
    bool is_1_0 = false;
    int hosts = 0, lengths = 0, codings = 0, forwards = 0;
    unsigned line_ends = 0;
    const unsigned controls = count_controls(rest);
    for (bool is_first = true; !rest.empty(); is_first = false) {
        const std::size_t line_end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, line_end);
        rest.remove_prefix(line_end + 2);
        line_ends += 2;
        if (is_first) {
            if (!take_request_line(line, made, is_1_0)) return errc::malformed_framing;
            continue;
        }
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        // A line that begins with a blank is folded; one without a name is nothing.
        if (colon == std::string_view::npos || colon == 0) return errc::malformed_framing;
        if (!is_token_text(name)) return errc::malformed_framing;
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (is_named(name, "host")) {
            if (++hosts > 1 || value.empty()) return errc::malformed_framing;
        } else if (is_named(name, "content-length")) {
            const auto length = decimal(value);
            if (++lengths > 1 || !length || value.size() > 12) return errc::malformed_framing;
            made.content_length = static_cast<std::size_t>(*length);
        } else if (is_named(name, "transfer-encoding")) {
            if (++codings > 1 || is_1_0 || !is_named(value, "chunked")) return errc::malformed_framing;
            made.chunked = true;
        } else if (is_named(name, "connection")) {
            if (lists(value, "close")) made.keep_alive = false;
        } else if (is_named(name, "expect")) {
            if (!is_named(value, "100-continue")) return errc::malformed_framing;
            made.expects_continue = !is_1_0;
        } else if (is_named(name, "content-encoding")) {
            made.has_content_encoding = true;
        } else if (is_named(name, "x-forwarded-for")) {
            made.forwarded_more = ++forwards > 1;
            made.forwarded_for = value;
        }
    }
    if (controls != line_ends) return errc::malformed_framing;  // A bare CR or LF, NUL and their like.
    if ((hosts != 1 && !is_1_0) || (lengths && codings)) return errc::malformed_framing;
    if (made.is_get && (codings || made.content_length != 0)) return errc::malformed_framing;
    if (made.is_post && !lengths && !codings) return errc::malformed_framing;
    made.head_bytes = end + 4;
    return made;
}

}  // namespace yizhan::gateway
