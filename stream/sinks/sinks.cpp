#include "stream/sinks/sinks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

#include "stream/sinks/file_sink.hpp"
#include "stream/sinks/redis_sink.hpp"
#include "stream/sinks/webhook_sink.hpp"

namespace yizhan::stream {
namespace asio = net::asio;

namespace {

constexpr auto begins_anew_after = std::chrono::seconds(1);

}  // namespace

std::vector<retention_step> retention_steps(std::int64_t retention_s, std::uint64_t applied, std::vector<sinks::claim> claims) {
    std::ranges::sort(claims, {}, &sinks::claim::waits_s);
    std::vector<retention_step> steps;
    std::int64_t age_s = retention_s;
    // What is older than one sink may be behind is held by those that may be behind for longer.
    for (auto first = claims.begin();; ++first) {
        std::uint64_t passed = applied;
        for (auto each = first; each != claims.end(); ++each)
            if (each->waits_s > age_s) passed = std::min(passed, each->needed_behind);
        steps.push_back({age_s, passed});
        if (first == claims.end()) return steps;
        age_s = std::max(age_s, first->waits_s);
    }
}

sinks::sinks(parts with) : with_(std::move(with)) {}

sinks::~sinks() {
    if (disk_) disk_->join();
}

std::shared_ptr<sink> sinks::make(const sink_settings& of) {
    if (!disk_) disk_.emplace(1);  // No thread where there is no sink.
    sink_ground on{with_.executor, with_.journal, *disk_, with_.origin, with_.directory, with_.count, with_.warn};
    if (std::holds_alternative<redis_stream_settings>(of.to)) return std::make_shared<redis_sink>(of, std::move(on));
    if (std::holds_alternative<webhook_settings>(of.to)) return std::make_shared<webhook_sink>(of, std::move(on));
    return std::make_shared<file_sink>(of, std::move(on));
}

void sinks::serve(std::vector<sink_settings> all) {
    is_any_ = is_any_ || !all.empty();
    for (auto& [name, each] : members_) each.is_wanted = false;
    for (sink_settings& each : all) {
        const auto [at, is_new] = members_.try_emplace(each.name);
        member& its = at->second;
        its.is_wanted = true;
        const bool is_same = !is_new && its.settings.fingerprint == each.fingerprint;
        its.settings = std::move(each);
        if (is_new) its.running = make(its.settings);  // Listed at once: the journal must not lose what it needs.
        if (is_new)
            asio::co_spawn(with_.executor, keep(at->first), net::log_failure([this, name = at->first](const std::string& why) {
                               with_.warn("a sink has ended", name, why);
                           }));
        else if (!is_same && its.running)
            its.running->stop();
    }
    for (auto& [name, each] : members_)
        if (!each.is_wanted && each.running) each.running->stop();
    list();
}

/// One sink after the other of the same name: the next begins when the one before has ended.
net::task<> sinks::keep(std::string name) {
    for (member* its = &members_.at(name); its->is_wanted && !stopped_;) {
        if (!its->running) {
            its->running = make(its->settings);
            list();
        }
        const std::shared_ptr<sink> now = its->running;
        std::string why;
        try {
            co_await now->run();
        } catch (const std::exception& failed) {
            why = failed.what();
        }
        its->running = nullptr;
        if (why.empty()) continue;
        with_.warn("a sink has failed and begins anew", name, why);
        now->stop();
        its->running = make(its->settings);  // Listed meanwhile: what it needs of the journal stays.
        list();
        asio::steady_timer pause(with_.executor, begins_anew_after);
        co_await pause.async_wait(net::as_result);
    }
    members_.erase(name);
    list();
    if (stopped_ && members_.empty()) stopped_();
}

void sinks::list() {
    const std::lock_guard lock(mutex_);
    listed_.clear();
    for (const auto& [name, each] : members_)
        if (each.running && each.is_wanted) listed_.push_back(each.running);
}

void sinks::notice_durable() {
    if (!is_any_ || noticed_.exchange(true)) return;  // Without a sink nobody is woken at every sync.
    asio::post(with_.executor, [this] {
        noticed_ = false;
        for (const auto& [name, each] : members_)
            if (each.running) each.running->notice();
    });
}

void sinks::stop(std::function<void()> done) {
    asio::post(with_.executor, [this, done = std::move(done)]() mutable {
        stopped_ = std::move(done);
        if (members_.empty()) return stopped_();
        for (const auto& [name, each] : members_)
            if (each.running) each.running->stop();
    });
}

std::shared_ptr<sink> sinks::find(const std::string& name) const {
    const auto found = members_.find(name);
    return found == members_.end() || !found->second.is_wanted ? nullptr : found->second.running;
}

std::vector<sink_figures> sinks::look() const {
    std::vector<std::shared_ptr<sink>> all;
    {
        const std::lock_guard lock(mutex_);
        all = listed_;
    }
    std::vector<sink_figures> shown;
    for (const auto& each : all) shown.push_back(each->look());
    return shown;
}

std::vector<sinks::claim> sinks::claims() const {
    std::vector<claim> all;
    for (const sink_figures& each : look()) all.push_back({each.needed_behind, each.waits_s});
    return all;
}

}  // namespace yizhan::stream
