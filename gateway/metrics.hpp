#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stream/sinks/sink.hpp"

namespace yizhan::gateway {

/// What is counted and measured; names and units as Prometheus has them. Any thread. docs/operations.md lists
/// all.
class metrics {
public:
    metrics(std::string_view version, std::string_view commit);
    ~metrics();

    /// A callback came to its end: `kept`, `duplicate`, `verified`, or the reason of a refusal.
    void ingested(std::string_view channel, std::string_view result);
    /// The same for `kept`, on the way that must cost nothing: a counter found once.
    class counter {
    public:
        void increment() const;

    private:
        friend class metrics;
        void* its_ = nullptr;
    };
    counter kept_on(std::string_view channel);
    void answered(double seconds);
    void synced(double seconds, std::size_t records);
    void missed_deadline();
    void attempted(std::string_view result);  // With a message of ours.
    void fetched(std::string_view what, std::string_view result);
    /// For want of time, memory or connections, not for anything wrong with it.
    void turned_away(std::string_view reason);
    void applied(std::size_t records, double seconds);
    void handed_over(std::string_view sink, std::string_view result);  // A request to a sink's receiver.
    void unknown_event(std::string_view channel);
    void reloaded(bool successfully);

    /// Values that are asked for when somebody looks.
    struct gauges {
        double unapplied_bytes = 0, lag_events = 0, dead_letters = 0, damaged_ranges = 0;
        double dedup_entries = 0, dedup_horizon_seconds = 0, journal_bytes = 0, connections = 0;
        double log_lines_dropped = 0, applied_last_success_seconds = 0, facts_cached = 0, ready = 0;
        double heartbeat_age_seconds = 0;
        std::vector<stream::sink_figures> sinks;
        std::uint64_t durable = 0;
    };
    std::string text(const gauges& now) const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace yizhan::gateway
