#include "gateway/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace yizhan::gateway {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries ack_buckets = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const Histogram::BucketBoundaries sync_buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1};

}  // namespace

struct metrics::parts {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& ingest = prometheus::BuildCounter()
        .Name("yizhan_ingest_requests_total").Help("Callbacks by channel and result; a refusal's result is its reason").Register(registry);
    prometheus::Family<prometheus::Counter>& dedup_hits = prometheus::BuildCounter()
        .Name("yizhan_dedup_hits_total").Help("Callbacks answered with a stored answer").Register(registry);
    prometheus::Family<prometheus::Counter>& unknown = prometheus::BuildCounter()
        .Name("yizhan_unknown_events_total").Help("Events of a kind that no adapter knows").Register(registry);
    prometheus::Family<prometheus::Counter>& reloads = prometheus::BuildCounter()
        .Name("yizhan_config_reloads_total").Help("Reloads by outcome").Register(registry);
    prometheus::Histogram& ack = prometheus::BuildHistogram()
        .Name("yizhan_ack_duration_seconds").Help("From a callback read to its answer, durable").Register(registry).Add({}, ack_buckets);
    prometheus::Histogram& sync = prometheus::BuildHistogram()
        .Name("yizhan_log_fsync_duration_seconds").Help("Writing and syncing one batch of the journal").Register(registry).Add({}, sync_buckets);
    prometheus::Counter& sync_records = prometheus::BuildCounter()
        .Name("yizhan_log_records_total").Help("Records written to the journal").Register(registry).Add({});
    prometheus::Counter& late = prometheus::BuildCounter()
        .Name("yizhan_reply_deadline_misses_total").Help("Callbacks closed because their time was over").Register(registry).Add({});
    prometheus::Family<prometheus::Counter>& away = prometheus::BuildCounter()
        .Name("yizhan_turned_away_total").Help("Callbacks and connections turned away, by what there was too little of").Register(registry);
    prometheus::Family<prometheus::Counter>& sends = prometheus::BuildCounter()
        .Name("yizhan_send_attempts_total").Help("Attempts with messages of ours, by how they ended").Register(registry);
    prometheus::Family<prometheus::Counter>& fetches = prometheus::BuildCounter()
        .Name("yizhan_fetches_total").Help("Attempts to fetch media and profiles, by how they ended").Register(registry);
    prometheus::Family<prometheus::Counter>& sink_attempts = prometheus::BuildCounter()
        .Name("yizhan_sink_attempts_total").Help("Requests to sinks' receivers, by how they ended").Register(registry);
    prometheus::Counter& applied_records = prometheus::BuildCounter()
        .Name("yizhan_applied_records_total").Help("Records applied to the state").Register(registry).Add({});
    prometheus::Counter& applied_seconds = prometheus::BuildCounter()
        .Name("yizhan_applied_seconds_total").Help("Time spent applying").Register(registry).Add({});

    std::mutex mutex;
    std::map<std::pair<std::string, std::string>, prometheus::Counter*, std::less<>> by_result;

    prometheus::Counter& result(std::string_view channel, std::string_view name) {
        const std::lock_guard lock(mutex);
        const auto key = std::pair(std::string(channel), std::string(name));
        auto& known = by_result[key];
        if (!known) known = &ingest.Add({{"channel", key.first}, {"result", key.second}});
        return *known;
    }
};

metrics::metrics(std::string_view version, std::string_view commit) : parts_(std::make_unique<parts>()) {
    prometheus::BuildGauge().Name("yizhan_build_info").Help("Always 1")
        .Register(parts_->registry).Add({{"version", std::string(version)}, {"commit", std::string(commit)}}).Set(1);
}
metrics::~metrics() = default;

void metrics::ingested(std::string_view channel, std::string_view result) {
    parts_->result(channel, result).Increment();
    if (result == "duplicate") parts_->dedup_hits.Add({{"channel", std::string(channel)}}).Increment();
}
metrics::counter metrics::kept_on(std::string_view channel) {
    parts_->dedup_hits.Add({{"channel", std::string(channel)}});  // There from the start, at 0.
    counter made;
    made.its_ = &parts_->result(channel, "kept");
    return made;
}
void metrics::counter::increment() const { static_cast<prometheus::Counter*>(its_)->Increment(); }
void metrics::answered(double seconds) { parts_->ack.Observe(seconds); }
void metrics::synced(double seconds, std::size_t records) {
    parts_->sync.Observe(seconds);
    parts_->sync_records.Increment(static_cast<double>(records));
}
void metrics::missed_deadline() { parts_->late.Increment(); }
void metrics::fetched(std::string_view what, std::string_view result) {
    parts_->fetches.Add({{"what", std::string(what)}, {"result", std::string(result)}}).Increment();
}
void metrics::attempted(std::string_view result) { parts_->sends.Add({{"result", std::string(result)}}).Increment(); }
void metrics::handed_over(std::string_view sink, std::string_view result) {
    parts_->sink_attempts.Add({{"sink", std::string(sink)}, {"result", std::string(result)}}).Increment();
}
void metrics::turned_away(std::string_view reason) {
    parts_->away.Add({{"reason", std::string(reason)}}).Increment();
}
void metrics::applied(std::size_t records, double seconds) {
    parts_->applied_records.Increment(static_cast<double>(records));
    parts_->applied_seconds.Increment(seconds);
}
void metrics::unknown_event(std::string_view channel) {
    parts_->unknown.Add({{"channel", std::string(channel)}}).Increment();
}
void metrics::reloaded(bool successfully) {
    parts_->reloads.Add({{"result", successfully ? "done" : "refused"}}).Increment();
}

namespace {

/// A family for each figure, a line for each sink.
void append_sinks(std::vector<prometheus::MetricFamily>& to, const metrics::gauges& now) {
    struct row {
        const char *name, *help;
        prometheus::MetricType type;
        double (*value)(const stream::sink_figures&, std::uint64_t durable);
    };
    using sink = const stream::sink_figures&;
    constexpr auto gauge = prometheus::MetricType::Gauge, counter = prometheus::MetricType::Counter;
    static const row rows[] = {
        {"yizhan_sink_position", "Sequence up to which a sink is served", gauge, [](sink of, std::uint64_t) { return static_cast<double>(of.position); }},
        {"yizhan_sink_lag_events", "Sequences that are durable and not yet behind the sink", gauge, [](sink of, std::uint64_t durable) { return durable > of.position ? static_cast<double>(durable - of.position) : 0.0; }},
        {"yizhan_sink_parked", "Requests that failed and are tried again", gauge, [](sink of, std::uint64_t) { return static_cast<double>(of.parked); }},
        {"yizhan_sink_dead", "Requests that gave up", gauge, [](sink of, std::uint64_t) { return static_cast<double>(of.dead); }},
        {"yizhan_sink_up", "1 while the sink is served", gauge, [](sink of, std::uint64_t) { return of.state == "delivering" || of.state == "idle" ? 1.0 : 0.0; }},
        {"yizhan_sink_delivered_total", "Events handed over for the first time", counter, [](sink of, std::uint64_t) { return static_cast<double>(of.delivered); }},
        {"yizhan_sink_redelivered_total", "Events handed over again", counter, [](sink of, std::uint64_t) { return static_cast<double>(of.redelivered); }},
        {"yizhan_sink_lost_events_total", "Sequences that were no longer in the journal when the sink came to them", counter, [](sink of, std::uint64_t) { return static_cast<double>(of.lost); }},
    };
    for (const row& each : rows) {
        prometheus::MetricFamily family{each.name, each.help, each.type, {}};
        for (const stream::sink_figures& of : now.sinks) {
            auto& metric = family.metric.emplace_back();
            metric.label.push_back({"sink", of.name});
            (each.type == gauge ? metric.gauge.value : metric.counter.value) = each.value(of, now.durable);
        }
        to.push_back(std::move(family));
    }
}

}  // namespace

std::string metrics::text(const gauges& now) const {
    struct row {
        const char *name, *help;
        double value;
    };
    const row rows[] = {
        {"yizhan_log_unapplied_bytes", "Journal bytes that the state has not taken in yet (estimated)", now.unapplied_bytes},
        {"yizhan_shard_lag_events", "Sequences accepted and not yet applied", now.lag_events},
        {"yizhan_dead_letters", "Tasks and records that gave up", now.dead_letters},
        {"yizhan_log_damaged_ranges", "Ranges of the journal that cannot be read", now.damaged_ranges},
        {"yizhan_dedup_entries", "Ids that are known", now.dedup_entries},
        {"yizhan_dedup_horizon_seconds", "How far back ids are known", now.dedup_horizon_seconds},
        {"yizhan_log_bytes", "Bytes of records in the journal", now.journal_bytes},
        {"yizhan_connections", "Open connections of the callback listener", now.connections},
        {"yizhan_log_lines_dropped", "Log lines that nobody read in time", now.log_lines_dropped},
        {"yizhan_applied_last_success_timestamp_seconds", "When the state was last written", now.applied_last_success_seconds},
        {"yizhan_heartbeat_age_seconds", "Age of the newest heartbeat that came from the door through the journal into the state", now.heartbeat_age_seconds},
        {"yizhan_facts_cached", "Contacts whose facts are at the door", now.facts_cached},
        {"yizhan_ready", "1 while callbacks are accepted", now.ready},
    };
    std::vector<prometheus::MetricFamily> families = parts_->registry.Collect();
    for (const row& each : rows) {
        prometheus::MetricFamily family{each.name, each.help, prometheus::MetricType::Gauge, {}};
        family.metric.emplace_back().gauge.value = each.value;
        families.push_back(std::move(family));
    }
    append_sinks(families, now);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace yizhan::gateway
