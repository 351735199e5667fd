// The consumers of docs/consumers/, as anybody would run them: killed in between, they handle each event once.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/redis_server.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using test::redis_server;
using test::running;
using test::text;

namespace {

/// One of them, in the language of its name, run until it is killed.
class consumer {
public:
    consumer(std::string name, std::vector<std::string> arguments) : words_{name.ends_with(".py") ? "/usr/bin/python3" : "node"} {
        words_.push_back(std::string(YIZHAN_ROOT) + "/docs/consumers/" + name);
        words_.insert(words_.end(), arguments.begin(), arguments.end());
        start();
    }
    ~consumer() { kill(); }
    void start() {
        process_ = ::fork();
        if (process_ != 0) return;
        ::setenv("NODE_PATH", "/usr/share/nodejs", 0);           // Where Debian's packages are.
        ::setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
        std::vector<char*> pointers;
        for (std::string& each : words_) pointers.push_back(each.data());
        pointers.push_back(nullptr);
        ::execvp(pointers[0], pointers.data());
        ::_exit(127);
    }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    bool is_running() const { return ::waitpid(process_, nullptr, WNOHANG) == 0; }

private:
    std::vector<std::string> words_;
    pid_t process_ = -1;
};

std::vector<std::string> handled_ids(const std::filesystem::path& path) {
    std::vector<std::string> ids;
    std::ifstream opened(path);
    for (std::string line; std::getline(opened, line);) {
        const std::size_t at = line.find("\"id\"");
        if (at == std::string::npos) continue;
        const std::size_t begin = line.find('"', line.find(':', at)) + 1;
        ids.push_back(line.substr(begin, line.find('"', begin) - begin));
    }
    return ids;
}

/// Sends, kills the consumer in between, and waits until it has handled all that the station has.
void check_handles_all(running& station, consumer& its, const std::filesystem::path& handled) {
    for (int round = 0; round < 3; ++round) {
        for (int at = 0; at < 40; ++at) REQUIRE(station.send("shop", text("第 " + std::to_string(at))).status == 200);
        its.kill();
        REQUIRE(station.send("corp", text("while it is gone")).status == 200);
        its.start();
    }
    const auto ids = station.event_ids();
    for (int tries = 0; tries < 600 && handled_ids(handled).size() < ids.size(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    auto got = handled_ids(handled);
    INFO(station.ask("GET", "/v1/sinks").body);
    CHECK(got.size() == ids.size());
    CHECK(std::is_permutation(got.begin(), got.end(), ids.begin(), ids.end()));
    CHECK(its.is_running());
}

std::uint16_t free_port() { return redis_server().port(); }

}  // namespace

TEST_CASE("Consumers of a Redis stream handle each event once, also when Redis is emptied", "[scenario][consumers][redis]") {
    const std::string name = GENERATE("redis_consumer.py", "redis_consumer.mjs");
    CAPTURE(name);
    redis_server redis;
    REQUIRE(redis.start());
    running station({.more = "sinks:\n  - { name: lake, type: redis_stream, url: \"" + redis.url() + "\", key: events, groups: [crm] }\n"});
    REQUIRE(station.start());
    const auto handled = station.directory() / "handled.jsonl";
    consumer its(name, {redis.url(), "events", "crm", "one", handled.string()});
    check_handles_all(station, its, handled);
    redis.ask({"FLUSHALL"});
    REQUIRE(station.send("shop", text("behind it")).status == 200);
    for (int tries = 0; tries < 400 && handled_ids(handled).size() < 124; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(handled_ids(handled).size() == 124);
}

TEST_CASE("Consumers of a webhook handle each event once, and refuse what is not signed", "[scenario][consumers][webhook]") {
    const std::string name = GENERATE("webhook_consumer.py", "webhook_consumer.mjs");
    const std::string batch = GENERATE("", ", batch: 20");
    CAPTURE(name, batch);
    const std::string port = std::to_string(free_port()), secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    running station({.more = "sinks:\n  - { name: crm, type: webhook, url: \"http://127.0.0.1:" + port + "/\", retry: [1s, 1s, 1s, 2s, 2s, 2s, 2s, 2s], secret: [" +
                             secret + ", \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]" + batch + " }\n"});
    const auto secret_file = station.directory() / "secret", handled = station.directory() / "handled.jsonl";
    std::ofstream(secret_file) << secret << "\n";
    REQUIRE(station.start());
    consumer its(name, {port, secret_file.string(), handled.string()});
    check_handles_all(station, its, handled);
    net::fetch_request forged;
    forged.method = "POST", forged.url = "http://127.0.0.1:" + port + "/", forged.body = R"({"id":"x","type":"x","data":{}})";
    forged.fields = {{"webhook-id", "x"}, {"webhook-timestamp", std::to_string(std::time(nullptr))}, {"webhook-signature", "v1,AAAA"}};
    const auto refused = net::fetch(forged);
    REQUIRE(refused.has_value());
    CHECK(refused->status == 401);
}

TEST_CASE("Consumers of a file handle each event once, over its rotations", "[scenario][consumers][file]") {
    const std::string name = GENERATE("file_consumer.py", "file_consumer.mjs");
    CAPTURE(name);
    running station({.more = "sinks:\n  - { name: lines, type: file, path: out/events.jsonl, rotate: 16KiB }\n"});
    REQUIRE(station.start());
    const auto handled = station.directory() / "handled.jsonl";
    consumer its(name, {(station.directory() / "out" / "events.jsonl").string(), handled.string()});
    check_handles_all(station, its, handled);
}
