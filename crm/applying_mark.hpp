#pragma once
#include <cstdint>
#include <filesystem>

namespace yizhan::crm {

/// Which records are being applied, in a file that survives the process however it ends: so that a record that ends the
/// process is found out and set aside, instead of ending it for ever. Not synced, since a machine that loses its power
/// blames nobody. One thread.
class applying_mark {
public:
    struct span {
        std::uint64_t first = 0, last = 0;  // first 0: nothing.
        std::uint64_t deaths = 0;           // How many processes in a row ended at exactly this.
    };

    /// Throws std::runtime_error when the file cannot be made.
    explicit applying_mark(const std::filesystem::path& path);
    ~applying_mark();
    applying_mark(const applying_mark&) = delete;

    /// What the process before was at work on when it ended.
    const span& left_behind() const { return left_; }

    void begin(std::uint64_t first, std::uint64_t last);
    void end();

private:
    span* shared_ = nullptr;
    span left_;
};

}  // namespace yizhan::crm
