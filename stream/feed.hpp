#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"

namespace yizhan::stream {

/// One event as the API gives it: what was kept, with `sequence`, `recordedtime` and the decision put in.
void append_event(std::string& out, const effects& what, std::uint64_t sequence, std::int64_t recorded_us);

/// A cursor names the last sequence that its holder has seen; to them it is opaque.
std::string cursor_of(std::uint64_t sequence);
std::optional<std::uint64_t> sequence_of(std::string_view cursor);

struct feed_filter {
    std::string account, type;  // Empty: any. `type` is a glob.
    bool lets_pass(const kept_callback& through, std::string_view event_type) const;
};

/// A page of the stream. Reads at most `read_bytes_max` of the journal, so that a filter that lets little
/// pass cannot hold a reader for long: such a page may be empty while `next` has moved on.
struct feed_page {
    struct item {
        std::uint64_t sequence;
        std::string json;
    };
    std::vector<item> events;
    std::uint64_t next = 0;  // The last sequence looked at.
    bool at_end = false;     // Nothing more is there yet.
};
feed_page read_page(journal_reader& from, const feed_filter& filter, std::size_t limit,
                    std::size_t read_bytes_max = std::size_t{8} << 20);

}  // namespace yizhan::stream
