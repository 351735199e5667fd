#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "core/time.hpp"
#include "gateway/commands/commands.hpp"
#include "stream/feed.hpp"

namespace yizhan::gateway {

int events_command(const config& settings, const events_options& options) {
    const stream::feed_filter filter{options.account, options.type};
    std::uint64_t seen = 0, printed = 0;
    if (!options.after.empty()) {
        const auto cursor = stream::sequence_of(options.after);
        if (!cursor) {
            std::cerr << "yizhan: \"" << options.after << "\" is no cursor\n";
            return 1;
        }
        seen = *cursor;
    }
    const auto print = [&](const stream::record& each, std::size_t) {
        const auto kept = stream::kept_of(each.payload);
        if (each.kind != stream::kind_callback || !kept || each.last() <= seen) return;
        std::uint64_t sequence = each.sequence;
        for (const stream::effects& event : kept->events) {
            const std::uint64_t its = sequence++;
            if (its <= seen || (options.limit && printed >= options.limit)) continue;
            seen = its;
            if (!filter.lets_pass(*kept, event.type)) continue;
            ++printed;
            if (options.json) {
                std::string line;
                stream::append_event(line, event, its, each.time_us);
                std::cout << line << "\n";
                continue;
            }
            std::cout << stream::cursor_of(its) << "  " << time_text(each.time_us / 1000) << "  "
                      << kept->channel << "/" << kept->account << "  " << event.type << "  "
                      << event.person_id;
            if (!event.queue.empty()) std::cout << "  -> " << event.queue;
            std::cout << "\n";
        }
    };
    const auto missing = [&](std::uint64_t first, std::uint64_t last, std::size_t, std::size_t) {
        if (last > seen) std::cerr << "yizhan: sequences " << first << " to " << last << " cannot be read\n";
    };
    for (;;) {
        stream::read_files(settings.data_dir / "journal", seen + 1, print, missing);
        std::cout.flush();
        if (!options.follow || !std::cout || (options.limit && printed >= options.limit)) return 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

}  // namespace yizhan::gateway
