// Row 31: token and key are changed under load while both are live: nothing valid is refused, and nothing
// with the old ones is taken once they are out.
#include <array>
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;

namespace {

struct secrets {
    std::string token, aes_key;
};

std::uint64_t reloads_of(const test::running& station) {
    const std::string name = "yizhan_config_reloads_total{result=\"done\"} ";
    const std::string text = station.ask("GET", "/metrics").body;
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

/// These are live from now on; false when the reload was never heard.
bool make_live(test::running& station, const std::string& config, const std::vector<secrets>& all) {
    std::string tokens, keys, text = config;
    for (const secrets& each : all) {
        tokens += (tokens.empty() ? "" : ", ") + each.token;
        keys += (keys.empty() ? "" : ", ") + each.aes_key;
    }
    const account shop = station.of("shop");
    const std::string before = "token: " + shop.tokens[0] + ", aes_key: " + shop.aes_keys[0];
    text.replace(text.find(before), before.size(), "token: [ " + tokens + " ], aes_key: [ " + keys + " ]");
    const std::uint64_t heard = reloads_of(station);
    station.write_config(text);
    station.signal(SIGHUP);
    for (int tries = 0; tries < 2000; ++tries) {
        if (reloads_of(station) > heard) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
}

}  // namespace

int main(int count, char** words) {
    const int turns = test::fault_arguments(count, words).pick(20, 300);
    test::running station(
        {.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    const account shop = test::wechat_account(encryption::required), corp = test::wecom_account();
    const std::array<secrets, 2> both{
        secrets{shop.tokens[0], shop.aes_keys[0]},
        secrets{corp.tokens[0], corp.aes_keys[0]}
    };
    test::oracle judge;
    std::atomic<bool> go_on{true};
    std::atomic<int> valid{1};                  // Bits: which of both may be sent with.
    std::array<std::atomic<int>, 4> sending{};  // By sender: which it is sending with, as a bit.
    std::array<std::atomic<std::size_t>, 2> taken{};
    std::atomic<std::size_t> refused{0}, unreadable{0};
    const auto ask = [&](test::wire& over, const simulator::forge_request& what, std::size_t which) {
        account at = shop;
        at.tokens = {both[which].token}, at.aes_keys = {both[which].aes_key};
        judge.sent(what);
        const auto got = over.ask(test::request_bytes("shop", simulator::forge(at, what).value()));
        const auto clear =
            got.status == 200 ? simulator::open_answer(at, got.body) : result<std::string>(errc::not_found);
        unreadable += got.status == 200 && !clear;  // The answer comes in the same envelope as the question.
        judge.answered(what, {got.status, got.body, clear ? *clear : ""});
        return got.status;
    };
    std::vector<std::thread> senders;
    for (std::size_t each = 0; each < sending.size(); ++each)
        senders.emplace_back([&, each] {
            test::wire connection(station.callback_port(), each);
            for (std::size_t turn = each; go_on && connection.is_open(); ++turn) {
                std::size_t which = turn % 2;
                sending[each] = 1 << which;
                if (!(valid & 1 << which)) sending[each] = 1 << (which = 1 - which);
                if (valid & 1 << which) {
                    const bool good = ask(connection, judge.next(static_cast<int>(each)), which) == 200;
                    good ? ++taken[which] : ++refused;
                }
                sending[each] = 0;
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
    const auto nobody_sends = [&](int bits) {
        for (const auto& each : sending)
            while (each & bits) std::this_thread::yield();
    };

    const std::string config = station.config_text();
    int unheard = 0, old_accepted = 0, old_refused = 0, new_too_early = 0;
    test::wire probe(station.callback_port(), 100);
    const auto probe_with = [&](std::size_t which, int number) {
        account at = shop;
        at.tokens = {both[which].token}, at.aes_keys = {both[which].aes_key};
        const auto what = judge.next(1000 + number);
        return probe.ask(test::request_bytes("shop", simulator::forge(at, what).value())).status;
    };
    for (int turn = 0; turn < turns; ++turn) {
        const std::size_t now = static_cast<std::size_t>(turn % 2), next = 1 - now;
        new_too_early += probe_with(next, turn) != 403;
        unheard += !make_live(station, config, {both[now], both[next]});
        valid = 3;
        std::this_thread::sleep_for(std::chrono::milliseconds(40));
        valid = 1 << next;
        nobody_sends(1 << now);
        unheard += !make_live(station, config, {both[next]});
        for (int tries = 0; tries < 5; ++tries) probe_with(now, turn) == 403 ? ++old_refused : ++old_accepted;
    }
    go_on = false;
    for (std::thread& each : senders) each.join();
    const auto verdict = judge.judge(station);
    const bool held = verdict.good() && refused + unreadable == 0 &&
                      unheard + old_accepted + new_too_early == 0 && taken[0] > 50 && taken[1] > 50;
    return test::report_row(
        "31", held,
        std::to_string(turns) + " changes under load: " + std::to_string(taken[0]) + " and " +
            std::to_string(taken[1]) + " taken with one and the other, " + std::to_string(refused) +
            " valid ones refused, " + std::to_string(unreadable) + " answers in another envelope; " +
            std::to_string(old_accepted) + " of " + std::to_string(old_accepted + old_refused) +
            " with the old accepted afterwards, " + std::to_string(new_too_early) + " with the new before; " +
            std::to_string(unheard) + " reloads not heard; " + verdict.text());
}
