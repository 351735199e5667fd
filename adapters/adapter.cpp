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

}  // namespace yizhan::adapters
