#include "crm/applier.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "core/thread_name.hpp"
#include "core/time.hpp"

namespace yizhan::crm {
namespace {

constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;
constexpr int applier_niceness = 15;
constexpr auto breath =
    std::chrono::milliseconds(10);  // Between transactions: what comes meanwhile shares the next.
constexpr auto pause = std::chrono::milliseconds(200);  // Between looks at claims whose time is over.

}  // namespace

applier::applier(stream::file_journal& journal, std::unique_ptr<state_writer> state, options with)
    : journal_(journal),
      state_(std::move(state)),
      with_(std::move(with)),
      reader_(journal, state_->applied() + 1),
      applied_(state_->applied()),
      thread_([this] { loop(); }) {}

applier::~applier() { stop(0); }

void applier::submit(std::function<void(state_writer&)> work, std::function<void(error_code)> done) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            commands_.push_back({std::move(work), std::move(done)});
            done = nullptr;
        }
    }
    if (done) return done(errc::overloaded);
    arrived_.notify_one();
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
        stop_by_us_ = now_us() + patience_ms * 1000;
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
    std::vector<command> commands;
    std::uint64_t stuck_at = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto behind = [this] { return reader_.wanted() <= journal_.durable(); };
            // Also when there is more, but the last turn got nothing of it: the disk needs a moment, or a
            // person.
            if (!behind() || stuck_at == reader_.wanted())
                arrived_.wait_for(lock, pause, [this] { return stopping_ || more_ || !commands_.empty(); });
            more_ = false;
            const bool out_of_time = now_us() > stop_by_us_;
            if (stopping_ && (out_of_time || (commands_.empty() && !behind()))) break;
            std::move(commands_.begin(), commands_.end(), std::back_inserter(commands));
            commands_.clear();
        }
        const std::uint64_t from = reader_.wanted();
        const auto begun = std::chrono::steady_clock::now();
        while (!turn(commands)) {  // Trouble with the state: the same again, until it goes or we do.
            turn_away(errc::storage_failed);
            std::unique_lock lock(mutex_);
            if (arrived_.wait_for(lock, pause, [this] { return stopping_; })) break;
        }
        {
            std::unique_lock lock(mutex_);
            arrived_.wait_until(lock, begun + breath, [this] { return stopping_ || !commands_.empty(); });
        }
        stuck_at = reader_.wanted() == from && from <= journal_.durable() ? from : 0;
    }
    turn_away(errc::overloaded);
}

/// Tells all commands that wait that they come in vain.
void applier::turn_away(error_code why) {
    std::vector<command> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(commands_);
    }
    for (const command& each : waiting) each.done(why);
}

/// One transaction: a piece of the journal, the commands that wait, and claims that ran out.
bool applier::turn(std::vector<command>& commands) {
    const std::uint64_t from = state_->applied() + 1;
    if (reader_.wanted() != from) reader_.go_to(from);
    const auto begun = std::chrono::steady_clock::now();
    std::size_t count = 0;
    try {
        state_->begin();
        for (const stream::record& each : reader_.next(batch_bytes_max)) {
            if (count == 0) unapplied_since_us_ = each.time_us;
            const auto kept = stream::kept_of(each.payload);
            if (each.kind == stream::kind_callback && kept)
                state_->apply(each.sequence, each.time_us, *kept);
            else
                journal_.report({each.sequence, each.last(), "a record that this version cannot read"});
            state_->pass(each.last());
            ++count;
        }
        if (reader_.wanted() > from) state_->pass(reader_.wanted() - 1);
        for (const command& each : commands) each.work(*state_);
        state_->expire(now_ms());
        std::vector<person_facts> changed = state_->commit();
        applied_.store(state_->applied(), std::memory_order_release);
        last_success_us_ = now_us();
        if (reader_.wanted() > journal_.durable()) unapplied_since_us_ = 0;

        auto waiting = std::make_shared<std::vector<command>>(std::move(commands));
        commands.clear();
        const auto current = [waiting] {
            for (const command& each : *waiting) each.done({});
        };
        if (!changed.empty() || !waiting->empty()) with_.publish(std::move(changed), current);
        if (auto queues = state_->woken_queues(); !queues.empty()) with_.wake(std::move(queues));
    } catch (const std::runtime_error& failed) {
        state_->roll_back();
        with_.on_trouble(failed.what());
        for (const command& each : commands) each.done(errc::storage_failed);
        commands.clear();
        return false;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (count && with_.on_batch) with_.on_batch(count, took.count());
    return true;
}

}  // namespace yizhan::crm
