#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
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

/// The bytes of a whole file. What the disk does not give back is zeros, a sector at a time. Throws std::runtime_error
/// with one clear line when there is no such file.
class whole_file {
public:
    whole_file() = default;
    explicit whole_file(const std::string& path) { read(path); }
    /// In the memory of the one before: fresh pages cost more than the reading.
    void read(const std::string& path);
    std::string_view bytes() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
};

/// Takes the ids of the events out of a record, behind those that are there. From any thread.
using ids_of_record = std::function<void(const record&, std::vector<event_id>&)>;

/// All good records of a segment, in order, each with its offset. What is between them is not good.
struct segment_reading {
    struct item {
        record value;
        std::uint32_t at;
        std::uint32_t first_id, last_id;  // Of `ids`; `last_id` is behind the last.
    };
    whole_file whole;
    std::vector<item> records;
    std::vector<event_id> ids;
    std::uint32_t end = segment_head_size;  // Behind the last of them.

    void read(const std::string& path, const ids_of_record& ids_of);
    std::span<const event_id> ids_of(const item& one) const {
        return std::span(ids).subspan(one.first_id, one.last_id - one.first_id);
    }
};

}  // namespace yizhan::stream
