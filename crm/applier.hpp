#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "crm/state.hpp"
#include "stream/journal_reader.hpp"

namespace yizhan::crm {

/// Turns the journal into the state, in order and in batches: each batch is one transaction that moves the
/// position and does what follows, so that doing it again does nothing. Commands of agents go through the
/// same thread.
class applier {
public:
    struct options {
        /// After each commit: the facts that changed; calls `current` when whoever decides has them.
        std::function<void(std::vector<person_facts>, std::function<void()> current)> publish;
        std::function<void(std::vector<std::string> queues)> wake;
        std::function<void(std::string why)>
            on_trouble;  // The state cannot be written; tried again until it can.
        std::function<void(std::size_t records, double seconds)> on_batch;
    };
    applier(stream::file_journal& journal, std::unique_ptr<state_writer> state, options with);
    ~applier();

    /// Runs `work` in a transaction; `done` hears when it is committed and the facts are current, or that it
    /// failed. `work` may run twice, when the first transaction failed. From any thread.
    void submit(std::function<void(state_writer&)> work, std::function<void(error_code)> done);

    /// From the journal: there is more.
    void notice();

    std::uint64_t applied() const { return applied_.load(std::memory_order_acquire); }
    /// When the oldest record was accepted that is not applied yet, as far as the applier has looked; 0: all
    /// are.
    std::int64_t unapplied_since_us() const { return unapplied_since_us_.load(std::memory_order_relaxed); }
    std::int64_t last_success_us() const { return last_success_us_.load(std::memory_order_relaxed); }

    /// Applies what is there, for at most so long, then ends. False when something was left (it is applied at
    /// the next start).
    bool stop(std::int64_t patience_ms);

private:
    struct command {
        std::function<void(state_writer&)> work;
        std::function<void(error_code)> done;
    };
    void loop();
    bool turn(std::vector<command>& commands);
    void turn_away(error_code why);

    stream::file_journal& journal_;
    std::unique_ptr<state_writer> state_;
    options with_;
    stream::journal_reader reader_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<command> commands_;
    bool more_ = true, stopping_ = false;
    std::int64_t stop_by_us_ = 0;

    std::atomic<std::uint64_t> applied_{0};
    std::atomic<std::int64_t> unapplied_since_us_{0}, last_success_us_{0};
    std::thread thread_;
};

}  // namespace yizhan::crm
