#include "stream/file_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <stdexcept>

#include "core/thread_name.hpp"
#include "core/time.hpp"

namespace yizhan::stream {
namespace {

constexpr std::size_t batch_records_max = 512;
/// How long records gather between the beginnings of two batches, while they come faster than `busy_every_us`, unless there
/// are enough of them: a sync for two or three records costs the core as much as all else that is done for them. Where more
/// than `few` are under way, three quarters of them are enough, so that the door has the others: it is the core
/// that they wait for, not this.
constexpr std::size_t few = 64;
constexpr auto gather_few_for = std::chrono::milliseconds(1), gather_many_for = std::chrono::milliseconds(5);
constexpr double busy_every_us = 125;
constexpr std::size_t page = 4096;
constexpr std::uint32_t milestone_every_bytes = 256 * 1024;
constexpr std::size_t damages_named_max = 1000;
constexpr std::size_t read_ahead = 2;  // Segments, at start.
constexpr std::int64_t given_up_after_us = 1000000, tried_anew_after_us = 3600000000;
constexpr std::size_t unread_max = 1000;

std::string what_failed(const std::string& doing) { return doing + ": " + std::strerror(errno); }

/// Of disk, or of descriptors and memory, which come back in the same way.
bool is_for_want_of_room(int reason) {
    return reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE || reason == ENOMEM;
}

bool at_once(std::size_t) { return true; }

/// When the first record of a segment was written; 0 when that cannot be told for certain.
std::int64_t first_time_us(const std::string& path) {
    const file opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string bytes;
    const step first = read_record(opened.get(), segment_head_size, bytes);
    return first.what == found::record ? first.value.time_us : 0;
}

/// What the disk does not give back may be what somebody was told is kept: only a person can give it up.
std::runtime_error cannot_read(const std::string& path, std::uint64_t until) {
    return std::runtime_error("cannot read " + path + " before byte " + std::to_string(until) +
                              ": the disk gives an error (to go on without it, put a copy of what can be read in its place)");
}

}  // namespace

std::string file_journal::path_of(std::uint32_t segment) const {
    char name[32];
    std::snprintf(name, sizeof name, "%08u.journal", segment);
    return with_.directory / name;
}

file_journal::file_journal(options with, const visitor& visit) : with_(std::move(with)) {
    with_.segment_bytes = std::max(with_.segment_bytes, std::size_t{1} << 20);
    std::error_code failed;
    std::filesystem::create_directories(with_.directory, failed);
    if (failed)
        throw std::runtime_error("cannot create " + with_.directory.string() + ": " + failed.message());
    open_all(visit);
    skip_applied();
    writer_ = std::thread([this] { write_loop(); });
    preparer_ = std::thread([this] { prepare_loop(); });
}

file_journal::~file_journal() { stop(); }

void file_journal::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_all();
    prepared_.notify_all();
    if (writer_.joinable()) writer_.join();
    if (preparer_.joinable()) preparer_.join();
}

/// Finds the segments that are in use and what their heads say; removes what was only prepared.
std::vector<std::uint32_t> file_journal::find_segments() {
    std::vector<std::uint32_t> used;
    for (const auto& item : std::filesystem::directory_iterator(with_.directory)) {
        const std::string path = item.path().string(), name = item.path().filename().string();
        if (name.ends_with(".journal.new")) std::filesystem::remove(item.path());
        const auto number = decimal(std::string_view(name).substr(0, name.find('.')));
        if (!number || !name.ends_with(".journal")) continue;
        const file opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened) throw std::runtime_error(what_failed("cannot read " + path));
        char bytes[segment_head_size] = {};
        const reading got = read_all(opened.get(), bytes, sizeof bytes, 0);
        const std::string_view begin(bytes, got.length);
        if (is_of_other_version(begin)) throw std::runtime_error(path + " was written by another version of yizhan");
        const auto head = head_of(begin);
        if (!head) {
            // Prepared and never used, or a head that is no longer readable: then its records still are.
            const bool is_blank = got.reason == 0 && begin.find_first_not_of('\0') == std::string_view::npos;
            const whole_file whole(path);
            if (!find_record(whole.bytes(), segment_head_size, 1)) {
                if (whole.unread_until() != 0 && !is_blank) throw cannot_read(path, whole.unread_until());
                if (!is_blank) {
                    notice("put aside " + path + ": neither its head nor a record in it can be read");
                    std::filesystem::rename(item.path(), path + ".bad");
                } else {
                    std::filesystem::remove(item.path());
                }
                continue;
            }
            notice("the head of " + path + " cannot be read, its records can");
        }
        const auto segment = static_cast<std::uint32_t>(*number);
        segments_[segment].first = head ? head->first : 0;
        used.push_back(segment);
    }
    std::ranges::sort(used);
    return used;
}

void file_journal::open_all(const visitor& visit) {
    const std::vector<std::uint32_t> used = find_segments();
    if (used.empty()) return begin_journal();
    std::vector<std::uint32_t> wanted;
    for (std::size_t at = 0; at < used.size(); ++at)
        // No record of a segment is newer than the first of the next. (Files' own times are of a clock that can be set.)
        segments_[used[at]].newest_us = first_time_us(path_of(used[std::min(at + 1, used.size() - 1)]));
    // The newest of them, leaving out what a clock that was ahead has dated in the future, unless it is all of them.
    std::int64_t newest_us = 0, told_us = 0;
    for (const auto& [segment, info] : segments_) {
        newest_us = std::max(newest_us, info.newest_us);
        if (info.newest_us <= steady_us()) told_us = std::max(told_us, info.newest_us);
    }
    if (told_us != 0) newest_us = told_us;
    for (std::size_t at = 0; at + 1 < used.size(); ++at) {
        segment_info& info = segments_[used[at]];
        const segment_info& next = segments_[used[at + 1]];
        if (next.first > 0) info.last = next.first - 1;
        info.end = static_cast<std::uint32_t>(std::filesystem::file_size(path_of(used[at])));
        const bool head_is_lost = info.first == 0 || info.last == 0;
        const bool is_young = info.newest_us == 0 || newest_us - info.newest_us <= with_.scan_window_us;
        if (is_young || info.last >= with_.scan_from_sequence || head_is_lost)
            wanted.push_back(used[at]);
    }
    wanted.push_back(used.back());

    std::future<prepared_segment> fresh = std::async(std::launch::async, [this, path = path_of(used.back())] {
        file made = prepare_segment(path, with_.segment_bytes, at_once);
        return prepared_segment{std::move(made), errno};
    });
    // The next are read and checked while what the last one says is noted.
    std::array<segment_reading, read_ahead + 1> readings;
    std::array<std::future<void>, read_ahead + 1> under_way;
    const auto begin = [&](std::size_t at) {
        if (at >= wanted.size()) return;
        segment_reading& into = readings[at % readings.size()];
        under_way[at % readings.size()] =
            std::async(std::launch::async, [this, path = path_of(wanted[at]), &into] { into.read(path, with_.ids_of); });
    };
    for (std::size_t at = 0; at < read_ahead; ++at) begin(at);
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        under_way[at % readings.size()].get();
        begin(at + read_ahead);
        const segment_reading& here = readings[at % readings.size()];
        const auto segment = segments_.find(wanted[at]);
        if (segment->second.first == 0 && segment != segments_.begin())
            segment->second.first = std::prev(segment)->second.last + 1;
        if (wanted[at] == used.back())
            renew_last(wanted[at], here, fresh.get(), visit);
        else
            note_sealed(wanted[at], here, visit);
    }
}

void file_journal::begin_journal() {
    current_segment_ = 1;
    current_ = prepare_segment(path_of(1), with_.segment_bytes, at_once);
    std::string head;
    append_head(head, {1, 0, 0, 0});
    if (!current_ || !write_all(current_.get(), head, 0) || ::fsync(current_.get()) != 0 || !put_in_place(path_of(1)))
        throw std::runtime_error(what_failed("cannot create the journal in " + with_.directory.string()));
    segments_[1].first = 1;
}

/// Where a segment begins whose head cannot be read, and of whose forerunner nothing is known. What was not applied yet has
/// not gone with the retention: it was there.
void file_journal::find_first(std::uint32_t segment, segment_info& info, const segment_reading& of) const {
    if (info.first != 0 || of.records.empty()) return;
    const std::uint64_t found = of.records.front().value.sequence;
    const std::uint64_t needed = segment == 1 ? 1 : with_.scan_from_sequence;
    info.first = needed == 0 ? found : std::min(found, needed);
}

/// What a sealed segment has, told to `visit`, and what it should have. All of it was on disk once, so that whatever is
/// missing is damage.
void file_journal::note_sealed(std::uint32_t segment, const segment_reading& of, const visitor& visit) {
    segment_info& info = segments_[segment];
    const auto missing = [&](std::uint64_t first, std::uint64_t last, std::size_t from, std::size_t to) {
        if (first <= last)
            report({first, last, path_of(segment) + " bytes " + std::to_string(from) + " to " + std::to_string(to)});
    };
    find_first(segment, info, of);
    std::uint64_t expected = info.first;
    std::size_t good_until = segment_head_size;
    for (const segment_reading::item& each : of.records) {
        const record& value = each.value;
        missing(expected, value.sequence - 1, good_until, each.at);
        note(segment, value, of.ids_of(each), each.at, visit);
        expected = value.last() + 1;
        good_until = each.at + record_size(value.payload.size());
    }
    missing(expected, info.last, good_until, of.whole.bytes().size());
    info.last = std::max(info.last, expected - 1);
    info.end = of.end;
}

void file_journal::note(std::uint32_t segment, const record& value, std::span<const event_id> ids, std::uint32_t at,
                        const visitor& visit) {
    segment_info& info = segments_[segment];
    mark(info, value.sequence, at);
    info.newest_us = value.time_us;
    if (value.kind != kind_nothing) visit(value, ids, {segment, at});
}

/// Under one more name, beside the one that takes its place: it may give back more one day.
void file_journal::keep_old(const std::string& path) const {
    std::error_code failed;
    std::string name = path + ".bad";
    for (int more = 2; std::filesystem::exists(name, failed); ++more) name = path + ".bad" + std::to_string(more);
    std::filesystem::create_hard_link(path, name, failed);
    if (failed) notice("cannot keep what can still be read of " + path + ": " + failed.message());
}

/// Copies the last segment's good records to a fresh file, to go on there: a torn tail is cut, and what only the page
/// cache held after a failed sync is on disk before anybody hears of it.
///
/// A write that was cut short may have left any of its sectors, so that something may be missing before what is good. What
/// some record or the state knows to have been on disk is damage. Of the rest nobody was told, and a record of nothing
/// takes its place.
void file_journal::renew_last(std::uint32_t segment, const segment_reading& of, prepared_segment fresh,
                              const visitor& visit) {
    const std::string path = path_of(segment);
    const std::string_view old = of.whole.bytes();
    segment_info& info = segments_[segment];
    std::uint64_t known_durable = with_.scan_from_sequence ? with_.scan_from_sequence - 1 : 0;
    for (const segment_reading::item& each : of.records) known_durable = std::max(known_durable, each.value.durable);
    if (const std::uint64_t unread = of.whole.unread_until()) {
        if (unread > of.end) throw cannot_read(path, unread);
        known_durable = of.records.back().value.last();  // Nothing that is missing was cut short.
    }
    find_first(segment, info, of);
    const auto head = head_of(old).value_or(segment_head{info.first, info.first - 1, 0, 0});

    std::string copied;
    append_head(copied, head);
    std::uint64_t expected = info.first;
    std::size_t good_until = segment_head_size;
    const auto take = [&](const record& value, std::span<const event_id> ids) {
        count_ += 1;
        digest_ = digest_with(digest_, value.checksum);
        note(segment, value, ids, static_cast<std::uint32_t>(copied.size()), visit);
        expected = value.last() + 1;
    };
    const auto missing = [&](std::uint64_t last, std::size_t from, std::size_t to) {
        const std::string where = path + " bytes " + std::to_string(from) + " to " + std::to_string(to);
        if (expected <= std::min(last, known_durable)) {
            report({expected, std::min(last, known_durable), where});
            expected = std::min(last, known_durable) + 1;
        }
        if (expected <= last) notice("a write that was cut short has left a hole in " + where);
        while (expected <= last) {
            record hole{expected, now_us(), kind_nothing, 0, {}, 0, known_durable};
            hole.span = static_cast<std::uint16_t>(std::min<std::uint64_t>(last - expected + 1, UINT16_MAX));
            std::string bytes;
            hole.checksum = append_record(bytes, hole);
            take(hole, {});
            copied += bytes;
        }
    };
    for (const segment_reading::item& each : of.records) {
        missing(each.value.sequence - 1, good_until, each.at);
        const std::size_t size = record_size(each.value.payload.size());
        take(each.value, of.ids_of(each));
        copied.append(old.substr(each.at, size));
        good_until = each.at + size;
    }
    if (record_at(old, good_until, 1).what != found::end)
        notice("cut an unfinished record off " + path + " at byte " + std::to_string(good_until));

    if (of.whole.unread_until() != 0) keep_old(path);
    if (!fresh.file) errno = fresh.reason;
    if (!fresh.file || !write_all(fresh.file.get(), copied, 0) || ::fsync(fresh.file.get()) != 0 || !put_in_place(path))
        throw std::runtime_error(what_failed("cannot renew " + path));
    current_ = std::move(fresh.file);
    current_segment_ = segment;
    write_at_ = static_cast<std::uint32_t>(copied.size());
    info.last = count_ ? expected - 1 : 0;
    info.end = write_at_;
    next_sequence_ = expected;
    durable_ = next_sequence_ - 1;
}

void file_journal::mark(segment_info& info, std::uint64_t sequence, std::uint32_t at) {
    if (!info.milestones.empty() && at < info.milestones.back().at + milestone_every_bytes) return;
    info.milestones.push_back({sequence, at});
}

/// When the state is ahead of what can be read (the journal was cut, replaced or damaged at its end), the
/// sequences it has seen are not given out again: it would pass over whatever came with them.
void file_journal::skip_applied() {
    if (with_.scan_from_sequence <= next_sequence_) return;
    segment_info& last = segments_.rbegin()->second;
    report({next_sequence_, with_.scan_from_sequence - 1,
            path_of(segments_.rbegin()->first) + " ends before what was applied"});
    next_sequence_ = with_.scan_from_sequence;
    last.last = next_sequence_ - 1;
    durable_ = next_sequence_ - 1;
}

void file_journal::append(append_request what) {
    const std::size_t bytes = what.payload.size();
    const std::size_t largest =
        std::min(payload_max, with_.segment_bytes - segment_head_size - record_head_size - 8);
    std::vector<append_outcome> refused;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || failed_ || bytes > largest) {
            const error_code why = bytes > largest ? errc::too_large : errc::storage_failed;
            refused.push_back({what.waiter, why, {}, {}});
        } else {
            waiting_.push_back(std::move(what));
            waiting_bytes_ += bytes;
        }
        if (refused.empty() && waiting_.size() != wakes_writer_) return;  // It knows, or comes by itself.
    }
    if (!refused.empty()) return with_.deliver_to(std::move(refused));
    arrived_.notify_one();
}

error_code file_journal::refuses() const {
    if (failed_.load(std::memory_order_relaxed)) return errc::storage_failed;
    if (full_.load(std::memory_order_relaxed)) return errc::storage_full;
    if (waiting_bytes_.load(std::memory_order_relaxed) > with_.waiting_bytes_max) return errc::overloaded;
    return {};
}

void file_journal::write_loop() {
    name_thread("journal");
    std::vector<append_request> batch;
    std::vector<append_request> rest;  // Taken from `waiting_`, oldest last, not yet in a batch.
    std::chrono::steady_clock::time_point begun;
    std::size_t under_way = 0;  // Records, when the last turn ended.
    double every_us = busy_every_us;  // Between two records, of late.
    for (;;) {
        if (rest.empty()) {
            std::unique_lock lock(mutex_);
            if (every_us < busy_every_us) {
                wakes_writer_ = std::max(few, under_way / 4 * 3);
                arrived_.wait_until(lock, begun + (under_way > few ? gather_many_for : gather_few_for),
                                    [this] { return stopping_ || waiting_.size() >= wakes_writer_; });
                wakes_writer_ = 1;
            }
            arrived_.wait_for(lock, std::chrono::seconds(1),
                              [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty() && stopping_) return;
            rest.swap(waiting_);
            std::ranges::reverse(rest);
        }
        if (with_.on_turn) with_.on_turn();
        std::size_t bytes = 0;
        while (!rest.empty() && batch.size() < batch_records_max) {
            const std::size_t next = record_size(rest.back().payload.size());
            if (!batch.empty() && bytes + next > batch_bytes_max()) break;
            bytes += next;
            waiting_bytes_ -= rest.back().payload.size();
            batch.push_back(std::move(rest.back()));
            rest.pop_back();
        }
        if (batch.empty()) continue;
        const auto last = std::exchange(begun, std::chrono::steady_clock::now());
        const std::chrono::duration<double, std::micro> passed = begun - last;
        every_us += (passed.count() / static_cast<double>(batch.size()) - every_us) / 8;
        std::vector<append_outcome> outcomes;
        outcomes.reserve(batch.size());
        if (const error_code failed = write_batch(batch, outcomes)) {
            outcomes.clear();
            for (const append_request& each : batch) outcomes.push_back({each.waiter, failed, {}, {}});
        } else if (with_.on_durable) {
            with_.on_durable();
        }
        {
            const std::lock_guard lock(mutex_);  // Before those who are told now can come again.
            under_way = batch.size() + rest.size() + waiting_.size();
        }
        batch.clear();
        with_.deliver_to(std::move(outcomes));
    }
}

error_code file_journal::write_batch(std::vector<append_request>& batch,
                                     std::vector<append_outcome>& outcomes) {
    if (failed_) return errc::storage_failed;
    std::size_t bytes = 0;
    for (const append_request& each : batch) bytes += record_size(each.payload.size());
    if (write_at_ + bytes > with_.segment_bytes)
        if (const error_code why = rotate()) return why;

    buffer_.clear();
    const std::int64_t time_us = steady_us();
    std::uint64_t sequence = next_sequence_, digest = digest_;
    for (append_request& each : batch) {
        const place at{current_segment_, write_at_ + static_cast<std::uint32_t>(buffer_.size())};
        const record made{sequence, time_us, each.kind, each.span, each.payload, 0, next_sequence_ - 1};
        digest = digest_with(digest, append_record(buffer_, made));
        outcomes.push_back({
            each.waiter, {  },
             { sequence, time_us, at},
             std::move(each.payload)
        });
        sequence += each.span;
    }

    const auto begun = std::chrono::steady_clock::now();
    const std::size_t end = write_at_ + buffer_.size();
    // To a page's end, with the zeros that are there: of a page that is written whole nothing has to be read before.
    buffer_.resize(std::min((end + page - 1) / page * page, with_.segment_bytes) - write_at_);
    if (!write_all(current_.get(), buffer_, write_at_) || ::fdatasync(current_.get()) != 0) {
        fail(what_failed("writing " + path_of(current_segment_)));
        return errc::storage_failed;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (with_.on_sync) with_.on_sync(took.count(), batch.size());

    bool wakes_preparer = false;
    {
        const std::lock_guard lock(mutex_);
        segment_info& info = segments_[current_segment_];
        mark(info, next_sequence_, write_at_);
        info.last = sequence - 1;
        info.newest_us = time_us;
        info.end = static_cast<std::uint32_t>(end);
        wakes_preparer = info.end / prepared_at_once != write_at_ / prepared_at_once;
    }
    if (wakes_preparer) prepared_.notify_one();
    count_ += batch.size();
    digest_ = digest;
    write_at_ = static_cast<std::uint32_t>(end);
    next_sequence_ = sequence;
    durable_.store(sequence - 1, std::memory_order_release);
    return {};
}

/// A batch fits into a segment, so that a write never leaves what was allocated.
std::size_t file_journal::batch_bytes_max() const {
    return std::min(std::size_t{1} << 20, with_.segment_bytes / 4);
}

/// Goes on in the prepared segment, when there is one.
error_code file_journal::rotate() {
    std::uint32_t next = 0;
    file opened;
    {
        std::unique_lock lock(mutex_);
        full_ = disk_full_ && next_prepared_ == 0;
        is_waited_for_ = true;
        prepared_.notify_all();
        const auto is_decided = [this] { return next_prepared_ != 0 || disk_full_ || stopping_; };
        while (!prepared_.wait_for(lock, std::chrono::seconds(1), is_decided)) {
            lock.unlock();
            if (with_.on_turn) with_.on_turn();
            lock.lock();
        }
        is_waited_for_ = false;
        if (next_prepared_ == 0) {
            if (failed_) return errc::storage_failed;
            return disk_full_ ? errc::storage_full : errc::overloaded;
        }
        next = std::exchange(next_prepared_, 0);
        opened = std::move(prepared_file_);
        segments_[next].first = next_sequence_;  // At once: the preparer goes by the last one there is.
        full_ = false;
    }
    std::string head;
    append_head(head, {next_sequence_, next_sequence_ - 1, count_, digest_});
    if (!write_all(opened.get(), head, 0)) {
        fail(what_failed("beginning " + path_of(next)));
        return errc::storage_failed;
    }
    current_ = std::move(opened);
    current_segment_ = next;
    write_at_ = segment_head_size;
    count_ = digest_ = 0;
    prepared_.notify_all();
    return {};
}

/// The next segment grows by a third faster than the current one fills: what it takes of the disk is spread, and no sync
/// waits behind all of it. Where nothing is accepted for want of it, nothing fills the current one: then at once. False: it is
/// not wanted any more.
bool file_journal::wait_until_due(std::size_t prepared) {
    std::unique_lock lock(mutex_);
    disk_full_ = false;  // The room for it is taken.
    const auto is_due = [&] { return is_waited_for_ || full_ || prepared / 4 * 3 <= segments_.rbegin()->second.end; };
    prepared_.wait(lock, [&] { return stopping_ || failed_ || is_due(); });
    return !stopping_ && !failed_;
}

void file_journal::prepare_loop() {
    name_thread("prepare");
    for (;;) {
        std::uint32_t wanted = 0;
        {
            std::unique_lock lock(mutex_);
            const auto is_wanted = [this] { return stopping_ || next_prepared_ == 0; };
            if (disk_full_)
                prepared_.wait_for(lock, std::chrono::milliseconds(500), [this] { return stopping_.load(); });
            else
                prepared_.wait(lock, is_wanted);
            if (stopping_) return;
            if (next_prepared_ != 0) continue;
            wanted = segments_.rbegin()->first + 1;
        }
        const std::string path = path_of(wanted);
        file made = prepare_segment(path, with_.segment_bytes, [this](std::size_t done) { return wait_until_due(done); });
        const bool done = made && put_in_place(path);
        if (!done && (stopping_ || failed_)) return;
        // Room comes back. A disk that fails here will fail where it counts.
        if (!done && !is_for_want_of_room(errno)) fail(what_failed("preparing " + path));
        {
            const std::lock_guard lock(mutex_);
            disk_full_ = !done;
            if (done) next_prepared_ = wanted, prepared_file_ = std::move(made);
            // Refused before it is accepted: when one more full batch might not fit.
            full_ = !done && segments_.rbegin()->second.end + 2 * batch_bytes_max() > with_.segment_bytes;
        }
        prepared_.notify_all();
        if (failed_) return;
    }
}

void file_journal::notice(const std::string& what) const {
    if (with_.on_notice) with_.on_notice(what);
}

void file_journal::fail(const std::string& why) {
    if (failed_.exchange(true)) return;
    if (with_.on_failure) with_.on_failure(why);
}

result<std::string> file_journal::read(place at) const {
    const auto opened = open_segment(at.segment);
    if (!opened) return errc::not_found;
    std::string bytes;
    const step here = read_record(opened->get(), at.offset, bytes);
    if (here.what != found::record) return errc::not_found;
    return std::string(here.value.payload);
}

std::shared_ptr<const file> file_journal::open_segment(std::uint32_t segment) const {
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = open_.find(segment); known != open_.end()) return known->second;
    }
    auto opened = std::make_shared<const file>(::open(path_of(segment).c_str(), O_RDONLY | O_CLOEXEC));
    const std::lock_guard lock(mutex_);
    if (!*opened || !segments_.count(segment)) return nullptr;
    if (open_.size() >= 64) open_.erase(open_.begin());
    return open_[segment] = std::move(opened);
}

std::optional<file_journal::entry> file_journal::locate(std::uint64_t sequence, std::uint32_t near) const {
    const std::lock_guard lock(mutex_);
    auto from = segments_.find(near);
    if (from == segments_.end() || from->second.first > sequence) from = segments_.begin();
    for (; from != segments_.end(); ++from) {
        const auto& [number, info] = *from;
        if (info.last < sequence || info.last == 0) continue;
        entry found{number, {info.first, info.last, info.newest_us, info.end, {}}, segment_head_size};
        const auto behind = std::ranges::upper_bound(info.milestones, sequence, {}, &milestone::sequence);
        if (behind != info.milestones.begin()) found.offset = std::prev(behind)->at;
        return found;
    }
    return std::nullopt;
}

std::uint64_t file_journal::oldest() const {
    const std::lock_guard lock(mutex_);
    return segments_.empty() ? 1 : std::max<std::uint64_t>(1, segments_.begin()->second.first);
}

std::vector<damage> file_journal::damages() const {
    const std::lock_guard lock(mutex_);
    return damages_;
}

void file_journal::report(damage what) {
    const std::string says = "sequences " + std::to_string(what.first) + " to " + std::to_string(what.last) +
                             " cannot be read, " + what.where;
    {
        const std::lock_guard lock(mutex_);
        for (const damage& known : damages_)
            if (known.first <= what.first && known.last >= what.last) return;
        if (damages_.size() >= damages_named_max) return;  // By then nobody counts any more.
        damages_.push_back(std::move(what));
    }
    notice(says);
}

bool file_journal::gives_up(std::uint32_t segment, std::uint64_t at) {
    const std::int64_t now_us = steady_us();
    const std::lock_guard lock(mutex_);
    if (unread_.size() >= unread_max) unread_.clear();
    const auto [found, is_new] = unread_.try_emplace({segment, at}, unread_sector{now_us, now_us});
    unread_sector& its = found->second;
    if (now_us - std::exchange(its.last_us, now_us) > tried_anew_after_us) its.first_us = now_us;
    return now_us - its.first_us >= given_up_after_us;
}

std::uint64_t file_journal::bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [number, info] : segments_) sum += info.end;
    return sum;
}

std::int64_t file_journal::newest_us() const {
    const std::lock_guard lock(mutex_);
    for (auto each = segments_.rbegin(); each != segments_.rend(); ++each)
        if (each->second.newest_us != 0) return each->second.newest_us;  // The last may have no record yet.
    return 0;
}

void file_journal::retain(std::int64_t before_us, std::uint64_t applied) {
    for (;;) {
        std::uint32_t victim = 0;
        {
            const std::lock_guard lock(mutex_);
            if (segments_.size() < 2) return;
            const auto& [number, info] = *segments_.begin();
            const auto told = std::ranges::find_if(segments_, [now = steady_us()](const auto& each) {
                return each.second.newest_us != 0 && each.second.newest_us <= now;
            });
            if (told == segments_.end() || told->second.newest_us >= before_us || info.last > applied) return;
            victim = number;
            std::erase_if(damages_, [&](const damage& each) { return each.last <= info.last; });
            segments_.erase(victim);
            open_.erase(victim);
        }
        ::unlink(path_of(victim).c_str());
        sync_directory(with_.directory);
    }
}

}  // namespace yizhan::stream
