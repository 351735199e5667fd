#include "stream/dedup.hpp"

#include <algorithm>
#include <random>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace yizhan::stream {
namespace {

constexpr std::size_t ring_begin = 1024;
constexpr std::uint32_t index_mask = (1u << 24) - 1;

constexpr std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32) & ~index_mask; }
constexpr std::size_t index_in(std::uint32_t slot) { return (slot & index_mask) - 1; }

std::uint64_t secret_seed() {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
}

}  // namespace

dedup_index::dedup_index(limits with)
    : with_(with), seed_(secret_seed()), ring_(ring_begin), slots_(2 * ring_begin) {}

std::uint64_t dedup_index::hash_of(const event_id& id) const {
    return XXH3_64bits_withSeed(id.data(), id.size(), seed_);
}

std::size_t dedup_index::probe(const event_id& id, std::uint64_t hash) const {
    std::size_t slot = home_of(hash);
    for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1))
        if ((slots_[slot] & ~index_mask) == tag_of(hash) && ring_[index_in(slots_[slot])].id == id) break;
    return slot;
}

std::optional<place> dedup_index::find(const event_id& id) const {
    const std::uint32_t found = slots_[probe(id, hash_of(id))];
    if (found == 0) return std::nullopt;
    return ring_[index_in(found)].at;
}

void dedup_index::insert(const event_id& id, place at, std::int64_t now_us) {
    const std::uint64_t hash = hash_of(id);
    std::size_t slot = probe(id, hash);
    if (slots_[slot] != 0) return;
    if (count_ == ring_.size()) {
        if (2 * bytes() > with_.bytes_max || !grow()) forget_oldest();
        slot = probe(id, hash);
    }
    const std::size_t index = (first_ + count_) & (ring_.size() - 1);
    ring_[index] = {id, at, now_us};
    ++count_;
    slots_[slot] = tag_of(hash) | static_cast<std::uint32_t>(index + 1);
}

void dedup_index::forget_before(std::int64_t time_us) {
    while (count_ > 0 && ring_[first_].time_us < time_us) forget_oldest();
}

void dedup_index::forget_oldest() {
    forgotten_until_us_ = std::max(forgotten_until_us_, ring_[first_].time_us);
    const std::size_t mask = slots_.size() - 1;
    std::size_t hole = probe(ring_[first_].id, hash_of(ring_[first_].id));
    for (std::size_t next = (hole + 1) & mask; slots_[next] != 0; next = (next + 1) & mask) {
        // Moves up what would no longer be reached across the hole.
        const std::size_t home = home_of(hash_of(ring_[index_in(slots_[next])].id));
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        slots_[hole] = slots_[next];
        hole = next;
    }
    slots_[hole] = 0;
    first_ = (first_ + 1) & (ring_.size() - 1);
    --count_;
}

/// False, and nothing changed, without the memory or the numbers for it.
bool dedup_index::grow() {
    if (ring_.size() * 2 > index_mask) return false;
    std::vector<entry> wider;
    std::vector<std::uint32_t> more_slots;
    try {
        wider.resize(ring_.size() * 2);
        more_slots.resize(ring_.size() * 4);
    } catch (const std::bad_alloc&) {
        return false;
    }
    for (std::size_t at = 0; at < count_; ++at) wider[at] = ring_[(first_ + at) & (ring_.size() - 1)];
    ring_ = std::move(wider);
    first_ = 0;
    slots_ = std::move(more_slots);
    for (std::size_t at = 0; at < count_; ++at) {
        const std::uint64_t hash = hash_of(ring_[at].id);
        std::size_t slot = home_of(hash);
        while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);  // All differ: nothing to compare.
        slots_[slot] = tag_of(hash) | static_cast<std::uint32_t>(at + 1);
    }
    return true;
}

}  // namespace yizhan::stream
