#include "desk/fetcher.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http/error.hpp>

#include <map>
#include <set>

#include "core/time.hpp"
#include "crm/submit_task.hpp"
#include "desk/caller.hpp"
#include "desk/pace.hpp"

namespace yizhan::desk {
namespace asio = net::asio;
namespace {

constexpr std::size_t at_once_max = 4;
constexpr std::int64_t profiles_per_minute = 600;
constexpr std::chrono::milliseconds fetch_patience{60000}, ask_patience{10000}, look_again_max{30000}, trouble_rest{500}, refused_rest{10000};
constexpr std::int64_t rest_first_ms = 1000, rest_max_ms = 3600 * 1000;
constexpr std::int32_t attempts_max = 80;  // Three days, with an hour between most of them.
constexpr std::size_t profile_bytes_max = 16384, profiles_looked_at = 256;  // More than one account's, at its pace.

std::int64_t rest_ms(const adapters::verdict& said, std::int32_t attempt) {
    if (said.what == adapters::fate::misconfigured) return rest_max_ms;
    return std::max(said.rest_ms, std::min(rest_max_ms, rest_first_ms << std::min(attempt, 16)));
}

/// Platforms answer with the file, or say in JSON why not, both with 200.
bool is_file(const net::http_response& of) {
    const bool may_be_json = of.content_type.empty() || of.content_type.find("json") != std::string::npos || of.content_type.starts_with("text/");
    return of.status == 200 && !of.body.empty() && !(may_be_json && of.body.starts_with('{'));
}

}  // namespace

struct fetcher::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its) : with(std::move(its)), asking(with.client, with.tokens), bell(with.executor) {}

    parts with;
    caller asking;
    asio::thread_pool disk{1};
    asio::steady_timer bell;
    std::size_t bytes_max = 0;
    std::int64_t retention_ms = 0;
    std::set<std::int64_t> fetching;                          // By sequence.
    std::set<std::pair<std::int64_t, std::string>> looking_up;  // By contact and account.
    std::map<std::string, pace> paces;
    std::set<std::string> to_remove;
    bool stopping = false, rung = false;

    net::task<> look();
    std::int64_t begin_due(std::int64_t now_ms);
    net::task<> remove_freed();
    net::task<> fetch(crm::media what);
    net::task<adapters::verdict> get(const crm::media& what, std::string& bytes);
    net::task<adapters::verdict> get_from(const std::string& url, const std::string& api, std::string& bytes);
    net::task<> look_up(crm::wanted_profile what);
    net::task<error_code> perform(crm::command what);
    net::task<> rest(std::chrono::milliseconds time);
    net::task<bool> sweep();
    void ring() {
        rung = true;
        bell.cancel();
    }
};

net::task<error_code> fetcher::inner::perform(crm::command what) {
    what.at_ms = steady_ms();
    const crm::outcome its = co_await crm::submit(with.executor, with.applier, std::move(what));
    co_return its.failed;
}

net::task<> fetcher::inner::rest(std::chrono::milliseconds time) {
    asio::steady_timer timer(with.executor, time);
    co_await timer.async_wait(net::as_result);
}

/// What nobody has was left by a process that ended. False: again, later.
net::task<bool> fetcher::inner::sweep() {
    const auto work = [this] {
        try {
            with.files.sweep([this](const std::string& name) { return with.state.is_media_kept(name); });
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    };
    co_return co_await net::run_on(disk.get_executor(), work);
}

/// Begins what is due. Returns when the next is; 0: none is known of.
std::int64_t fetcher::inner::begin_due(std::int64_t now) {
    const auto say = [w = with.warn](std::string why) { w("something was not fetched", "", why); };
    for (crm::media& each : with.state.wanted_media(now, 2 * at_once_max)) {
        if (fetching.size() >= at_once_max || !to_remove.empty()) break;
        if (!fetching.insert(each.sequence).second) continue;
        asio::co_spawn(with.executor, fetch(std::move(each)), net::log_failure(say));
    }
    std::int64_t next_ms = with.state.next_fetch_ms(now);
    for (crm::wanted_profile& each : with.state.wanted_profiles(now, profiles_looked_at)) {
        if (looking_up.size() >= at_once_max) break;
        pace& its = paces[each.account];
        its.set(profiles_per_minute);
        if (const std::int64_t wait_ms = its.wait_ms(now)) {
            next_ms = next_ms == 0 ? now + wait_ms : std::min(next_ms, now + wait_ms);
            continue;
        }
        if (!looking_up.emplace(each.contact, each.account).second) continue;
        its.take(now);
        asio::co_spawn(with.executor, look_up(std::move(each)), net::log_failure(say));
    }
    return next_ms;
}

/// While nothing is being fetched: it might be the same.
net::task<> fetcher::inner::remove_freed() {
    while (fetching.empty() && !to_remove.empty()) {
        const std::string name = *to_remove.begin();
        if (!with.state.is_media_kept(name)) {
            const auto work = [this, &name] {
                with.files.remove(name);
                return 0;
            };
            co_await net::run_on(disk.get_executor(), work);
        }
        to_remove.erase(name);
    }
}

net::task<> fetcher::inner::look() {
    const auto self = shared_from_this();
    while (!stopping && with.applier.applied() < with.begin_behind) {
        bell.expires_after(trouble_rest);
        co_await bell.async_wait(net::as_result);
    }
    if (stopping) co_return;  // Else what is not applied yet would be taken for left over.
    while (!stopping && !co_await sweep()) co_await rest(trouble_rest);
    while (!stopping) {
        rung = false;
        std::int64_t next_ms = 0;
        const std::int64_t now = steady_ms();
        bool in_trouble = false, has_old = false;
        try {
            co_await remove_freed();
            next_ms = begin_due(now);
            has_old = with.state.has_media_before(now - retention_ms);
        } catch (const std::runtime_error& failed) {
            with.warn("the state cannot be read", "", failed.what());
            in_trouble = true;
        }
        if (has_old && !stopping) {
            crm::command forgets;
            forgets.what = crm::act::forget_media;
            forgets.duration_ms = retention_ms;
            co_await perform(std::move(forgets));
        }
        auto sleep = in_trouble ? trouble_rest : look_again_max;
        if (next_ms != 0) sleep = std::min(sleep, std::chrono::milliseconds(std::max<std::int64_t>(1, next_ms - now)));
        if (rung) continue;
        bell.expires_after(sleep);
        co_await bell.async_wait(net::as_result);
    }
}

net::task<> fetcher::inner::fetch(crm::media what) {
    const auto self = shared_from_this();
    struct leaving {
        inner& of;
        std::int64_t sequence;
        ~leaving() {
            of.fetching.erase(sequence);
            of.ring();
        }
    };
    const leaving ends{*this, what.sequence};
    std::string bytes;
    adapters::verdict said = co_await get(what, bytes);
    crm::command then;
    then.subject = what.sequence;
    if (said.what == adapters::fate::done) {
        const auto keep = [this, &bytes]() -> std::string {
            try {
                return with.files.keep(bytes);
            } catch (const std::exception&) {
                return {};  // The disk is full, or in trouble: again, later.
            }
        };
        const std::string name = co_await net::run_on(disk.get_executor(), keep);
        if (name.empty()) said = {adapters::fate::again, 0, "the file cannot be written", 10000, ""};
        then.what = crm::act::keep_media;
        then.queue = name, then.consumer = type_of_bytes(bytes);
        then.duration_ms = static_cast<std::int64_t>(bytes.size());
    }
    const bool is_over = said.what == adapters::fate::never || said.what == adapters::fate::not_allowed || what.attempt + 1 >= attempts_max;
    if (said.what == adapters::fate::misconfigured) with.warn("media cannot be fetched", what.account, said.reason);
    if (said.what != adapters::fate::done) {
        then.what = is_over ? crm::act::give_media_up : crm::act::fetch_media_later;
        then.reason = said.reason;
        then.duration_ms = rest_ms(said, what.attempt);
    }
    with.count("media", said.what == adapters::fate::done ? "kept" : is_over ? "gone" : "again");
    const std::string name = then.queue;
    const error_code failed = co_await perform(std::move(then));
    if (failed == errc::not_found && !name.empty()) to_remove.insert(name);  // Erased meanwhile.
    else if (failed) co_await rest(refused_rest);  // Not at once again: it would all be fetched again.
}

/// By its id at the platform; from its URL where that says so, or has it no longer.
net::task<adapters::verdict> fetcher::inner::get(const crm::media& what, std::string& bytes) {
    const auto by = with.ways.find(what.account);
    const std::string api = by ? by->api : "";
    const auto call = by && by->way && !what.id.empty() ? by->way->media_call(what.id) : std::nullopt;
    adapters::verdict said{adapters::fate::never, 0, "the account has nothing to fetch with", 0, ""};
    std::string elsewhere;
    if (call) {
        caller::question asks;
        asks.whose = by->way->credential();
        asks.api = api;
        asks.call = *call;
        asks.patience = fetch_patience;
        asks.body_max = bytes_max;
        asks.judge = [&](const net::http_response& of) {
            return is_file(of) ? adapters::verdict{} : by->way->judge_media(of.body, elsewhere);
        };
        caller::end its = co_await asking.ask(std::move(asks));
        said = its.said;
        if (its.failed == boost::beast::http::error::body_limit) said = {adapters::fate::never, 0, "larger than limits.media", 0, ""};
        if (said.what == adapters::fate::done && elsewhere.empty()) {
            bytes = std::move(its.response.body);
            co_return said;
        }
    }
    if (elsewhere.empty() && said.what == adapters::fate::never) elsewhere = what.url;
    if (elsewhere.empty()) co_return said;
    co_return co_await get_from(elsewhere, api, bytes);
}

/// The URL came with a message: nothing inside our own networks is called for it, but the configured server itself.
net::task<adapters::verdict> fetcher::inner::get_from(const std::string& url, const std::string& api, std::string& bytes) {
    net::http_request request;
    request.url = url;
    request.patience = fetch_patience;
    request.body_max = bytes_max;
    request.only_public = api.empty() || !url.starts_with(api + "/");
    net::http_outcome outcome = co_await with.client.call(std::move(request));
    adapters::verdict said;
    if (outcome.failed == boost::beast::http::error::body_limit)
        said = {adapters::fate::never, 0, "larger than limits.media", 0, ""};
    else if (outcome.failed == make_error_code(boost::system::errc::permission_denied) || outcome.failed == make_error_code(boost::system::errc::invalid_argument))
        said = {adapters::fate::never, 0, "not an address that is called: " + outcome.failed.message(), 0, ""};
    else if (outcome.failed || outcome.response.status >= 500)
        said = {adapters::fate::again, 0, "no answer", 0, ""};
    else if (outcome.response.status == 408 || outcome.response.status == 429)
        said = {adapters::fate::again, 0, "the server answered " + std::to_string(outcome.response.status), 0, ""};
    else if (outcome.response.status != 200 || outcome.response.body.empty())
        said = {adapters::fate::never, 0, "the server answered " + std::to_string(outcome.response.status), 0, ""};
    if (said.what == adapters::fate::done) bytes = std::move(outcome.response.body);
    co_return said;
}

net::task<> fetcher::inner::look_up(crm::wanted_profile what) {
    const auto self = shared_from_this();
    struct leaving {
        inner& of;
        std::pair<std::int64_t, std::string> who;
        ~leaving() {
            of.looking_up.erase(who);
            of.ring();
        }
    };
    const leaving ends{*this, {what.contact, what.account}};
    const auto by = with.ways.find(what.account);
    const party whom{what.kind, what.id};
    const auto call = by && by->way ? by->way->profile_call(whom) : std::nullopt;
    adapters::verdict said{adapters::fate::never, 0, "the platform does not say", 0, ""};
    adapters::profile found;
    if (call) {
        caller::question asks;
        asks.whose = by->way->credential();
        asks.api = by->api;
        asks.call = *call;
        asks.patience = ask_patience;
        asks.judge = [&](const net::http_response& of) {
            adapters::verdict its;
            if (auto read = by->way->profile_of(whom, of.body, its)) found = std::move(*read);
            return its;
        };
        const caller::end its = co_await asking.ask(std::move(asks));
        said = its.said;
    }
    crm::command then;
    then.subject = what.contact;
    then.queue = what.account;
    const bool is_open = said.what == adapters::fate::again || said.what == adapters::fate::token_refused || said.what == adapters::fate::misconfigured;
    if (said.what == adapters::fate::misconfigured && what.attempt == 0) with.warn("the platform does not say who customers are", what.account, said.reason);
    if (is_open && what.attempt + 1 < attempts_max) {
        then.what = crm::act::ask_profile_later;
        then.duration_ms = rest_ms(said, what.attempt);
    } else {
        then.what = crm::act::keep_profile;
        then.consumer = found.name, then.key_name = found.unionid;
        if (found.json.size() <= profile_bytes_max) then.reason = found.json;
    }
    with.count("profile", said.what == adapters::fate::done ? "kept" : is_open ? "again" : "gone");
    const error_code failed = co_await perform(std::move(then));
    if (failed && failed != errc::not_found) co_await rest(refused_rest);
}

fetcher::fetcher(parts with) : inner_(std::make_shared<inner>(std::move(with))) {}
fetcher::~fetcher() { inner_->disk.join(); }

void fetcher::serve(std::size_t bytes_max, std::int64_t retention_s) {
    inner_->bytes_max = bytes_max;
    inner_->retention_ms = retention_s * 1000;
    inner_->ring();
}

void fetcher::start() {
    asio::co_spawn(inner_->with.executor, inner_->look(), net::log_failure([w = inner_->with.warn](std::string why) {
                       w("nothing is fetched any more", "", why);
                   }));
}

void fetcher::wake() {
    asio::post(inner_->with.executor, [of = inner_] { of->ring(); });
}

void fetcher::remove(std::vector<std::string> names) {
    asio::post(inner_->with.executor, [of = inner_, names = std::move(names)]() mutable {
        for (std::string& each : names) of->to_remove.insert(std::move(each));
        of->ring();
    });
}

void fetcher::stop() {
    asio::post(inner_->with.executor, [of = inner_] {
        of->stopping = true;
        of->bell.cancel();
    });
}

}  // namespace yizhan::desk
