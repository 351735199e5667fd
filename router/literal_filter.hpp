#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan::router {

/// Whether a text may hold one of many words: says no to most that hold none, in a time that hardly depends on how many
/// words there are. A Bloom filter over how the words begin, asked at each character of the text.
class literal_filter {
public:
    literal_filter() = default;
    /// UTF-8, none empty. Words of less than three bytes stand in every other text: then it always says yes.
    explicit literal_filter(const std::vector<std::string>& words);

    /// UTF-8 too.
    bool may_hold(std::string_view text) const;

private:
    bool has(std::uint64_t beginning) const;

    std::vector<std::uint64_t> bits_;
    int shift_ = 0;
    bool says_yes_ = false, has_short_ = false, has_long_ = false;
};

}  // namespace yizhan::router
