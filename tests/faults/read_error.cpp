// Row 6: a sector of the journal that the disk gives back only after a while costs nothing; one that it never gives back
// costs the records in it, which are named, and no other; and where acknowledged records cannot be told from a write that
// was cut short, nothing is begun until a person has decided.
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>

#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

namespace {

constexpr std::int64_t sector = 4096;

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream opened(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(opened), {}};
}

/// What a disk without faults says of the journal.
struct surveyed {
    std::set<std::string> all, in_sector;  // Ids of events.
    std::int64_t end = 0;

    surveyed(const std::filesystem::path& directory, std::int64_t from) {
        const auto note = [&](const stream::record& each, std::size_t at) {
            const auto begins = static_cast<std::int64_t>(at);
            const auto ends = begins + static_cast<std::int64_t>(stream::record_size(each.payload.size()));
            end = ends;
            if (each.kind != stream::kind_callback) return;
            const auto kept = stream::kept_of(each.payload);
            for (const stream::effects& event : kept->events) {
                all.insert(hex(event.id));
                if (begins < from + sector && ends > from) in_sector.insert(hex(event.id));
            }
        };
        stream::read_files(directory, 1, note, [](auto...) {});
    }
};

std::set<std::string> without(std::set<std::string> all, const std::set<std::string>& these) {
    for (const std::string& each : these) all.erase(each);
    return all;
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    const int letters = form.pick(100, 800);  // All in one segment.
    test::faults faults;
    std::strcpy(faults.control().path, "00000001.journal");
    test::running station({.environment = faults.environment()});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const std::filesystem::path journal = station.directory() / "data" / "journal";

    test::oracle judge;
    int refused = 0;
    const auto send = [&](int number) {
        for (int each = 0; each < number; ++each) {
            const simulator::forge_request what = judge.next(each % 7);
            judge.sent(what);
            const auto got = station.send("shop", what);
            judge.answered(what, got);
            refused += got.status != 200;
        }
    };
    // Given back at the third attempt.
    send(letters);
    station.settle();
    const auto break_sector = [&](std::int64_t at, std::int64_t times) {
        faults.control().unread_from = at / sector * sector;
        faults.control().unread_until = at / sector * sector + sector;
        faults.control().unread_times = times;
    };
    break_sector(surveyed(journal, 0).end + 2 * sector, 2);
    send(letters);
    const test::oracle::verdict whole = judge.judge(station);
    const bool did_fail = faults.control().unread_times == 0 && station.says("the journal cannot be read");
    if (!whole.good()) std::printf("given back in the end: %s\n", whole.text().c_str());

    // Never given back, while all goes on; where a read of a large piece begins.
    constexpr std::int64_t large_piece = std::int64_t{1} << 20;
    const std::int64_t broken = (surveyed(journal, 0).end / large_piece + 1) * large_piece;
    break_sector(broken, INT64_MAX);
    while (surveyed(journal, 0).end < broken + 4 * sector) send(letters);
    station.settle();
    const surveyed written(journal, broken);
    std::set<std::string> lost = written.in_sector;
    const auto sees_all_others = [&] {
        const std::vector<std::string> feed = station.event_ids();
        const std::set<std::string> seen(feed.begin(), feed.end());
        return seen.size() == feed.size() && seen == without(written.all, lost);
    };
    const std::string pending = "\"pending\":" + std::to_string(written.all.size() - lost.size()) + ",";
    const bool others_live = sees_all_others() && station.ask("GET", "/v1/queues").has(pending);
    const bool is_named = station.ask("GET", "/readyz?verbose", "", "").has("damaged") && station.says("cannot be read");

    // A sector before good records, at start, and that of the head: the same. The end of what was written: only a person
    // decides.
    lost.clear();  // What is on the disk again is in the stream again.
    const auto starts_without = [&](std::int64_t at, const char* kept) {
        station.stop(SIGTERM);
        faults.control().unread_times = 0;
        const surveyed now(journal, at);
        lost.insert(now.in_sector.begin(), now.in_sector.end());
        break_sector(at, INT64_MAX);
        const bool does_start = station.start();
        faults.control().unread_times = 0;  // The copy lies elsewhere on the disk.
        return does_start && sees_all_others() && std::filesystem::exists(journal / kept);
    };
    const bool others_start = starts_without(10 * sector, "00000001.journal.bad") && starts_without(0, "00000001.journal.bad2");
    station.stop(SIGTERM);
    const std::string before = bytes_of(journal / "00000001.journal");
    break_sector(surveyed(journal, 0).end - 1, INT64_MAX);
    const bool is_refused = !station.start() && station.says("cannot read") && bytes_of(journal / "00000001.journal") == before;
    faults.control().unread_times = 0;
    const bool is_back = station.start() && sees_all_others();
    if (station.is_running()) station.stop(SIGTERM);

    const bool held = whole.good() && did_fail && refused == 0 && !written.in_sector.empty() && others_live && is_named &&
                      others_start && is_refused && is_back;
    char line[400];
    std::snprintf(line, sizeof line,
                  "%zu events; a sector given back late: %zu lost; one never given back: %zu of %zu events lie in it, %s%s; at start: "
                  "%s, %s",
                  written.all.size(), whole.lost, written.in_sector.size(), written.all.size(),
                  others_live ? "no other is lost" : "OTHERS ARE LOST", is_named ? ", named" : ", NOT NAMED",
                  others_start ? "no other is lost" : "OTHERS ARE LOST",
                  is_refused && is_back ? "an unreadable end is refused and kept" : "AN UNREADABLE END IS CUT");
    return test::report_row("6", held, line);
}
