#pragma once
#include "stream/file.hpp"
#include "stream/sinks/sink.hpp"

namespace yizhan::stream {

/// Events as lines of JSON in a file. A full one is put aside under its name and the sequence of its first event, which sort
/// in their order. Where the file ends the next start goes on, so that no event is in it twice, whatever ended the process;
/// a line that was cut short is removed.
class file_sink final : public sink {
public:
    file_sink(sink_settings with, sink_ground on);
    net::task<sink_test> test() override;

private:
    net::task<> work() override;
    std::string open();
    std::string write(const sink_source::piece& what);
    std::string rotate();
    std::vector<std::filesystem::path> full_files() const;

    const file_settings& to_;
    file file_;
    std::uint64_t size_ = 0, first_ = 0;  // `first_`: sequence of the file's first line; 0: it is empty.
    std::uint64_t foreign_bytes_ = 0;     // So many were there before a sink that is new.
    bool is_before_us_ = false, is_known_ = false;
    std::size_t written_ = 0;             // Lines, at the last write.
    net::asio::thread_pool own_disk_{1};  // This file's disk may hang, and no other's.
    std::uint64_t last_ = 0;              // … and of the last line, here or in the file that was put aside last.
};

}  // namespace yizhan::stream
