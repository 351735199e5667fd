#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "stream/file_journal.hpp"

namespace yizhan::test {

/// A journal on disk whose appends can be waited for.
class kept_journal {
public:
    explicit kept_journal(const std::filesystem::path& directory,
                          std::size_t segment_bytes = std::size_t{1} << 20,
                          std::uint64_t scan_from_sequence = 0, std::int64_t scan_window_us = INT64_MAX) {
        stream::file_journal::options options;
        options.directory = directory;
        options.segment_bytes = segment_bytes;
        options.scan_from_sequence = scan_from_sequence;
        options.scan_window_us = scan_window_us;
        options.deliver_to = [](std::vector<stream::append_outcome> outcomes) {
            for (stream::append_outcome& each : outcomes) each.tell();
        };
        options.on_notice = [this](const std::string& what) { notices.push_back(what); };
        const auto note = [this](const stream::record& each, auto, stream::place at) {
            found.push_back({each.sequence, std::string(each.payload), at});
        };
        log = std::make_unique<stream::file_journal>(std::move(options), note);
    }

    struct outcome final : stream::append_waiter {
        void kept(error_code its_failed, const stream::appended& its_where, std::string) override {
            const std::lock_guard lock(mutex);
            failed = its_failed, where = its_where, done = true;
            changed.notify_all();
        }
        stream::appended wait() {
            std::unique_lock lock(mutex);
            changed.wait(lock, [this] { return done; });
            return where;
        }
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
        error_code failed;
        stream::appended where;
    };
    stream::appended append(std::string payload, std::uint16_t span = 1) {
        outcome here;
        log->append({std::move(payload), 1, span, &here});
        const stream::appended where = here.wait();
        last_failure = here.failed;
        return where;
    }

    struct kept_record {
        std::uint64_t sequence;
        std::string payload;
        stream::place at;
    };
    std::vector<kept_record> found;  // At start.
    std::vector<std::string> notices;
    error_code last_failure;
    std::unique_ptr<stream::file_journal> log;
};

}  // namespace yizhan::test
