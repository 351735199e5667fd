#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "crm/applying_mark.hpp"
#include "crm/command.hpp"
#include "crm/state.hpp"
#include "stream/journal_reader.hpp"

namespace yizhan::crm {

/// Turns the journal into the state, in order and in batches: each batch is one transaction that moves the position and
/// does what follows, so that doing it again does nothing. Commands are records like all others: kept first, then
/// performed in their turn.
///
/// A record that the state refuses, or that ends the process, is set aside; all others go on.
class applier {
public:
    /// Where the clock goes on, what runs out becomes a command of the journal; where only records count, it is there.
    enum class time_of { clock, records };
    struct options {
        std::filesystem::path mark_file;
        time_of time = time_of::clock;
        /// After each commit: the facts that changed; calls `current` when whoever decides has them.
        std::function<void(std::vector<person_facts>, std::function<void()> current)> publish;
        std::function<void(std::vector<std::string> queues)> wake;
        std::function<void(errands)> send_errands;  // There is something to do outside.
        std::function<void(std::string why)>
            on_trouble;  // The state cannot be written; tried again until it can.
        std::function<void(std::uint64_t sequence)> on_stuck;  // The journal cannot be read there; tried again as well.
        std::function<void(std::uint64_t sequence, std::string why)> on_set_aside;
        std::function<void(std::size_t records, double seconds)> on_batch;
    };
    applier(stream::file_journal& journal, std::unique_ptr<state_writer> state, options with);
    ~applier();

    /// Begins to apply. Once, when everybody it tells of it is there.
    void start();

    /// Keeps the command and performs it; `done` hears the outcome when it is committed and the facts are current.
    /// Errors: storage_full, storage_failed, overloaded; then it may still be performed later. From any thread.
    void submit(command what, std::function<void(outcome)> done);

    /// From the journal: there is more.
    void notice();

    std::uint64_t applied() const { return applied_.load(std::memory_order_acquire); }
    /// When the oldest record was accepted that is not applied yet, as far as the applier has looked; 0: all
    /// are.
    std::int64_t unapplied_since_us() const { return unapplied_since_us_.load(std::memory_order_relaxed); }
    std::int64_t last_success_us() const { return last_success_us_.load(std::memory_order_relaxed); }
    /// When the last heartbeat was sent that has come all the way; 0: none has yet.
    std::int64_t heartbeat_us() const { return heartbeat_us_.load(std::memory_order_relaxed); }

    /// Applies what is there, for at most so long, then ends. False when something was left (it is applied at
    /// the next start).
    bool stop(std::int64_t patience_ms);

private:
    using listener = std::function<void(outcome)>;
    struct waiting_append;
    enum class turn_end { done, refused, trouble };

    void loop();
    bool turn();
    turn_end apply(std::span<const stream::record> records, std::uint64_t pass_to);
    void apply_one(const stream::record& what, trying how);
    bool set_aside(const stream::record& what, const std::string& why, state_writer::aside how);
    void commit();
    void keep_time();
    void turn_away(error_code why);
    listener listener_of(std::uint64_t ticket);

    stream::file_journal& journal_;
    std::unique_ptr<state_writer> state_;
    options with_;
    stream::journal_reader reader_;
    applying_mark mark_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::unordered_map<std::uint64_t, listener> listeners_;  // By ticket.
    std::uint64_t next_ticket_;
    bool more_ = true, stopping_ = false;
    std::int64_t stop_by_us_ = 0;

    // The thread's own.
    std::uint64_t careful_until_ = 0;  // Up to this sequence, no more than `careful_records_` in a transaction.
    std::size_t careful_records_ = 1;
    std::vector<std::pair<std::uint64_t, outcome>> outcomes_;  // Of the transaction, by ticket.
    std::string refusal_;
    bool caught_up_;  // Once, since we began.
    std::int64_t heard_us_ = 0;

    std::atomic<bool> in_trouble_{false}, expiring_{false};
    std::atomic<std::uint64_t> applied_{0};
    std::atomic<std::int64_t> unapplied_since_us_{0}, last_success_us_{0}, heartbeat_us_{0};
    std::thread thread_;
};

}  // namespace yizhan::crm
