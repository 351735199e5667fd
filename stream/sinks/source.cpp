#include "stream/sinks/source.hpp"

#include "core/glob.hpp"
#include "stream/feed.hpp"

namespace yizhan::stream {
namespace {

/// The member as it stands in the event, escapes and all: it is compared and hashed, and shown to nobody.
std::string_view partition_of(std::string_view event_json) {
    constexpr std::string_view name = R"(,"partitionkey":")";
    const std::size_t at = event_json.find(name);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + name.size();
    std::size_t end = begin;
    while (end < event_json.size() && event_json[end] != '"') end += event_json[end] == '\\' ? 2 : 1;
    return event_json.substr(begin, end - begin);
}

sink_event made_of(const effects& what, std::uint64_t sequence, std::int64_t recorded_us) {
    sink_event made;
    made.sequence = sequence;
    made.recorded_us = recorded_us;
    made.id = hex(what.id);
    made.type = std::string(what.type);
    made.partition = std::string(partition_of(what.event_json));
    made.queue = std::string(what.drop ? std::string_view{} : what.queue);
    append_event(made.json, what, sequence, recorded_us);
    return made;
}

}  // namespace

sink_source::sink_source(file_journal& journal, sink_filter filter)
    : journal_(journal), filter_(std::move(filter)), reader_(journal, 1) {}

void sink_source::go_behind(std::uint64_t sequence) {
    behind_ = sequence;
    reader_.go_to(sequence + 1);
    records_.clear();
    next_record_ = next_event_ = 0;
}

bool sink_source::lets_pass(const kept_callback& through, const effects& what) const {
    const bool is_of_account = filter_.account.empty() || matches_glob(filter_.account, through.account) ||
                               (!through.via.empty() && matches_glob(filter_.account, through.via));
    if (!is_of_account || (!filter_.type.empty() && !matches_glob(filter_.type, what.type))) return false;
    return filter_.queue.empty() || (!what.queue.empty() && !what.drop && matches_glob(filter_.queue, what.queue));
}

sink_source::piece sink_source::next(std::size_t events_max, std::size_t bytes_max) {
    piece found;
    std::size_t bytes = 0;
    if (next_record_ == records_.size()) {
        const std::uint64_t oldest = journal_.oldest();
        if (behind_ + 1 < oldest) {
            found.lost = oldest - behind_ - 1;
            behind_ = oldest - 1;
        }
        records_ = reader_.next();
        next_record_ = next_event_ = 0;
        found.is_end = records_.empty();
    }
    thread_local kept_callback kept;
    for (; next_record_ < records_.size(); ++next_record_, next_event_ = 0) {
        const record& each = records_[next_record_];
        if (each.kind == kind_callback && !read_kept(each.payload, kept))
            for (; next_event_ < kept.events.size(); ++next_event_) {
                const effects& event = kept.events[next_event_];
                const std::uint64_t sequence = each.sequence + next_event_;
                if (sequence <= behind_ || !lets_pass(kept, event)) continue;
                if (!found.events.empty() && (found.events.size() >= events_max || bytes + event.event_json.size() > bytes_max)) {
                    found.looked_at = behind_ = sequence - 1;
                    return found;
                }
                found.events.push_back(made_of(event, sequence, each.time_us));
                bytes += found.events.back().json.size();
            }
        behind_ = std::max(behind_, each.last());
    }
    found.looked_at = behind_;
    return found;
}

result<sink_event> sink_source::event_at(file_journal& journal, std::uint64_t sequence) {
    if (sequence < journal.oldest() || sequence > journal.durable()) return errc::not_found;
    journal_reader reader(journal, sequence);
    for (const record& each : reader.next(1)) {
        if (each.sequence > sequence || each.last() < sequence || each.kind != kind_callback) continue;
        const auto kept = kept_of(each.payload);
        if (!kept || sequence - each.sequence >= kept->events.size()) continue;
        return made_of(kept->events[sequence - each.sequence], sequence, each.time_us);
    }
    return reader.is_stuck() ? errc::storage_failed : errc::not_found;
}

}  // namespace yizhan::stream
