#include "stream/feed.hpp"

#include <charconv>
#include <cstdio>

#include "core/glob.hpp"
#include "core/time.hpp"

namespace yizhan::stream {

void append_event(std::string& out, const effects& what, std::uint64_t sequence, std::int64_t recorded_us) {
    // The kept object ends in `}}`: of `data` and of the event.
    if (what.event_json.size() < 3) return;
    char digits[24];
    std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(sequence));
    out.append(R"({"sequence":")").append(digits).append(R"(","recordedtime":")");
    append_time(out, recorded_us / 1000, time_form::milliseconds);
    out.append("\",").append(what.event_json.substr(1, what.event_json.size() - 3));
    if (!what.decision_json.empty()) out.append(",\"decision\":").append(what.decision_json);
    out += "}}";
}

std::string cursor_of(std::uint64_t sequence) {
    char text[24];
    const int length = std::snprintf(text, sizeof text, "c%llx", static_cast<unsigned long long>(sequence));
    return {text, static_cast<std::size_t>(length)};
}

std::optional<std::uint64_t> sequence_of(std::string_view cursor) {
    std::uint64_t sequence = 0;
    if (cursor.size() < 2 || cursor.front() != 'c') return std::nullopt;
    const char* const end = cursor.data() + cursor.size();
    const auto [stopped, failed] = std::from_chars(cursor.data() + 1, end, sequence, 16);
    if (failed != std::errc{} || stopped != end) return std::nullopt;
    return sequence;
}

bool feed_filter::lets_pass(const kept_callback& through, std::string_view event_type) const {
    const bool is_of_account = account.empty() || account == through.account || account == through.via;
    return is_of_account && (type.empty() || matches_glob(type, event_type));
}

feed_page read_page(journal_reader& from, const feed_filter& filter, std::size_t limit,
                    std::size_t read_bytes_max) {
    feed_page page;
    page.next = from.wanted() == 0 ? 0 : from.wanted() - 1;
    std::size_t bytes_read = 0;
    while (page.events.size() < limit && bytes_read < read_bytes_max) {
        const auto& records = from.next(64 * 1024);
        if (records.empty()) {
            page.at_end = true;
            break;
        }
        for (const record& each : records) {
            bytes_read += each.payload.size();
            if (each.kind != kind_callback) {
                // What has no events does not move the end of the stream, unless there is a lot of it.
                if (bytes_read >= read_bytes_max) page.next = each.last();
                continue;
            }
            if (page.events.size() >= limit) {
                from.go_to(each.sequence);
                return page;
            }
            if (const auto kept = kept_of(each.payload)) {
                std::uint64_t sequence = each.sequence;
                for (const effects& event : kept->events) {
                    const std::uint64_t its = sequence++;
                    if (its <= page.next || !filter.lets_pass(*kept, event.type)) continue;
                    append_event(page.events.emplace_back(feed_page::item{its, {}}).json, event, its,
                                 each.time_us);
                }
            }
            page.next = each.last();
        }
    }
    return page;
}

}  // namespace yizhan::stream
