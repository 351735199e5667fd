// Row 11: whatever is slow, no answer comes later than the platform waits: 4.5 s, and 0.9 s where it says one
// second.
#include <algorithm>
#include <cstring>
#include <thread>

#include "core/time.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;

namespace {

// What passes between our sending and the server's reading, and on the way back, is measured with the answer.
constexpr double measuring_s = 0.03;

struct slowness {
    std::int64_t delay_ms;
    double rate;
};

struct figures {
    std::size_t sent = 0, answered = 0, closed = 0, late = 0, unanswered = 0;
    double slowest_s = 0;
    void add(const std::vector<test::load_outcome>& all, double limit_s) {
        for (const test::load_outcome& each : all) {
            sent += each.was_sent;
            const bool never_ended = each.timed_out || each.never_arrived;
            unanswered += never_ended;
            closed += each.was_sent && !never_ended && each.status == 0;
            if (each.status == 0) continue;
            ++answered;
            slowest_s = std::max(slowest_s, each.took_s());
            late += each.took_s() > limit_s + measuring_s;
        }
    }
    std::string text(const char* what) const {
        return std::string(what) + ": " + std::to_string(sent) + " sent, " + std::to_string(answered) +
               " answered, slowest " + std::to_string(slowest_s).substr(0, 5) + " s, " +
               std::to_string(late) + " late, " + std::to_string(closed) + " closed without an answer, " +
               std::to_string(unanswered) + " never ended";
    }
};

std::vector<std::string> letters(test::oracle& judge, const test::running& station, std::size_t count,
                                 std::vector<simulator::forge_request>& written) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < count; ++at) {
        written.push_back(
            judge.next(static_cast<int>(written.size())));  // One letter a customer: order is row 25's.
        judge.sent(written.back());
        all.push_back(
            test::request_bytes("shop", simulator::forge(station.of("shop"), written.back()).value()));
    }
    return all;
}

std::vector<std::string> hurried(const account& suite, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < count; ++at) {
        simulator::forge_request what;
        what.type = "info.create_auth";
        what.now_s = what.created_s = now_ms() / 1000;
        what.serial = static_cast<std::uint64_t>(now_us()) + at;
        what.fields = {
            {"AuthCode", "code" + std::to_string(what.serial)}
        };
        all.push_back(test::request_bytes(suite.id, simulator::forge(suite, what).value()));
    }
    return all;
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    test::faults disturbed;
    std::strcpy(disturbed.control().path, "/journal/");
    const account suite = test::account_of("wecom", "suite");
    test::running station({.more_accounts = {suite}, .environment = disturbed.environment()});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    // A batch holds 512: with a sync of so long the journal takes 512 in that time, and three times as many
    // come. With the first, also those in a hurry are answered; with the others hardly one of them can be.
    const std::vector<slowness> all =
        arguments.is_long
            ? std::vector<slowness>{{100, 100}, {500, 100}, {3000, 100}, {6000, 100}, {500, 3072}, {3000, 512}, {6000, 256}}
            : std::vector<slowness>{{100, 100}, {3000, 150}, {500, 3072}};
    const double seconds = arguments.pick(5.0, 60.0);
    test::oracle judge;
    std::vector<simulator::forge_request> written;
    figures plain, quick;
    for (const slowness& each : all) {
        disturbed.control().delay_sync_us = 0;
        // What the slow syncs before have left behind has to be through first.
        bool is_served = false;
        for (int tries = 0; tries < 100 && !is_served; ++tries) {
            is_served = station.send("shop", test::text("先")).status == 200;
            if (!is_served) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        if (!is_served) return test::report_row("11", false, "a quick journal is not served again");
        disturbed.control().delay_sync_us = each.delay_ms * 1000;
        const std::size_t first = written.size(), number = static_cast<std::size_t>(each.rate * seconds);
        const std::vector<std::string> requests = letters(judge, station, number, written);
        const std::vector<std::string> notices = hurried(suite, static_cast<std::size_t>(20 * seconds));
        test::load_settings with{
            .port = station.callback_port(), .rate = each.rate, .connections_max = 15000};
        std::vector<test::load_outcome> beside;
        std::thread other([&] {
            test::load_settings its = with;
            its.rate = 20, its.first_address = 1000;
            beside = test::run_load(its, notices);
        });
        const auto outcomes = test::run_load(with, requests);
        other.join();
        plain.add(outcomes, 4.5);
        quick.add(beside, 0.9);
        for (std::size_t at = 0; at < outcomes.size(); ++at)
            judge.answered(written[first + at], {outcomes[at].status, "", ""});
    }
    disturbed.control().delay_sync_us = 0;
    const auto verdict = judge.judge(station, test::oracle::tasks::do_not_count);
    const std::size_t lost = verdict.lost + verdict.doubled;
    const bool held = plain.late + quick.late + plain.unanswered + quick.unanswered + lost == 0 &&
                      plain.answered > 0 && quick.answered > 0 && plain.closed > 0;
    return test::report_row(
        "11", held,
        plain.text("4.5 s") + "; " + quick.text("0.9 s") + "; " + std::to_string(lost) + " lost or doubled");
}
