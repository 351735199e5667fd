#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of the journal's files; docs/journal-format.md says the same in prose. All integers little
/// endian.
namespace yizhan::stream {

constexpr std::size_t segment_head_size = 64;
constexpr std::size_t record_head_size = 40;

/// The kind of a record that stands for sequences which were never acknowledged: their write was cut short.
constexpr std::uint16_t kind_nothing = 0;

/// Begins a segment. A prepared segment that is not in use yet has zeros there.
struct segment_head {
    std::uint64_t first = 0;          // Sequence of the first record, whether it is there yet or not.
    std::uint64_t previous_last = 0;  // Of the segment before: last sequence, records, digest.
    std::uint64_t previous_count = 0;
    std::uint64_t previous_digest = 0;
};

void append_head(std::string& out, const segment_head& head);
std::optional<segment_head> head_of(std::string_view bytes);
/// It is a segment's whole head, of another version than ours.
bool is_of_other_version(std::string_view bytes);

/// One record. `span` sequences, from `sequence` on, belong to it: one for each of its events.
struct record {
    std::uint64_t sequence = 0;
    std::int64_t time_us = 0;
    std::uint16_t kind = 0, span = 1;
    std::string_view payload;
    std::uint64_t checksum = 0;
    std::uint64_t durable = 0;  // The last sequence that was on disk for certain when this was written.

    std::uint64_t last() const { return sequence + span - 1; }
};

/// How long a record with this payload is on disk: aligned to 8.
constexpr std::size_t record_size(std::size_t payload) {
    return (record_head_size + payload + 7) & ~std::size_t{7};
}

/// Appends the record and returns its checksum.
std::uint64_t append_record(std::string& out, const record& what);

/// Digest of a segment: begun with 0, continued with each record's checksum.
std::uint64_t digest_with(std::uint64_t digest, std::uint64_t checksum);

/// The record that begins at `at`. `end`: zeros, or less than a record's head. `cut`: the bytes end inside
/// it. `bad`: it does not carry its checksum, or its sequence is below `least`.
enum class found { record, end, cut, bad };
struct step {
    found what = found::end;
    record value;
    std::size_t next = 0;  // Behind the record.
};
step record_at(std::string_view bytes, std::size_t at, std::uint64_t least);

/// The first whole record at or behind `at` (records lie on multiples of 8), so that damage costs what it hit
/// and no more.
std::optional<std::size_t> find_record(std::string_view bytes, std::size_t at, std::uint64_t least);

/// Walks over all good records of a segment's bytes, in order. `gap` hears of sequences that are missing
/// between two good records and of the bytes where they should be. `expected`: the first sequence there
/// should be; 0: any. Returns the offset behind the last good record.
using on_record = std::function<void(const record&, std::size_t at)>;
using on_gap = std::function<void(std::uint64_t first, std::uint64_t last, std::size_t from, std::size_t to)>;
std::size_t walk_records(std::string_view bytes, std::uint64_t expected, const on_record& visit,
                         const on_gap& gap);

}  // namespace yizhan::stream
