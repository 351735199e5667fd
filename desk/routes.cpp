#include "desk/routes.hpp"

namespace yizhan::desk {

std::string api_of(const account& settings, std::string_view usual) {
    return settings.api.empty() ? std::string(usual) : settings.api;
}

void routes::serve(const std::vector<account>& accounts) {
    places_.clear();
    for (const account& each : accounts) {
        const adapters::adapter_kind* const kind = adapters::find_kind(each.channel, each.kind);
        auto made = std::make_shared<route>();
        made->from = each;
        if (kind && kind->sends) made->way = kind->sends(each);
        place& here = places_[each.id];
        if (kind && kind->provides) here.serves = kind->provides(each);
        made->api = api_of(each, made->way ? made->way->api() : here.serves ? here.serves->api() : std::string_view{});
        here.own = std::move(made);
    }
}

std::shared_ptr<const route> routes::find(const std::string& account) const {
    if (const auto found = places_.find(account); found != places_.end()) return found->second.own;
    const auto [via, detail] = crm::served_by(state_.grants_of(account));
    const auto by = places_.find(via);
    if (by == places_.end() || !by->second.serves) return nullptr;
    auto made = std::make_shared<route>(*by->second.own);
    made->way = by->second.serves->way_of(account, detail);
    return made;
}

std::shared_ptr<const adapters::provider> routes::provider_of(const std::string& account) const {
    const auto found = places_.find(account);
    return found == places_.end() ? nullptr : found->second.serves;
}

}  // namespace yizhan::desk
