#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace yizhan::net {

/// An http or https URL, taken apart.
struct url {
    std::string host, port, target;  // host: without brackets. target: path and query, at least "/".
    bool is_https = false;

    /// Who is called, for Host, pools and limits.
    std::string authority() const;
};

/// None for anything else: another scheme, no host, a user or a password, blanks and control characters.
std::optional<url> url_of(std::string_view text);

}  // namespace yizhan::net
