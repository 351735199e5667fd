#include "desk/dispatcher.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <random>
#include <set>

#include "core/reply_json.hpp"
#include "core/time.hpp"
#include "desk/delivery.hpp"
#include "crm/submit_task.hpp"
#include "desk/letters.hpp"
#include "stream/append_task.hpp"
#include "adapters/adapter.hpp"

namespace yizhan::desk {
namespace asio = net::asio;
namespace {

constexpr std::size_t at_once_max = 64;
constexpr std::chrono::milliseconds send_patience{10000}, look_again_max{30000}, trouble_rest{500};

}  // namespace

struct dispatcher::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its)
        : with(std::move(its)), bell(with.executor), patience(with.executor) {}

    struct route {
        account from;
        std::shared_ptr<const adapters::way_out> way;
        std::string api;
    };

    parts with;
    asio::steady_timer bell, patience;
    std::map<std::string, std::shared_ptr<const route>> routes;
    std::set<std::int64_t> under_way;  // By sequence.
    std::mt19937 dice{std::random_device{}()};
    bool stopping = false, rung = false;
    std::function<void()> stopped;

    net::task<> look();
    net::task<> look_after_cut_off();
    net::task<> bring(crm::outgoing what);
    net::task<> attempt(const crm::outgoing& what, const route& by, std::int32_t number);
    net::task<attempt_end> call(const crm::outgoing& what, const route& by, std::int32_t number, adapters::verdict& said);
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

/// Attempts that had begun when the process before us ended. Nobody knows how they ended.
net::task<> dispatcher::inner::look_after_cut_off() {
    for (const crm::outgoing& each : with.state.messages_being_sent()) {
        const auto by = routes.find(each.account);
        const bool can_repeat = by != routes.end() && by->second->way && by->second->way->drops_repeats();
        if (can_repeat && each.attempt < attempts_max) {
            crm::command again;
            again.what = crm::act::send_later;
            again.subject = each.sequence;
            again.reason = "the process ended while it was sent";
            co_await perform(std::move(again));
            continue;
        }
        if (by == routes.end()) continue;  // The account may come back.
        const adapters::verdict unknown{adapters::fate::again, 0, "the process ended while it was sent", 0, ""};
        co_await note(each, *by->second, each.attempt, stream::delivery_status::uncertain, unknown);
    }
}

/// Begins whatever is due, and sleeps until something is.
net::task<> dispatcher::inner::look() {
    const auto self = shared_from_this();
    while (!stopping && with.applier.applied() < with.begin_behind) {
        bell.expires_after(trouble_rest);
        co_await bell.async_wait(net::as_result);
    }
    co_await look_after_cut_off();
    while (!stopping) {
        rung = false;
        std::int64_t next_ms = 0;
        const std::int64_t now = steady_ms();
        bool in_trouble = false;
        try {
            for (crm::outgoing& each : with.state.due_messages(now, 4 * at_once_max)) {
                if (under_way.size() >= at_once_max) break;
                if (!routes.contains(each.account) || !under_way.insert(each.sequence).second) continue;
                asio::co_spawn(with.executor, bring(std::move(each)), net::log_failure([w = with.warn](std::string why) {
                                   w("a message was not sent", "", why);
                               }));
            }
            next_ms = with.state.next_due_ms(now);
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
    const auto found = routes.find(what.account);
    if (stopping || found == routes.end()) co_return;
    const std::shared_ptr<const route> by = found->second;
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
    const attempt_end end = co_await call(what, by, number, said);
    const next_step next = after(end, number, by.way->drops_repeats());
    switch (next) {
        case next_step::again: {
            with.count("again");
            crm::command later;
            later.what = crm::act::send_later;
            later.subject = what.sequence;
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
net::task<attempt_end> dispatcher::inner::call(const crm::outgoing& what, const route& by, std::int32_t number,
                                               adapters::verdict& said) {
    attempt_end end;
    std::string why;
    const auto message = reply_of(what.message, why);
    if (!message) {
        said = {adapters::fate::never, 0, why, 0, ""};
        end.fate = said.what;
        co_return end;
    }
    const std::string key = hex(what.id);
    const adapters::sending sends{what.person, key, *message, number > 1};
    for (int tries = 0; tries < 2; ++tries) {
        std::string token;
        if (const std::string credential = by.way->credential(); !credential.empty()) {
            const auto got = co_await with.tokens.get(by.way, by.api, said);
            if (!got) {
                end.fate = said.what, end.rest_ms = said.rest_ms;
                co_return end;
            }
            token = *got;
        }
        net::http_request request = request_of(by.way->send(sends), by.api, token);
        request.patience = send_patience;
        const net::http_outcome outcome = co_await with.client.call(std::move(request));
        if (outcome.failed) {
            end.was_answered = false;
            end.may_have_arrived = outcome.may_have_arrived;
            said = {adapters::fate::again, 0, "no answer: " + outcome.failed.message(), 0, ""};
            co_return end;
        }
        said = by.way->judge(outcome.response.status, outcome.response.body);
        end.fate = said.what, end.rest_ms = said.rest_ms;
        if (said.what != adapters::fate::token_refused) co_return end;
        with.tokens.refuse(by.way->credential(), token);
    }
    co_return end;
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
    inner_->routes.clear();
    for (const account& each : accounts) {
        auto made = std::make_shared<inner::route>();
        made->from = each;
        const adapters::adapter_kind* const kind = adapters::find_kind(each.channel, each.kind);
        if (kind && kind->sends) made->way = kind->sends(each);
        if (made->way) made->api = each.api.empty() ? std::string(made->way->api()) : each.api;
        inner_->routes[each.id] = std::move(made);
    }
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
