#include "stream/journal_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include "stream/segment_file.hpp"

namespace yizhan::stream {

const std::vector<record>& journal_reader::next(std::size_t bytes_max) {
    records_.clear();
    is_stuck_ = false;
    if (wanted_ == 0) wanted_ = journal_.oldest();
    while (records_.empty() && wanted_ <= journal_.durable() && read_some(bytes_max)) {
    }
    return records_;
}

/// Reads one piece of the segment that holds the next sequence. False when there is no such segment, or this reader is
/// stuck.
bool journal_reader::read_some(std::size_t bytes_max) {
    const auto here = journal_.locate(wanted_, segment_);
    if (!here) return false;
    const auto skip_to = [&](std::uint64_t sequence, std::size_t at) {
        journal_.report({wanted_, sequence - 1,
                         "segment " + std::to_string(segment_) + " at byte " + std::to_string(at)});
        wanted_ = sequence;
    };
    if (here->segment != segment_ || offset_ == 0) {
        if (after_ == cached::goes && file_ && here->segment > segment_) ::posix_fadvise(file_->get(), 0, 0, POSIX_FADV_DONTNEED);
        segment_ = here->segment;
        offset_ = 0;
        file_ = journal_.open_segment(segment_);
        is_stuck_ = !file_;
        if (is_stuck_) return false;
        offset_ = here->offset;
        // What retention has deleted meanwhile is gone, and no damage.
        if (wanted_ < journal_.oldest()) wanted_ = std::min(journal_.oldest(), here->info.first);
        if (wanted_ < here->info.first) skip_to(here->info.first, segment_head_size);
    }
    if (offset_ >= here->info.end) {  // Read to its end, and what was promised is not there.
        skip_to(here->info.last + 1, offset_);
        offset_ = 0;
        return true;
    }

    bytes_.resize(std::min<std::size_t>(bytes_max, here->info.end - offset_));
    const reading got = read_all(file_->get(), bytes_.data(), bytes_.size(), offset_);
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(got.length), bytes_.end(), '\0');
    is_stuck_ = got.reason != 0 && (got.reason != EIO || !journal_.gives_up(segment_, got.unread_from));
    if (is_stuck_) return false;
    const bool to_the_end = offset_ + bytes_.size() >= here->info.end;
    std::size_t at = 0;
    for (;;) {
        const step found_here = record_at(bytes_, at, 1);
        if (found_here.what == found::record) {
            const record& value = found_here.value;
            if (value.last() >= wanted_) {
                if (value.sequence > wanted_) skip_to(value.sequence, offset_ + at);
                if (value.kind != kind_nothing) records_.push_back(value);
                wanted_ = value.last() + 1;
            }
            at = found_here.next;
            continue;
        }
        if (!records_.empty()) break;  // These first; the rest next time.
        if (found_here.what == found::cut && !to_the_end) {
            if (at == 0) return read_some(bytes_max * 4);
            break;
        }
        if (to_the_end && at >= bytes_.size()) break;
        const auto behind = find_record(bytes_, at + 8, wanted_);
        // A good record may begin here and end behind what was read.
        if (!behind && !to_the_end) return read_some(bytes_max * 4);
        at = behind ? *behind : std::max(at + 8, bytes_.size() & ~std::size_t{7});
        if (!behind) break;
    }
    offset_ += static_cast<std::uint32_t>(at);
    return true;
}

namespace {

struct journal_file {
    std::filesystem::path path;
    std::uint64_t first = 0;  // 0: its head cannot be read, or it is not in use.
};

/// The files of a journal, in order.
std::vector<journal_file> files_in(const std::filesystem::path& directory) {
    std::vector<journal_file> files;
    for (const auto& item : std::filesystem::directory_iterator(directory)) {
        if (item.path().extension() != ".journal") continue;
        std::ifstream opened(item.path(), std::ios::binary);
        std::string head(segment_head_size, '\0');
        opened.read(head.data(), static_cast<std::streamsize>(head.size()));
        const auto known = head_of(head);
        files.push_back({item.path(), known ? known->first : 0});
    }
    std::ranges::sort(files, {}, &journal_file::path);
    return files;
}

/// Its bytes; empty when it is not in use, or gone meanwhile. Somebody may be writing it: then a piece that was read later
/// may have records behind what was still zeros in an earlier one, so it is read again until nothing is missing, or the
/// same is.
std::string bytes_of(const journal_file& each) {
    std::string bytes;
    std::uint64_t missing = 0, missed = 0;
    do {
        missed = std::exchange(missing, 0);
        std::ifstream opened(each.path, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(opened), {});
        const auto count = [&](std::uint64_t first, std::uint64_t last, auto...) { missing = missing * 31 + first + last; };
        walk_records(bytes, each.first, [](auto...) {}, count);
    } while (missing != 0 && missing != missed);
    if (each.first == 0 && !find_record(bytes, segment_head_size, 1)) bytes.clear();
    return bytes;
}

}  // namespace

void read_files(const std::filesystem::path& directory, std::uint64_t from, const on_record& visit,
                const on_gap& gap) {
    const std::vector<journal_file> files = files_in(directory);
    std::uint64_t expected = 0;
    for (std::size_t at = 0; at < files.size(); ++at) {
        const bool is_before =
            at + 1 < files.size() && files[at + 1].first != 0 && files[at + 1].first <= from;
        if (is_before) continue;
        const std::string bytes = bytes_of(files[at]);
        if (bytes.empty()) continue;
        const auto note = [&](const record& value, std::size_t offset) {
            expected = value.last() + 1;
            if (value.kind != kind_nothing) visit(value, offset);
        };
        walk_records(bytes, std::max(expected, files[at].first), note, gap);
    }
}

std::vector<file_summary> survey_files(const std::filesystem::path& directory,
                                       const std::function<void(const record&)>& visit) {
    std::vector<file_summary> all;
    std::uint64_t expected = 0;
    for (const journal_file& each : files_in(directory)) {
        file_summary& made = all.emplace_back();
        made.path = each.path;
        const std::string bytes = bytes_of(each);
        made.in_use = !bytes.empty();
        if (!made.in_use) continue;
        const auto note = [&](const record& value, std::size_t) {
            if (made.records++ == 0) made.first = value.sequence, made.oldest_us = value.time_us;
            made.last = value.last(), made.newest_us = value.time_us;
            expected = value.last() + 1;
            visit(value);
        };
        const auto missing = [&](std::uint64_t first, std::uint64_t last, std::size_t from, std::size_t to) {
            made.damages.push_back({first, last, each.path.string() + " bytes " + std::to_string(from) + " to " + std::to_string(to)});
        };
        made.bytes = walk_records(bytes, std::max(expected, each.first), note, missing);
        if (each.first == 0) made.damages.push_back({made.first, made.first, each.path.string() + ": its head cannot be read"});
    }
    return all;
}

bool has_hole(const std::filesystem::path& file) {
    const whole_file read(file);
    bool has = false;
    walk_records(read.bytes(), 0, [](auto...) {}, [&](auto...) { has = true; });
    return has;
}

}  // namespace yizhan::stream
