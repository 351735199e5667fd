#include "desk/authoriser.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/time.hpp"
#include "crm/submit_task.hpp"
#include "desk/caller.hpp"

namespace yizhan::desk {
namespace asio = net::asio;
namespace {

constexpr std::chrono::seconds look_every{30}, rest{5};
constexpr std::chrono::milliseconds trouble_rest{200};

crm::command command_on(crm::act what, const std::string& account, const std::string& kind, const std::string& value) {
    crm::command made;
    made.what = what;
    made.at_ms = steady_ms();
    made.queue = account, made.consumer = kind, made.reason = value;
    return made;
}

/// Until the state has heard of it. What is given once is not let go because the disk is full for a while.
net::task<> perform(asio::any_io_executor executor, crm::applier& applier, crm::command what) {
    for (;;) {
        crm::command again = what;
        const crm::outcome its = co_await crm::submit(executor, applier, std::move(again));
        if (!its.failed || its.failed == errc::conflict) co_return;
        asio::steady_timer rest_a_while(executor, trouble_rest);
        co_await rest_a_while.async_wait(net::as_result);
    }
}

}  // namespace

struct authoriser::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its) : with(std::move(its)), asking(with.client, with.tokens), bell(with.executor) {}

    parts with;
    caller asking;
    asio::steady_timer bell;
    bool stopping = false, rung = false;

    net::task<> look();
    net::task<bool> exchange(const crm::held_grant& code, const adapters::provider& by, const std::string& api);
};

/// Every code that is there, then sleeps until another may be.
net::task<> authoriser::inner::look() {
    const auto self = shared_from_this();
    while (!stopping && with.applier.applied() < with.begin_behind) {
        bell.expires_after(trouble_rest);
        co_await bell.async_wait(net::as_result);
    }
    if (stopping) co_return;
    while (!stopping) {
        rung = false;
        bool all_done = true;
        try {
            for (const crm::held_grant& each : with.state.grants()) {
                // Its own: a reload may come meanwhile.
                const std::shared_ptr<const adapters::provider> by = each.kind == "auth_code" ? with.ways.provider_of(each.account) : nullptr;
                if (!by || stopping) continue;
                const auto route = with.ways.find(each.account);
                const bool is_over = co_await exchange(each, *by, route->api);
                all_done &= is_over;
            }
        } catch (const std::runtime_error& failed) {
            with.warn("the state cannot be read", "", failed.what());
            all_done = false;
        }
        if (rung && all_done) continue;
        bell.expires_after(all_done ? look_every : rest);
        co_await bell.async_wait(net::as_result);
    }
}

/// False: to be tried again.
net::task<bool> authoriser::inner::exchange(const crm::held_grant& code, const adapters::provider& by, const std::string& api) {
    result<adapters::provider::authorisation> got = errc::malformed_message;
    caller::question asks;
    asks.whose = by.credential();
    asks.api = api;
    asks.call = by.exchange(code.value);
    asks.judge = [&](const net::http_response& of) {
        adapters::verdict its;
        got = by.authorised(of.body, its);
        return its;
    };
    const caller::end its = co_await asking.ask(std::move(asks));
    if (got) {
        crm::command keeps = command_on(crm::act::keep_grant, code.account, got->kind, got->value);
        keeps.key_name = got->party;
        keeps.subject = code.at_ms;
        co_await perform(with.executor, with.applier, std::move(keeps));
    } else {
        with.warn("an authorisation could not be taken", code.account, its.said.reason);
        if (its.said.what != adapters::fate::never) co_return false;
    }
    crm::command drop = command_on(crm::act::drop_grant, code.account, code.kind, code.value);
    const crm::outcome dropped = co_await crm::submit(with.executor, with.applier, std::move(drop));
    co_return !dropped.failed;
}

net::task<> authoriser::renew(asio::any_io_executor executor, crm::applier& applier, adapters::grant_name of, std::string value,
                              std::string instead_of) {
    crm::command what = command_on(crm::act::keep_grant, of.account, of.kind, value + "\n" + instead_of);
    what.key_name = of.party;
    co_await perform(executor, applier, std::move(what));
}

authoriser::authoriser(parts with) : inner_(std::make_shared<inner>(std::move(with))) {}
authoriser::~authoriser() = default;

void authoriser::start() {
    asio::co_spawn(inner_->with.executor, inner_->look(), net::log_failure([w = inner_->with.warn](std::string why) {
                       w("no authorisations are taken any more", "", why);
                   }));
}

void authoriser::wake() {
    asio::post(inner_->with.executor, [of = inner_] {
        of->rung = true;
        of->bell.cancel();
    });
}

void authoriser::stop() {
    asio::post(inner_->with.executor, [of = inner_] {
        of->stopping = true;
        of->bell.cancel();
    });
}

}  // namespace yizhan::desk
