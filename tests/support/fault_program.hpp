#pragma once
#include <cstdio>
#include <cstring>
#include <string>

/// What the programs under tests/faults/ have in common: `--long` for the long form, a line of figures for each row of
/// the table in docs/guarantees.md, and an exit status that CTest knows.
namespace yizhan::test {

constexpr int fault_held = 0, fault_broke = 1, fault_skipped = 77;

struct fault_arguments {
    bool is_long = false;
    fault_arguments(int count, char** words) {
        for (int at = 1; at < count; ++at) is_long |= std::strcmp(words[at], "--long") == 0;
    }
    /// One of two sizes.
    template <class T>
    T pick(T short_form, T long_form) const {
        return is_long ? long_form : short_form;
    }
};

/// Under a sanitizer everything takes several times as long and as much memory: what is measured is shown, and judged only
/// without one.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool measures_count = false;
#else
constexpr bool measures_count = true;
#endif

/// Prints the row's line; returns the status to end with.
inline int report_row(const char* row, bool held, const std::string& figures) {
    std::printf("row %-3s %s  %s\n", row, held ? "held  " : "BROKE ", figures.c_str());
    std::fflush(stdout);
    return held ? fault_held : fault_broke;
}

/// For what a machine does not allow: says why, plainly.
inline int skip_row(const char* row, const std::string& why) {
    std::printf("row %-3s skipped: %s\n", row, why.c_str());
    return fault_skipped;
}

}  // namespace yizhan::test
