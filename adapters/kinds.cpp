#include "adapters/kinds.hpp"

#include <algorithm>

namespace yizhan::adapters {

std::span<const adapter_kind> all_kinds() {
#define YIZHAN_LIST_KIND(channel, kind) channel::kind,
    static const adapter_kind all[] = {YIZHAN_ADAPTER_KINDS(YIZHAN_LIST_KIND)};
    return all;
}

const adapter_kind* find_kind(std::string_view channel, std::string_view kind) {
    const auto all = all_kinds();
    const auto found = std::ranges::find_if(
        all, [&](const adapter_kind& each) { return each.channel == channel && each.kind == kind; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace yizhan::adapters
