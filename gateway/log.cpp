#include "gateway/log.hpp"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "core/json_text.hpp"
#include "core/time.hpp"

namespace yizhan::gateway::log {
namespace {

constexpr std::size_t lines_waiting_max = 2048;
constexpr int patience_ms = 200;     // A line that cannot be written for so long is dropped,
constexpr int last_words_ms = 1000;  // and at the end all that cannot be written in this time together.

using clock = std::chrono::steady_clock;
std::atomic<clock::time_point> end_at{clock::time_point::max()};
std::atomic<std::uint64_t> unwritten{0};

int patience() {
    const clock::time_point until = end_at;
    if (until == clock::time_point::max()) return patience_ms;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, patience_ms));
}

/// Writes to standard output only what it takes at once.
class patient_sink final : public spdlog::sinks::base_sink<std::mutex> {
    void sink_it_(const spdlog::details::log_msg& message) override {
        std::string line = std::exchange(is_cut_, false) ? "\n" : "";  // Of the one before only a piece was written.
        line.append(message.payload.data(), message.payload.size());
        line += '\n';
        for (std::size_t at = 0; at < line.size();) {
            pollfd output{STDOUT_FILENO, POLLOUT, 0};
            const int ready = ::poll(&output, 1, patience());
            // A pipe that is ready takes PIPE_BUF bytes without blocking.
            const ssize_t written = ready == 1 ? ::write(STDOUT_FILENO, line.data() + at,
                                                         std::min<std::size_t>(line.size() - at, 4096))
                                               : -1;
            if (written <= 0) {
                is_cut_ = at > 0;
                ++unwritten;
                return;
            }
            at += static_cast<std::size_t>(written);
        }
    }
    void flush_() override {}

    bool is_cut_ = false;
};

std::shared_ptr<spdlog::details::thread_pool> pool;
std::shared_ptr<spdlog::async_logger> logger;

constexpr spdlog::level::level_enum of(level at) {
    switch (at) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

constexpr std::string_view name_of(level at) {
    constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
    return names[static_cast<int>(at)];
}

}  // namespace

void start() {
    pool = std::make_shared<spdlog::details::thread_pool>(lines_waiting_max, 1);
    logger = std::make_shared<spdlog::async_logger>("yizhan", std::make_shared<patient_sink>(), pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
}

void set_level(std::string_view name) {
    if (!logger) return;
    for (const level each : {level::debug, level::info, level::warn, level::error})
        if (name_of(each) == name) logger->set_level(of(each));
}

void stop() {
    end_at = clock::now() + std::chrono::milliseconds(last_words_ms);
    logger.reset();
    pool.reset();  // Ends when the lines that wait are written or given up.
}

void write(level at, std::string_view message, std::initializer_list<value> values) {
    if (!logger || !logger->should_log(of(at))) return;
    std::string line = R"({"time":")";
    append_time(line, now_ms(), time_form::milliseconds);
    line.append(R"(","level":")").append(name_of(at)).append("\",\"message\":");
    json::append_string(line, message);
    for (const value& each : values) {
        json::append_key(line, each.name);
        if (each.is_number)
            json::append_number(line, each.number);
        else
            json::append_string(line, each.text);
    }
    line += '}';
    logger->log(of(at), line);
}

std::uint64_t dropped() { return unwritten + (pool ? pool->overrun_counter() : 0); }

}  // namespace yizhan::gateway::log
