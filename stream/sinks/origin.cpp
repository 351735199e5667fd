#include "stream/sinks/origin.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>

#include "stream/file.hpp"
#include "stream/sinks/record.hpp"

namespace yizhan::stream {
namespace {

std::string fresh_name() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device random;
    std::string name;
    for (int at = 0; at < 16; ++at) name += digits[random() & 15];
    return name;
}

}  // namespace

sink_origin begin_epoch(const std::filesystem::path& directory, std::int64_t now_ms, std::uint64_t durable) {
    std::error_code ignored;
    std::filesystem::create_directories(directory, ignored);
    const std::filesystem::path path = directory / "origin";
    sink_origin found;
    std::uint64_t durable_before = 0;
    std::ifstream(path) >> found.name >> found.epoch >> durable_before;
    if (found.name.size() != 16 || durable < durable_before) found = {fresh_name(), 0};
    // A copy of this directory begins with the same number: the clock tells the two apart.
    found.epoch = std::max(found.epoch + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms, 0)));
    if (!save_record(path, found.name + " " + std::to_string(found.epoch) + " " + std::to_string(durable) + "\n") || !sync_directory(directory))
        throw std::runtime_error("cannot write " + path.string() + ": " + std::strerror(errno));
    return found;
}

}  // namespace yizhan::stream
