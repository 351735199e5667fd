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
    const std::vector<crm::held_grant> given = state_.grants_of(account);
    for (const crm::held_grant& each : given) {
        const auto by = places_.find(each.account);
        if (by == places_.end() || !by->second.serves || each.kind != by->second.serves->keeps()) continue;
        const adapters::provider& serves = *by->second.serves;
        std::string detail;
        for (const crm::held_grant& other : given)
            if (other.account == each.account && other.kind == serves.wants()) detail = other.value;
        auto made = std::make_shared<route>(*by->second.own);
        made->tenant = account;
        made->way = serves.way_of(account, detail);
        return made;
    }
    return nullptr;
}

const adapters::provider* routes::provider_of(const std::string& account) const {
    const auto found = places_.find(account);
    return found == places_.end() ? nullptr : found->second.serves.get();
}

}  // namespace yizhan::desk
