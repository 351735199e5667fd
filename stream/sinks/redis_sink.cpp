#include "stream/sinks/redis_sink.hpp"

#include <xxhash.h>

#include <algorithm>
#include <tuple>

#include "core/time.hpp"
#include "stream/sinks/redis_scripts.hpp"

namespace yizhan::stream {
namespace {

constexpr std::size_t bytes_at_once = std::size_t{256} << 10;
constexpr std::int64_t tend_every_ms = 2000;
constexpr auto looks_again_after = std::chrono::milliseconds(500);
constexpr const char* trimmed_at_once = "10000";
constexpr std::int64_t old_after_ms = 2000;
constexpr double catch_up_times = 4, catch_up_least = 5000;  // Events a second.
constexpr std::size_t marks_max = 4096;
constexpr std::int64_t pause_from_ms = 50, pause_to_ms = 5000;

/// An error without its text: that may repeat what was sent.
std::string code_of(const redis::reply& error) { return error.text.substr(0, error.text.find(' ')); }

std::string digits_of(std::uint64_t number) { return std::to_string(number); }

std::uint64_t number_of(std::string_view digits) { return static_cast<std::uint64_t>(decimal(digits).value_or(0)); }

struct entry_id {
    std::uint64_t milliseconds = 0, number = 0;
};
entry_id entry_of(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return {};
    return {number_of(text.substr(0, dash)), number_of(text.substr(dash + 1))};
}

/// `name:value` of INFO.
std::string info_of(const redis::reply& info, std::string_view name) {
    const std::string line = "\n" + std::string(name) + ":";
    const std::size_t at = info.text.find(line);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + line.size();
    return info.text.substr(begin, info.text.find_first_of("\r\n", begin) - begin);
}

}  // namespace

redis_sink::redis_sink(sink_settings with, sink_ground on)
    : sink(std::move(with), std::move(on), "redis_stream", ""),
      to_(std::get<redis_stream_settings>(with_.to)),
      origin_(on_.origin.name + ":" + with_.name),
      client_(on_.executor, to_.redis) {
    for (int at = 0; at < to_.partitions; ++at) {
        partition& made = partitions_.emplace_back();
        made.key = to_.partitions == 1 ? to_.key : to_.key + ":" + std::to_string(at);
        // Braces name what a cluster hashes, so that both lie in the same slot.
        made.origins = made.key.find('{') == std::string::npos ? "{" + made.key + "}:origins" : made.key + ":origins";
    }
    figure([&](sink_figures& all) { all.where = to_.redis.at.front().text() + " " + to_.key; });
}

void redis_sink::begin() {
    newest_ = record_.position;
    for (partition& each : partitions_) {
        // A key that is new begins where the sink is: nothing before is ever its.
        record_.keys.try_emplace(each.key, key_progress{record_.position, record_.position});
    }
}

void redis_sink::stop() {
    sink::stop();
    client_.stop();
}

net::task<> redis_sink::work() {
    if (!is_started_) client_.start();
    is_started_ = true;
    const bool is_up = co_await client_.wait_until_up(looks_again_after);
    if (!is_up) {
        show("waiting", client_.why_down());
        co_return;
    }
    broken_.clear();
    std::string wrong = co_await look_at_redis();
    if (wrong.empty()) wrong = co_await load_scripts();
    if (wrong.empty()) co_await trim();  // First: a Redis that is full takes nothing else.
    if (wrong.empty()) wrong = co_await meet();
    tended_at_ms_ = steady_ms();
    if (wrong.empty()) co_await deliver();
    else break_off(wrong);
    while (!chunks_.empty()) co_await rest(looks_again_after);  // Each ends with its connection at the latest.
    if (broken_.empty()) co_return;
    show("waiting", broken_);
    figure([](sink_figures& all) { ++all.retries; });
    const std::int64_t bound = std::min(pause_to_ms, pause_from_ms << std::min(failures_, 10));
    ++failures_;
    co_await sleep(std::chrono::milliseconds(1 + static_cast<std::int64_t>(chance() * static_cast<double>(bound))));
}

void redis_sink::break_off(const std::string& why) {
    if (broken_.empty()) broken_ = why;
    ring();
}

/// Whether it would keep what it says it has. Shown, and logged for each Redis that is met, never a reason to wait: what it
/// loses comes again from the journal.
net::task<redis_sink::assessment> redis_sink::assess() {
    assessment made;
    std::vector<std::string> words{"INFO"};
    const redis::call_end info = co_await client_.call(std::move(words));
    if (info.failed) co_return made;
    if (info.reply.is_error()) {
        made.risks.push_back("it does not say how it keeps what it gets: INFO is " + code_of(info.reply));
        co_return made;
    }
    made.process = info_of(info.reply, "run_id");
    if (info_of(info.reply, "aof_enabled") != "1") {
        made.risks.push_back("appendonly is off: what it has may be gone when it ends");
    } else {
        std::vector<std::string> asked{"CONFIG", "GET", "appendfsync"};
        const redis::call_end how = co_await client_.call(std::move(asked));
        if (how.reply.elements.size() != 2)
            made.risks.push_back("appendfsync is not known: CONFIG GET is refused");
        else if (how.reply.elements[1].text != "always")
            made.risks.push_back("appendfsync is " + how.reply.elements[1].text + ", not always: a second and more may be gone after a crash");
    }
    const std::string policy = info_of(info.reply, "maxmemory_policy");
    if (policy != "noeviction") made.risks.push_back("maxmemory-policy is " + policy + ", not noeviction: it may throw away what it has");
    co_return made;
}

/// At each new connection. Why not, or nothing.
net::task<std::string> redis_sink::look_at_redis() {
    const std::uint64_t connection = client_.connections();
    if (seen_connection_ == connection) co_return std::string();
    const assessment now = co_await assess();
    if (!client_.is_up() || client_.connections() != connection) co_return "the connection has ended";
    seen_connection_ = connection;
    figure([&](sink_figures& all) {
        all.where = client_.where() + " " + to_.key;
        all.warnings = now.risks;
    });
    const bool is_another = now.process != seen_.process;
    if (is_another && !seen_.process.empty()) on_.warn("another Redis answers, or it was started again", with_.name, client_.where());
    if (is_another || now.risks != seen_.risks)
        for (const std::string& each : now.risks) on_.warn("this Redis may lose what it was given; then it comes again from the journal", with_.name, each);
    seen_ = now;
    co_return std::string();
}

net::task<std::string> redis_sink::load_scripts() {
    const std::string texts[] = {std::string(scripts::look).append(scripts::begin), std::string(scripts::look).append(scripts::append), std::string(scripts::trim)};
    std::string* const hashes[] = {&begin_hash_, &append_hash_, &trim_hash_};
    for (std::size_t at = 0; at < std::size(texts); ++at) {
        std::vector<std::string> words{"SCRIPT", "LOAD", texts[at]};
        const redis::call_end loaded = co_await client_.call(std::move(words));
        if (loaded.failed) co_return loaded.failed.message();
        if (loaded.reply.is_error()) co_return "scripts are refused: " + code_of(loaded.reply);
        *hashes[at] = loaded.reply.text;
    }
    co_return std::string();
}

/// Learns what of ours is there, and goes back to where something is missing. Why not, or nothing.
net::task<std::string> redis_sink::meet() {
    for (partition& each : partitions_) {
        std::string wrong = co_await meet(each);
        if (wrong.empty()) wrong = co_await make_groups(each);
        if (!wrong.empty()) co_return wrong;
    }
    record_.origin = origin_;
    go_back_to(record_.position);
    change();
    co_return std::string();
}

void redis_sink::go_back_to(std::uint64_t position) {
    source_.go_behind(position);
    move_to(position);
}

/// What is less than it was is known to be in the same step in which the position goes back: whatever comes between, nothing
/// is left out.
net::task<std::string> redis_sink::meet(partition& with) {
    key_progress& progress = record_.keys[with.key];
    // Under another name, as behind a restored backup, nothing is known there, and nothing is lost.
    const std::uint64_t start = record_.origin == origin_ ? progress.consumed : progress.appended;
    std::vector<std::string> words{"EVALSHA", begin_hash_, "2", with.key, with.origins, origin_, digits_of(on_.origin.epoch), digits_of(start),
                                   seen_.process.empty() ? "-" : seen_.process};
    const redis::call_end met = co_await client_.call(std::move(words));
    if (met.failed) co_return met.failed.message();
    if (met.reply.is_error()) co_return code_of(met.reply);
    if (met.reply.elements.size() != 2) co_return std::string("it answers strangely");
    const std::string& what = met.reply.elements[0].text;
    const std::uint64_t there = number_of(met.reply.elements[1].text);
    if (what == "fenced") co_return std::string("another process with a copy of this data directory writes there");
    if (there < progress.appended) {
        on_.warn(what == "begun" ? "the stream is not there any more; it is written again from the journal"
                                 : "Redis has lost what it had; it is written again from the journal",
                 with_.name, with.key + " from sequence " + digits_of(there + 1) + ", was at " + digits_of(progress.appended));
        go_back_to(std::min(record_.position, there));
    }
    if (what == "begun") with.marks.clear();
    while (!with.marks.empty() && with.marks.back().sequence > there) with.marks.pop_back();
    progress.appended = with.sent = there;
    change();
    co_return std::string();
}

net::task<std::string> redis_sink::make_groups(const partition& of) {
    for (const std::string& group : to_.groups) {
        std::vector<std::string> words{"XGROUP", "CREATE", of.key, group, "0", "MKSTREAM"};
        const redis::call_end made = co_await client_.call(std::move(words));
        if (made.failed) co_return made.failed.message();
        if (made.reply.is_error() && !made.reply.is_error("BUSYGROUP")) co_return "a group is refused: " + code_of(made.reply);
    }
    co_return std::string();
}

net::task<> redis_sink::deliver() {
    while (goes_on() && broken_.empty()) {
        if (!client_.is_up()) co_return break_off(client_.why_down());
        if (chunks_.size() >= static_cast<std::size_t>(to_.batches_in_flight)) {
            co_await rest(looks_again_after);
            continue;
        }
        if (steady_ms() - tended_at_ms_ >= tend_every_ms) {
            co_await tend();
            continue;
        }
        const std::int64_t now = steady_ms();
        if (const std::int64_t wait = wait_ms(now); wait > 0) {
            co_await sleep(std::chrono::milliseconds(wait));
            continue;
        }
        const sink_source::piece next = source_.next(static_cast<std::size_t>(to_.batch), bytes_at_once);
        lose(next.lost, next.looked_at + 1);
        if (!next.events.empty()) {
            show("delivering");
            pace(next, now);
            append(next);
        } else if (next.is_end) {
            if (chunks_.empty()) {
                move_to(next.looked_at);
                show("idle");
            }
            co_await rest(looks_again_after);
        } else {
            co_await give_way();
        }
    }
}

std::int64_t redis_sink::wait_ms(std::int64_t now_ms) const {
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(next_at_ms_) - now_ms);
}

/// What is new goes out at once, however much it is; what is caught up with goes out at several times the usual rate.
void redis_sink::pace(const sink_source::piece& what, std::int64_t now_ms) {
    for (const sink_event& each : what.events)
        if (each.sequence > newest_) usual_.add(each.recorded_us);
    if (what.events.front().recorded_us / 1000 > now_ms - old_after_ms) return;
    const double per_ms = std::max(catch_up_least, catch_up_times * usual_.per_second()) / 1000;
    next_at_ms_ = std::max(next_at_ms_, static_cast<double>(now_ms)) + static_cast<double>(what.events.size()) / per_ms;
}

void redis_sink::append(const sink_source::piece& what) {
    const auto sent = std::make_shared<chunk>();
    sent->position = what.looked_at;
    chunks_.push_back(sent);
    std::vector<std::vector<const sink_event*>> of_key(partitions_.size());
    for (const sink_event& each : what.events) {
        const std::size_t at = partitions_.size() == 1 ? 0 : XXH3_64bits(each.partition.data(), each.partition.size()) % partitions_.size();
        if (each.sequence > partitions_[at].sent) of_key[at].push_back(&each);
    }
    for (std::size_t at = 0; at < partitions_.size(); ++at) {
        if (of_key[at].empty()) continue;
        partition& to = partitions_[at];
        const std::uint64_t last = of_key[at].back()->sequence;
        std::deque<std::string> numbers{digits_of(on_.origin.epoch), digits_of(to.sent), digits_of(last)};  // A deque: it moves nothing.
        std::vector<std::string_view> words{"EVALSHA", append_hash_, "2", to.key, to.origins, origin_, numbers[0], numbers[1], numbers[2]};
        for (const sink_event* each : of_key[at]) {
            const std::string& sequence = numbers.emplace_back(digits_of(each->sequence));
            words.insert(words.end(), {sequence, each->id, each->type, each->json});
            ++(each->sequence <= newest_ ? sent->again : sent->events);
        }
        ++sent->appends;
        to.sent = last;
        client_.send(words, [this, self = shared_from_this(), &to, sent, last](redis::call_end end) {
            appended(to, *sent, last, std::move(end));
        });
    }
    if (sent->appends == 0) settle();
}

/// The end of one append, in the order in which they were sent.
void redis_sink::appended(partition& to, chunk& part_of, std::uint64_t last, redis::call_end end) {
    const auto fail = [&](const char* result, const std::string& why) {
        on_.count(with_.name, result);
        break_off(why);
        part_of.is_broken = true;
        settle();
    };
    --part_of.appends;
    if (end.failed) return fail("failed", end.failed.message());
    if (end.reply.is_error()) return fail("refused", code_of(end.reply));
    if (end.reply.elements.empty()) return fail("refused", "it answers strangely");
    const std::string& what = end.reply.elements[0].text;
    if (what != "ok" || end.reply.elements.size() != 2) return fail(what == "fenced" ? "fenced" : "gap", "something is missing in the stream");
    on_.count(with_.name, "delivered");
    failures_ = 0;
    const entry_id entry = entry_of(end.reply.elements[1].text);
    to.marks.push_back({entry.milliseconds, entry.number, last});
    // Every other one tells nearly as much.
    if (to.marks.size() > marks_max)
        for (std::size_t at = 0; at < to.marks.size(); ++at) to.marks.erase(to.marks.begin() + static_cast<std::ptrdiff_t>(at));
    key_progress& progress = record_.keys[to.key];
    progress.appended = std::max(progress.appended, last);
    settle();
}

/// The position follows what has come to its end, in order.
void redis_sink::settle() {
    while (!chunks_.empty() && chunks_.front()->appends == 0) {
        const chunk& first = *chunks_.front();
        if (!first.is_broken && broken_.empty()) {
            move_to(first.position);
            newest_ = std::max(newest_, first.position);
            figure([&](sink_figures& all) { all.delivered += first.events, all.redelivered += first.again; });
        }
        chunks_.pop_front();
    }
    ring();
}

/// Now and then, with nothing on its way: looks whether all is still there, and trims.
net::task<> redis_sink::tend() {
    while (!chunks_.empty()) co_await rest(looks_again_after);
    if (!broken_.empty()) co_return;
    const std::string wrong = co_await meet();
    if (!wrong.empty()) co_return break_off(wrong);
    co_await trim();
    tended_at_ms_ = steady_ms();
}

/// An error here stops nothing; if it lasts, the stream grows, and Redis says so when it is full.
net::task<> redis_sink::trim() {
    for (partition& each : partitions_) {
        std::vector<std::string> words{"EVALSHA", trim_hash_, "1", each.key, trimmed_at_once};
        words.insert(words.end(), to_.groups.begin(), to_.groups.end());
        const redis::call_end trimmed = co_await client_.call(std::move(words));
        if (trimmed.failed) co_return;
        if (trimmed.reply.elements.size() == 3 && trimmed.reply.elements[0].text == "trimmed") note_consumed(each, trimmed.reply.elements[2].text);
    }
}

/// Every group has behind it what lies before this entry.
void redis_sink::note_consumed(partition& of, std::string_view entry) {
    const entry_id needed = entry_of(entry);
    std::uint64_t& consumed = record_.keys[of.key].consumed;
    const auto is_before = [&](const partition::mark& each) {
        return std::tie(each.milliseconds, each.number) < std::tie(needed.milliseconds, needed.number);
    };
    for (; !of.marks.empty() && is_before(of.marks.front()); of.marks.pop_front()) {
        consumed = std::max(consumed, of.marks.front().sequence);
        change();
    }
}

net::task<sink_test> redis_sink::test() {
    sink_test made;
    if (!is_started_) client_.start();
    is_started_ = true;
    const bool is_up = co_await client_.wait_until_up(to_.redis.connect_patience);
    if (!is_up) {
        made.says.push_back("no master answers: " + client_.why_down());
        co_return made;
    }
    made.is_good = true;
    made.says.push_back("connected to " + client_.where() + ", a master");
    const assessment found = co_await assess();
    made.says.insert(made.says.end(), found.risks.begin(), found.risks.end());
    for (const partition& each : partitions_) {
        std::vector<std::string> words{"TYPE", each.key};
        const redis::call_end type = co_await client_.call(std::move(words));
        const bool is_free = !type.failed && (type.reply.text == "stream" || type.reply.text == "none");
        made.is_good = made.is_good && is_free;
        made.says.push_back(each.key + (type.failed                ? ": " + type.failed.message()
                                        : type.reply.text == "none" ? " is not there yet"
                                        : is_free                   ? " is a stream"
                                                                    : " is no stream but " + type.reply.text));
    }
    co_return made;
}

}  // namespace yizhan::stream
