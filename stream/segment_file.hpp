#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "stream/file.hpp"
#include "stream/segment.hpp"

/// The journal's files as the disk knows them: how one is made, written, renamed and read whole.
namespace yizhan::stream {

bool write_all(int descriptor, std::string_view bytes, std::uint64_t at);

/// A file of the full size whose blocks are all written and synced, under the path with `.new` behind it: it counts only
/// when it is renamed. Without one, errno says why, and nothing is left behind.
file prepare_segment(const std::string& path, std::size_t bytes);

/// Puts a prepared file in its place, for good. False, with errno, when it cannot.
bool put_in_place(const std::string& path);

/// A whole file, mapped. Throws std::runtime_error with one clear line when it cannot be read.
class mapped_file {
public:
    explicit mapped_file(const std::string& path);
    ~mapped_file();
    mapped_file(mapped_file&& other) noexcept;
    std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

private:
    void* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// All good records of a segment, in order, each with its offset. What is between them is not good.
struct segment_reading {
    struct item {
        record value;
        std::uint32_t at;
    };
    mapped_file whole;
    std::vector<item> records;
    std::uint32_t end = segment_head_size;  // Behind the last of them.

    explicit segment_reading(const std::string& path);
};

}  // namespace yizhan::stream
