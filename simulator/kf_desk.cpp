#include "simulator/kf_desk.hpp"

#include <algorithm>
#include <cstdlib>

namespace yizhan::simulator {
namespace {

constexpr std::int64_t kept_ms = std::int64_t{3} * 86400 * 1000, ring_ms = 600000;

}  // namespace

std::string kf_desk::add(const std::string& kf, std::int64_t now_ms, std::string json_without_id) {
    const std::string id = "kfsim" + std::to_string(1000000 + ++serial_);
    json_without_id.insert(1, R"("msgid":")" + id + R"(","send_time":)" + std::to_string(now_ms / 1000) + ",");
    items_[kf].push_back({now_ms, id, std::move(json_without_id)});
    return id;
}

kf_desk::page kf_desk::pull(const std::string& kf, const std::string& cursor, std::size_t limit, std::int64_t now_ms) {
    const std::vector<item>& all = items_[kf];
    // Cursors count from the first item there ever was.
    std::size_t from = cursor.starts_with("cur") ? std::strtoull(cursor.c_str() + 3, nullptr, 10) : 0;
    from = std::min(from, all.size());
    while (from < all.size() && all[from].at_ms < now_ms - kept_ms) ++from;
    page made;
    if (empty_every_ == 0 || ++pulls_ % empty_every_ != 0) {
        const std::size_t count = std::min({limit, page_max_, all.size() - from});
        made.items.assign(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(from + count));
        from += count;
    }
    made.has_more = from < all.size();
    made.next_cursor = "cur" + std::to_string(from);
    return made;
}

std::string kf_desk::give_code(const std::string& kf, const std::string& customer, std::int64_t until_ms) {
    const std::string code = "kfcode" + std::to_string(++serial_);
    codes_[code] = {kf, customer, until_ms, false};
    return code;
}

std::string kf_desk::ring(const std::string& kf, std::int64_t now_ms) {
    const std::string token = "kfring" + std::to_string(++serial_);
    rings_[token] = {kf, now_ms + ring_ms};
    return token;
}

bool kf_desk::knows_ring(const std::string& token, const std::string& kf, std::int64_t now_ms) const {
    const auto found = rings_.find(token);
    return found != rings_.end() && found->second.first == kf && found->second.second > now_ms;
}

}  // namespace yizhan::simulator
