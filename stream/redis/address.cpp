#include "stream/redis/address.hpp"

#include <algorithm>

#include "core/query.hpp"
#include "core/time.hpp"

namespace yizhan::stream::redis {
namespace {

constexpr std::int64_t databases_max = 1000000;
constexpr std::size_t socket_path_max = 107;  // unix(7)

/// An empty text is the first one.
bool read_database(std::string_view text, int& into) {
    if (text.empty()) return true;
    const auto number = decimal(text);
    if (!number || *number >= databases_max) return false;
    into = static_cast<int>(*number);
    return true;
}

std::optional<address> unix_address(std::string_view rest) {
    address made;
    const std::size_t question = std::min(rest.find('?'), rest.size());
    made.path = percent_decoded(rest.substr(0, question));
    std::string_view asked = rest.substr(question);
    if (!made.path.starts_with('/') || made.path.size() > socket_path_max) return std::nullopt;
    if (asked.empty()) return made;
    constexpr std::string_view database = "?db=";
    if (!asked.starts_with(database) || !read_database(asked.substr(database.size()), made.database)) return std::nullopt;
    return made;
}

}  // namespace

std::string address::text() const {
    if (!path.empty()) return "unix://" + path;
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return (is_tls ? "rediss://" : "redis://") + name + ":" + port + "/" + std::to_string(database);
}

std::optional<address> address_of(std::string_view url) {
    const auto is_odd = [](unsigned char each) { return each <= 0x20 || each == 0x7f; };
    if (std::ranges::any_of(url, is_odd)) return std::nullopt;
    const auto take = [&](std::string_view scheme) {
        if (!url.starts_with(scheme)) return false;
        url.remove_prefix(scheme.size());
        return true;
    };
    if (take("unix://")) return unix_address(url);
    address made;
    made.is_tls = take("rediss://");
    if (!made.is_tls && !take("redis://")) return std::nullopt;
    const std::size_t slash = std::min(url.find('/'), url.size());
    std::string_view authority = url.substr(0, slash);
    if (slash < url.size() && !read_database(url.substr(slash + 1), made.database)) return std::nullopt;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view who = authority.substr(0, at);
        const std::size_t colon = std::min(who.find(':'), who.size());
        made.user = percent_decoded(who.substr(0, colon));
        if (colon < who.size()) made.password = percent_decoded(who.substr(colon + 1));
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.rfind(']'), colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        made.port = std::string(authority.substr(colon + 1));
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
    made.host = std::string(authority);
    const auto port = decimal(made.port);
    if (made.host.empty() || !port || *port < 1 || *port > 65535) return std::nullopt;
    return made;
}

}  // namespace yizhan::stream::redis
