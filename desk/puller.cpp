#include "desk/puller.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdlib>
#include <map>

#include "adapters/adapter.hpp"
#include "core/time.hpp"
#include "crm/submit_task.hpp"
#include "desk/caller.hpp"
#include "desk/routes.hpp"

namespace yizhan::desk {
namespace asio = net::asio;
namespace {

constexpr std::chrono::minutes sweep_every{3};
constexpr std::chrono::seconds pull_patience{20};
constexpr std::chrono::milliseconds rest_first{500}, rest_max{15000}, trouble_rest{200};
constexpr std::size_t page_bytes_max = std::size_t{16} << 20;
constexpr std::int64_t old_token_code = 95007;
constexpr const char* first_time = " not before";  // Beside the cursor's place: since when messages count.

}  // namespace

struct puller::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its) : with(std::move(its)), asking(with.client, with.tokens) {}

    struct source {
        explicit source(asio::any_io_executor on) : bell(on) {}
        account from;
        std::shared_ptr<const adapters::way_out> way;
        std::string api, place, token;  // token: of the newest doorbell; empty: none since the last pull.
        std::optional<std::string> cursor;
        std::int64_t not_before_ms = 0;  // Until all from before the first time has been passed over.
        bool is_rung = true, is_over = false;
        asio::steady_timer bell;
    };

    parts with;
    caller asking;
    std::map<std::string, std::shared_ptr<source>> sources;
    bool stopping = false, started = false;

    net::task<> watch(std::shared_ptr<source> of);
    net::task<bool> pull_all(source& of);
    net::task<result<adapters::pulled_page>> pull(source& of, const std::string& token, adapters::verdict& why);
    net::task<error_code> begin_history(source& of);
    net::task<error_code> move_cursor(const source& of, std::string place, const std::string& cursor);
    void begin(const std::shared_ptr<source>& of) {
        asio::co_spawn(with.executor, watch(of), net::log_failure([w = with.warn, id = of->from.id](std::string why) {
                           w("nothing is pulled any more", id, why);
                       }));
    }
};

net::task<> puller::inner::watch(std::shared_ptr<source> of) {
    const auto self = shared_from_this();
    while (!stopping && with.applier.applied() < with.begin_behind) {
        of->bell.expires_after(trouble_rest);
        co_await of->bell.async_wait(net::as_result);
    }
    of->cursor = with.state.cursor(of->from.id, of->place);
    auto rest = rest_first;
    while (!stopping && !of->is_over) {
        of->is_rung = false;
        const error_code failed = co_await begin_history(*of);
        const bool went_well = !failed && co_await pull_all(*of);
        if (stopping || of->is_over) co_return;
        if (went_well && of->is_rung) continue;
        const auto sleep = went_well ? std::chrono::milliseconds(sweep_every) : rest;
        of->bell.expires_after(sleep);
        const auto [rung] = co_await of->bell.async_wait(net::as_result);
        // A burst of doorbells is no reason to rest longer.
        if (went_well) rest = rest_first;
        else if (!rung) rest = std::min(rest * 2, rest_max);
    }
}

/// Page after page until there is no more. False: try again later.
net::task<bool> puller::inner::pull_all(source& of) {
    for (bool has_more = true; has_more && !stopping;) {
        const std::string token = std::exchange(of.token, {});
        adapters::verdict why;
        auto page = co_await pull(of, token, why);
        if (!page && why.code == old_token_code && !token.empty()) page = co_await pull(of, "", why);
        if (!page) {
            with.warn("messages cannot be pulled", of.from.id, why.reason);
            co_return false;
        }
        for (std::string& item : page->items) {
            for (;;) {  // The page is here: nothing of it is given up because the disk is full for a while.
                net::task<error_code> taking = with.take_in(of.from.id, item, of.not_before_ms);
                const error_code failed = co_await std::move(taking);
                if (stopping) co_return false;
                if (!failed) break;
                asio::steady_timer rest(with.executor, trouble_rest);
                co_await rest.async_wait(net::as_result);
            }
        }
        has_more = page->has_more;  // Also behind an empty page.
        if (page->next_cursor.empty() || page->next_cursor == of.cursor) continue;
        const error_code failed = co_await move_cursor(of, of.place, page->next_cursor);
        if (failed) co_return false;
        of.cursor = page->next_cursor;
    }
    if (of.not_before_ms == 0 || stopping) co_return true;
    const error_code failed = co_await move_cursor(of, of.place + first_time, "");
    if (!failed) of.not_before_ms = 0;
    co_return !failed;
}

/// From when on messages count is decided once, and kept: a process that ends in the middle must not decide anew.
net::task<error_code> puller::inner::begin_history(source& of) {
    if (of.not_before_ms != 0) co_return error_code{};
    const auto begun = with.state.cursor(of.from.id, of.place + first_time);
    if (begun) {
        of.not_before_ms = std::strtoll(begun->c_str(), nullptr, 10);
        co_return error_code{};
    }
    if (of.cursor || of.from.history_s < 0) co_return error_code{};
    const std::int64_t since_ms = now_ms() - of.from.history_s * 1000 - 1000;  // The platform's times are whole seconds.
    const error_code failed = co_await move_cursor(of, of.place + first_time, std::to_string(since_ms));
    if (!failed) of.not_before_ms = since_ms;
    co_return failed;
}

net::task<result<adapters::pulled_page>> puller::inner::pull(source& of, const std::string& doorbell, adapters::verdict& why) {
    caller::question asks;
    asks.whose = of.way->credential();
    asks.api = of.api;
    asks.call = of.way->pull(of.cursor.value_or(""), doorbell);
    asks.patience = pull_patience;
    asks.body_max = page_bytes_max;
    result<adapters::pulled_page> page = errc::malformed_message;
    asks.judge = [&](const net::http_response& answered) {
        adapters::verdict its;
        page = of.way->page_of(answered.body, its);
        return its;
    };
    const caller::end its = co_await asking.ask(std::move(asks));
    why = its.said;
    co_return page;
}

net::task<error_code> puller::inner::move_cursor(const source& of, std::string place, const std::string& cursor) {
    crm::command what;
    what.what = crm::act::move_cursor;
    what.at_ms = steady_ms();
    what.queue = of.from.id, what.consumer = std::move(place), what.reason = cursor;
    const crm::outcome its = co_await crm::submit(with.executor, with.applier, std::move(what));
    co_return its.failed;
}

puller::puller(parts with) : inner_(std::make_shared<inner>(std::move(with))) {}
puller::~puller() = default;

void puller::serve(const std::vector<account>& accounts) {
    auto before = std::move(inner_->sources);
    inner_->sources.clear();
    for (const account& each : accounts) {
        const adapters::adapter_kind* const kind = adapters::find_kind(each.channel, each.kind);
        auto way = kind && kind->sends ? kind->sends(each) : nullptr;
        const std::string place = way ? way->pulls() : std::string();
        if (place.empty()) continue;
        auto& of = inner_->sources[each.id];
        const auto same = before.find(each.id);
        const bool is_new = same == before.end() || same->second->place != place;
        of = is_new ? std::make_shared<inner::source>(inner_->with.executor) : same->second;
        of->from = each, of->place = place;
        of->api = api_of(each, way->api());
        of->way = std::move(way);
        if (is_new && inner_->started) inner_->begin(of);
        if (!is_new) before.erase(same);
    }
    for (auto& [id, left] : before) {
        left->is_over = true;
        left->bell.cancel();
    }
}

void puller::start() {
    inner_->started = true;
    for (const auto& [id, each] : inner_->sources) inner_->begin(each);
}

void puller::ring(std::string account, std::string token) {
    asio::post(inner_->with.executor, [of = inner_, account = std::move(account), token = std::move(token)] {
        const auto found = of->sources.find(account);
        if (found == of->sources.end()) return;
        found->second->token = token;
        found->second->is_rung = true;
        found->second->bell.cancel();
    });
}

void puller::stop() {
    asio::post(inner_->with.executor, [of = inner_] {
        of->stopping = true;
        for (const auto& [id, each] : of->sources) each->bell.cancel();
    });
}

}  // namespace yizhan::desk
