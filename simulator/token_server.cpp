#include "simulator/token_server.hpp"

#include <algorithm>

namespace yizhan::simulator {
namespace {

constexpr std::int64_t overlap_ms = 300000;

std::string key_of(const std::string& credential, token_server::kind how) {
    return std::to_string(static_cast<int>(how)) + " " + credential;
}

}  // namespace

token_server::token token_server::give(const std::string& credential, kind how, std::int64_t now_ms) {
    token fresh;
    fresh.value = "sim-token-" + std::to_string(++given_out_) + "-" + std::string(80, 'x');
    fresh.expires_ms = now_ms + lifetime_ms_;
    all_[fresh.value] = {credential, how, fresh.expires_ms, INT64_MAX};
    newest_[key_of(credential, how)] = fresh.value;
    return fresh;
}

token_server::token token_server::get(const std::string& credential, kind how, std::int64_t now_ms) {
    const auto newest = newest_.find(key_of(credential, how));
    const auto before = newest == newest_.end() ? all_.end() : all_.find(newest->second);
    if (before == all_.end() || before->second.expires_ms <= now_ms || before->second.replaced_ms <= now_ms)
        return give(credential, how, now_ms);
    given& last = before->second;
    const bool is_ending = last.expires_ms - now_ms < std::min(overlap_ms, lifetime_ms_ / 2);
    if (how == kind::plain || (how == kind::stable && is_ending)) {
        last.replaced_ms = how == kind::plain ? now_ms + overlap_ms : last.expires_ms;
        return give(credential, how, now_ms);
    }
    return {before->first, last.expires_ms};
}

token_server::token token_server::force(const std::string& credential, kind how, std::int64_t now_ms) {
    for (auto& [value, each] : all_)
        if (each.credential == credential && each.how == how) each.replaced_ms = std::min(each.replaced_ms, now_ms);
    return give(credential, how, now_ms);
}

token_server::standing token_server::look(std::string_view value, const std::string& credential, std::int64_t now_ms) const {
    const auto found = all_.find(value);
    if (found == all_.end() || found->second.credential != credential) return standing::unknown;
    if (found->second.replaced_ms <= now_ms) return standing::replaced;
    return found->second.expires_ms <= now_ms ? standing::expired : standing::good;
}

void token_server::revoke_all() {
    for (auto& [value, each] : all_) each.replaced_ms = 0;
}

}  // namespace yizhan::simulator
