// Row 33: how long a signature takes to compare tells nothing of where it is wrong.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "crypto/signature.hpp"
#include "tests/support/fault_program.hpp"

using namespace yizhan;

namespace {

constexpr double t_max = 4.5, cropped_above = 0.9;

std::uint64_t ticks() {
#if defined(__x86_64__)
    unsigned ignored;
    return __rdtscp(&ignored);
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

using comparison = bool (*)(const crypto::signature&, std::string_view);

/// What must not be used: leaves at the first difference. Here to show that the measurement would see it.
[[gnu::noinline]] bool same_until_different(const crypto::signature& computed, std::string_view given) {
    for (std::size_t at = 0; at < computed.size(); ++at) {
        if (computed[at] != given[at]) return false;
        asm volatile("");
    }
    return true;
}

struct moments {
    double count = 0, mean = 0, squares = 0;
    void add(double value) {
        const double before = value - mean;
        mean += before / ++count;
        squares += before * (value - mean);
    }
    double variance() const { return squares / (count - 1); }
};

/// Welch's t of the times of two classes: wrong at the first character, wrong at the last. The longest tenth
/// is left out, as dudect does: there the machine speaks, not the comparison.
double t_of(comparison compare, std::size_t samples, std::mt19937_64& dice) {
    crypto::signature computed;
    for (char& each : computed) each = "0123456789abcdef"[dice() % 16];
    const std::string right(crypto::text_of(computed));
    std::string wrong[2] = {right, right};
    wrong[0].front() = right.front() == '0' ? '1' : '0';
    wrong[1].back() = right.back() == '0' ? '1' : '0';
    std::vector<std::uint64_t> took(2 * samples);
    std::vector<std::uint8_t> classes(2 * samples);
    char given[40];  // One place for both, so that only what stands there differs.
    for (std::size_t at = 0; at < took.size(); ++at) {
        classes[at] = static_cast<std::uint8_t>(dice() >> 63);
        std::memcpy(given, wrong[classes[at]].data(), sizeof given);
        asm volatile("" ::: "memory");
        const std::uint64_t begun = ticks();
        bool outcome = compare(computed, std::string_view(given, sizeof given));
        asm volatile("" : "+r"(outcome)::"memory");
        took[at] = ticks() - begun;
    }
    std::vector<std::uint64_t> sorted = took;
    std::ranges::sort(sorted);
    const std::uint64_t longest =
        sorted[static_cast<std::size_t>(cropped_above * static_cast<double>(sorted.size()))];
    moments of[2];
    for (std::size_t at = 0; at < took.size(); ++at)
        if (took[at] <= longest) of[classes[at]].add(static_cast<double>(took[at]));
    const double spread = std::sqrt(of[0].variance() / of[0].count + of[1].variance() / of[1].count);
    return spread > 0 ? std::abs(of[0].mean - of[1].mean) / spread : 0;
}

}  // namespace

int main(int count, char** words) {
    const std::size_t samples = test::fault_arguments(count, words).pick(200000, 1000000);
    std::mt19937_64 dice(std::random_device{}());
    const double of_early_exit = t_of(same_until_different, samples, dice);
    // A leak is there every time; what comes once in three is the machine's.
    double smallest = INFINITY;
    for (int tries = 0; tries < 3 && smallest >= t_max; ++tries)
        smallest = std::min(smallest, t_of(crypto::same, samples, dice));
    char line[200];
    std::snprintf(line, sizeof line,
                  "%zu samples a class: |t| = %.2f (below %.1f); of a comparison that leaves early %.1f",
                  samples, smallest, t_max, of_early_exit);
    if (of_early_exit < t_max)
        return test::skip_row("33", "too noisy a machine to see even a comparison that leaves early");
    return test::report_row("33", smallest < t_max, line);
}
