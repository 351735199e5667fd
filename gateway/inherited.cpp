#include "gateway/inherited.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace yizhan::gateway {
namespace {

constexpr int first_descriptor = 3;

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

int inherited_socket(std::string_view name) {
    if (decimal(environment("LISTEN_PID")) != ::getpid()) return -1;
    const auto count = decimal(environment("LISTEN_FDS")).value_or(0);
    std::vector<std::string> names;
    const std::string given = environment("LISTEN_FDNAMES");
    for (std::size_t at = 0; at <= given.size() && !given.empty();) {
        const std::size_t end = std::min(given.find(':', at), given.size());
        names.push_back(given.substr(at, end - at));
        at = end + 1;
    }
    const auto is_ours = [](const std::string& each) { return each == "callbacks" || each == "api"; };
    if (std::ranges::none_of(names, is_ours)) names = {"callbacks", "api"};
    const auto found = std::ranges::find(names, name);
    const auto index = static_cast<int>(found - names.begin());
    if (found == names.end() || index >= count) return -1;
    ::fcntl(first_descriptor + index, F_SETFD, FD_CLOEXEC);
    return first_descriptor + index;
}

}  // namespace yizhan::gateway
