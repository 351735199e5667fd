#include <iostream>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "gateway/commands/commands.hpp"
#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"

namespace yizhan::gateway {
namespace {

struct counts {
    std::size_t callbacks = 0, events = 0, commands = 0, heartbeats = 0, others = 0;
    void add(const stream::record& each) {
        switch (each.kind) {
            case stream::kind_callback: ++callbacks, events += each.span; break;
            case stream::kind_command: ++commands; break;
            case stream::kind_heartbeat: ++heartbeats; break;
            default: ++others;
        }
    }
};

}  // namespace

int journal_command(const config& settings, const journal_options& options) {
    const bool verifies = options.what == journal_options::action::verify;
    counts all;
    std::size_t gaps = 0, unreadable = 0;
    std::string json_files, json_damage;
    for (const stream::file_summary& each : stream::survey_files(settings.data_dir / "journal", [&](const stream::record& record) {
             all.add(record);
             if (record.kind == stream::kind_callback && !stream::kept_of(record.payload)) ++unreadable;
         })) {
        const std::string name = each.path.filename();
        if (options.json) {
            json_files.append(json_files.empty() ? "" : ",").append("{\"file\":").append(json::quoted(name));
            json_files.append(",\"in_use\":").append(each.in_use ? "true" : "false");
            json_files.append(",\"first\":" + std::to_string(each.first) + ",\"last\":" + std::to_string(each.last));
            json_files.append(",\"records\":" + std::to_string(each.records) + ",\"bytes\":" + std::to_string(each.bytes));
            json_files.append(",\"from\":" + json::quoted(time_text(each.oldest_us / 1000)) + ",\"until\":" +
                              json::quoted(time_text(each.newest_us / 1000)) + "}");
        } else if (!verifies) {
            std::cout << name;
            if (!each.in_use)
                std::cout << "  prepared";
            else
                std::cout << "  " << each.first << " to " << each.last << "  " << each.records << " records  " << each.bytes
                          << " bytes  " << time_text(each.oldest_us / 1000) << " to " << time_text(each.newest_us / 1000);
            std::cout << "\n";
        }
        for (const stream::damage& gap : each.damages) {
            ++gaps;
            if (options.json)
                json_damage.append(json_damage.empty() ? "" : ",")
                    .append("{\"first\":" + std::to_string(gap.first) + ",\"last\":" + std::to_string(gap.last) + ",\"where\":" +
                            json::quoted(gap.where) + "}");
            else
                std::cout << "damaged: sequences " << gap.first << " to " << gap.last << ", " << gap.where << "\n";
        }
    }
    const bool is_whole = gaps == 0 && unreadable == 0;
    if (options.json)
        std::cout << "{\"files\":[" << json_files << "],\"damages\":[" << json_damage << "],\"callbacks\":" << all.callbacks
                  << ",\"events\":" << all.events << ",\"commands\":" << all.commands << ",\"heartbeats\":" << all.heartbeats
                  << ",\"unreadable\":" << unreadable << ",\"whole\":" << (is_whole ? "true" : "false") << "}\n";
    else
        std::cout << all.callbacks << " callbacks with " << all.events << " events, " << all.commands << " commands, "
                  << all.heartbeats << " heartbeats" << (unreadable ? ", " + std::to_string(unreadable) + " unreadable" : "")
                  << (is_whole ? "; whole" : "; DAMAGED") << "\n";
    return verifies && !is_whole ? 1 : 0;
}

}  // namespace yizhan::gateway
