#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace yizhan::stream {

/// How far one key of a Redis stream is.
struct key_progress {
    std::uint64_t appended = 0;  // Everything of ours up to here is in it.
    std::uint64_t consumed = 0;  // … and up to here every group has it behind it.
};

/// A request to a receiver that failed and is tried again, or has given up.
struct parked_delivery {
    std::vector<std::uint64_t> sequences;  // Its events.
    int attempts = 0;
    std::int64_t next_at_ms = 0;
    std::string reason;
};

/// What a sink must still know after a restart. It may be older than what happened: then something is delivered again.
struct sink_record {
    bool is_begun = false;         // It has a position.
    std::uint64_t position = 0;    // Everything up to here is delivered, parked or dead.
    bool is_paused = false;
    std::string disabled;          // Why nothing is delivered until somebody resumes it.
    double usual_rate = 0;         // Events a second, as they come in.
    std::string origin;            // Under which name `keys` were written.
    std::map<std::string, key_progress> keys;
    std::deque<parked_delivery> parked, dead;

    std::string to_json() const;
    /// Of such a text; a record that is not begun for anything else.
    static sink_record of_json(const std::string& text);
};

/// Reads it; not begun when there is none.
sink_record load_record(const std::filesystem::path& from);
/// Puts it in its place whole and synced. False, with errno, when it cannot be written.
bool save_record(const std::filesystem::path& to, const std::string& json);

}  // namespace yizhan::stream
