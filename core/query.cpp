#include "core/query.hpp"

#include <algorithm>
#include <charconv>

namespace yizhan {

std::string percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned char byte = 0;
        if (text[at] == '%' && text.size() - at > 2) {
            const char* pair = text.data() + at + 1;
            const auto [end, failed] = std::from_chars(pair, pair + 2, byte, 16);
            if (failed == std::errc{} && end == pair + 2) {
                out += static_cast<char>(byte);
                at += 2;
                continue;
            }
        }
        out += text[at];
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                           byte == '~';
        if (plain)
            out += each;
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

std::string_view query::decoded(std::string_view text) {
    if (text.find('%') == std::string_view::npos) return text;
    storage_.push_back(std::make_unique<std::string>(percent_decoded(text)));
    return *storage_.back();
}

void query::read(std::string_view raw) {
    parameters_.clear();
    storage_.clear();
    parameters_.reserve(8);
    const bool has_escapes = raw.find('%') != std::string_view::npos;
    const auto text_of = [&](std::string_view text) { return has_escapes ? decoded(text) : text; };
    while (!raw.empty()) {
        const std::string_view pair = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        parameters_.emplace_back(text_of(pair.substr(0, equals)), text_of(pair.substr(std::min(pair.size(), equals + 1))));
    }
}

std::string_view query::operator[](std::string_view name) const {
    for (const auto& [key, value] : parameters_)
        if (key == name) return value;
    return {};
}

bool query::has(std::string_view name) const {
    for (const auto& [key, value] : parameters_)
        if (key == name) return true;
    return false;
}

}  // namespace yizhan
