// Row 30: reloaded again and again under load, a fifth of the time with something wrong in it: no request
// fails, what is wrong is not used and the log says why, what is right takes effect.
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;

namespace {

std::size_t occurrences(const std::string& in, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = in.find(what, at)) != std::string::npos; at += what.size()) ++count;
    return count;
}

std::uint64_t counted(const test::running& station, const std::string& result) {
    const std::string name = "yizhan_config_reloads_total{result=\"" + result + "\"} ";
    const std::string text = station.ask("GET", "/metrics").body;
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

std::string rules_saying(const std::string& reply) {
    return "rules: [ { name: all, then: { reply: { text: " + reply + " }, queue: general } } ]\n";
}

/// Sends SIGHUP and waits until it was heard; false when it never was.
bool reload(test::running& station, const std::string& expected) {
    const std::uint64_t before = counted(station, expected);
    station.signal(SIGHUP);
    for (int tries = 0; tries < 2000; ++tries) {
        if (counted(station, expected) > before) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

}  // namespace

int main(int count, char** words) {
    const int reloads = test::fault_arguments(count, words).pick(60, 1000);
    test::running station({.rules = rules_saying("零")});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    test::oracle judge;
    std::atomic<bool> go_on{true};
    std::atomic<std::size_t> sent{0}, failed{0};
    std::vector<std::thread> senders;
    for (int each = 0; each < 4; ++each)
        senders.emplace_back([&, each] {
            test::wire connection(station.callback_port(), static_cast<std::size_t>(each));
            const account shop = station.of("shop");
            while (go_on) {
                const simulator::forge_request what = judge.next(each);
                judge.sent(what);
                const auto got =
                    connection.ask(test::request_bytes("shop", simulator::forge(shop, what).value()));
                judge.answered(what, {got.status, got.body, ""});
                ++sent;
                failed += got.status != 200;
                if (!connection.is_open()) return;  // A kept connection has to stay, too.
                std::this_thread::sleep_for(std::chrono::milliseconds(3));
            }
        });

    const std::string good_config = station.config_text();
    std::string live = "零";
    int refused = 0, unheard = 0, not_in_effect = 0, probes = 0;
    for (int turn = 1; turn <= reloads; ++turn) {
        const bool is_wrong = turn % 5 == 0;
        if (is_wrong && turn % 10 == 0) {
            station.write_config(good_config + "no_such_setting: 1\n");
            station.write_rules(rules_saying("不该说的"));
        } else if (is_wrong) {
            station.write_rules(rules_saying("不该说的") + "no_such_key: 1\n");
        } else {
            live = "第" + std::to_string(turn) + "版";
            station.write_config(good_config);
            station.write_rules(rules_saying(live));
        }
        unheard += !reload(station, is_wrong ? "refused" : "done");
        refused += is_wrong;
        // The customer of this probe has no order to keep with those of the senders.
        const simulator::forge_request what = judge.next(1000 + turn);
        judge.sent(what);
        const auto got = station.send("shop", what);
        judge.answered(what, got);
        ++probes;
        not_in_effect += got.status != 200 || got.clear.find(live) == std::string::npos;
    }
    go_on = false;
    for (std::thread& each : senders) each.join();

    const auto verdict = judge.judge(station);
    station.stop();  // Then all of the log is there.
    const std::string said = station.output();
    const std::size_t done_lines = occurrences(said, "\"configuration reloaded\"");
    const std::size_t refused_lines = occurrences(said, "\"the new configuration is not used\"");
    const bool says_why =
        refused == 0 || (occurrences(said, "no_such_setting") + occurrences(said, "no_such_key") >=
                         static_cast<std::size_t>(refused));
    const bool held = verdict.good() && failed == 0 && unheard == 0 && not_in_effect == 0 && says_why &&
                      done_lines == static_cast<std::size_t>(reloads - refused) &&
                      refused_lines == static_cast<std::size_t>(refused);
    return test::report_row(
        "30", held,
        std::to_string(reloads) + " reloads, " + std::to_string(refused) + " of them invalid (" +
            std::to_string(refused_lines) + " refused in the log, " + (says_why ? "each" : "NOT each") +
            " with its fault), " + std::to_string(unheard) + " not heard; " + std::to_string(not_in_effect) +
            " of " + std::to_string(probes) + " probes with another rule's answer; " +
            std::to_string(failed) + " of " + std::to_string(sent) + " requests failed; " + verdict.text());
}
