#include "adapters/adapter.hpp"

namespace yizhan::adapters {

void decoded::clear() {
    events.clear();
    parts.clear();
    tenant = masked = suffix = {};
    asks_again.reset();
    patience_ms = 0;
    joined.clear();
    is_of_corporation = false;
}

void decoded::append_platform(std::string& out, std::size_t index) const {
    content.append_json(out, parts.empty() ? 0 : parts[index], masked);
}

window window_of(const adapter_kind& kind, const account& settings, const event& of) {
    window made = kind.opens ? kind.opens(of) : window{};
    if (made.by == window::opener::nothing) return made;
    for (const window_setting& each : settings.windows)
        if (each.is_message == (made.by == window::opener::message)) made.lasts_ms = each.lasts_ms, made.count = each.count;
    return made;
}

}  // namespace yizhan::adapters
