#pragma once
#include <cstdint>
#include <filesystem>

namespace yizhan::crm {

/// Which records are being applied, in a file that survives the process: so that a record at which the process crashes is
/// found out and set aside, instead of ending it for ever. Crashed is what ended by a signal of its own doing (SIGSEGV,
/// SIGABRT and their like); whoever is killed from outside, or loses the power, blames nobody, and so nothing is synced.
/// One thread; one at a time in a process.
class applying_mark {
public:
    struct span {
        std::uint64_t first = 0, last = 0;  // first 0: nothing.
        std::uint64_t deaths = 0;           // How many processes in a row crashed at exactly this.
        std::uint64_t crashed = 0;          // Set while the process is on its way down.
    };

    /// Throws std::runtime_error when the file cannot be made.
    explicit applying_mark(const std::filesystem::path& path);
    ~applying_mark();
    applying_mark(const applying_mark&) = delete;

    /// What the process before was at work on when it crashed; first 0: it did not.
    const span& left_behind() const { return left_; }

    void begin(std::uint64_t first, std::uint64_t last);
    void end();

private:
    span* shared_ = nullptr;
    span left_;
};

}  // namespace yizhan::crm
