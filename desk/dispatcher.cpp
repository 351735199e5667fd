#include "desk/dispatcher.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <random>
#include <set>

#include "core/reply_json.hpp"
#include "core/time.hpp"
#include "desk/caller.hpp"
#include "desk/delivery.hpp"
#include "desk/pace.hpp"
#include "crm/submit_task.hpp"
#include "desk/letters.hpp"
#include "stream/append_task.hpp"

namespace yizhan::desk {
namespace asio = net::asio;
namespace {

constexpr std::size_t at_once_max = 64, looked_at_once = 256;
constexpr std::chrono::milliseconds send_patience{10000}, look_again_max{30000}, trouble_rest{500};

}  // namespace

struct dispatcher::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its)
        : with(std::move(its)), asking(with.client, with.tokens), bell(with.executor), patience(with.executor) {}

    parts with;
    caller asking;
    asio::steady_timer bell, patience;
    std::map<std::string, pace> paces;  // By account.
    std::set<std::int64_t> under_way;   // By sequence.
    std::mt19937 dice{std::random_device{}()};
    bool stopping = false, rung = false;
    std::function<void()> stopped;

    net::task<> look();
    net::task<> look_after_cut_off();
    net::task<> mistrust(const crm::outgoing& what, const route& by);
    bool is_mistrusted(const crm::outgoing& what) const { return static_cast<std::uint64_t>(what.sequence) <= with.restored_to; }
    std::int64_t begin_due(std::int64_t now_ms);
    net::task<> bring(crm::outgoing what);
    net::task<> attempt(const crm::outgoing& what, const route& by, std::int32_t number);
    net::task<attempt_end> call(const crm::outgoing& what, const route& by, adapters::verdict& said);
    net::task<> follow_up(const route& by, const adapters::sending& what, const std::string& answer);
    net::task<error_code> perform(crm::command what);
    net::task<> note(const crm::outgoing& what, const route& by, std::int32_t number, stream::delivery_status status,
                     const adapters::verdict& said);
    void ring() {
        rung = true;
        bell.cancel();
    }
    double toss() { return std::uniform_real_distribution<double>(0, 1)(dice); }
    void end_if_over() {
        if (stopping && under_way.empty() && stopped) std::exchange(stopped, nullptr)();
    }
};

net::task<error_code> dispatcher::inner::perform(crm::command what) {
    what.at_ms = steady_ms();
    const crm::outcome its = co_await crm::submit(with.executor, with.applier, std::move(what));
    co_return its.failed;
}

/// What a backup had still to send, before it was restored: nobody knows whether it was sent.
net::task<> dispatcher::inner::mistrust(const crm::outgoing& what, const route& by) {
    const adapters::verdict unknown{adapters::fate::again, 0, "it was still to be sent in a backup that was restored", 0, ""};
    co_await note(what, by, what.attempt, stream::delivery_status::uncertain, unknown);
}

/// Attempts that had begun when the process before us ended, and all that a backup had still to send: nobody knows how they
/// ended.
net::task<> dispatcher::inner::look_after_cut_off() {
    bool is_settled = true;
    for (const crm::outgoing& each : with.state.open_messages()) {
        is_settled &= !is_mistrusted(each);
        const auto by = with.ways.find(each.account);
        if (!by) continue;  // The account may come back.
        if (is_mistrusted(each)) co_await mistrust(each, *by);
        if (is_mistrusted(each) || each.status != stream::delivery_status::sending) continue;
        if (by->way && by->way->drops_repeats() && each.attempt < attempts_max) {
            crm::command again;
            again.what = crm::act::send_later;
            again.subject = each.sequence;
            again.attempt = 1;
            again.reason = "the process ended while it was sent";
            co_await perform(std::move(again));
            continue;
        }
        const adapters::verdict unknown{adapters::fate::again, 0, "the process ended while it was sent", 0, ""};
        co_await note(each, *by, each.attempt, stream::delivery_status::uncertain, unknown);
    }
    if (with.restored_to != 0 && is_settled) with.settled();
}

/// Begins whatever is due, each account at its own pace. Returns when the next is due; 0: none is known of.
std::int64_t dispatcher::inner::begin_due(std::int64_t now) {
    std::int64_t next_ms = with.state.next_due_ms(now);
    std::vector<std::string> paused;
    const auto pauses = [&](const std::string& account, std::int64_t wait_ms) {
        paused.push_back(account);
        next_ms = next_ms == 0 ? now + wait_ms : std::min(next_ms, now + wait_ms);
    };
    for (const auto& [account, its] : paces)
        if (const std::int64_t wait_ms = its.wait_ms(now)) pauses(account, wait_ms);
    for (bool is_cut = true; is_cut && under_way.size() < at_once_max;) {
        const std::size_t paused_before = paused.size();
        std::vector<crm::outgoing> due = with.state.due_messages(now, looked_at_once, paused);
        // Whoever cannot be served now does not hold up those behind them.
        is_cut = due.size() == looked_at_once;
        for (crm::outgoing& each : due) {
            if (under_way.size() >= at_once_max) break;
            if (under_way.contains(each.sequence) || std::ranges::find(paused, each.account) != paused.end()) continue;
            pace& its = paces[each.account];  // A tenant of somebody: without a bound.
            if (const std::int64_t wait_ms = its.wait_ms(now)) {
                pauses(each.account, wait_ms);
            } else if (!with.ways.find(each.account)) {
                paused.push_back(each.account);  // It may come back.
            } else {
                its.take(now);
                under_way.insert(each.sequence);
                asio::co_spawn(with.executor, bring(std::move(each)), net::log_failure([w = with.warn](std::string why) {
                                   w("a message was not sent", "", why);
                               }));
            }
        }
        is_cut &= paused.size() != paused_before;
    }
    return next_ms;
}

/// Begins whatever is due, and sleeps until something is.
net::task<> dispatcher::inner::look() {
    const auto self = shared_from_this();
    while (!stopping && with.applier.applied() < with.begin_behind) {
        bell.expires_after(trouble_rest);
        co_await bell.async_wait(net::as_result);
    }
    for (bool is_done = stopping; !is_done && !stopping;) {
        try {
            co_await look_after_cut_off();
            is_done = true;
        } catch (const std::runtime_error& failed) {
            with.warn("the state cannot be read", "", failed.what());
        }
        if (is_done) break;
        bell.expires_after(trouble_rest);
        co_await bell.async_wait(net::as_result);
    }
    while (!stopping) {
        rung = false;
        std::int64_t next_ms = 0;
        const std::int64_t now = steady_ms();
        bool in_trouble = false;
        try {
            next_ms = begin_due(now);
        } catch (const std::runtime_error& failed) {
            with.warn("the state cannot be read", "", failed.what());
            in_trouble = true;
        }
        auto sleep = look_again_max;
        if (next_ms != 0) sleep = std::min(sleep, std::chrono::milliseconds(std::max<std::int64_t>(1, next_ms - now)));
        if (in_trouble) sleep = trouble_rest;
        if (rung) continue;
        bell.expires_after(sleep);
        co_await bell.async_wait(net::as_result);
    }
    end_if_over();
}

net::task<> dispatcher::inner::bring(crm::outgoing what) {
    const auto self = shared_from_this();
    struct leaving {
        inner& of;
        std::int64_t sequence;
        ~leaving() {
            of.under_way.erase(sequence);
            of.ring();
            of.end_if_over();
        }
    };
    const leaving ends{*this, what.sequence};
    const std::shared_ptr<const route> by = with.ways.find(what.account);
    if (stopping || !by) co_return;
    if (is_mistrusted(what)) {
        co_await mistrust(what, *by);
        co_return;
    }
    if (!by->way) {
        const adapters::verdict said{adapters::fate::misconfigured, 0, "the account has nothing to send with", 0, ""};
        co_await note(what, *by, what.attempt, stream::delivery_status::failed, said);
        co_return;
    }
    crm::command begins;
    begins.what = crm::act::begin_sending;
    begins.subject = what.sequence;
    const error_code refused = co_await perform(std::move(begins));
    if (refused) {  // Somebody erased it, or the state is in trouble: later, if it is still there.
        asio::steady_timer rest(with.executor, trouble_rest);
        co_await rest.async_wait(net::as_result);
        co_return;
    }
    co_await attempt(what, *by, what.attempt + 1);
}

net::task<> dispatcher::inner::attempt(const crm::outgoing& what, const route& by, std::int32_t number) {
    adapters::verdict said;
    const attempt_end end = co_await call(what, by, said);
    const next_step next = after(end, number, by.way->drops_repeats());
    switch (next) {
        case next_step::again: {
            with.count("again");
            crm::command later;
            later.what = crm::act::send_later;
            later.subject = what.sequence;
            later.attempt = end.may_have_arrived ? 1 : 0;
            later.duration_ms = rest_ms(end, number, toss());
            later.reason = said.reason;
            co_await perform(std::move(later));
            co_return;
        }
        case next_step::sent:
            with.count("sent");
            co_await note(what, by, number, stream::delivery_status::sent, said);
            co_return;
        case next_step::failed:
            with.count("failed");
            if (said.what == adapters::fate::misconfigured) with.warn("the platform takes no messages", by.from.id, said.reason);
            co_await note(what, by, number, stream::delivery_status::failed, said);
            co_return;
        case next_step::uncertain:
            with.count("uncertain");
            co_await note(what, by, number, stream::delivery_status::uncertain, said);
            co_return;
        case next_step::dead:
            with.count("dead");
            co_await note(what, by, number, stream::delivery_status::dead, said);
            co_return;
    }
}

/// Asks the platform; with a new token once more, when it refuses the one we have.
net::task<attempt_end> dispatcher::inner::call(const crm::outgoing& what, const route& by, adapters::verdict& said) {
    attempt_end end;
    std::string why;
    const auto message = reply_of(what.message, why);
    if (!message) {
        said = {adapters::fate::never, 0, why, 0, ""};
        end.fate = said.what;
        co_return end;
    }
    const std::string key = hex(what.id);
    const adapters::sending sends{what.person, key, *message, what.is_doubtful};
    caller::question asks;
    asks.whose = by.way->credential();
    asks.api = by.api;
    asks.call = by.way->send(sends);
    asks.patience = send_patience;
    asks.judge = [&](const net::http_response& of) { return by.way->judge(sends, of.status, of.body); };
    const caller::end its = co_await asking.ask(std::move(asks));
    end.was_answered = its.was_answered, end.may_have_arrived = its.may_have_arrived;
    said = its.said;
    end.fate = said.what, end.rest_ms = said.rest_ms;
    if (end.was_answered && said.what == adapters::fate::done) co_await follow_up(by, sends, its.response.body);
    co_return end;
}

/// What comes after a message is worth one call: it is good for some seconds only.
net::task<> dispatcher::inner::follow_up(const route& by, const adapters::sending& what, const std::string& answer) {
    const auto next = by.way->then(what, answer);
    if (!next) co_return;
    caller::question asks;
    asks.whose = by.way->credential();
    asks.api = by.api;
    asks.call = *next;
    asks.patience = send_patience;
    asks.judge = [&](const net::http_response& of) { return by.way->judge(what, of.status, of.body); };
    const caller::end its = co_await asking.ask(std::move(asks));
    if (its.said.what != adapters::fate::done) with.warn("what should follow a message was not taken", by.from.id, its.said.reason);
}

/// Until it is kept: an end that nobody knows of would be an uncertain one.
net::task<> dispatcher::inner::note(const crm::outgoing& what, const route& by, std::int32_t number,
                                    stream::delivery_status status, const adapters::verdict& said) {
    const auto found = with.state.find_conversation(what.conversation);
    delivery_letter letter{.message = what.id, .from = by.from, .to = {}};
    if (what.account != by.from.id) letter.tenant = what.account;
    letter.to = {what.person_kind, found ? std::string_view(found->scope) : std::string_view{}, what.person};
    letter.status = status;
    letter.at_ms = now_ms();
    letter.code = said.code;
    letter.attempt = number;
    letter.reason = said.reason;
    letter.platform_id = said.platform_id;
    const std::string payload = payload_of(letter);
    for (;;) {
        std::string copy = payload;
        const stream::append_end end = co_await stream::append(with.executor, with.journal, std::move(copy), stream::kind_callback);
        if (!end.failed || end.failed == errc::storage_failed) co_return;
        asio::steady_timer rest(with.executor, trouble_rest);
        co_await rest.async_wait(net::as_result);
        if (stopping) co_return;
    }
}

dispatcher::dispatcher(parts with) : inner_(std::make_shared<inner>(std::move(with))) {}
dispatcher::~dispatcher() = default;

void dispatcher::serve(const std::vector<account>& accounts) {
    for (const account& each : accounts) inner_->paces[each.id].set(each.sends_per_minute);
    inner_->ring();
}

void dispatcher::start() {
    asio::co_spawn(inner_->with.executor, inner_->look(), net::log_failure([w = inner_->with.warn](std::string why) {
                       w("nothing is sent any more", "", why);
                   }));
}

void dispatcher::wake() {
    asio::post(inner_->with.executor, [of = inner_] { of->ring(); });
}

void dispatcher::stop(std::int64_t patience_ms, std::function<void()> done) {
    asio::post(inner_->with.executor, [of = inner_, patience_ms, done = std::move(done)]() mutable {
        of->stopping = true;
        of->stopped = std::move(done);
        of->bell.cancel();
        of->patience.expires_after(std::chrono::milliseconds(patience_ms));
        of->patience.async_wait([of](error_code canceled) {
            if (!canceled && of->stopped) std::exchange(of->stopped, nullptr)();
        });
        of->end_if_over();
    });
}

}  // namespace yizhan::desk
