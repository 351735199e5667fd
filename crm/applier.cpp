#include "crm/applier.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <stdexcept>

#include "core/thread_name.hpp"
#include "core/time.hpp"

namespace yizhan::crm {
namespace {

constexpr std::size_t batch_bytes_max = std::size_t{16} << 20;
constexpr int applier_niceness = 19;
constexpr auto breath =
    std::chrono::milliseconds(30);  // Between transactions: what comes meanwhile shares the next.
constexpr auto pause = std::chrono::milliseconds(200);  // Between looks at claims whose time is over.
constexpr std::uint64_t deaths_max = 2;  // What ended the process so often by itself is not tried again.
constexpr std::uint64_t suspects_share = 64;
constexpr std::size_t refused_share = 8;
constexpr std::int64_t lag_for_time_us = 2000000;
constexpr std::int64_t long_ago_us = 1;  // Until all of an earlier process is applied, whatever the clock said then.

std::uint64_t first_ticket() {
    std::random_device random;
    return std::uint64_t{random()} << 32 | 1;
}

}  // namespace

/// Hears whether a command was kept. Only when it was not, there is something to say now.
struct applier::waiting_append final : stream::append_waiter {
    waiting_append(applier& its, std::uint64_t number) : to(its), ticket(number) {}
    void kept(error_code failed, const stream::appended&, std::string) override {
        const listener waits = failed ? to.listener_of(ticket) : nullptr;
        delete this;
        if (waits) waits({failed, {}});
    }
    applier& to;
    std::uint64_t ticket;
};

applier::applier(stream::file_journal& journal, std::unique_ptr<state_writer> state, options with)
    : journal_(journal),
      state_(std::move(state)),
      with_(std::move(with)),
      reader_(journal, state_->applied() + 1, stream::cached::goes),
      mark_(with_.mark_file),
      next_ticket_(first_ticket()),
      caught_up_(state_->applied() >= journal.durable()),
      applied_(state_->applied()),
      unapplied_since_us_(caught_up_ ? 0 : long_ago_us) {}

void applier::start() {
    thread_ = std::thread([this] { loop(); });
}

applier::~applier() { stop(0); }

void applier::submit(command what, std::function<void(outcome)> done) {
    error_code refused = journal_.refuses();
    if (!refused && in_trouble_) refused = errc::storage_failed;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) refused = errc::overloaded;
        what.ticket = next_ticket_++;
        if (!refused) listeners_[what.ticket] = std::move(done);
    }
    if (refused) return done({refused, {}});
    stream::append_request request;
    request.kind = stream::kind_command;
    request.waiter = new waiting_append(*this, what.ticket);
    append_command(request.payload, what);
    journal_.append(std::move(request));
}

void applier::notice() {
    {
        const std::lock_guard lock(mutex_);
        if (more_) return;
        more_ = true;
    }
    arrived_.notify_one();
}

bool applier::stop(std::int64_t patience_ms) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_by_us_ = steady_us() + patience_ms * 1000;
    }
    arrived_.notify_one();
    if (thread_.joinable()) thread_.join();
    return applied() >= journal_.durable();
}

void applier::loop() {
    name_thread("applier");
    // Answers come first: where the cores are all busy, the door has them before us. The thread's own
    // priority only.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), applier_niceness);
    if (const applying_mark::span& left = mark_.left_behind(); left.first != 0) {
        careful_until_ = left.last;
        careful_records_ = static_cast<std::size_t>(std::max<std::uint64_t>(1, (left.last - left.first + 1) / suspects_share));
    }
    std::uint64_t stuck_at = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto behind = [this] { return reader_.wanted() <= journal_.durable(); };
            // Also when there is more, but the last turn got nothing of it: the disk needs a moment, or a
            // person.
            if (!behind() || stuck_at == reader_.wanted())
                arrived_.wait_for(lock, pause, [this] { return stopping_ || more_; });
            more_ = false;
            if (stopping_ && (steady_us() > stop_by_us_ || !behind())) break;
        }
        const std::uint64_t from = reader_.wanted();
        const auto begun = std::chrono::steady_clock::now();
        while (!turn()) {  // Trouble with the state: the same again, until it goes or we do.
            in_trouble_ = true;
            turn_away(errc::storage_failed);
            std::unique_lock lock(mutex_);
            if (arrived_.wait_for(lock, pause, [this] { return stopping_; })) {
                stop_by_us_ = 0;  // The next process applies it.
                break;
            }
        }
        in_trouble_ = false;
        keep_time();
        {
            std::unique_lock lock(mutex_);
            arrived_.wait_until(lock, begun + breath, [this] { return stopping_ || !listeners_.empty(); });
        }
        stuck_at = reader_.wanted() == from && from <= journal_.durable() ? from : 0;
    }
    turn_away(errc::overloaded);
}

/// When something runs out, that is a command too: whoever makes the state anew lets it run out at the same place.
void applier::keep_time() {
    const std::int64_t behind_since = unapplied_since_us_;
    const bool is_behind = behind_since != 0 && steady_us() - behind_since > lag_for_time_us;
    if (with_.time == time_of::records || expiring_ || is_behind) return;  // What is read next may have ended it already.
    try {
        if (!state_->due(steady_ms())) return;
    } catch (const std::runtime_error& failed) {
        return with_.on_trouble(failed.what());
    }
    command what;
    what.what = act::expire;
    what.at_ms = steady_ms();
    expiring_ = true;
    submit(what, [this](const outcome&) { expiring_ = false; });
}

applier::listener applier::listener_of(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(ticket);
    if (found == listeners_.end()) return nullptr;  // Of an earlier process, or told already.
    listener its = std::move(found->second);
    listeners_.erase(found);
    return its;
}

/// Tells all who wait that they wait in vain.
void applier::turn_away(error_code why) {
    std::unordered_map<std::uint64_t, listener> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(listeners_);
    }
    for (const auto& [ticket, each] : waiting) each({why, {}});
}

/// A piece of the journal, in one transaction where nothing is wrong with it. False: trouble with the state.
bool applier::turn() {
    const std::uint64_t from = state_->applied() + 1;
    if (reader_.wanted() != from) reader_.go_to(from);
    const std::vector<stream::record>& batch = reader_.next(batch_bytes_max);
    if (reader_.is_stuck()) {
        if (unapplied_since_us_ == 0) unapplied_since_us_ = steady_us();
        if (with_.on_stuck) with_.on_stuck(reader_.wanted());
        return false;
    }
    if (!batch.empty() && caught_up_) unapplied_since_us_ = batch.front().time_us;
    const auto begun = std::chrono::steady_clock::now();
    std::span<const stream::record> rest(batch);
    const std::uint64_t looked_at = reader_.wanted() - 1;
    if (rest.empty() && looked_at >= from && apply(rest, looked_at) == turn_end::trouble) return false;
    while (!rest.empty()) {
        const bool is_careful = rest.front().sequence <= careful_until_;
        const auto some = rest.first(is_careful ? std::min(careful_records_, rest.size()) : rest.size());
        const std::uint64_t pass_to = some.size() == rest.size() ? looked_at : some.back().last();
        switch (apply(some, pass_to)) {
            case turn_end::trouble:
                return false;
            case turn_end::done:
                rest = rest.subspan(some.size());
                break;
            case turn_end::refused:
                if (some.size() == 1) {
                    if (!set_aside(some.front(), refusal_, state_writer::aside::for_a_while)) return false;
                    rest = rest.subspan(1);
                    break;
                }
                careful_until_ = some.back().last();
                careful_records_ = std::max<std::size_t>(1, some.size() / refused_share);
        }
    }
    if (reader_.wanted() > journal_.durable()) caught_up_ = true, unapplied_since_us_ = 0;
    last_success_us_ = steady_us();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (!batch.empty() && with_.on_batch) with_.on_batch(batch.size(), took.count());
    return true;
}

applier::turn_end applier::apply(std::span<const stream::record> records, std::uint64_t pass_to) {
    const applying_mark::span& left = mark_.left_behind();
    auto how = trying::allowed;
    if (records.size() == 1 && records.front().sequence == left.first && left.first == left.last) {
        how = left.deaths >= deaths_max ? trying::blamed : trying::carefully;
    }
    if (!records.empty()) mark_.begin(records.front().sequence, records.back().sequence);
    auto end = turn_end::done;
    try {
        state_->begin();
        for (const stream::record& each : records) {
            apply_one(each, how);
            state_->pass(each.last());
        }
        state_->pass(pass_to);
        commit();
    } catch (const state_refuses& why) {
        refusal_ = why.what();
        end = turn_end::refused;
    } catch (const std::runtime_error& failed) {
        with_.on_trouble(failed.what());
        end = turn_end::trouble;
    }
    if (end != turn_end::done) {
        state_->roll_back();
        outcomes_.clear();
    }
    mark_.end();
    return end;
}

void applier::apply_one(const stream::record& what, trying how) {
    if (what.kind == stream::kind_heartbeat) {
        heard_us_ = what.time_us;
        return;
    }
    if (what.kind == stream::kind_callback) {
        if (how == trying::blamed) {
            const std::string why = "the process ended while this was applied";
            with_.on_set_aside(what.sequence, why);
            return state_->set_aside(what, why, state_writer::aside::for_good);
        }
        if (const auto kept = stream::kept_of(what.payload)) return state_->apply(what, *kept);
    }
    if (what.kind == stream::kind_command) {
        if (const auto given = command_of(what.payload)) {
            outcomes_.emplace_back(given->ticket, perform(*state_, *given, how));
            return;
        }
    }
    journal_.report({what.sequence, what.last(), "a record that this version cannot read"});
}

/// Only that the record is there, and why it was refused. A command that is refused has failed, and that is all.
bool applier::set_aside(const stream::record& what, const std::string& why, state_writer::aside how) {
    with_.on_set_aside(what.sequence, why);
    try {
        state_->begin();
        if (what.kind == stream::kind_callback)
            state_->set_aside(what, why, how);
        else if (const auto given = command_of(what.payload))
            outcomes_.push_back({given->ticket, {errc::storage_failed, {}}});
        state_->pass(what.last());
        commit();
        return true;
    } catch (const std::runtime_error& failed) {
        state_->roll_back();
        outcomes_.clear();
        with_.on_trouble(failed.what());
        return false;
    }
}

/// Commits, and tells whoever has to know: the door of facts, those who wait of outcomes, once the door knows.
void applier::commit() {
    std::vector<person_facts> changed = state_->commit();
    applied_.store(state_->applied(), std::memory_order_release);
    heartbeat_us_ = heard_us_;
    using told = std::pair<listener, outcome>;
    auto waiting = std::make_shared<std::vector<told>>();
    for (auto& [ticket, its] : outcomes_)
        if (listener waits = listener_of(ticket)) waiting->emplace_back(std::move(waits), std::move(its));
    outcomes_.clear();
    const auto current = [waiting] {
        for (told& each : *waiting) each.first(std::move(each.second));
    };
    if (!changed.empty() || !waiting->empty()) with_.publish(std::move(changed), current);
    if (auto queues = state_->woken_queues(); !queues.empty()) with_.wake(std::move(queues));
    if (errands left = state_->take_errands(); left.any() && with_.send_errands) with_.send_errands(std::move(left));
}

}  // namespace yizhan::crm
