#include "stream/sinks/file_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/time.hpp"

namespace yizhan::stream {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t events_at_once = 1000, bytes_at_once = std::size_t{1} << 20;
constexpr auto tried_again_after = std::chrono::seconds(1);
constexpr std::size_t sequence_digits = 16, line_head = 64;
constexpr std::uint64_t line_max = std::uint64_t{16} << 20;  // Above any event.

std::string trouble(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

constexpr std::string_view line_begins = R"({"sequence":")";  // As `append_event` begins every event.

std::uint64_t sequence_of_line(std::string_view line) {
    if (!line.starts_with(line_begins) || line.size() < line_begins.size() + sequence_digits) return 0;
    return static_cast<std::uint64_t>(decimal(line.substr(line_begins.size(), sequence_digits)).value_or(0));
}

std::string read_at(int descriptor, std::uint64_t at, std::size_t length) {
    std::string bytes(length, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), length, static_cast<off_t>(at));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

struct line_end {
    std::uint64_t behind = 0, sequence = 0;  // Of the last whole line; 0: there is none.
};

/// Back from the end, by twice as much each time, until a whole line is there. None: this is no file of lines.
std::optional<line_end> last_line_of(int descriptor, std::uint64_t size) {
    if (size == 0) return line_end{};
    for (std::uint64_t length = 4096;; length *= 2) {
        const std::uint64_t at = size - std::min(size, length);
        const std::string bytes = read_at(descriptor, at, static_cast<std::size_t>(size - at));
        const std::size_t end = bytes.rfind('\n');
        const std::size_t before = end == std::string::npos || end == 0 ? std::string::npos : bytes.rfind('\n', end - 1);
        if (at > 0 && before == std::string::npos) {
            if (length > line_max) return std::nullopt;
            continue;
        }
        // Only what we may have begun is cut.
        const std::string_view torn = std::string_view(bytes).substr(end == std::string::npos ? 0 : end + 1);
        if (!torn.starts_with(line_begins.substr(0, torn.size()))) return std::nullopt;
        if (end == std::string::npos) return line_end{};
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        return line_end{at + end + 1, sequence_of_line(std::string_view(bytes).substr(begin))};
    }
}

}  // namespace

file_sink::file_sink(sink_settings with, sink_ground on)
    : sink(std::move(with), std::move(on), "file", ""), to_(std::get<file_settings>(with_.to)) {
    figure([&](sink_figures& all) { all.where = to_.path.string(); });
}

/// Those put aside, in the order of their events.
std::vector<fs::path> file_sink::full_files() const {
    const std::string beginning = to_.path.filename().string() + ".";
    std::vector<fs::path> all;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator(to_.path.parent_path(), failed)) {
        const std::string name = each.path().filename().string();
        if (name.starts_with(beginning) && name.size() == beginning.size() + sequence_digits && decimal(std::string_view(name).substr(beginning.size())))
            all.push_back(each.path());
    }
    std::ranges::sort(all);
    return all;
}

/// Opens the file, cuts what is no whole line, and sees how far it is; why not, or nothing.
std::string file_sink::open() {
    std::error_code ignored;
    fs::create_directories(to_.path.parent_path(), ignored);
    const bool is_there = fs::exists(to_.path, ignored);
    file_ = file(::open(to_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600));
    struct stat is{};
    if (!file_ || ::fstat(file_.get(), &is) != 0) return trouble("cannot open the file");
    if (!S_ISREG(is.st_mode)) return "this is no file";
    if (!is_there) sync_directory(to_.path.parent_path());
    const auto whole_size = static_cast<std::uint64_t>(is.st_size);
    const auto end = last_line_of(file_.get(), whole_size);
    if (!end) return "the file does not end in lines of ours";
    if (end->behind < whole_size && ::ftruncate(file_.get(), static_cast<off_t>(end->behind)) != 0) return trouble("cannot cut a torn line");
    size_ = end->behind;
    first_ = size_ == 0 ? 0 : sequence_of_line(read_at(file_.get(), 0, line_head));
    // What was there before the sink may be another journal's: its sequences say nothing.
    if (is_new_ && !is_known_) foreign_bytes_ = size_, is_before_us_ = true;
    is_known_ = true;
    if (is_before_us_ && size_ <= foreign_bytes_) return {};
    std::uint64_t last = end->sequence;
    if (const auto full = full_files(); size_ == 0 && !full.empty()) {
        const file newest(::open(full.back().c_str(), O_RDONLY | O_CLOEXEC));
        const auto its = newest ? last_line_of(newest.get(), fs::file_size(full.back(), ignored)) : std::nullopt;
        if (its) last = its->sequence;
    }
    if (last <= on_.journal.durable()) last_ = std::max(last_, last);
    return {};
}

std::string file_sink::rotate() {
    if (size_ < to_.rotate_bytes || first_ == 0) return {};
    char digits[24];
    std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(first_));
    const fs::path aside = to_.path.string() + "." + digits;
    std::error_code ignored;
    if (fs::exists(aside, ignored)) return "the full file cannot be put aside: " + aside.filename().string() + " is there already";
    if (::rename(to_.path.c_str(), aside.c_str()) != 0) return trouble("cannot put the full file aside");
    foreign_bytes_ = 0;
    sync_directory(to_.path.parent_path());
    const std::vector<fs::path> full = full_files();
    for (std::size_t at = 0; to_.files_max > 0 && at + static_cast<std::size_t>(to_.files_max) < full.size(); ++at)
        fs::remove(full[at], ignored);
    return open();
}

/// Why not, or nothing: then all of it is on disk.
std::string file_sink::write(const sink_source::piece& what) {
    std::string lines;
    std::uint64_t first = 0, last = 0;
    written_ = 0;
    for (const sink_event& each : what.events) {
        if (each.sequence <= last_) continue;
        if (first == 0) first = each.sequence;
        last = each.sequence;
        ++written_;
        lines.append(each.json) += '\n';
    }
    for (std::string_view left = lines; !left.empty();) {
        const ssize_t written = ::write(file_.get(), left.data(), left.size());
        if (written <= 0) return trouble("cannot write");
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!lines.empty() && ::fdatasync(file_.get()) != 0) return trouble("cannot sync");
    size_ += lines.size();
    if (first_ == 0) first_ = first;
    last_ = std::max(last_, last);
    return rotate();
}

net::task<> file_sink::work() {
    const auto open_it = [this] { return open(); };
    std::string wrong = co_await net::run_on(own_disk_.get_executor(), open_it);
    source_.go_behind(record_.position);
    while (wrong.empty() && goes_on()) {
        const auto next = std::make_shared<const sink_source::piece>(source_.next(events_at_once, bytes_at_once));
        lose(next->lost, next->looked_at + 1);
        if (next->events.empty()) {
            move_to(next->looked_at);
            if (!next->is_end) {
                co_await give_way();
                continue;
            }
            show("idle");
            co_await rest(std::chrono::seconds(5));
            continue;
        }
        show("delivering");
        const auto write_it = [this, next] { return write(*next); };
        wrong = co_await net::run_on(own_disk_.get_executor(), write_it);
        on_.count(with_.name, wrong.empty() ? "delivered" : "failed");
        if (!wrong.empty()) break;
        figure([&](sink_figures& all) { all.delivered += written_; });
        move_to(next->looked_at);
    }
    if (wrong.empty()) co_return;
    // Whatever was half written is cut when the file is opened again.
    figure([&](sink_figures& all) { ++all.retries; });
    show("waiting", wrong);
    co_await sleep(tried_again_after);
}

net::task<sink_test> file_sink::test() {
    const auto look = [path = to_.path] {
        std::error_code ignored;
        fs::create_directories(path.parent_path(), ignored);
        const file probe(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600));
        return probe ? std::string() : trouble("cannot write the file");
    };
    const std::string wrong = co_await net::run_on(own_disk_.get_executor(), look);
    sink_test made;
    made.is_good = wrong.empty();
    made.says.push_back(wrong.empty() ? "the file can be written" : wrong);
    co_return made;
}

}  // namespace yizhan::stream
