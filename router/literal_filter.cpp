#include "router/literal_filter.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace yizhan::router {
namespace {

// One Chinese character, and two of them.
constexpr std::size_t short_bytes = 3, long_bytes = 6;
constexpr std::size_t bits_a_word = 64, bits_least = 4096;

/// The first so many bytes; there must be eight to read.
template <std::size_t count>
std::uint64_t beginning_at(const char* from) {
    std::uint64_t eight;
    std::memcpy(&eight, from, sizeof eight);
    return eight & ((std::uint64_t{1} << 8 * count) - 1);
}

template <std::size_t count>
std::uint64_t beginning_of(std::string_view word) {
    char eight[8] = {};
    std::memcpy(eight, word.data(), std::min(word.size(), sizeof eight));
    return beginning_at<count>(eight);
}

std::uint64_t mixed(std::uint64_t of) { return of * 0x9E3779B97F4A7C15u; }

/// Bytes of the character that begins with this one. Branches, since they are foreseen: a table would let each
/// character wait for the one before.
std::size_t length_by(char begins_with) {
    const auto first = static_cast<unsigned char>(begins_with);
    if (first >= 0xE0 && first < 0xF0) [[likely]] return 3;
    if (first < 0xC0) return 1;
    return first < 0xE0 ? 2 : 4;
}

}  // namespace

literal_filter::literal_filter(const std::vector<std::string>& words) {
    const std::size_t wanted = std::bit_ceil(std::max(words.size() * bits_a_word, bits_least));
    bits_.resize(wanted / 64);
    shift_ = 64 - std::countr_zero(wanted);
    for (const std::string& each : words) {
        says_yes_ |= each.size() < short_bytes;
        const bool is_long = each.size() >= long_bytes;
        (is_long ? has_long_ : has_short_) = true;
        const std::uint64_t hash = mixed(is_long ? beginning_of<long_bytes>(each) : beginning_of<short_bytes>(each));
        for (const std::uint64_t bit : {hash >> shift_, mixed(hash) >> shift_}) bits_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
}

bool literal_filter::has(std::uint64_t beginning) const {
    const std::uint64_t hash = mixed(beginning), one = hash >> shift_;
    if ((bits_[one / 64] >> one % 64 & 1) == 0) return false;
    const std::uint64_t other = mixed(hash) >> shift_;
    return bits_[other / 64] >> other % 64 & 1;
}

bool literal_filter::may_hold(std::string_view text) const {
    if (says_yes_) return true;
    std::size_t at = 0;
    const auto move_on = [&] {
        const std::size_t length = length_by(text[at]);
        if (length == 3) [[likely]]
            at += 3;
        else
            at += length;
    };
    for (; at + 8 <= text.size(); move_on()) {
        if (has_long_ && has(beginning_at<long_bytes>(text.data() + at))) return true;
        if (has_short_ && has(beginning_at<short_bytes>(text.data() + at))) return true;
    }
    for (; at < text.size(); move_on()) {
        const std::string_view rest = text.substr(at);
        if (has_long_ && has(beginning_of<long_bytes>(rest))) return true;
        if (has_short_ && has(beginning_of<short_bytes>(rest))) return true;
    }
    return false;
}

}  // namespace yizhan::router
