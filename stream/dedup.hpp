#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/event.hpp"
#include "stream/journal.hpp"

namespace yizhan::stream {

/// Which events are known, and where the journal has the answer that was given: event id → place.
///
/// Keeps each for `window`, or until the memory is used up, oldest out first. One thread. The table is keyed
/// with a secret of this process, so that nobody can aim at one of its slots.
class dedup_index {
public:
    struct limits {
        std::int64_t window_us = std::int64_t{24} * 3600 * 1000000;
        std::size_t bytes_max = std::size_t{128} << 20;
    };
    explicit dedup_index(limits with);

    /// Remembers; an id that is known already keeps its first place.
    void insert(const event_id& id, place at, std::int64_t now_us);
    std::optional<place> find(const event_id& id) const;

    void forget_before(std::int64_t time_us);
    std::size_t size() const { return count_; }
    std::size_t bytes() const { return ring_.size() * sizeof(entry) + slots_.size() * sizeof(std::uint32_t); }
    /// Since when everything is known; 0: since ever.
    std::int64_t horizon_us() const { return forgotten_until_us_; }
    std::int64_t window_us() const { return with_.window_us; }

private:
    struct entry {
        event_id id;
        place at;
        std::int64_t time_us;
    };
    std::uint64_t hash_of(const event_id& id) const;
    std::size_t probe(const event_id& id, std::uint64_t hash) const;  // Its slot, or the empty one where it belongs.
    std::size_t home_of(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
    bool grow();
    void forget_oldest();

    limits with_;
    std::uint64_t seed_;
    std::vector<entry> ring_;           // In order of arrival, from `first_` on, `count_` of them.
    // Open addressing: index into the ring, plus one, and before it a byte of the hash: who differs in that need not be
    // looked up, which would cost a walk to memory. 0: empty.
    std::vector<std::uint32_t> slots_;
    std::size_t first_ = 0, count_ = 0;
    std::int64_t forgotten_until_us_ = 0;
};

}  // namespace yizhan::stream
