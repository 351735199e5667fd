#include "stream/kept.hpp"

#include <cstring>

#include "stream/packed.hpp"

namespace yizhan::stream {
namespace {

// 1 had no grants and no `via`, 2 no way out, 3 nothing to fetch.
constexpr std::uint8_t version = 4, version_without_grants = 1, version_with_way_out = 3;

constexpr bool is_known(std::uint8_t written_as) { return written_as >= version_without_grants && written_as <= version; }

void take_id(taker& from, event_id& into) {
    if (from.rest.size() < into.size()) {
        from.good = false;
        return;
    }
    std::memcpy(into.data(), from.rest.data(), into.size());
    from.rest.remove_prefix(into.size());
}

void put_list(std::string& out, const std::vector<std::string_view>& list) {
    put(out, static_cast<std::uint32_t>(list.size()));
    for (const std::string_view each : list) put_text(out, each);
}

}  // namespace

void append_kept(std::string& out, const kept_callback& what) {
    put(out, version);
    put_text(out, what.answer);
    put_text(out, what.account);
    put_text(out, what.channel);
    put_text(out, what.via);
    put_text(out, what.original);
    put(out, static_cast<std::uint32_t>(what.events.size()));
    for (const effects& each : what.events) {
        out.append(reinterpret_cast<const char*>(each.id.data()), each.id.size());
        put_text(out, each.type);
        put_text(out, each.person_kind);
        put_text(out, each.person_id);
        put_text(out, each.person_scope);
        put(out, each.at_ms);
        put_text(out, each.queue);
        put_text(out, each.stage);
        put(out, each.priority);
        put_list(out, each.tags);
        put_list(out, each.skills);
        put(out, static_cast<std::uint8_t>((each.drop ? 1 : 0) | (each.to_platform_desk ? 2 : 0) | (each.only_named ? 4 : 0) |
                                           (each.closes ? 8 : 0) | (each.from_platform_desk ? 16 : 0) | (each.wants_profile ? 32 : 0) |
                                           (each.media.id.empty() && each.media.url.empty() ? 0 : 64)));
        put_text(out, each.event_json);
        put_text(out, each.decision_json);
        put_text(out, each.granted.kind);
        if (!each.granted.kind.empty()) {
            put_text(out, each.granted.party);
            put_text(out, each.granted.value);
            put(out, each.granted.expires_at_ms);
        }
        put_text(out, each.outgoing);
        put(out, each.delivered.status);
        if (each.delivered.status != delivery_status::pending) {
            out.append(reinterpret_cast<const char*>(each.delivered.message.data()), each.delivered.message.size());
            put_text(out, each.delivered.reason);
            put_text(out, each.delivered.platform_id);
        }
        put(out, each.opens.what);
        if (each.opens.what != 0) {
            put(out, each.opens.until_ms);
            put(out, each.opens.count);
        }
        if (!each.media.id.empty() || !each.media.url.empty()) {
            put_text(out, each.media.id);
            put_text(out, each.media.url);
        }
    }
}

error_code read_kept(std::string_view payload, kept_callback& what) {
    taker from{payload};
    const auto written_as = from.number<std::uint8_t>();
    if (!is_known(written_as)) return errc::malformed_message;
    what.answer = from.text();
    what.account = from.text();
    what.channel = from.text();
    what.via = written_as == version_without_grants ? std::string_view{} : from.text();
    what.original = from.text();
    const auto count = from.number<std::uint32_t>();
    for (std::uint32_t at = 0; from.good && at < count; ++at) {
        effects& each = at < what.events.size() ? what.events[at] : what.events.emplace_back();
        take_id(from, each.id);
        each.type = from.text();
        each.person_kind = from.text();
        each.person_id = from.text();
        each.person_scope = from.text();
        each.at_ms = from.number<std::int64_t>();
        each.queue = from.text();
        each.stage = from.text();
        each.priority = from.number<std::int32_t>();
        from.list(each.tags);
        from.list(each.skills);
        const auto flags = from.number<std::uint8_t>();
        each.drop = flags & 1;
        each.to_platform_desk = flags & 2;
        each.only_named = flags & 4;
        each.closes = flags & 8;
        each.from_platform_desk = flags & 16;
        each.wants_profile = flags & 32;
        each.event_json = from.text();
        each.decision_json = from.text();
        each.granted = {};
        if (written_as != version_without_grants) each.granted.kind = from.text();
        if (!each.granted.kind.empty()) {
            each.granted.party = from.text();
            each.granted.value = from.text();
            each.granted.expires_at_ms = from.number<std::int64_t>();
        }
        each.outgoing = {}, each.delivered = {}, each.opens = {}, each.media = {};
        if (written_as < version_with_way_out) continue;
        each.outgoing = from.text();
        each.delivered.status = from.number<delivery_status>();
        if (each.delivered.status != delivery_status::pending) {
            take_id(from, each.delivered.message);
            each.delivered.reason = from.text();
            each.delivered.platform_id = from.text();
        }
        each.opens.what = from.number<std::uint8_t>();
        if (each.opens.what != 0) {
            each.opens.until_ms = from.number<std::int64_t>();
            each.opens.count = from.number<std::int32_t>();
        }
        if (flags & 64) {
            each.media.id = from.text();
            each.media.url = from.text();
        }
    }
    if (!from.good) return errc::malformed_message;
    what.events.resize(count);
    return {};
}

result<kept_callback> kept_of(std::string_view payload) {
    kept_callback what;
    if (const error_code failed = read_kept(payload, what)) return failed;
    return what;
}

result<std::string_view> answer_of(std::string_view payload) {
    taker from{payload};
    const auto written_as = from.number<std::uint8_t>();
    if (!is_known(written_as)) return errc::malformed_message;
    const std::string_view answer = from.text();
    if (!from.good) return errc::malformed_message;
    return answer;
}

}  // namespace yizhan::stream
