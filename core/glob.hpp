#pragma once
#include <string_view>

namespace yizhan {

/// `*` stands for any run of characters, dots included; everything else for itself. Linear in `text` a star.
constexpr bool matches_glob(std::string_view pattern, std::string_view text) {
    std::size_t at = 0, tried = 0, star = std::string_view::npos, retry = 0;
    while (at < text.size()) {
        if (tried < pattern.size() && pattern[tried] == '*') {
            star = tried++;
            retry = at;
        } else if (tried < pattern.size() && pattern[tried] == text[at]) {
            ++tried, ++at;
        } else if (star != std::string_view::npos) {
            tried = star + 1;
            at = ++retry;
        } else {
            return false;
        }
    }
    while (tried < pattern.size() && pattern[tried] == '*') ++tried;
    return tried == pattern.size();
}

}  // namespace yizhan
