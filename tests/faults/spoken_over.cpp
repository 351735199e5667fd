// Row facts: where an agent has the conversation no rule speaks, also while the state cannot be written and lags behind.
#include <sqlite3.h>

#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

int main(int count, char** words) {
    const int agents = test::fault_arguments(count, words).pick(30, 500);
    test::running station({.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const auto says_something = [&](const std::string& who) {
        return station.send("shop", test::text("在吗", who)).clear.find("收到") != std::string::npos;
    };
    // From the moment on that the agent was told, the rule is silent, and again loud when the agent has done.
    int spoken_over = 0, silent = 0;
    for (int at = 0; at < agents; ++at) {
        const std::string who = "oClaimed" + std::to_string(at);
        silent += !says_something(who);
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"max":1,"wait_s":5})");
        spoken_over += says_something(who);
        for (const std::string& id : test::all_of(got.body, "id"))
            if (id.starts_with("t")) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
        silent += !says_something(who);
        for (int left = 0; left < 2; ++left)
            for (const std::string& id : test::all_of(station.ask("POST", "/v1/queues/general/claim", R"({"max":1,"wait_s":5})").body, "id"))
                if (id.starts_with("t")) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
    }

    // Somebody holds the state: nothing can be applied. For 2 s the rules go on by what they know, then they are silent.
    sqlite3* holder = nullptr;
    sqlite3_open((station.directory() / "data/state.db").c_str(), &holder);
    const bool is_held = sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
    says_something("oWaiting");
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    int spoken_while_behind = 0, accepted = 0;
    for (int at = 0; at < agents; ++at) {
        const auto got = station.send("shop", test::text("在吗", "oClaimed" + std::to_string(at)));
        accepted += got.status == 200;
        spoken_while_behind += got.clear.find("收到") != std::string::npos;
    }
    sqlite3_exec(holder, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(holder);
    station.settle();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const bool speaks_again = says_something("oAfterwards");
    const bool held = is_held && spoken_over == 0 && silent == 0 && spoken_while_behind == 0 && accepted == agents && speaks_again;
    return test::report_row("facts", held, std::to_string(agents) + " conversations claimed: " + std::to_string(spoken_over) +
                                               " spoken over, " + std::to_string(silent) + " silent without need; state behind: " +
                                               std::to_string(accepted) + " accepted, " + std::to_string(spoken_while_behind) +
                                               " answered by a rule; afterwards rules " + (speaks_again ? "speak" : "are SILENT"));
}
