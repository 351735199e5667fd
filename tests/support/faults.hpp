#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fault_control.hpp"
#include "tests/support/temporary_directory.hpp"

namespace yizhan::test {

/// A server started with this environment has its system calls disturbed as `control()` says.
class faults {
public:
    faults();
    ~faults();
    faults(const faults&) = delete;
    fault_control& control() { return *control_; }
    std::vector<std::pair<std::string, std::string>> environment() const;

private:
    temporary_directory directory_;
    fault_control* control_ = nullptr;
};

}  // namespace yizhan::test
