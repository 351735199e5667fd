#include "tests/support/faults.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace yizhan::test {

faults::faults() {
    const std::string path = directory_.path() / "control";
    const int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const bool sized = opened >= 0 && ::ftruncate(opened, sizeof(fault_control)) == 0;
    void* const at = sized ? ::mmap(nullptr, sizeof(fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0) : MAP_FAILED;
    if (opened >= 0) ::close(opened);
    if (at == MAP_FAILED) throw std::runtime_error("no memory to share with the server");
    control_ = static_cast<fault_control*>(at);
}

faults::~faults() { ::munmap(control_, sizeof(fault_control)); }

std::vector<std::pair<std::string, std::string>> faults::environment() const {
    // The address sanitizer wants to be the first library; what tests/run asks of it holds here too.
    const char* const asked = std::getenv("ASAN_OPTIONS");
    return {
        {"LD_PRELOAD",     YIZHAN_SHIM                                                         },
        {"FAULTS_CONTROL", directory_.path() / "control"                                       },
        {"ASAN_OPTIONS",   (asked ? asked + std::string(":") : "") + "verify_asan_link_order=0"},
    };
}

}  // namespace yizhan::test
