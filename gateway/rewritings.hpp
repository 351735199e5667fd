#pragma once
#include <span>
#include <string>
#include <string_view>

namespace yizhan::gateway {

/// One thing that proxies and frameworks do to a callback on its way, and how it is undone.
struct rewriting {
    std::string_view name;
    std::string_view says;  // Completes "the body reached us …".
    std::string (*undone)(
        std::string_view text);  // The text as it was before; the same or empty: not this one.
};

/// Of bodies. Those that can be undone exactly stand first.
std::span<const rewriting> body_rewritings();

/// Of the query as it stands in the URL; `name` is the finding.
std::span<const rewriting> query_rewritings();

}  // namespace yizhan::gateway
