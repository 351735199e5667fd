// Consumers outside get the stream: by Redis, by webhook, in files.
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "crypto/base64.hpp"
#include "stream/sinks/webhook_request.hpp"
#include "tests/support/odd_server.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using test::odd_server;
using test::redis_server;
using test::running;
using test::text;

namespace {

constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

template <class Until>
bool wait_for(Until until, int patience_s = 20) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(patience_s);
    while (!until()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

std::string sinks(const std::string& lines) { return "sinks:\n" + lines; }

std::string sink_state(const running& station, const std::string& name) {
    const auto its = station.ask("GET", "/v1/sinks/" + name);
    const auto states = test::all_of(its.body, "state");
    return states.empty() ? "" : states.front();
}

std::string command(const running& station, const std::string& words, int* status) {
    return station.command(words + " --api http://127.0.0.1:" + std::to_string(station.api_port()), status);
}

/// A receiver that keeps what it gets and answers as it is told. Each request is a connection of its own.
class receiver {
public:
    using manner = std::function<std::string(int number)>;
    receiver() : receiver([](int) { return answer(204); }) {}
    explicit receiver(manner how)
        : how_(std::move(how)), server_([this](int socket, int number) {
              const std::string request = whole(socket);
              if (request.empty()) return;
              {
                  const std::lock_guard lock(mutex_);
                  requests_.push_back(request);
              }
              odd_server::say(socket, how_(number));
          }) {}
    static std::string answer(int status) { return answer(status, ""); }
    static std::string answer(int status, const std::string& more, const std::string& body = "") {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
    }
    std::string url() const { return server_.url("/in"); }
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::size_t count() const { return requests().size(); }

    static std::string field(const std::string& request, const std::string& name) {
        const std::size_t at = request.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const std::size_t begin = at + name.size() + 4;
        return request.substr(begin, request.find("\r\n", begin) - begin);
    }
    static std::string body(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

private:
    static std::string whole(int socket) {
        std::string request = odd_server::hear(socket);
        const std::string length = field(request, "Content-Length");
        const std::size_t body = request.find("\r\n\r\n") + 4, wanted = length.empty() ? 0 : std::stoul(length);
        char piece[65536];
        while (request.size() < body + wanted) {
            const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
            if (got <= 0) return {};
            request.append(piece, static_cast<std::size_t>(got));
        }
        return request;
    }

    manner how_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    odd_server server_;
};

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::vector<std::string> all;
    std::ifstream opened(path);
    for (std::string line; std::getline(opened, line);) all.push_back(line);
    return all;
}

std::string webhook(const std::string& url, const std::string& more = "") {
    return sinks("  - { name: crm, type: webhook, url: \"" + url + "\", secret: " + std::string(secret) + more + " }\n");
}

}  // namespace

TEST_CASE("Every event comes into the Redis stream once, with id, type and the event as the API gives it", "[scenario][sinks][redis]") {
    redis_server redis;
    REQUIRE(redis.start());
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: \"yizhan:events\" }\n")});
    REQUIRE(station.start());
    for (int at = 0; at < 200; ++at) REQUIRE(station.send("shop", text("text " + std::to_string(at), "customer" + std::to_string(at % 7))).status == 200);
    REQUIRE(station.send("corp", text("from the app")).status == 200);
    REQUIRE(wait_for([&] { return redis.entries("yizhan:events").size() >= 201; }));
    const auto all = redis.entries("yizhan:events");
    const std::string feed = station.ask("GET", "/v1/events?limit=1000").body;
    const std::vector<std::string> ids = station.event_ids();
    REQUIRE(all.size() == ids.size());
    for (std::size_t at = 0; at < all.size(); ++at) {
        CHECK(all[at].event_id == ids[at]);
        CHECK(all[at].type == "message.text");
        CHECK(feed.find(all[at].event) != std::string::npos);
    }
    CHECK(sink_state(station, "lake") == "idle");
    CHECK(station.ask("GET", "/v1/sinks").has("\"lag\":0,\"delivered\":201,\"redelivered\":0,\"lost\":0"));
    CHECK(station.ask("GET", "/metrics", "", "").has("yizhan_sink_lag_events{sink=\"lake\"} 0"));

    // Stopped and started again, nothing comes twice and nothing is left out.
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("after")).status == 200);
    REQUIRE(wait_for([&] { return redis.entries("yizhan:events").size() == 202; }));
}

TEST_CASE("A Redis that is gone, stopped or emptied is waited for, and gets what it has not", "[scenario][sinks][redis]") {
    redis_server redis;
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events }\n")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("before there is a Redis")).status == 200);
    CHECK(wait_for([&] { return sink_state(station, "lake") == "waiting"; }));
    REQUIRE(redis.start());
    REQUIRE(wait_for([&] { return redis.entries("events").size() == 1; }));
    SECTION("killed") {
        redis.kill();
        REQUIRE(station.send("shop", text("while it is gone")).status == 200);
        REQUIRE(redis.start());
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 2; }));
    }
    SECTION("emptied while it is gone") {
        redis.wipe();
        REQUIRE(station.send("shop", text("while it is gone")).status == 200);
        REQUIRE(redis.start());
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 2; }));
        CHECK(station.says("the stream is not there any more"));
        CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"redelivered\":1,"); }));
    }
    SECTION("emptied while it runs") {
        redis.ask({"FLUSHALL"});
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 1; }));
        redis.ask({"DEL", "events"});
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 1; }));
        redis.ask({"DEL", "events"});
        redis.ask({"XGROUP", "CREATE", "events", "early", "0", "MKSTREAM"});  // A consumer is faster than we are.
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 1; }));
        for (int round = 0; round < 5; ++round) {  // … and events come faster than anybody looks.
            redis.ask({"DEL", "events"});
            if (round % 2 == 0) redis.ask({"XGROUP", "CREATE", "events", "early", "0", "MKSTREAM"});
            for (int at = 0; at < 20; ++at) REQUIRE(station.send("shop", text("busy")).status == 200);
        }
        REQUIRE(wait_for([&] { return redis.entries("events").size() == 101; }));
    }
    const auto ids = station.event_ids();
    const auto all = redis.entries("events");
    REQUIRE(all.size() == ids.size());
    for (std::size_t at = 0; at < all.size(); ++at) CHECK(all[at].event_id == ids[at]);
}

TEST_CASE("A Redis that died within a write brings nothing back later", "[scenario][sinks][redis]") {
    redis_server redis;
    REQUIRE(redis.start());
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: \"yizhan:events\" }\n")});
    REQUIRE(station.start());
    int sent = 0;
    const auto send_some = [&](int count) {
        for (const int end = sent + count; sent < end; ++sent) REQUIRE(station.send("shop", text("text " + std::to_string(sent))).status == 200);
    };
    const auto once = [&] {
        const auto all = redis.entries("yizhan:events");
        std::vector<std::string> ids;
        for (const auto& each : all) ids.push_back(each.event_id);
        return ids == station.event_ids();
    };
    send_some(3);
    REQUIRE(wait_for(once));
    // Several in one append; then the end of that append is not in its file.
    REQUIRE(station.ask("POST", "/v1/sinks/lake/pause").status == 204);
    REQUIRE(wait_for([&] { return sink_state(station, "lake") == "paused"; }));
    send_some(6);
    REQUIRE(station.ask("POST", "/v1/sinks/lake/resume").status == 204);
    REQUIRE(wait_for(once));
    redis.tear(400);
    // What was torn is found half written at one start, given up, and done in the next.
    for (int starts = 0; starts < 3; ++starts) {
        INFO(starts);
        REQUIRE(redis.start());
        send_some(2);
        CHECK(wait_for(once));
        redis.kill();
    }
}

TEST_CASE("Entries go when every group has them behind it, and not before", "[scenario][sinks][redis]") {
    redis_server redis({"--stream-node-max-entries", "10"});
    REQUIRE(redis.start());
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events, groups: [crm, lake] }\n")});
    REQUIRE(station.start());
    for (int at = 0; at < 100; ++at) REQUIRE(station.send("shop", text(std::to_string(at))).status == 200);
    REQUIRE(wait_for([&] { return redis.entries("events").size() == 100; }));
    const auto read = [&](const std::string& group, const std::string& count) {
        redis.ask({"XREADGROUP", "GROUP", group, "one", "COUNT", count, "STREAMS", "events", ">"});
    };
    read("crm", "100");
    for (const auto& each : redis.entries("events")) redis.ask({"XACK", "events", "crm", each.id});
    std::this_thread::sleep_for(std::chrono::seconds(5));
    CHECK(redis.entries("events").size() == 100);  // The other group has read nothing.
    read("lake", "60");
    std::this_thread::sleep_for(std::chrono::seconds(5));
    CHECK(redis.entries("events").size() == 100);  // … or has acknowledged nothing.
    const auto all = redis.entries("events");
    for (std::size_t at = 0; at < 55; ++at) redis.ask({"XACK", "events", "lake", all[at].id});
    CHECK(wait_for([&] { return redis.entries("events").size() <= 55; }));  // In whole nodes of the stream.
    const std::string first = redis.entries("events").front().id;
    CHECK(std::ranges::find(all.begin(), all.begin() + 56, first, &redis_server::entry::id) != all.begin() + 56);

    // Emptied, it gets what the groups had not behind them, and the groups.
    redis.ask({"FLUSHALL"});
    CHECK(wait_for([&] {
        const auto now = redis.entries("events");
        return !now.empty() && now.back().event_id == all.back().event_id;
    }));
    // At least those; and of what went out together with them, what the groups had already.
    const auto again = redis.entries("events");
    REQUIRE(again.size() >= 45);
    for (std::size_t at = 1; at <= 45; ++at) CHECK(again[again.size() - at].event_id == all[all.size() - at].event_id);
    CHECK(redis.ask({"XINFO", "GROUPS", "events"}).elements.size() == 2);
}

TEST_CASE("A Redis that is full is trimmed when its groups have everything, and gets the rest", "[scenario][sinks][redis]") {
    redis_server redis({"--maxmemory", "2mb", "--stream-node-max-entries", "10"});
    REQUIRE(redis.start());
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events, groups: [crm] }\n")});
    REQUIRE(station.start());
    for (int at = 0; at < 3000; ++at) REQUIRE(station.send("shop", text(std::to_string(at))).status == 200);
    REQUIRE(wait_for([&] { return station.ask("GET", "/v1/sinks").has("OOM\""); }));
    std::set<std::string> seen;
    for (int tries = 0; tries < 400 && seen.size() < 3000; ++tries) {
        const auto read = redis.ask({"XREADGROUP", "GROUP", "crm", "one", "COUNT", "1000", "STREAMS", "events", ">"});
        if (read.elements.empty()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            continue;
        }
        for (const auto& each : read.elements[0].elements[1].elements) {
            CHECK(seen.insert(each.elements[1].elements[1].text).second);
            redis.ask({"XACK", "events", "crm", each.elements[0].text});
        }
    }
    CHECK(seen.size() == 3000);
}

TEST_CASE("A conversation is always in the same of several keys, in order; a filter chooses", "[scenario][sinks][redis]") {
    redis_server redis;
    REQUIRE(redis.start());
    running station({.rules = "rules:\n  - { name: urgent, when: { text: { any_of: [urgent] } }, then: { queue: urgent } }\n",
                     .more = sinks("  - { name: parts, type: redis_stream, url: \"unix://" + redis.socket_path() + "\", key: part, partitions: 4 }\n"
                                   "  - { name: tasks, type: redis_stream, url: \"" + redis.url() + "\", key: tasks, filter: { queue: urgent } }\n"
                                   "  - { name: corp, type: redis_stream, url: \"" + redis.url() + "\", key: corp, filter: { account: corp, type: \"message.*\" } }\n")});
    REQUIRE(station.start());
    for (int at = 0; at < 200; ++at)
        REQUIRE(station.send("shop", text(at % 20 == 0 ? "urgent" : "usual", "customer" + std::to_string(at % 16))).status == 200);
    for (int at = 0; at < 5; ++at) REQUIRE(station.send("corp", text("usual")).status == 200);
    std::vector<std::vector<redis_server::entry>> parts(4);
    REQUIRE(wait_for([&] {
        std::size_t count = 0;
        for (std::size_t at = 0; at < 4; ++at) count += (parts[at] = redis.entries("part:" + std::to_string(at))).size();
        return count == 205;
    }));
    std::map<std::string, std::size_t> part_of;
    for (std::size_t at = 0; at < 4; ++at) {
        CHECK(parts[at].size() > 10);
        std::map<std::string, std::string> last;
        for (const auto& each : parts[at]) {
            const std::string who = test::all_of(each.event, "partitionkey").front(), sequence = test::all_of(each.event, "sequence").front();
            CHECK(part_of.try_emplace(who, at).first->second == at);
            CHECK(last[who] < sequence);
            last[who] = sequence;
        }
    }
    CHECK(wait_for([&] { return redis.entries("tasks").size() == 10 && redis.entries("corp").size() == 5; }));
    CHECK(redis.entries("tasks").front().event.find("\"queue\":\"urgent\"") != std::string::npos);

    // One part lost gets its own again, and the others nothing twice.
    redis.ask({"DEL", "part:2", "{part:2}:origins"});
    CHECK(wait_for([&] { return redis.entries("part:2").size() == parts[2].size(); }));
    for (const std::size_t at : {0, 1, 3}) CHECK(redis.entries("part:" + std::to_string(at)).size() == parts[at].size());
}

TEST_CASE("A Redis that may lose what it has is reported at the start", "[scenario][sinks][redis]") {
    redis_server redis({"--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru"});
    REQUIRE(redis.start());
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events }\n")});
    REQUIRE(station.start());
    CHECK(station.says("appendfsync is everysec, not always"));
    CHECK(station.says("maxmemory-policy is allkeys-lru, not noeviction"));
    int status = -1;
    const std::string listed = command(station, "sinks ls", &status);
    CHECK(status == 0);
    CHECK(listed.find("lake  redis_stream  idle") != std::string::npos);
    CHECK(listed.find("warning: appendfsync is everysec") != std::string::npos);
    CHECK(command(station, "sinks test lake", &status).find("connected to redis://") != std::string::npos);
    CHECK(status == 0);
    redis.ask({"SET", "events", "no stream"});
    CHECK(command(station, "sinks test lake", &status).find("is no stream but string") != std::string::npos);
    CHECK(status == 1);
}

TEST_CASE("User and password are those of the configuration, and stand in no log", "[scenario][sinks][redis]") {
    redis_server redis;
    REQUIRE(redis.start());
    redis.ask({"ACL", "SETUSER", "station", "on", ">redis-password-1", "~*", "+@all"});
    running station({.more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events, user: station, password: redis-password-1 }\n")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("x")).status == 200);
    CHECK(wait_for([&] { return redis.entries("events").size() == 1; }));
    redis.ask({"ACL", "SETUSER", "station", "resetpass", ">another-password"});
    redis.kill();
    REQUIRE(redis.start());
    CHECK(station.output().find("redis-password-1") == std::string::npos);
    CHECK(station.ask("GET", "/v1/sinks").body.find("redis-password-1") == std::string::npos);
}

TEST_CASE("Redis over TLS is called only with a certificate that is trusted", "[scenario][sinks][redis][tls]") {
    const test::temporary_directory certificates;
    const std::string in = certificates.path().string();
    REQUIRE(std::system(("cd " + in + " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
                                      "-keyout key.pem -out cert.pem > /dev/null 2>&1").c_str()) == 0);
    const std::string port = std::to_string(redis_server().port());
    redis_server redis({"--tls-port", port, "--tls-cert-file", in + "/cert.pem", "--tls-key-file", in + "/key.pem", "--tls-auth-clients", "no"});
    REQUIRE(redis.start());
    const std::string url = "url: \"rediss://localhost:" + port + "/0\"";
    running station({.more = sinks("  - { name: trusted, type: redis_stream, " + url + ", key: trusted, ca_file: \"" + in + "/cert.pem\" }\n"
                                   "  - { name: unknown, type: redis_stream, " + url + ", key: unknown }\n")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("x")).status == 200);
    CHECK(wait_for([&] { return redis.entries("trusted").size() == 1; }));
    CHECK(wait_for([&] { return sink_state(station, "unknown") == "waiting"; }));
    CHECK(station.ask("GET", "/v1/sinks/unknown").has("certificate verify failed"));
    CHECK(redis.entries("unknown").empty());
}

TEST_CASE("A webhook gets every event, signed, in the form that was asked for", "[scenario][sinks][webhook]") {
    receiver crm;
    running station({.more = webhook(crm.url())});
    REQUIRE(station.start());
    for (int at = 0; at < 20; ++at) REQUIRE(station.send("shop", text("您好 " + std::to_string(at), "c" + std::to_string(at))).status == 200);
    REQUIRE(wait_for([&] { return crm.count() == 20; }));
    std::set<std::string> got;
    for (const std::string& each : crm.requests()) {
        const std::string id = receiver::field(each, "webhook-id"), stamp = receiver::field(each, "webhook-timestamp");
        const auto bytes = stream::webhook_secret_of(secret);
        CHECK(receiver::field(each, "webhook-signature") == stream::webhook_signature({*bytes}, id, std::stoll(stamp), receiver::body(each)));
        CHECK(receiver::field(each, "Content-Type") == "application/cloudevents+json; charset=utf-8");
        CHECK(test::all_of(receiver::body(each), "id").front() == id);
        got.insert(id);
    }
    const auto ids = station.event_ids();
    CHECK(got == std::set<std::string>(ids.begin(), ids.end()));
    CHECK(wait_for([&] { return sink_state(station, "crm") == "idle"; }));
    const auto log = station.ask("GET", "/v1/sinks/crm/deliveries?limit=3");
    CHECK(test::all_of(log.body, "result") == std::vector<std::string>{"delivered", "delivered", "delivered"});
    CHECK(log.has("\"status\":204"));

    // Stopped and started again, nothing comes a second time.
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("after")).status == 200);
    CHECK(wait_for([&] { return crm.count() == 21; }));
}

TEST_CASE("A receiver that fails is asked again by the schedule, others go on meanwhile", "[scenario][sinks][webhook]") {
    std::atomic<int> refused{0};
    receiver crm([&](int number) {
        if (number == 0) ++refused;
        return number == 0 ? receiver::answer(500) : receiver::answer(200, "", "fine");
    });
    running station({.more = webhook(crm.url(), ", retry: [1s, 1s]")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("first")).status == 200);
    REQUIRE(wait_for([&] { return refused == 1; }));
    REQUIRE(station.send("shop", text("second")).status == 200);
    CHECK(wait_for([&] { return crm.count() == 3; }));
    const auto all = crm.requests();
    CHECK(receiver::field(all[0], "webhook-id") != "");
    const bool second_first = receiver::field(all[2], "webhook-id") == receiver::field(all[0], "webhook-id");
    CHECK((second_first || receiver::field(all[1], "webhook-id") == receiver::field(all[0], "webhook-id")));
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"delivered\":1,\"redelivered\":1,\"lost\":0,\"retries\":1,\"parked\":0,\"dead\":0"); }));
}

TEST_CASE("What gives up is kept and can be tried again; a refusal stops nobody else", "[scenario][sinks][webhook]") {
    std::atomic<bool> is_mended{false};
    receiver crm([&](int) { return is_mended ? receiver::answer(200) : receiver::answer(400); });
    running station({.more = webhook(crm.url(), ", retry: [1s]")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("not liked")).status == 200);
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"parked\":0,\"dead\":1"); }));
    CHECK(crm.count() == 2);
    CHECK(station.says("a delivery gave up"));
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"dead\":1"); }));
    is_mended = true;
    int status = -1;
    CHECK(command(station, "sinks retry crm", &status).find("1 are tried again") != std::string::npos);
    CHECK(wait_for([&] { return crm.count() == 3; }));
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"parked\":0,\"dead\":0"); }));
}

TEST_CASE("A parked delivery survives a restart, and its position does not wait for it", "[scenario][sinks][webhook]") {
    std::atomic<bool> is_mended{false};
    receiver crm([&](int) { return is_mended ? receiver::answer(200) : receiver::answer(422); });
    running station({.more = webhook(crm.url(), ", retry: [2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s]")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("later")).status == 200);
    REQUIRE(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"parked\":1"); }));
    CHECK(station.ask("GET", "/v1/sinks").has("\"lag\":0"));
    CHECK(station.stop() == 0);
    const std::size_t before = crm.count();
    is_mended = true;
    REQUIRE(station.start());
    CHECK(wait_for([&] { return crm.count() == before + 1; }));
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"parked\":0"); }));
}

TEST_CASE("410 disables until somebody resumes, over restarts too", "[scenario][sinks][webhook]") {
    std::atomic<bool> is_back{false};
    receiver crm([&](int) { return is_back ? receiver::answer(200) : receiver::answer(410); });
    running station({.more = webhook(crm.url())});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("a")).status == 200);
    CHECK(wait_for([&] { return sink_state(station, "crm") == "disabled"; }));
    CHECK(station.says("a sink is disabled until somebody resumes it"));
    REQUIRE(station.send("shop", text("b")).status == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    CHECK(crm.count() == 1);
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    CHECK(wait_for([&] { return sink_state(station, "crm") == "disabled"; }));
    is_back = true;
    CHECK(station.ask("POST", "/v1/sinks/crm/resume", "{}").status == 204);
    CHECK(wait_for([&] { return crm.count() == 3; }));
}

TEST_CASE("Whoever redirects, hangs, drips or floods has failed, or is taken at its word", "[scenario][sinks][webhook]") {
    struct manner {
        std::string name, says;
        bool is_delivered;
        std::string result;
    };
    const std::string flood = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + std::string(10000000, 'x');
    const manner how = GENERATE_COPY(values<manner>({
        {"redirects", receiver::answer(302, "Location: http://127.0.0.1:1/\r\n"), false, "status 302"},
        {"hangs", "", false, ""},
        {"answers half", "HTTP/1.1 200 OK\r\nContent-Le", false, ""},
        {"sends 10 MB", flood, true, "delivered"},
        {"no HTTP", "hello\r\n\r\n", false, ""},
        {"too busy", receiver::answer(503, "Retry-After: 1\r\n"), false, "status 503"},
    }));
    CAPTURE(how.name);
    std::atomic<bool> hangs{how.says.empty()};
    receiver crm([&](int number) {
        if (number > 0) return receiver::answer(200);
        if (hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        return how.says;
    });
    running station({.more = webhook(crm.url(), ", retry: [1s, 1s, 1s], timeout: 1s")});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("a")).status == 200);
    CHECK(wait_for([&] { return crm.count() == (how.is_delivered ? 1u : 2u); }));
    CHECK(wait_for([&] { return sink_state(station, "crm") == "idle"; }));
    const auto results = test::all_of(station.ask("GET", "/v1/sinks/crm/deliveries").body, "result");
    REQUIRE(results.size() == (how.is_delivered ? 1u : 2u));
    CHECK(results.front() == "delivered");
    if (!how.result.empty()) CHECK(results.back() == how.result);
}

TEST_CASE("In order, a conversation waits for its first; others do not", "[scenario][sinks][webhook]") {
    std::atomic<bool> is_mended{false};
    receiver crm([&](int) { return is_mended ? receiver::answer(200) : receiver::answer(400); });
    running station({.more = webhook(crm.url(), ", order: conversation, retry: [1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s]")});
    REQUIRE(station.start());
    for (int at = 0; at < 12; ++at) REQUIRE(station.send("shop", text(std::to_string(at), "c" + std::to_string(at % 3))).status == 200);
    REQUIRE(wait_for([&] { return crm.count() >= 6; }));
    std::set<std::string> firsts;
    for (const std::string& each : crm.requests()) firsts.insert(receiver::field(each, "webhook-id"));
    CHECK(firsts.size() == 3);  // Only each conversation's first was tried.
    is_mended = true;
    REQUIRE(wait_for([&] { return station.ask("GET", "/v1/sinks").has("\"parked\":0,\"dead\":0") && sink_state(station, "crm") == "idle"; }));
    std::map<std::string, std::string> last;
    for (const std::string& each : crm.requests()) {
        const std::string who = test::all_of(receiver::body(each), "partitionkey").front(), sequence = test::all_of(receiver::body(each), "sequence").front();
        CHECK(last[who] <= sequence);
        last[who] = sequence;
    }
}

TEST_CASE("Batches and the binary form", "[scenario][sinks][webhook]") {
    receiver batches, binary;
    running station({.more = sinks("  - { name: batches, type: webhook, url: \"" + batches.url() + "\", batch: 50 }\n"
                                   "  - { name: binary, type: webhook, url: \"" + binary.url() + "\", form: binary, filter: { account: corp } }\n")});
    REQUIRE(station.start());
    CHECK(station.ask("POST", "/v1/sinks/batches/pause", "{}").status == 204);
    CHECK(wait_for([&] { return sink_state(station, "batches") == "paused"; }));
    for (int at = 0; at < 100; ++at) REQUIRE(station.send("shop", text(std::to_string(at))).status == 200);
    REQUIRE(station.send("corp", text("您好")).status == 200);
    CHECK(wait_for([&] { return binary.count() == 1; }));
    CHECK(receiver::field(binary.requests().front(), "ce-type") == "message.text");
    CHECK(receiver::field(binary.requests().front(), "webhook-signature").empty());
    CHECK(receiver::body(binary.requests().front()).find("\"text\":\"您好\"") != std::string::npos);
    CHECK(batches.count() == 0);
    CHECK(station.ask("POST", "/v1/sinks/batches/resume", "{}").status == 204);
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks/batches").has("\"delivered\":101"); }));
    CHECK(batches.count() <= 4);
    CHECK(receiver::field(batches.requests().front(), "Content-Type") == "application/cloudevents-batch+json; charset=utf-8");
}

TEST_CASE("A file has every event as a line, once, over kills and in several files", "[scenario][sinks][file]") {
    running station({.more = sinks("  - { name: lines, type: file, path: out/events.jsonl, rotate: 20KiB }\n")});
    REQUIRE(station.start());
    for (int round = 0; round < 5; ++round) {
        for (int at = 0; at < 40; ++at) REQUIRE(station.send("shop", text(std::to_string(at))).status == 200);
        if (round % 2 == 0) station.stop(SIGKILL);
        else station.stop();
        if (round == 2) std::ofstream(station.directory() / "out" / "events.jsonl", std::ios::app) << R"({"sequence":"00000)";  // Torn.
        REQUIRE(station.start());
    }
    const auto ids = station.event_ids();
    std::vector<std::string> written;
    const auto all_lines = [&] {
        written.clear();
        std::set<std::filesystem::path> files;
        for (const auto& each : std::filesystem::directory_iterator(station.directory() / "out"))
            if (each.path().filename() != "events.jsonl") files.insert(each.path());
        for (const auto& each : files)
            for (std::string& line : lines_of(each)) written.push_back(test::all_of(line, "id").front());
        for (std::string& line : lines_of(station.directory() / "out" / "events.jsonl")) written.push_back(test::all_of(line, "id").front());
        return written.size() >= ids.size();
    };
    REQUIRE(wait_for(all_lines));
    CHECK((written == ids));
    CHECK(std::distance(std::filesystem::directory_iterator(station.directory() / "out"), {}) > 4);
}

TEST_CASE("A sink that is new begins where it is told to, and a removed one goes on when it comes back", "[scenario][sinks][reload]") {
    running station;
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("before")).status == 200);
    const std::string plain = station.config_text();
    const std::string both = plain + sinks("  - { name: old, type: file, path: old.jsonl }\n  - { name: new, type: file, path: new.jsonl, start: now }\n");
    const auto reload = [&](const std::string& config) {
        station.write_config(config);
        station.signal(SIGHUP);
    };
    reload(both);
    CHECK(wait_for([&] { return sink_state(station, "new") == "idle" && sink_state(station, "old") == "idle"; }));
    REQUIRE(station.send("shop", text("after")).status == 200);
    CHECK(wait_for([&] { return lines_of(station.directory() / "old.jsonl").size() == 2 && lines_of(station.directory() / "new.jsonl").size() == 1; }));
    reload(plain);
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks").body == "{\"sinks\":[]}"; }));
    REQUIRE(station.send("shop", text("meanwhile")).status == 200);
    reload(both);
    CHECK(wait_for([&] { return lines_of(station.directory() / "old.jsonl").size() == 3 && lines_of(station.directory() / "new.jsonl").size() == 2; }));
}

TEST_CASE("A restored backup goes on where its sinks were, under another name", "[scenario][sinks][redis]") {
    redis_server redis;
    REQUIRE(redis.start());
    const std::string more = sinks("  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events }\n");
    running station({.more = more});
    REQUIRE(station.start());
    REQUIRE(station.send("shop", text("one")).status == 200);
    REQUIRE(wait_for([&] { return redis.entries("events").size() == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // The record is written once a second.
    int status = -1;
    const std::string backup = (station.directory() / "backup").string();
    station.command("backup --to " + backup, &status);
    REQUIRE(status == 0);
    REQUIRE(station.send("shop", text("behind the backup")).status == 200);
    REQUIRE(wait_for([&] { return redis.entries("events").size() == 2; }));
    station.stop();
    running other({.more = more});
    other.command("restore --from " + backup, &status);
    REQUIRE(status == 0);
    REQUIRE(other.start());
    // Its sequence is one that Redis knows from the first: it is another event all the same.
    REQUIRE(other.send("shop", text("another")).status == 200);
    CHECK(wait_for([&] { return redis.entries("events").size() == 3; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(redis.entries("events").size() == 3);
}

TEST_CASE("Webhooks made through the API lead to the public internet only", "[scenario][sinks][ssrf]") {
    running station;
    REQUIRE(station.start());
    std::atomic<int> reached{0};
    odd_server inside([&](int, int) { ++reached; });
    const std::string port = std::to_string(inside.port());
    const auto put = [&](const std::string& name, const std::string& body, const std::string& key = "admin") { return station.ask("PUT", "/v1/sinks/" + name, body, key); };
    CHECK(put("a", R"({"url":"http://example.com/"})").has("must be an https URL"));
    CHECK(put("a", R"({"url":"https://u:p@example.com/"})").status == 400);
    CHECK(put("a", R"({"url":"file:///etc/passwd"})").status == 400);
    CHECK(put("a", R"({})").status == 400);
    CHECK(put("a", "[]").status == 400);
    CHECK(put("a", R"({"url":"https://example.com/","secret":{"file":"/etc/passwd"}})").has("must be a text"));
    CHECK(put("a", R"({"url":"https://example.com/","path":"/tmp/x"})").status == 400);
    CHECK(put("a", R"({"url":"https://example.com/","password":{"file":"/dev/zero"}})").has("a webhook has no"));
    CHECK(put("a", R"({"url":"https://example.com/","ca_file":"/etc/passwd"})").status == 400);
    CHECK(put("a", "{\"url\":\"https://example.com/\",\"filter\":" + std::string(400000, '[') + std::string(400000, ']') + "}").has("not deeply nested"));
    CHECK(put("origin%00x", R"({"url":"https://example.com/"})").status == 400);
    CHECK(put("A..B", R"({"url":"https://example.com/"})").status == 400);
    CHECK(put("a", R"({"url":"https://example.com/"})", "desk").status == 403);
    REQUIRE(station.send("shop", text("a")).status == 200);
    int number = 0;
    for (const std::string host : {"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0x7f000001", "0177.0.0.1",
                                   "127.1", "127.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]",
                                   "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
        const std::string name = "s" + std::to_string(number++);
        CAPTURE(host);
        CHECK(put(name, "{\"url\":\"https://" + host + ":" + port + "/\",\"retry\":[\"1s\"],\"timeout\":\"2s\"}").status == 200);
        CHECK(wait_for([&] { return !test::all_of(station.ask("GET", "/v1/sinks/" + name + "/deliveries").body, "result").empty(); }));
        CHECK(station.ask("GET", "/v1/sinks/" + name + "/deliveries").has("\"status\":null"));
    }
    CHECK(reached == 0);
    CHECK(inside.connections == 0);
    CHECK(station.ask("DELETE", "/v1/sinks/s0").status == 204);
    CHECK(wait_for([&] { return station.ask("GET", "/v1/sinks/s0").status == 404; }));
    CHECK(station.stop() == 0);
    REQUIRE(station.start());
    CHECK(station.ask("GET", "/v1/sinks/s1").status == 200);  // They stay.
    CHECK(station.ask("GET", "/v1/sinks/s0").status == 404);
}
