#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/task.hpp"
#include "stream/sinks/sink.hpp"

namespace yizhan::stream {

/// All sinks of the configuration, each with a position of its own. One thread, that of the executor, which nobody else
/// needs: nothing here is felt where callbacks come in. `look` and `claims` from any thread.
class sinks {
public:
    struct parts {
        net::asio::any_io_executor executor;
        file_journal& journal;
        std::filesystem::path directory;  // Their records, and the origin.
        sink_origin origin;
        std::function<void(std::string_view sink, std::string_view result)> count;
        std::function<void(std::string what, std::string sink, std::string why)> warn;
    };
    explicit sinks(parts with);
    ~sinks();

    /// These from now on. Who stays as it was goes on undisturbed; who goes leaves its record, and goes on from there should
    /// it come back.
    void serve(std::vector<sink_settings> all);
    /// The journal has something new; from any thread.
    void notice_durable();
    /// Ends all; `done` hears when what is under way has ended.
    void stop(std::function<void()> done);

    std::vector<sink_figures> look() const;

    /// What the journal is still needed for: what lies behind, and for so long it waits.
    struct claim {
        std::uint64_t needed_behind = 0;
        std::int64_t waits_s = 0;
    };
    std::vector<claim> claims() const;

    const net::asio::any_io_executor& executor() const { return with_.executor; }

    /// None when there is no such sink. On our thread.
    std::shared_ptr<sink> find(const std::string& name) const;

private:
    struct member {
        sink_settings settings;
        std::shared_ptr<sink> running;
        bool is_wanted = true;
    };
    std::shared_ptr<sink> make(const sink_settings& of);
    net::task<> keep(std::string name);
    void list();

    parts with_;
    std::optional<net::asio::thread_pool> disk_;
    std::map<std::string, member> members_;
    std::atomic<bool> noticed_{false}, is_any_{false};
    std::function<void()> stopped_;
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<sink>> listed_;  // Guarded by the mutex.
};

/// The journal may delete what is older than `age_s`, as far as `passed`.
struct retention_step {
    std::int64_t age_s = 0;
    std::uint64_t passed = 0;
    friend bool operator==(const retention_step&, const retention_step&) = default;
};
/// As long as `retention_s` everything stays; what is older, as long as a sink is still to get it and may be that far behind.
std::vector<retention_step> retention_steps(std::int64_t retention_s, std::uint64_t applied, std::vector<sinks::claim> claims);

}  // namespace yizhan::stream
