#include "stream/sinks/webhook_sink.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "net/url.hpp"
#include "stream/sinks/webhook_request.hpp"

namespace yizhan::stream {
namespace asio = net::asio;

namespace {

constexpr std::size_t parked_max = 1000, dead_max = 1000, log_max = 500, bytes_at_once = std::size_t{256} << 10;
constexpr auto looks_again_after = std::chrono::milliseconds(1000);
constexpr auto connection_idle_max = std::chrono::seconds(20);

/// What a person is shown of a URL: it may carry a key in its query.
std::string shown_url(const std::string& text) {
    const auto url = net::url_of(text);
    return url ? (url->is_https ? "https://" : "http://") + url->authority() + url->target.substr(0, url->target.find('?')) : "";
}

sink_event test_event(std::string_view sink) {
    sink_event made;
    const std::string now = time_text(now_ms());
    made.id = "test-" + std::to_string(now_us());
    made.type = "sink.tested";
    made.json = R"({"specversion":"1.0","id":)" + json::quoted(made.id) + R"(,"source":"/yizhan","type":"sink.tested","time":)" +
                json::quoted(now) + R"(,"datacontenttype":"application/json","data":{"sink":)" + json::quoted(sink) + "}}";
    return made;
}

}  // namespace

webhook_sink::webhook_sink(sink_settings with, sink_ground on)
    : sink(std::move(with), std::move(on), "webhook", ""),
      to_(std::get<webhook_settings>(with_.to)),
      client_(on_.executor, {static_cast<std::size_t>(to_.in_flight_max) + 1, connection_idle_max, std::string()}) {
    figure([&](sink_figures& all) { all.where = shown_url(to_.url); });
}

void webhook_sink::begin() {
    usual_ = usual_rate(record_.usual_rate);
    looked_at_ = record_.position;
    for (const parked_delivery& each : record_.parked) {
        const auto made = std::make_shared<delivery>();
        made->of = each;
        made->is_parked = made->may_have_arrived = true;
        known_.insert(each.sequences.begin(), each.sequences.end());
        find_line(*made);
        take_in(made);
    }
    for (const parked_delivery& each : record_.dead) known_.insert(each.sequences.begin(), each.sequences.end());
    move_on();
}

void webhook_sink::complete(sink_record& into) {
    into.usual_rate = usual_.per_second();
    into.parked.clear();
    for (const auto& [first, each] : open_)
        if (each->is_parked) into.parked.push_back(each->of);
}

/// To which conversation it belongs, where that matters.
void webhook_sink::find_line(delivery& of) {
    if (!to_.in_order || to_.batch > 1) return;
    if (!load(of)) of.partition = of.events.front().partition;
    of.events.clear();
}

/// Into its line, and to what is ready if it is the first there.
void webhook_sink::take_in(delivery_ref fresh) {
    const std::uint64_t first = fresh->first();
    open_[first] = fresh;
    bool is_first_in_line = true;
    if (to_.in_order) {
        std::deque<std::uint64_t>& line = lines_[fresh->partition];
        line.push_back(first);
        is_first_in_line = line.size() == 1;
    }
    if (is_first_in_line) {
        ready_.emplace(fresh->of.next_at_ms, first);
    } else {
        fresh->is_parked = true;  // Whoever is before it may take days.
        fresh->events.clear();
    }
    if (!fresh->is_parked) fresh_.insert(first);
}

/// Takes the next events from the journal; false when there are none now, or enough is open.
bool webhook_sink::read_more() {
    is_full_ = fresh_.size() >= 2 * static_cast<std::size_t>(to_.in_flight_max) || open_.size() - fresh_.size() >= parked_max;
    if (is_full_) return false;
    sink_source::piece more = source_.next(static_cast<std::size_t>(to_.batch), bytes_at_once);
    lose(more.lost, more.looked_at + 1);
    looked_at_ = more.looked_at;
    is_at_end_ = more.is_end;
    std::erase_if(more.events, [this](const sink_event& each) { return known_.erase(each.sequence) > 0; });
    if (!more.events.empty()) {
        const auto made = std::make_shared<delivery>();
        for (const sink_event& each : more.events) {
            usual_.add(each.recorded_us);
            made->of.sequences.push_back(each.sequence);
        }
        // Batches in order go one after the other, as if they were one conversation.
        if (to_.in_order && to_.batch == 1) made->partition = more.events.front().partition;
        made->events = std::move(more.events);
        take_in(made);
    }
    move_on();
    return !more.is_end;
}

/// The position follows what is neither delivered nor dead nor in the record.
void webhook_sink::move_on() {
    const std::uint64_t position = fresh_.empty() ? looked_at_ : *fresh_.begin() - 1;
    std::uint64_t needed_behind = open_.empty() ? looked_at_ : open_.begin()->first - 1;
    for (const parked_delivery& each : record_.dead) needed_behind = std::min(needed_behind, each.sequences.front() - 1);
    move_to(position, std::min(position, needed_behind));
    figure([&](sink_figures& all) { all.parked = open_.size() - fresh_.size(), all.dead = record_.dead.size(); });
}

/// What may go now. While the receiver is tried, what was tried least: one event that it cannot take must not stand for all.
webhook_sink::delivery_ref webhook_sink::next(std::int64_t now_ms) const {
    delivery_ref found;
    for (const auto& [due_ms, first] : ready_) {
        const delivery_ref& each = open_.at(first);
        if (breaker_.is() == breaker::state::closed) return due_ms <= now_ms ? each : nullptr;
        if (!found || each->of.attempts < found->of.attempts) found = each;
    }
    return found;
}

std::int64_t webhook_sink::until_next_ms(std::int64_t now_ms) const {
    const std::int64_t long_ms = looks_again_after.count();
    if (running_ >= to_.in_flight_max) return long_ms;  // Whoever ends rings.
    std::int64_t due_ms = is_at_end_ || is_full_ ? now_ms + long_ms : now_ms;  // What is not read yet.
    if (!ready_.empty()) due_ms = breaker_.is() == breaker::state::open ? now_ms : std::min(due_ms, ready_.begin()->first);
    return std::clamp<std::int64_t>(std::max(due_ms - now_ms, breaker_.wait_ms(now_ms)), 1, long_ms);
}

net::task<> webhook_sink::work() {
    source_.go_behind(looked_at_);
    while (goes_on()) {
        const std::int64_t now = steady_ms();
        const bool may_go = running_ < to_.in_flight_max && breaker_.wait_ms(now) == 0;
        delivery_ref due = may_go ? next(now) : nullptr;
        if (!due && may_go && read_more()) {
            co_await give_way();
            continue;
        }
        if (!due && may_go) due = next(now);
        if (due) {
            ready_.erase({due->of.next_at_ms, due->first()});
            const breaker::purpose what_for = breaker_.took(now);
            ++running_;
            show("delivering");
            asio::co_spawn(on_.executor, attempt(due), [self = shared_from_this(), this, due, what_for](std::exception_ptr failed) {
                note_failure(failed);
                breaker_.ended(what_for);
                --running_;
                if (failed) park(due, steady_ms() + looks_again_after.count(), "it failed here");
                ring();
            });
            continue;
        }
        if (breaker_.is() == breaker::state::open) show("waiting", "nothing goes through; it is tried now and then");
        else if (running_ == 0 && open_.empty() && is_at_end_) show("idle");
        co_await rest(std::chrono::milliseconds(until_next_ms(now)));
    }
    while (running_ > 0) co_await rest(looks_again_after);
}

/// Its events, from the journal where they are not at hand. Errors: not_found (none is there any more), storage_failed.
error_code webhook_sink::load(delivery& what) {
    if (!what.events.empty()) return {};
    for (const std::uint64_t sequence : what.of.sequences) {
        auto event = sink_source::event_at(on_.journal, sequence);
        if (event) {
            what.events.push_back(std::move(*event));
        } else if (event.error() == errc::storage_failed) {
            what.events.clear();
            return event.error();
        }
    }
    return what.events.empty() ? error_code(errc::not_found) : error_code();
}

net::task<> webhook_sink::attempt(delivery_ref what) {
    const error_code failed = load(*what);
    if (failed == errc::storage_failed) {
        park(what, steady_ms() + looks_again_after.count(), failed.message());
        co_return;
    }
    if (failed) {
        lose(what->of.sequences.size(), what->of.sequences.back() + 1);
        finish(what);
        co_return;
    }
    sink_attempt shown{now_ms(), what->of.sequences.size(), what->events.front().id, what->of.attempts + 1, 0, {}, 0, 0};
    const std::int64_t began_ms = steady_ms();
    net::http_request request = webhook_request(to_, what->events, now_ms() / 1000);
    const net::http_outcome outcome = co_await client_.call(std::move(request));
    shown.took_ms = steady_ms() - began_ms;
    judged(what, outcome, std::move(shown));
}

webhook_sink::verdict webhook_sink::judge(const net::http_outcome& outcome) {
    const unsigned status = outcome.response.status;
    if (status / 100 == 2) return verdict::delivered;  // Whatever it says besides, and however much.
    if (status == 410) return verdict::gone;
    if (status == 429 || status == 502 || status == 503 || status == 504) return verdict::throttled;
    // The receiver is there, and does not want this one.
    if (status / 100 == 4 && status != 408 && status != 425) return verdict::refused;
    return verdict::failed;
}

void webhook_sink::judged(const delivery_ref& what, const net::http_outcome& outcome, sink_attempt shown) {
    const std::int64_t now = steady_ms();
    const unsigned status = outcome.response.status;
    const verdict its = judge(outcome);
    const bool was_open = breaker_.is() == breaker::state::open;
    shown.status = status;
    shown.result = its == verdict::delivered ? "delivered" : status != 0 ? "status " + std::to_string(status) : outcome.failed.message();
    const bool is_redelivery = what->may_have_arrived;
    what->may_have_arrived |= outcome.may_have_arrived;
    on_.count(with_.name, its == verdict::delivered ? "delivered" : status != 0 ? "refused" : "failed");
    if (its == verdict::delivered || its == verdict::refused)
        breaker_.succeeded(now, usual_.per_second(), to_.batch);
    else if (its != verdict::gone)
        breaker_.failed(now, chance());
    std::optional<std::int64_t> held_ms;
    if (its == verdict::throttled) held_ms = retry_after_ms(outcome.response.retry_after, now_ms());
    if (held_ms) breaker_.hold(now + *held_ms);

    if (its == verdict::delivered) {
        figure([&](sink_figures& all) { (is_redelivery ? all.redelivered : all.delivered) += what->of.sequences.size(); });
        finish(what);
    } else if (its == verdict::gone) {
        park(what, now, shown.result);
        disable("the receiver answered 410: it is gone");
    } else {
        figure([](sink_figures& all) { ++all.retries; });
        // While nothing goes through it is not this one's fault.
        if (!was_open) ++what->of.attempts;
        const auto pause_ms = retry_pause_ms(to_.retry_s.data(), to_.retry_s.size(), std::max(1, what->of.attempts), chance());
        if (pause_ms) {
            shown.next_at_ms = now_ms() + std::max(*pause_ms, held_ms.value_or(0));
            park(what, now + std::max(*pause_ms, held_ms.value_or(0)), shown.result);
        } else {
            on_.warn("a delivery gave up", with_.name, shown.event_id + ": " + shown.result);
            what->of.reason = shown.result;
            record_.dead.push_back(what->of);
            if (record_.dead.size() > dead_max) {
                on_.warn("a dead delivery is dropped: there are too many", with_.name, "sequence " + std::to_string(record_.dead.front().sequences.front()));
                record_.dead.pop_front();
            }
            finish(what);
        }
    }
    log_.push_back(std::move(shown));
    if (log_.size() > log_max) log_.pop_front();
}

void webhook_sink::park(const delivery_ref& what, std::int64_t next_at_ms, const std::string& reason) {
    what->is_parked = true;
    fresh_.erase(what->first());
    what->of.next_at_ms = next_at_ms;
    what->of.reason = reason;
    what->events.clear();
    what->events.shrink_to_fit();
    ready_.emplace(next_at_ms, what->first());
    move_on();
    change();
}

/// It is delivered, or dead, or gone: the next of its conversation may go.
void webhook_sink::finish(const delivery_ref& what) {
    open_.erase(what->first());
    fresh_.erase(what->first());
    if (to_.in_order) {
        std::deque<std::uint64_t>& line = lines_[what->partition];
        line.pop_front();
        if (line.empty()) lines_.erase(what->partition);
        else ready_.emplace(open_.at(line.front())->of.next_at_ms, line.front());
    }
    move_on();
    change();
}

void webhook_sink::resume() {
    const std::int64_t now = steady_ms();
    std::set<std::pair<std::int64_t, std::uint64_t>> due;
    for (const auto& [at_ms, first] : ready_) {
        std::int64_t& next_at_ms = open_.at(first)->of.next_at_ms;
        next_at_ms = std::min(next_at_ms, now);
        due.emplace(next_at_ms, first);
    }
    ready_ = std::move(due);
    sink::resume();
}

std::size_t webhook_sink::retry_dead() {
    const std::size_t count = record_.dead.size();
    for (parked_delivery& each : record_.dead) {
        const auto again = std::make_shared<delivery>();
        again->of = std::move(each);
        again->of.attempts = 0;
        again->of.next_at_ms = steady_ms();
        again->is_parked = again->may_have_arrived = true;
        find_line(*again);
        if (!open_.count(again->first())) take_in(again);
    }
    record_.dead.clear();
    move_on();
    change();
    ring();
    return count;
}

std::vector<sink_attempt> webhook_sink::attempts() const {
    return {log_.rbegin(), log_.rend()};
}

net::task<sink_test> webhook_sink::test() {
    const std::vector<sink_event> events{test_event(with_.name)};
    net::http_request request = webhook_request(to_, events, now_ms() / 1000);
    const net::http_outcome outcome = co_await client_.call(std::move(request));
    sink_test made;
    made.is_good = judge(outcome) == verdict::delivered;
    const unsigned status = outcome.response.status;
    made.says.push_back(status != 0 ? "it answers " + std::to_string(status) : "no answer: " + outcome.failed.message());
    if (status / 100 == 3) made.says.push_back("redirects are not followed: configure where it leads to");
    co_return made;
}

}  // namespace yizhan::stream
