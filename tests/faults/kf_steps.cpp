// WeChat Customer Service, killed inside every step of a pull and of the answers that follow: before and behind each sync of
// the journal, and while each call of the platform is on its way there and on its way back. Every message is there once, in
// order, and is answered once.
#include <csignal>
#include <thread>

#include "core/time.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;

namespace {

constexpr int customers = 3, messages = 2;
constexpr const char* rules = "rules: [ { name: all, when: { type: message.text }, then: { reply: { text: \"收到 {{text}}\" }, queue: general } } ]\n";

/// One life: what is pulled and answered, with one death in it.
struct life {
    test::simulated platform;
    test::faults faults;
    account kf = platform.kf_account();
    test::running station{{.rules = rules, .more_accounts = {kf}, .environment = faults.environment()}};

    life() {
        std::strcpy(faults.control().path, "/journal/");
        platform.with([](simulator::platforms& all) { all.kf().set_page(2, 3); });
    }
    static std::string name(int customer) { return "wmStep" + std::to_string(customer); }

    void say() {
        std::string token;
        for (int round = 0; round < messages; ++round)
            for (int each = 0; each < customers; ++each)
                token = platform.with([&](simulator::platforms& all) { return all.said(*all.find("kf"), name(each), std::to_string(round), now_ms()); });
        simulator::forge_request bell;
        bell.type = "event.kf_msg_or_event";
        bell.fields = {{"Token", token}, {"OpenKfId", kf.open_kfid}};
        station.send("kf", bell);
    }
    bool is_done() {
        for (int each = 0; each < customers; ++each)
            if (platform.shown("kf", name(each)).size() < messages) return false;
        return true;
    }
    bool is_dead() const { return ::kill(station.process(), 0) != 0 || test_is_zombie(); }
    bool test_is_zombie() const {
        char path[64], state = 'R';
        std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(station.process()));
        if (std::FILE* const opened = std::fopen(path, "r")) {
            if (std::fscanf(opened, "%*d (%*[^)]) %c", &state) != 1) state = 'R';
            std::fclose(opened);
        }
        return state == 'Z';
    }
    template <class Check>
    static bool comes(Check check) {
        for (int tries = 0; tries < 2000 && !check(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return check();
    }
    /// After the death: all that is still to come. Empty: all is as it should be.
    std::string finish() {
        if (!comes([&] { return is_done(); })) return "not all were answered";
        station.settle();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));  // For one too many.
        for (int each = 0; each < customers; ++each) {
            std::vector<std::string> wanted;
            for (int round = 0; round < messages; ++round) wanted.push_back("收到 " + std::to_string(round));
            if (platform.shown("kf", name(each)) != wanted) return "a phone shows something else than each answer once, in order";
            const auto got = station.ask("GET", "/v1/contacts?identity=" + name(each));
            if (got.status != 200) return "the contact is not there";
        }
        const auto page = station.ask("GET", "/v1/events?account=kf&type=message.text&limit=1000");
        std::size_t inbound = 0;
        for (std::size_t at = 0; (at = page.body.find("\"direction\":\"inbound\"", at)) != std::string::npos; ++at) ++inbound;
        if (inbound != customers * messages) return std::to_string(inbound) + " messages came in";
        return station.stop() == 0 ? "" : "it did not end well";
    }
};

struct tally {
    int deaths = 0, unharmed = 0, broken = 0;
    std::string first;
    void note(const std::string& where, const std::string& wrong) {
        if (wrong.empty()) return;
        ++broken;
        if (first.empty()) first = "; " + where + ": " + wrong;
    }
};

/// Killed with the journal's sync of this number, counted from the first message on. False: there was none any more.
bool die_at_sync(int number, bool behind, tally& into) {
    life one;
    test::fault_control& control = one.faults.control();
    if (!one.station.start()) return into.note("start", one.station.output()), false;
    control.kill_behind = behind;
    control.kill_sync_at = control.syncs + number;
    one.say();
    life::comes([&] { return one.is_dead() || one.is_done(); });
    if (!one.is_dead()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const bool died = one.is_dead();
    control.kill_sync_at = 0;
    if (died) {
        one.station.wait();
        ++into.deaths;
        if (!one.station.start()) return into.note("start again", one.station.output()), true;
    } else {
        ++into.unharmed;
    }
    into.note((behind ? "behind sync " : "before sync ") + std::to_string(number), one.finish());
    return died;
}

/// Killed while the call of this number at this path is under way: before it is heard, or with its answer on the way back.
void die_in_call(const std::string& path, int number, bool is_heard, tally& into) {
    life one;
    if (number > 1) one.platform.plan({.path = path, .times = number - 1});
    one.platform.plan({.path = path, .times = 1, .delay_ms = 500, .lose_answer = is_heard, .lose_call = !is_heard});
    const auto calls = [&] {
        return one.platform.with([&](simulator::platforms& all) {
            const auto found = all.counted().calls.find(path);
            return found == all.counted().calls.end() ? 0 : static_cast<int>(found->second);
        });
    };
    if (!one.station.start()) return into.note("start", one.station.output());
    one.say();
    life::comes([&] { return calls() >= number; });
    one.station.stop(SIGKILL);
    ++into.deaths;
    if (!one.station.start()) return into.note("start again", one.station.output());
    into.note((is_heard ? "answer of " : "call of ") + path + " " + std::to_string(number), one.finish());
}

}  // namespace

int main(int count, char** words) {
    const int every = test::fault_arguments(count, words).pick(4, 1);
    tally all;
    for (const bool behind : {false, true})
        for (int number = 1 + (behind ? every / 2 : 0); number < 200 && die_at_sync(number, behind, all); number += every) {}
    for (const char* path : {"/cgi-bin/gettoken", "/cgi-bin/kf/sync_msg", "/cgi-bin/kf/send_msg"})
        for (const bool is_heard : {false, true})
            for (int number = 1; number <= (std::string(path) == "/cgi-bin/gettoken" ? 1 : test::fault_arguments(count, words).pick(2, 6)); ++number)
                die_in_call(path, number, is_heard, all);
    return test::report_row("kf", all.broken == 0 && all.deaths > 0,
                            std::to_string(all.deaths) + " deaths inside the steps of a pull and its answers, " + std::to_string(all.broken) +
                                " of them left a message missing, twice or out of order" + all.first);
}
