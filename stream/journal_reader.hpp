#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "stream/file_journal.hpp"

namespace yizhan::stream {

/// What becomes of a segment in the system's page cache when a reader has gone on to the next. What stays counts as the
/// station's memory until something else needs it, and a page that was just given back is cheaper to fill than one that
/// nobody had for long. Whoever reads the segment after that has it from the disk.
enum class cached { stays, goes };

/// Reads what is durable, in order, from any sequence on. For one thread; any number of them read beside the
/// writer. What is damaged is reported to the journal and passed over.
class journal_reader {
public:
    /// `from`: the first sequence wanted; 0 means the oldest there is.
    journal_reader(file_journal& journal, std::uint64_t from, cached after = cached::stays)
        : journal_(journal), wanted_(from), after_(after) {}

    /// The next records, about `bytes_max` of them; empty when there is nothing more yet. Views until the
    /// next call.
    const std::vector<record>& next(std::size_t bytes_max = std::size_t{256} << 10);
    /// The last `next` gave nothing because it could not open or read what is there: worth another call in a while.
    bool is_stuck() const { return is_stuck_; }

    /// The sequence that comes next.
    std::uint64_t wanted() const { return wanted_; }
    void go_to(std::uint64_t sequence) { wanted_ = sequence, offset_ = 0; }

private:
    bool read_some(std::size_t bytes_max);

    file_journal& journal_;
    std::uint64_t wanted_;
    cached after_;
    std::uint32_t segment_ = 0, offset_ = 0;
    bool is_stuck_ = false;
    std::shared_ptr<const file> file_;
    std::string bytes_;
    std::vector<record> records_;
};

/// Walks over a journal's files without its lock, beside a running server or without one. Files that hold
/// only sequences before `from` are not read.
void read_files(const std::filesystem::path& directory, std::uint64_t from, const on_record& visit,
                const on_gap& gap);

/// What one file of a journal holds, read from its first byte to its last.
struct file_summary {
    std::filesystem::path path;
    bool in_use = false;  // False: prepared for later.
    std::uint64_t first = 0, last = 0, records = 0, bytes = 0;
    std::int64_t oldest_us = 0, newest_us = 0;
    std::vector<damage> damages;  // Also what is missing between the file before and this one.
};
/// Whether something is missing between the records of this one file.
bool has_hole(const std::filesystem::path& file);
/// As `read_files`, file by file; every record goes to `visit` too. Beside a running server the newest records may not be
/// there yet.
std::vector<file_summary> survey_files(const std::filesystem::path& directory,
                                       const std::function<void(const record&)>& visit);

}  // namespace yizhan::stream
