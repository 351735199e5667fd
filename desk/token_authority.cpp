#include "desk/token_authority.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <list>

#include "core/query.hpp"

namespace yizhan::desk {
namespace {

constexpr std::chrono::seconds fetch_patience{10}, wait_max{45};  // wait_max: a token may need others first.
constexpr std::chrono::seconds rest_first{1}, rest_max{60};
// So often in so long at most: more means that somebody else is taking the tokens away.
constexpr std::size_t budget_fetches = 20;
constexpr std::chrono::minutes budget_time{10};

}  // namespace

net::http_request request_of(adapters::api_call call, const std::string& api, const std::string& token) {
    constexpr std::string_view place = "{token}";
    if (const std::size_t at = call.target.find(place); at != std::string::npos)
        call.target.replace(at, place.size(), percent_encoded(token));
    net::http_request made;
    made.method = std::move(call.method);
    made.url = (call.server.empty() ? api : call.server) + call.target;
    if (!call.body.empty()) made.fields = {{"Content-Type", std::move(call.content_type)}};
    made.body = std::move(call.body);
    return made;
}

struct token_authority::holding {
    std::string value;
    steady::time_point renew_at, ends_at, rests_until;
    std::chrono::seconds rest{rest_first};
    bool is_fetching = false;
    std::list<std::shared_ptr<net::asio::steady_timer>> waiting;
    std::deque<steady::time_point> fetches;
    adapters::verdict last;
};

bool token_authority::may_fetch(holding& of) {
    const steady::time_point now = steady::now();
    while (!of.fetches.empty() && of.fetches.front() + budget_time < now) of.fetches.pop_front();
    if (now < of.rests_until) return false;
    if (of.fetches.size() < budget_fetches) return true;
    ++counts_.held_back;
    of.rests_until = of.fetches.front() + budget_time;
    of.last = {adapters::fate::again, 0, "tokens were asked for too often: somebody else takes them away", 60000, ""};
    return false;
}

net::task<result<std::string>> token_authority::get(std::shared_ptr<const adapters::credential> whose, const std::string& api, adapters::verdict& why) {
    const std::string credential = whose->name();
    std::shared_ptr<holding>& kept = all_[credential];
    if (!kept) kept = std::make_shared<holding>();
    const std::shared_ptr<holding> of = kept;
    const steady::time_point now = steady::now();
    const bool is_good = !of->value.empty() && now < of->ends_at;
    if ((!is_good || now >= of->renew_at) && !of->is_fetching && may_fetch(*of)) {
        of->is_fetching = true;
        of->fetches.push_back(now);
        of->last = {};
        net::asio::co_spawn(executor_, fetch(of, whose, api), net::log_failure([of](std::string why) {
                                of->is_fetching = false;
                                of->last = {adapters::fate::again, 0, std::move(why), 1000, ""};
                                of->rests_until = steady::now() + rest_max;
                                for (const auto& each : of->waiting) each->cancel();
                            }));
    }
    if (is_good) co_return of->value;
    if (of->is_fetching) {
        const auto turn = std::make_shared<net::asio::steady_timer>(executor_, steady::now() + wait_max);
        of->waiting.push_back(turn);
        co_await turn->async_wait(net::as_result);
        of->waiting.remove(turn);
    }
    if (!of->value.empty() && steady::now() < of->ends_at) co_return of->value;
    why = of->last;
    if (why.what == adapters::fate::done) why = {adapters::fate::again, 0, "no token came", 1000, ""};
    co_return why.what == adapters::fate::again ? errc::overloaded : errc::malformed_message;
}

/// One token from the platform; its own call may need the token above it, and what the platform handed over.
net::task<result<adapters::access_token>> token_authority::ask(std::shared_ptr<const adapters::credential> whose, std::string api, adapters::verdict& why) {
    const std::shared_ptr<const adapters::credential> above = whose->above();
    const adapters::grant_name needs = whose->needs();
    for (int tries = 0; tries < 2; ++tries) {
        std::string token, granted;
        if (above) {
            const auto got = co_await get(above, api, why);
            if (!got) co_return got.error();
            token = *got;
        }
        if (!needs.kind.empty()) {
            std::optional<std::string> found;
            try {
                if (grants_.find) found = grants_.find(needs);
            } catch (const std::runtime_error& failed) {
                why = {adapters::fate::again, 0, std::string("the state cannot be read: ") + failed.what(), 1000, ""};
                co_return errc::overloaded;
            }
            if (!found) {
                why = {adapters::fate::again, 0, "the platform has not handed over what is needed: " + needs.kind, 10000, ""};
                co_return errc::overloaded;
            }
            granted = *found;
        }
        net::http_request request = request_of(whose->call(granted), api, token);
        request.patience = fetch_patience;
        const net::http_outcome outcome = co_await client_.call(std::move(request));
        if (outcome.failed) {
            why = {adapters::fate::again, 0, "the platform cannot be reached: " + outcome.failed.message(), 1000, ""};
            co_return errc::overloaded;
        }
        auto got = whose->token_of(outcome.response.body, why);
        if (got && !got->granted.empty() && got->granted != granted && grants_.renew) {
            net::task<> keeping = grants_.renew(needs, got->granted, granted);  // Before the token is used: the old one may be worth nothing.
            co_await std::move(keeping);
        }
        if (got || why.what != adapters::fate::token_refused || !above) co_return got;
        refuse(above->name(), token);
    }
    co_return errc::overloaded;
}

net::task<> token_authority::fetch(std::shared_ptr<holding> into, std::shared_ptr<const adapters::credential> whose,
                                   std::string api) {
    const steady::time_point asked_at = steady::now();
    const auto got = co_await ask(whose, api, into->last);
    const steady::time_point now = steady::now();
    if (got) {
        ++counts_.fetched;
        into->value = got->value;
        // Its life began when it was asked for, at the latest.
        const std::chrono::seconds life(std::max<std::int64_t>(got->lifetime_s, 1));
        into->ends_at = asked_at + life;
        into->renew_at = asked_at + life * 5 / 6;
        into->rest = rest_first;
    } else {
        ++counts_.failed;
        into->rests_until = now + into->rest;
        into->rest = std::min(into->rest * 2, rest_max);
    }
    into->is_fetching = false;
    for (const auto& each : into->waiting) each->cancel();
}

void token_authority::refuse(const std::string& credential, const std::string& value) {
    const auto found = all_.find(credential);
    if (found != all_.end() && found->second->value == value) found->second->value.clear();
}

}  // namespace yizhan::desk
