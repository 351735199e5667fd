#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "stream/redis/client.hpp"

namespace yizhan::stream {

/// What a sink wants of the stream; globs, empty: any. With a queue: only events that became a task of such a queue.
struct sink_filter {
    std::string account, type, queue;
};

struct redis_stream_settings {
    redis::client_settings redis;
    std::string key;
    int partitions = 1;               // More than one: `KEY:0`, `KEY:1` …, a conversation always in the same.
    std::vector<std::string> groups;  // Made when they are not there; what they have not acknowledged is not trimmed.
    int batch = 64, batches_in_flight = 4;
};

enum class webhook_form : std::uint8_t { structured, binary };  // Of CloudEvents over HTTP.

struct webhook_settings {
    std::string url;
    std::vector<std::string> secrets;  // Bytes; the first one signs, so do the others while there are several.
    webhook_form form = webhook_form::structured;
    int batch = 1;  // More than one: so many at most in one request, as application/cloudevents-batch+json.
    bool in_order = false;  // What belongs to a conversation waits for what came before it.
    int in_flight_max = 8;
    std::vector<std::int64_t> retry_s = {5, 30, 120, 600, 1800, 7200, 21600, 43200, 86400};
    std::int64_t patience_ms = 15000;
    bool verify_peer = true;
    bool only_public = false;  // Who named the URL came through the API: nothing inside is called.
};

struct file_settings {
    std::filesystem::path path;
    std::uint64_t rotate_bytes = std::uint64_t{256} << 20;
    int files_max = 0;  // Of those that are full; the oldest goes. 0: all stay.
};

enum class sink_start : std::uint8_t { oldest, now };

/// A consumer outside, as the configuration names it.
struct sink_settings {
    std::string name;
    sink_filter filter;
    sink_start start = sink_start::oldest;    // Where a sink that is new begins in the journal.
    std::int64_t waits_s = 14 * 86400;        // So old the journal may grow for a sink that is behind.
    std::variant<redis_stream_settings, webhook_settings, file_settings> to;
    std::string fingerprint;  // Other settings, another text.
};

}  // namespace yizhan::stream
