// Rows 20 and 21: Redis is killed, stopped, emptied, and its replica put in its place, again and again under load. In the end
// each event is in the stream once, each conversation in order, and whoever called back noticed nothing.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/traffic.hpp"

using namespace yizhan;
using test::redis_server;
using std::chrono::milliseconds;

namespace {

constexpr double times_slower_max = 2, unnoticed_ms = 2;
constexpr unsigned torn_bytes_max = 4000;
constexpr const char* key = "yizhan:events";

struct stream_verdict {
    std::size_t events = 0, entries = 0, missing = 0, doubled = 0, inverted = 0;
    bool good() const { return events > 0 && missing == 0 && doubled == 0 && inverted == 0 && entries == events; }
    std::string text() const {
        return std::to_string(events) + " events, " + std::to_string(entries) + " entries: " + std::to_string(missing) + " missing, " +
               std::to_string(doubled) + " doubled, " + std::to_string(inverted) + " out of order";
    }
};

/// Waits until the sink says that it has nothing more to do, then compares what Redis has with what the station has.
stream_verdict judge_stream(const test::running& station, const redis_server& redis) {
    for (int tries = 0; tries < 1200; ++tries) {
        const auto sinks = station.ask("GET", "/v1/sinks");
        if (sinks.has("\"state\":\"idle\"") && sinks.has("\"lag\":0")) break;
        std::this_thread::sleep_for(milliseconds(100));
    }
    stream_verdict found;
    std::set<std::string> left;
    for (std::string& each : station.event_ids()) left.insert(std::move(each));
    found.events = left.size();
    std::set<std::string> seen;
    std::map<std::string, std::string> last;
    for (const redis_server::entry& each : redis.entries(key)) {
        ++found.entries;
        found.doubled += !seen.insert(each.event_id).second;
        left.erase(each.event_id);
        const std::string who = test::all_of(each.event, "partitionkey").front(), sequence = test::all_of(each.event, "sequence").front();
        found.inverted += last[who] >= sequence;
        last[who] = sequence;
    }
    found.missing = left.size();
    return found;
}

/// A Redis and its replica; who is who changes.
struct pair_of_redis {
    std::unique_ptr<redis_server> one = std::make_unique<redis_server>(), other = std::make_unique<redis_server>();
    redis_server& master() { return *one; }
    bool start_replica() {
        if (!other->start()) return false;
        follow();
        return wait_until_followed();
    }
    void follow() { other->ask({"REPLICAOF", "127.0.0.1", std::to_string(one->port())}); }
    bool wait_until_followed() {
        for (int tries = 0; tries < 600; ++tries) {
            if (other->ask({"INFO", "replication"}).text.find("master_link_status:up") != std::string::npos) return true;
            std::this_thread::sleep_for(milliseconds(20));
        }
        return false;
    }
    /// The replica takes over: the master is dead, or goes on for a while and does not know that it is none.
    bool promote(bool is_dead, std::mt19937& random) {
        if (is_dead) one->kill();
        other->ask({"REPLICAOF", "NO", "ONE"});
        std::swap(one, other);
        std::this_thread::sleep_for(milliseconds(random() % 500));
        if (is_dead) return start_replica();
        follow();
        return wait_until_followed();
    }
};

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    const int kills = arguments.pick(8, 100), stops = arguments.pick(1, 20), wipes = arguments.pick(2, 10), promotions = arguments.pick(4, 20);
    const auto stopped_for = arguments.pick(milliseconds(3000), milliseconds(30000));
    if (!redis_server::is_installed()) return test::skip_row("20", "there is no redis-server");
    pair_of_redis redis;
    if (!redis.one->start()) return std::printf("redis-server does not start\n"), test::fault_broke;
    test::running station({.more = "sinks:\n  - { name: lake, type: redis_stream, url: [\"" + redis.one->url() + "\", \"" + redis.other->url() +
                                   "\"], key: \"" + key + "\" }\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    std::mt19937 random(std::random_device{}());
    test::oracle judge;
    bool all_started = true;
    std::vector<double> quiet_ms, faulty_ms;
    int status = test::fault_held;
    const auto say = [&](const char* row, const std::string& what) {
        const stream_verdict stream = judge_stream(station, redis.master());
        const auto events = judge.judge(station);
        status |= test::report_row(row, all_started && stream.good() && events.good(), what + "; in the stream " + stream.text());
    };
    int unanswered = 0, again = 0;
    const auto is_as_fast = [](double quiet, double faulty) {
        return !test::measures_count || faulty <= std::max(times_slower_max * quiet, unnoticed_ms);
    };
    // Up to three times: others use this machine too, and slow down either half.
    const auto under_load = [&](auto faults) {
        double quiet = 0, faulty = 0;
        for (int time = 0; time < 3; ++time, ++again) {
            test::traffic load(station, judge, {});
            std::this_thread::sleep_for(milliseconds(500));
            load.p99_ms();
            std::this_thread::sleep_for(arguments.pick(milliseconds(3000), milliseconds(20000)));
            quiet = load.p99_ms();
            faults();
            faulty = load.p99_ms();
            unanswered += load.unanswered();
            if (is_as_fast(quiet, faulty)) break;
        }
        quiet_ms.push_back(quiet);
        faulty_ms.push_back(faulty);
    };
    under_load([&] {
        for (int done = 0; done < kills && all_started; ++done) {
            std::this_thread::sleep_for(milliseconds(50 + random() % 450));
            if (done % 2 == 0) redis.master().kill();
            else redis.master().tear(random() % torn_bytes_max);
            std::this_thread::sleep_for(milliseconds(random() % 300));
            all_started = redis.master().start();
        }
    });
    say("20", "killed " + std::to_string(kills) + " times, half of them within a write");
    under_load([&] {
        for (int done = 0; done < stops; ++done) {
            redis.master().stop_for_a_while();
            std::this_thread::sleep_for(stopped_for);
            redis.master().go_on();
            std::this_thread::sleep_for(milliseconds(500 + random() % 1000));
        }
    });
    say("20", "stopped " + std::to_string(stops) + " times for " + std::to_string(stopped_for.count() / 1000) + " s");
    under_load([&] {
        for (int done = 0; done < wipes && all_started; ++done) {
            redis.master().wipe();
            std::this_thread::sleep_for(milliseconds(random() % 500));
            all_started = redis.master().start();
            std::this_thread::sleep_for(milliseconds(500 + random() % 1500));
        }
    });
    say("20", "emptied " + std::to_string(wipes) + " times");
    all_started = all_started && redis.start_replica();
    under_load([&] {
        for (int done = 0; done < promotions && all_started; ++done) {
            std::this_thread::sleep_for(milliseconds(300 + random() % 700));
            all_started = redis.promote(done % 2 == 0, random);
        }
    });
    say("21", "replica promoted " + std::to_string(promotions) + " times, half of them with the master alive");

    std::string figures = "p99 of answers, without and with faults:";
    bool is_unnoticed = unanswered == 0;
    for (std::size_t at = 0; at < quiet_ms.size(); ++at) {
        char text[64];
        std::snprintf(text, sizeof text, " %.2f and %.2f ms,", quiet_ms[at], faulty_ms[at]);
        figures += text;
        is_unnoticed = is_unnoticed && is_as_fast(quiet_ms[at], faulty_ms[at]);
    }
    return status | test::report_row("20", is_unnoticed, figures + " " + std::to_string(again) + " of them measured again; " + std::to_string(unanswered) + " not answered");
}
