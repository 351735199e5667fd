#pragma once
#include <string>
#include <vector>

#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"
#include "stream/sinks/settings.hpp"

namespace yizhan::stream {

/// One event as a sink hands it over.
struct sink_event {
    std::uint64_t sequence = 0;
    std::int64_t recorded_us = 0;
    std::string id, type, partition, queue, json;  // `partition`: its conversation. `json`: as the API gives it.
};

/// The journal as one sink sees it: the events that its filter lets pass, in order. One thread.
class sink_source {
public:
    sink_source(file_journal& journal, sink_filter filter);

    /// Goes on behind this sequence.
    void go_behind(std::uint64_t sequence);

    struct piece {
        std::vector<sink_event> events;
        std::uint64_t looked_at = 0;  // Everything up to here was looked at.
        bool is_end = false;          // There is nothing more yet.
        std::uint64_t lost = 0;       // So many sequences before it are not in the journal any more.
    };
    /// The next events, of so many bytes at most if there are several. May hold none although it is not the end.
    piece next(std::size_t events_max, std::size_t bytes_max);

    /// One event again, by its sequence. Errors: not_found (it has gone with the journal's retention), storage_failed (it
    /// cannot be read now).
    static result<sink_event> event_at(file_journal& journal, std::uint64_t sequence);

private:
    bool lets_pass(const kept_callback& through, const effects& what) const;

    file_journal& journal_;
    sink_filter filter_;
    journal_reader reader_;
    std::uint64_t behind_ = 0;  // What was looked at; `reader_` may have read on.
    std::vector<record> records_;
    std::size_t next_record_ = 0, next_event_ = 0;
};

}  // namespace yizhan::stream
