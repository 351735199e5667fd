// Row 27: an event that cannot be applied becomes a dead letter, survives its process, and nobody else waits for it.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/time.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

namespace {

/// From now on the state refuses every event with `word` in it. Only while no server runs.
void refuse(const test::running& station, const std::string& word) {
    sqlite3* direct = nullptr;
    sqlite3_open((station.directory() / "data/state.db").c_str(), &direct);
    const std::string sql = "CREATE TRIGGER IF NOT EXISTS refuse BEFORE INSERT ON event WHEN NEW.json LIKE '%" + word +
                            "%' BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
    sqlite3_exec(direct, sql.c_str(), nullptr, nullptr, nullptr);
    sqlite3_close(direct);
}

/// How long it takes from the answer until a consumer can have the task; the median and the 99th of so many, in ms.
std::pair<double, double> time_to_task(test::running& station, int letters) {
    std::vector<double> took;
    for (int at = 0; at < letters; ++at) {
        station.send("shop", test::text("你好", "oTimed" + std::to_string(at % 50)));
        const auto begun = std::chrono::steady_clock::now();
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"max":1,"wait_s":10})");
        took.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        if (!got.has("\"id\":\"t")) return {took.back(), took.back()};  // Nobody's tasks come any more.
        for (const std::string& id : test::all_of(got.body, "id"))
            if (id.starts_with("t")) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
    }
    std::ranges::sort(took);
    return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

/// Something at which the process crashes whenever it is applied: it is found out, buried, and all else goes on.
int crash_again_and_again() {
    test::faults faults;
    test::running station({.environment = faults.environment()});
    std::strcpy(faults.control().crash_on, "崩溃");
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    for (int at = 0; at < 200; ++at) {  // Among many, all in one transaction, should it come to that.
        const bool is_it = at == 100;
        if (station.send("shop", test::text(is_it ? "崩溃" : "你好", "oCrash" + std::to_string(at))).status != 200 && is_it) break;
    }
    int crashes = 0;
    const auto ended = [&] { return station.ask("GET", "/livez", "", "").status != 200; };
    for (; crashes < 12; ++crashes) {
        for (int tries = 0; station.is_running() && tries < 20 && !ended(); ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (station.is_running() && !ended()) break;
        if (station.is_running() && station.wait() != -SIGABRT) break;
        station.start();  // It may crash again before it says that it listens.
    }
    const bool is_buried = station.ask("GET", "/v1/dead-letters").has("the process ended while this was applied");
    station.send("shop", test::text("你好", "oAfterwards"));
    station.settle();
    const auto events = station.event_ids().size();
    const bool others = station.ask("GET", "/v1/queues").has("\"pending\":" + std::to_string(events - 1) + ",");
    return test::report_row("27", is_buried && others && crashes > 0, std::to_string(crashes) + " crashes, then " +
                                                        (is_buried ? "a dead letter" : "NO dead letter") + "; " +
                                                        std::to_string(events) + " events, all others " + (others ? "applied" : "NOT applied"));
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    const int letters = form.pick(150, 1000);
    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const auto before = time_to_task(station, letters);
    station.stop(SIGTERM);
    refuse(station, "毒");
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    // Poison, killed in the middle of its attempts, and one behind it of the same customer.
    const bool is_accepted = station.send("shop", test::text("毒", "oPoisoned")).status == 200;
    const bool follows = station.send("shop", test::text("之后", "oPoisoned")).status == 200;
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    station.stop(SIGKILL);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const auto meanwhile = time_to_task(station, letters);
    const std::int64_t patience_ms = now_ms() + 30000;
    const auto dead = [&] { return station.ask("GET", "/v1/dead-letters").body; };
    while (dead().find("\"attempts\":5") == std::string::npos && now_ms() < patience_ms)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const bool is_dead = dead().find("\"attempts\":5,\"reason\":\"state database: refused by the test\"") != std::string::npos;
    const auto is_applied = [&] {
        const std::string who = station.ask("GET", "/v1/contacts?identity=openid:oPoisoned").body;
        if (who.find("\"id\":\"c") == std::string::npos) return false;
        const auto told = station.ask("GET", "/v1/contacts/" + test::all_of(who, "id").front() + "/timeline");
        return told.has("之后") && !told.has("毒");
    };
    for (int tries = 0; !is_applied() && tries < 50; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const bool went_on = is_applied();
    const bool is_whole = station.ask("GET", "/readyz", "", "").status == 200;
    for (const std::string& id : test::all_of(station.ask("POST", "/v1/queues/general/claim", R"({"max":10})").body, "id"))
        if (id.starts_with("t")) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
    // The machine may have become slower since: so also against the time after it.
    const auto after = time_to_task(station, letters);
    const double median = std::max(before.first, after.first), tail = std::max(before.second, after.second);
    // The tail is that of so few that it moves by the applier's own rhythm.
    const bool unharmed = meanwhile.first <= median * 1.1 + 0.5 && meanwhile.second <= tail * 1.1 + 20;
    char figures[256];
    std::snprintf(figures, sizeof figures, "dead letter %s, behind it %s; others: median %.1f ms (without %.1f), p99 %.1f ms (without %.1f)",
                  is_dead ? "after 5 attempts" : "MISSING", went_on ? "went on" : "STUCK", meanwhile.first, median, meanwhile.second,
                  tail);
    return crash_again_and_again() | test::report_row("27", is_accepted && follows && is_dead && went_on && is_whole && unharmed, figures);
}
