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

/// What a read gave.
struct reading {
    std::size_t length = 0;          // Shorter than what was asked for only at the file's end.
    std::uint64_t unread_from = 0;   // Offsets of the first sector that the disk did not give back, and
    std::uint64_t unread_until = 0;  // behind the last; 0: it gave all.
    int reason = 0;                  // Why not.
};
/// Reads on over whatever the disk does not give back: that is zeros, a sector at a time.
reading read_all(int descriptor, char* into, std::size_t length, std::uint64_t at);

/// The record that begins at an offset of a file, and the bytes it is made of.
step read_record(int descriptor, std::uint64_t at, std::string& bytes);

/// A file of the full size whose blocks are all written and synced, under the path with `.new` behind it: it counts only
/// when it is renamed. Without one, errno says why (ECANCELED: `go_on` said no), and nothing is left behind.
///
/// The room is taken at once, then the blocks are written in pieces, each on disk before the next: a sync of another file
/// never waits for more than one. `go_on` is asked before each, with how many bytes are written, and may take its time.
constexpr std::size_t prepared_at_once = 512 * 1024;
file prepare_segment(const std::string& path, std::size_t bytes, const std::function<bool(std::size_t)>& go_on);

/// Puts a prepared file in its place, for good. False, with errno, when it cannot.
bool put_in_place(const std::string& path);

/// The bytes of a whole file, with zeros for what the disk does not give back. Throws std::runtime_error with one clear
/// line when there is no such file.
class whole_file {
public:
    whole_file() = default;
    explicit whole_file(const std::string& path) { read(path); }
    /// In the memory of the one before: fresh pages cost more than the reading.
    void read(const std::string& path);
    std::string_view bytes() const { return {bytes_.get(), size_}; }
    /// As of a `reading`.
    std::uint64_t unread_until() const { return unread_until_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
    std::uint64_t unread_until_ = 0;
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
