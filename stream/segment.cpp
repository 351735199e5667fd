#include "stream/segment.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace yizhan::stream {
namespace {

static_assert(std::endian::native == std::endian::little, "the journal is little endian");

constexpr std::uint64_t magic = 0x314c4e524a5a5959;  // "YYZJRNL1"
constexpr std::uint64_t version = 2;
constexpr std::size_t length_max = std::size_t{16} << 20;

template <class T>
T load(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

template <class T>
void store(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

bool is_whole_head(std::string_view bytes) {
    return load<std::uint64_t>(bytes, 56) == XXH3_64bits(bytes.data(), segment_head_size - 8);
}

}  // namespace

void append_head(std::string& out, const segment_head& head) {
    const std::size_t begin = out.size();
    for (const std::uint64_t each : {magic, version, head.first, head.previous_last, head.previous_count,
                                     head.previous_digest, std::uint64_t{0}})
        store(out, each);
    store(out, std::uint64_t{XXH3_64bits(out.data() + begin, segment_head_size - 8)});
}

std::optional<segment_head> head_of(std::string_view bytes) {
    if (bytes.size() < segment_head_size || load<std::uint64_t>(bytes, 0) != magic) return std::nullopt;
    if (load<std::uint64_t>(bytes, 8) != version || !is_whole_head(bytes)) return std::nullopt;
    return segment_head{load<std::uint64_t>(bytes, 16), load<std::uint64_t>(bytes, 24),
                        load<std::uint64_t>(bytes, 32), load<std::uint64_t>(bytes, 40)};
}

bool is_of_other_version(std::string_view bytes) {
    return bytes.size() >= segment_head_size && load<std::uint64_t>(bytes, 0) == magic &&
           load<std::uint64_t>(bytes, 8) != version && is_whole_head(bytes);
}

// checksum 8 | length 4 | kind 2 | span 2 | sequence 8 | time 8 | durable 8 | payload | zeros to a multiple of 8.
std::uint64_t append_record(std::string& out, const record& what) {
    const std::size_t begin = out.size();
    store(out, std::uint64_t{0});
    store(out, static_cast<std::uint32_t>(what.payload.size()));
    store(out, what.kind);
    store(out, what.span);
    store(out, what.sequence);
    store(out, what.time_us);
    store(out, what.durable);
    out.append(what.payload);
    const std::uint64_t checksum =
        XXH3_64bits(out.data() + begin + 8, record_head_size - 8 + what.payload.size());
    std::memcpy(out.data() + begin, &checksum, sizeof checksum);
    out.append(record_size(what.payload.size()) - (out.size() - begin), '\0');
    return checksum;
}

std::uint64_t digest_with(std::uint64_t digest, std::uint64_t checksum) {
    return XXH3_64bits_withSeed(&checksum, sizeof checksum, digest);
}

step record_at(std::string_view bytes, std::size_t at, std::uint64_t least) {
    step here;
    if (at + record_head_size > bytes.size()) return here;
    const auto length = load<std::uint32_t>(bytes, at + 8);
    const auto checksum = load<std::uint64_t>(bytes, at);
    record& value = here.value;
    value.sequence = load<std::uint64_t>(bytes, at + 16);
    if (length == 0 && checksum == 0 && value.sequence == 0) return here;

    here.what = found::bad;
    if (length > length_max) return here;
    here.next = at + record_size(length);
    if (here.next > bytes.size()) {
        here.what = found::cut;
        return here;
    }
    value.kind = load<std::uint16_t>(bytes, at + 12);
    value.span = load<std::uint16_t>(bytes, at + 14);
    value.time_us = load<std::int64_t>(bytes, at + 24);
    value.durable = load<std::uint64_t>(bytes, at + 32);
    value.payload = bytes.substr(at + record_head_size, length);
    value.checksum = checksum;
    if (value.sequence < least || value.span == 0) return here;
    if (XXH3_64bits(bytes.data() + at + 8, record_head_size - 8 + length) != checksum) return here;
    here.what = found::record;
    return here;
}

std::optional<std::size_t> find_record(std::string_view bytes, std::size_t at, std::uint64_t least) {
    for (at = (at + 7) & ~std::size_t{7}; at + record_head_size <= bytes.size(); at += 8) {
        if (load<std::uint64_t>(bytes, at) == 0) continue;
        if (record_at(bytes, at, least).what == found::record) return at;
    }
    return std::nullopt;
}

std::size_t walk_records(std::string_view bytes, std::uint64_t expected, const on_record& visit,
                         const on_gap& gap) {
    std::size_t at = segment_head_size, good_until = at;
    for (;;) {
        const std::uint64_t least = std::max<std::uint64_t>(expected, 1);
        const step here = record_at(bytes, at, least);
        if (here.what != found::record) {
            const auto behind = find_record(bytes, at + 8, least);
            if (!behind) return good_until;
            at = *behind;
            continue;
        }
        if (expected != 0 && here.value.sequence != expected)
            gap(expected, here.value.sequence - 1, good_until, at);
        visit(here.value, at);
        expected = here.value.last() + 1;
        at = good_until = here.next;
    }
}

}  // namespace yizhan::stream
