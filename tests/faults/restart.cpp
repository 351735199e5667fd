// Row 7: started on a million callbacks that the state has not seen, the door is open within a second, knows
// every one of them, and the state has them within half a minute.
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "adapters/table.hpp"
#include "core/time.hpp"
#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr double listening_max_s = 1, applied_max_s = 30;
constexpr int customers = 10000;

double seconds_since(steady::time_point begun) {
    return std::chrono::duration<double>(steady::now() - begun).count();
}

/// The letter with this number, from the customer whose turn it is.
simulator::forge_request letter(std::uint64_t number) {
    simulator::forge_request what = test::text("您好，我的订单什么时候发货？");
    what.message_id = std::to_string(7000000000000000000 + number);
    what.from = "oRestart" + std::to_string(100000 + number % customers);
    return what;
}

event_id id_of(const simulator::forge_request& what) {
    crypto::hasher hasher;
    return adapters::id_by_message(hasher, "shop", what.from, what.message_id);
}

/// The first letter's answer, made out to whoever sent this one.
std::string answer_to(const simulator::forge_request& what, std::string first) {
    const std::string was = letter(1).from;
    return first.replace(first.find(was), was.size(), what.from);
}

/// Makes of one record, as the door wrote it, the records of other letters: what tells them apart has one
/// length in all.
class copies {
public:
    copies(std::string of, const simulator::forge_request& what) : payload_(std::move(of)) {
        for (const std::string& each : marks_of(what)) {
            std::vector<std::size_t>& at = places_.emplace_back();
            for (std::size_t next = 0; (next = payload_.find(each, next)) != std::string::npos;
                 next += each.size())
                at.push_back(next);
        }
    }
    const std::string& copy(const simulator::forge_request& what) {
        const std::vector<std::string> marks = marks_of(what);
        for (std::size_t mark = 0; mark < marks.size(); ++mark)
            for (const std::size_t at : places_[mark]) payload_.replace(at, marks[mark].size(), marks[mark]);
        return payload_;
    }

private:
    static std::vector<std::string> marks_of(const simulator::forge_request& what) {
        const event_id id = id_of(what);
        return {
            what.message_id, what.from, hex(id), {reinterpret_cast<const char*>(id.data()), id.size()}
        };
    }
    std::string payload_;
    std::vector<std::vector<std::size_t>> places_;
};

/// Waits until as many records are kept as were given.
class all_kept final : public stream::append_waiter {
public:
    void kept(error_code failed, const stream::appended&, std::string) override {
        const std::lock_guard lock(mutex_);
        if (failed) throw std::runtime_error("the journal does not keep: " + failed.message());
        ++count_;
        changed_.notify_all();
    }
    void wait_for(std::uint64_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return count_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t count_ = 0;
};

/// Lays down the letters from 2 to `last`, as the door would have; the first is there. Returns the bytes.
std::uint64_t fill(const std::filesystem::path& directory, std::size_t segment_bytes, std::uint64_t last) {
    std::string first;
    stream::read_files(
        directory, 1, [&](const stream::record& each, std::size_t) { first = each.payload; }, [](auto...) {});
    copies made(first, letter(1));
    all_kept waiter;
    stream::file_journal::options options;
    options.directory = directory;
    options.segment_bytes = segment_bytes;
    options.deliver_to = [](std::vector<stream::append_outcome> outcomes) {
        for (stream::append_outcome& each : outcomes) each.tell();
    };
    stream::file_journal journal(std::move(options), [](auto...) {});
    for (std::uint64_t number = 2; number <= last; ++number) {
        journal.append({made.copy(letter(number)), stream::kind_callback, 1, &waiter});
        if (number > 10000) waiter.wait_for(number - 10000);
    }
    waiter.wait_for(last - 1);
    return journal.bytes();
}

}  // namespace

int main(int count, char** words) {
    const bool is_long = test::fault_arguments(count, words).is_long;
    const std::uint64_t letters = is_long ? 1000000 : 60000;
    const std::size_t segment_bytes = std::size_t{64} << 20;
    test::running station(
        {.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    std::string config = station.config_text();
    config.replace(config.find("segment: 4MiB"), 13, "segment: 64MiB");
    station.write_config(config);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const test::running::answer first = station.send("shop", letter(1));
    station.settle();
    station.stop();
    const std::filesystem::path directory = station.directory() / "data";
    const std::uint64_t bytes = fill(directory / "journal", segment_bytes, letters);
    for (const char* name : {"state.db", "state.db-wal", "state.db-shm"})
        std::filesystem::remove(directory / name);

    const auto begun = steady::now();
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const double listening_s = seconds_since(begun);
    // Retries of letters all over the journal: known, and answered as the first was.
    int known = 0, asked = 0;
    for (std::uint64_t number = 1; number <= letters; number += letters / 50, ++asked)
        known += station.send("shop", letter(number)).clear == answer_to(letter(number), first.clear);
    const bool knows_all = known == asked;
    // Before the first heartbeat, which is a record too.
    const bool nothing_new =
        station.ask("GET", "/readyz?verbose", "", "").has("durable: " + std::to_string(letters) + "\n");
    std::uint64_t applied = 0;
    double applied_s = 0;
    while (applied < letters && applied_s < 10 * applied_max_s) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const std::string body = station.ask("GET", "/readyz?verbose", "", "").body;
        const std::size_t at = body.find("applied: ");
        if (at != std::string::npos) applied = std::strtoull(body.c_str() + at + 9, nullptr, 10);
        applied_s = seconds_since(begun);
    }
    station.stop(SIGKILL);
    char figures[256];
    std::snprintf(
        figures, sizeof figures,
        "%llu callbacks, %.2f GiB: accepting after %.2f s, %d of %d retries known%s, applied after %.1f s",
        static_cast<unsigned long long>(letters), static_cast<double>(bytes) / (1 << 30), listening_s, known,
        asked, nothing_new ? "" : " (SOME KEPT AGAIN)", applied_s);
    const bool in_time = !test::measures_count || (listening_s <= listening_max_s && applied_s <= applied_max_s);
    return test::report_row("7", in_time && knows_all && nothing_new && applied >= letters, figures);
}
