#pragma once
#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

/// How many letters must change to make one word of the other.
inline std::size_t edit_distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t at = 1; at <= one.size(); ++at) {
        std::size_t diagonal = row[0];
        row[0] = at;
        for (std::size_t to = 1; to <= other.size(); ++to) {
            const std::size_t kept = diagonal + (one[at - 1] != other[to - 1]);
            diagonal = row[to];
            row[to] = std::min({row[to] + 1, row[to - 1] + 1, kept});
        }
    }
    return row.back();
}

/// `; did you mean "token"?` when one of the known words is near, else nothing.
inline std::string nearest_of(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t distance = std::max<std::size_t>(2, word.size() / 2) + 1;
    for (const std::string_view each : known)
        if (const std::size_t its = edit_distance(word, each); its < distance) distance = its, best = each;
    return best.empty() ? "" : "; did you mean \"" + std::string(best) + "\"?";
}

}  // namespace yizhan
