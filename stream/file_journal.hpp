#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "stream/file.hpp"
#include "stream/journal.hpp"
#include "stream/segment_file.hpp"

namespace yizhan::stream {

/// A range of sequences that the journal cannot give back.
struct damage {
    std::uint64_t first = 0, last = 0;
    std::string where;  // File and byte range, for a person.
};

/// Where one of a segment's records lies.
struct milestone {
    std::uint64_t sequence;
    std::uint32_t at;
};
/// What is known of one segment without reading it.
struct segment_info {
    std::uint64_t first = 0;
    std::uint64_t last = 0;                 // 0 while it has no record.
    std::int64_t newest_us = 0;             // Time of its last record; 0 while it is not known.
    std::uint32_t end = segment_head_size;  // Behind its last record; for sealed ones the file's size.
    std::vector<milestone> milestones;      // In order, for a quick start.
};

/// The journal on local disk (docs/journal-format.md). One thread writes: it takes all that waits, up to 512
/// records or 1 MiB, writes once, syncs once and tells all. While more than eight records come in a millisecond, it lets
/// them gather for one between two such turns, or until there are 64; for five, or until there are three quarters of all
/// that are under way, when those are more. Another prepares the next segment while this one fills, so that a sync moves no
/// metadata and a full disk shows before anything is accepted.
///
/// After the first failed write or sync nothing is acknowledged any more and `on_failure` is called: what the
/// page cache then holds is worth nothing.
class file_journal final : public journal {
public:
    struct options {
        std::filesystem::path directory;
        std::size_t segment_bytes = std::size_t{64} << 20;
        std::size_t waiting_bytes_max = std::size_t{64} << 20;  // More than this waits: overloaded.
        std::int64_t scan_window_us = INT64_MAX;  // Segments this much older than the newest record are not read at start.
        std::uint64_t scan_from_sequence = 0;  // … unless they hold this sequence or a later one.
        ids_of_record ids_of;                  // At start: what `visit` wants to know of a record.
        deliver deliver_to;
        std::function<void(std::string)> on_failure;
        std::function<void()> on_durable;  // After each sync, on the writer's thread.
        std::function<void(double seconds, std::size_t records)> on_sync;
        std::function<void(std::string)> on_notice;  // Something a person should know of.
        std::function<void()> on_turn;               // Each turn of the writer, at least once a second.
    };
    /// Called at start for each good record that is young enough, in order.
    using visitor = std::function<void(const record&, std::span<const event_id>, place)>;

    /// Reads what is there, cuts a torn tail by copying the last segment's good records to a fresh file, and
    /// accepts. Throws std::runtime_error with one clear line when it cannot.
    file_journal(options with, const visitor& visit);
    ~file_journal() override;

    void append(append_request what) override;
    error_code refuses() const override;
    result<std::string> read(place at) const override;

    /// Everything up to here is on disk. 0: nothing yet.
    std::uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
    std::uint64_t oldest() const;
    std::vector<damage> damages() const;
    std::uint64_t bytes() const;

    /// The segment that holds a sequence (or the next one there is) and a good place to begin reading in it. Quicker when
    /// it is `near` or soon behind.
    struct entry {
        std::uint32_t segment = 0;
        segment_info info;
        std::uint32_t offset = segment_head_size;
    };
    std::optional<entry> locate(std::uint64_t sequence, std::uint32_t near = 0) const;
    /// Null when there is none (any more), or it cannot be opened now.
    std::shared_ptr<const file> open_segment(std::uint32_t segment) const;
    void report(damage what);
    /// The disk did not give back the sector there, once more. True when it has been so for a second: then what lies in it
    /// is passed over.
    bool gives_up(std::uint32_t segment, std::uint64_t at);

    /// When the newest record was kept; 0: there is none.
    std::int64_t newest_us() const;

    /// Deletes whole segments whose records are all older than `before_us` and all applied. What is still dated in the
    /// future is as old as what came behind it.
    void retain(std::int64_t before_us, std::uint64_t applied);

    /// Writes what waits, then ends both threads. Appends that come later fail, and those that would have to wait for
    /// a segment that is not prepared yet.
    void stop();

private:
    std::string path_of(std::uint32_t segment) const;
    void open_all(const visitor& visit);
    std::vector<std::uint32_t> find_segments();
    void begin_journal();
    void find_first(std::uint32_t segment, segment_info& info, const segment_reading& of) const;
    void note_sealed(std::uint32_t segment, const segment_reading& of, const visitor& visit);
    struct prepared_segment {
        stream::file file;
        int reason = 0;  // Why there is none.
    };
    void keep_old(const std::string& path) const;
    void renew_last(std::uint32_t segment, const segment_reading& of, prepared_segment fresh, const visitor& visit);
    void note(std::uint32_t segment, const record& value, std::span<const event_id> ids, std::uint32_t at, const visitor& visit);
    static void mark(segment_info& info, std::uint64_t sequence, std::uint32_t at);
    void write_loop();
    bool wait_until_due(std::size_t prepared);
    void prepare_loop();
    error_code rotate();
    error_code write_batch(std::vector<append_request>& batch, std::vector<append_outcome>& outcomes);
    void notice(const std::string& what) const;
    void fail(const std::string& why);
    void skip_applied();
    std::size_t batch_bytes_max() const;

    options with_;

    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable arrived_, prepared_;
    std::vector<append_request> waiting_;
    std::map<std::uint32_t, segment_info> segments_;
    mutable std::map<std::uint32_t, std::shared_ptr<const file>> open_;
    std::vector<damage> damages_;
    struct unread_sector {
        std::int64_t first_us, last_us;  // When it could not be read.
    };
    std::map<std::pair<std::uint32_t, std::uint64_t>, unread_sector> unread_;  // By segment and offset.
    std::uint32_t next_prepared_ = 0;  // 0: the next segment is not ready.
    file prepared_file_;
    bool disk_full_ = false;
    bool is_waited_for_ = false;  // The writer can go on in the next segment only.
    std::size_t wakes_writer_ = 1;  // When so many wait. Before that it comes by itself, when it has paused for long enough.

    std::atomic<std::size_t> waiting_bytes_{0};
    std::atomic<std::uint64_t> durable_{0};
    std::atomic<bool> stopping_{false};  // Set under the mutex.
    std::atomic<bool> failed_{false}, full_{false};

    // The writer's own.
    file current_;
    std::uint32_t current_segment_ = 0;
    std::uint32_t write_at_ = segment_head_size;
    std::uint64_t next_sequence_ = 1, count_ = 0, digest_ = 0;
    std::string buffer_;

    std::thread writer_, preparer_;
};

}  // namespace yizhan::stream
