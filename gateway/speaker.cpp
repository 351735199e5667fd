#include "gateway/speaker.hpp"

#include <algorithm>

#include "adapters/adapter.hpp"
#include "adapters/way_out.hpp"
#include "core/json_text.hpp"
#include "core/reply_json.hpp"
#include "core/time.hpp"
#include "crypto/digest.hpp"
#include "desk/letters.hpp"
#include "stream/append_task.hpp"
#include "stream/kept.hpp"

namespace yizhan::gateway {
namespace {

event_id id_of(const speaker::request& what) {
    if (!what.key.empty())
        return desk::id_named("say\n" + what.key_name + "\n" + std::to_string(what.to.conversation) + "\n" + what.key);
    event_id id{};
    crypto::fill_random(id);
    return id;
}

}  // namespace

net::task<speaker::answer> speaker::say(request what) {
    answer made;
    const bool is_served = !what.to.via.empty();
    const auto from = std::ranges::find(accounts_, is_served ? what.to.via : what.to.account, &account::id);
    if (from == accounts_.end()) {
        made.failed = errc::unknown_account;
        co_return made;
    }
    const adapters::adapter_kind* const kind = adapters::find_kind(from->channel, from->kind);
    std::shared_ptr<const adapters::way_out> way;
    if (is_served) {
        const auto serves = kind && kind->provides ? kind->provides(*from) : nullptr;
        if (serves) way = serves->way_of(what.to.account, what.to.detail);
    } else if (kind && kind->sends) {
        way = kind->sends(*from);
    }
    made.why = !way ? "the account has nothing to send with" : way->cannot_send(what.what);
    if (!made.why.empty()) {
        made.failed = errc::malformed_message;
        co_return made;
    }
    made.id = id_of(what);
    std::string request_json;
    append_reply(request_json, what.what);
    if (under_way_.contains(made.id)) {
        made.failed = errc::past_deadline;
        co_return made;
    }
    if (const auto place = known_.find(made.id)) {
        const auto payload = journal_.read(*place);
        const auto kept = payload ? stream::kept_of(*payload) : result<stream::kept_callback>(payload.error());
        made.is_new = false;
        if (!kept) made.failed = kept.error();
        else if (kept->original != request_json) made.failed = errc::conflict;
        co_return made;
    }
    if (!what.not_now.empty()) {
        made.failed = errc::not_found;
        made.why = what.not_now;
        co_return made;
    }
    if (const error_code refused = journal_.refuses()) {
        made.failed = refused;
        co_return made;
    }
    under_way_[made.id] = true;
    const event_id id = made.id;
    const account sender = *from;  // A reload may come while we wait.
    desk::message_letter letter{.id = id, .from = sender, .to = {what.to.kind, what.to.scope, what.to.id}, .what = what.what};
    if (is_served) letter.tenant = what.to.account;
    letter.at_ms = now_ms();
    letter.request = request_json;
    letter.said_by = what.key_name;
    std::string payload = desk::payload_of(letter);
    const stream::append_end end = co_await stream::append(executor_, journal_, std::move(payload), stream::kind_callback);
    under_way_.erase(id);
    made.failed = end.failed;
    made.sequence = end.where.sequence;
    if (!end.failed) known_.insert(id, end.where.at, end.where.time_us);
    co_return made;
}

}  // namespace yizhan::gateway
