#pragma once
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/task.hpp"
#include "stream/sinks/origin.hpp"
#include "stream/sinks/record.hpp"
#include "stream/sinks/settings.hpp"
#include "stream/sinks/source.hpp"

namespace yizhan::stream {

/// What anybody may know of a sink.
struct sink_figures {
    std::string name, type, where;  // `where`: without secrets.
    std::string state = "starting";  // starting, delivering, idle, waiting (for its receiver), paused, disabled, stopped
    std::string why;                 // … it waits, or is disabled.
    std::vector<std::string> warnings;
    std::uint64_t position = 0, delivered = 0, redelivered = 0, lost = 0, retries = 0;
    std::size_t parked = 0, dead = 0;
    std::int64_t waits_s = 0;  // So old the journal may grow for it.
    std::uint64_t needed_behind = 0;  // What lies behind it in the journal the sink still needs.
};

/// One request to a receiver, for the log that the API shows.
struct sink_attempt {
    std::int64_t at_ms = 0;
    std::size_t events = 0;
    std::string event_id;  // Of the first event.
    int attempt = 0;
    unsigned status = 0;  // 0: no answer.
    std::string result;   // `delivered`, or why not.
    std::int64_t took_ms = 0, next_at_ms = 0;  // Next: 0: none.
};

struct sink_test {
    bool is_good = false;
    std::vector<std::string> says;
};

/// What a sink is made with; all of it outlives the sink.
struct sink_ground {
    net::asio::any_io_executor executor;
    file_journal& journal;
    net::asio::thread_pool& disk;
    sink_origin origin;
    std::filesystem::path directory;  // Of the sinks' records.
    std::function<void(std::string_view sink, std::string_view result)> count;
    std::function<void(std::string what, std::string sink, std::string why)> warn;
};

/// One consumer outside: takes the events from the journal, in order, and hands each over at least once. It has a position
/// of its own, which survives a restart; whatever becomes of its receiver, nobody else waits for it.
///
/// One thread, that of the executor; `look` from any.
class sink : public std::enable_shared_from_this<sink> {
public:
    sink(sink_settings with, sink_ground on, std::string type, std::string where);
    virtual ~sink() = default;

    /// Delivers until `stop`.
    net::task<> run();
    virtual void stop();
    /// The journal has something new.
    void notice() { ring(); }
    void pause();
    /// Also what was disabled; what was waiting to be tried again is due at once.
    virtual void resume();
    /// Dead deliveries are tried again, from the first attempt on; how many.
    virtual std::size_t retry_dead() { return 0; }

    /// Whether the receiver can be reached and takes what it is to get.
    virtual net::task<sink_test> test() = 0;
    sink_figures look() const;
    virtual std::vector<sink_attempt> attempts() const { return {}; }  // Newest first.

    const sink_settings& settings() const { return with_; }

protected:
    /// Delivers, as long as `goes_on`; comes back as well when it has to begin anew.
    virtual net::task<> work() = 0;
    /// Puts into the record what it does not have yet.
    virtual void complete(sink_record&) {}
    /// The record was just read.
    virtual void begin() {}

    bool goes_on() const { return !stopping_ && !record_.is_paused && record_.disabled.empty(); }
    void move_to(std::uint64_t position);
    /// As `move_to`, where more of the journal is needed than what lies behind the position.
    void move_to(std::uint64_t position, std::uint64_t needed_behind);
    void change();  // The record is to be written.
    void disable(const std::string& why);
    void lose(std::uint64_t count, std::uint64_t before);
    void show(std::string state, std::string why = {});
    void note_failure(std::exception_ptr failed);  // Of a coroutine beside the main one: none is expected.
    /// Until something happens, or so long.
    net::task<> rest(std::chrono::milliseconds at_most);
    /// So long, or until it is stopped, paused or resumed.
    net::task<> sleep(std::chrono::milliseconds how_long);
    /// Lets the others of this thread go on.
    net::task<> give_way();
    void ring();
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    template <class Change>
    void figure(Change change) {
        const std::lock_guard lock(mutex_);
        change(figures_);
    }

    const sink_settings with_;
    const sink_ground on_;
    sink_record record_;
    sink_source source_;
    bool stopping_ = false;
    bool is_new_ = false;  // There was no record: what the receiver may have is not ours to know.

private:
    std::filesystem::path record_path() const { return on_.directory / (with_.name + ".json"); }
    void set_paused(bool paused);
    net::task<> open_record();
    net::task<> keep_record();
    net::task<> write_record();

    net::asio::steady_timer bell_, nap_, saving_;
    bool rang_ = false, is_changed_ = false, is_kept_ = false, is_open_ = false;
    std::optional<bool> told_to_pause_;
    std::minstd_rand random_{std::random_device{}()};
    mutable std::mutex mutex_;
    sink_figures figures_;  // Guarded by the mutex.
};

}  // namespace yizhan::stream
