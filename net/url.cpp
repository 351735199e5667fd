#include "net/url.hpp"

#include <algorithm>

namespace yizhan::net {

std::string url::authority() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (is_https ? "443" : "80") ? name : name + ":" + port;
}

std::optional<url> url_of(std::string_view text) {
    const auto is_odd = [](unsigned char each) { return each <= 0x20 || each == 0x7f || each == '\\'; };
    if (std::ranges::any_of(text, is_odd)) return std::nullopt;
    url made;
    made.is_https = text.starts_with("https://");
    if (!made.is_https && !text.starts_with("http://")) return std::nullopt;
    text.remove_prefix(made.is_https ? 8 : 7);
    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    std::string_view host = text.substr(0, end), rest = text.substr(end, text.find('#') - end);
    made.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    made.port = made.is_https ? "443" : "80";
    const std::size_t bracket = host.rfind(']'), colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        made.port = std::string(host.substr(colon + 1));
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    made.host = std::string(host);
    const bool is_number = !made.port.empty() && made.port.find_first_not_of("0123456789") == std::string::npos;
    if (made.host.empty() || !is_number || made.host.find('@') != std::string::npos) return std::nullopt;
    return made;
}

}  // namespace yizhan::net
