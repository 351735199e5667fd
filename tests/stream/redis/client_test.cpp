#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/io_context.hpp>
#include <mutex>

#include "stream/redis/client.hpp"
#include "tests/support/odd_server.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;
using namespace yizhan::stream;
using test::odd_server;
using namespace std::chrono_literals;

namespace {

constexpr const char* master = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";

/// Lets in whoever asks for the role.
bool let_in(int socket, const char* role = master) {
    if (odd_server::hear_until(socket, "ROLE\r\n").empty()) return false;
    odd_server::say(socket, role);
    return true;
}

redis::client_settings to(const odd_server& server) {
    redis::client_settings with;
    with.at.push_back(*redis::address_of("redis://127.0.0.1:" + std::to_string(server.port())));
    with.patience = 500ms;
    with.connect_patience = 500ms;
    with.retry_to = 50ms;
    with.replies = {4096, 100};
    return with;
}

/// A client and what happens on its thread, for so long as a test says.
struct bench {
    net::asio::io_context context{1};
    redis::client client;
    explicit bench(redis::client_settings with) : client(context.get_executor(), std::move(with)) { client.start(); }
    ~bench() {
        client.stop();
        context.restart();
        context.run_for(200ms);
    }
    template <class Until>
    bool run(Until until, std::chrono::milliseconds patience = 5000ms) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!until() && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_for(5ms);
        }
        return until();
    }
    bool comes_up() {
        return run([this] { return client.is_up(); });
    }
    redis::call_end ask(std::vector<std::string_view> words) {
        std::optional<redis::call_end> got;
        client.send(words, [&](redis::call_end end) { got = std::move(end); });
        run([&] { return got.has_value(); });
        return got.value_or(redis::call_end{boost::system::errc::make_error_code(boost::system::errc::stream_timeout), false, {}});
    }
};

}  // namespace

TEST_CASE("Commands go out in their order, many at once, and so come their replies", "[stream][redis]") {
    std::string heard;
    std::mutex guard;
    odd_server server([&](int socket, int) {
        if (!let_in(socket)) return;
        const std::string all = odd_server::hear_until(socket, "last\r\n");
        {
            const std::lock_guard lock(guard);
            heard = all;
        }
        for (int at = 0; at < 100; ++at) odd_server::say(socket, ":" + std::to_string(at) + "\r\n");
        odd_server::hear_until(socket, "never");
    });
    bench here(to(server));
    REQUIRE(here.comes_up());
    std::vector<std::int64_t> got;
    for (int at = 0; at < 100; ++at) {
        const std::string name = at == 99 ? "last" : std::to_string(at);
        here.client.send({"ECHO", name}, [&](redis::call_end end) { got.push_back(end.reply.number); });
        CHECK(got.empty());  // Nobody is told before `send` has returned.
    }
    CHECK(here.run([&] { return got.size() == 100; }));
    for (std::size_t at = 0; at < got.size(); ++at) CHECK(got[at] == static_cast<std::int64_t>(at));
    const std::lock_guard lock(guard);
    CHECK(heard.find("ECHO") != std::string::npos);
}

TEST_CASE("Whoever has no reply when the connection ends is told so, and it is made again", "[stream][redis]") {
    odd_server server([&](int socket, int number) {
        if (!let_in(socket)) return;
        odd_server::hear_until(socket, "PING\r\n");
        if (number > 0) odd_server::say(socket, "+PONG\r\n"), odd_server::hear_until(socket, "never");
    });
    bench here(to(server));
    REQUIRE(here.comes_up());
    const auto lost = here.ask({"PING"});
    CHECK(lost.failed);
    CHECK(lost.may_have_arrived);
    CHECK(here.run([&] { return here.client.connections() == 2; }));
    CHECK(here.ask({"PING"}).reply.text == "PONG");
}

TEST_CASE("Without a connection nothing is sent", "[stream][redis]") {
    odd_server server([](int, int) {});
    bench here(to(server));
    const auto refused = here.ask({"PING"});
    CHECK(refused.failed == boost::system::errc::not_connected);
    CHECK_FALSE(refused.may_have_arrived);
}

TEST_CASE("What is strange, huge or late is an error and a new connection", "[stream][redis]") {
    struct manner {
        std::string name, says;
        error_code fails;
    };
    const auto timed_out = boost::system::errc::make_error_code(boost::system::errc::timed_out);
    const manner how = GENERATE_COPY(values<manner>({
        {"strange",           "hello\r\n",                          errc::malformed_message},
        {"a huge text",       "$999999999\r\n",                     errc::too_large        },
        {"a huge list",       "*999999999\r\n",                     errc::too_large        },
        {"no end of a line",  "+" + std::string(1 << 20, 'x'),      errc::too_large        },
        {"nothing",           "",                                   timed_out              },
        {"half a reply",      "$100\r\nabc",                        timed_out              },
    }));
    CAPTURE(how.name);
    odd_server server([&](int socket, int number) {
        if (!let_in(socket)) return;
        odd_server::hear_until(socket, "PING\r\n");
        odd_server::say(socket, number == 0 ? how.says : "+PONG\r\n");
        odd_server::hear_until(socket, "never");
    });
    bench here(to(server));
    REQUIRE(here.comes_up());
    CHECK(here.ask({"PING"}).failed == how.fails);
    REQUIRE(here.run([&] { return here.client.connections() == 2; }));
    CHECK(here.ask({"PING"}).reply.text == "PONG");
}

TEST_CASE("A reply that nobody asked for ends the connection", "[stream][redis]") {
    odd_server server([&](int socket, int number) {
        if (!let_in(socket)) return;
        if (number == 0) odd_server::say(socket, "+more\r\n");
        odd_server::hear_until(socket, "never");
    });
    bench here(to(server));
    CHECK(here.run([&] { return here.client.connections() == 2 && here.client.is_up(); }));
}

TEST_CASE("A replica is passed over, and left when it has become one", "[stream][redis]") {
    const char* const slave = "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:1\r\n";
    odd_server replica([&](int socket, int) {
        let_in(socket, slave);
        odd_server::hear_until(socket, "never");
    });
    std::atomic<int> times{0};
    odd_server other([&](int socket, int) {
        if (!let_in(socket)) return;
        odd_server::hear_until(socket, "SET\r\n");
        ++times;
        odd_server::say(socket, "-READONLY You can't write against a read only replica.\r\n");
        odd_server::hear_until(socket, "never");
    });
    redis::client_settings with = to(replica);
    with.at.push_back(to(other).at.front());
    bench here(with);
    REQUIRE(here.comes_up());
    CHECK(here.client.where() == with.at[1].text());
    CHECK(here.ask({"SET"}).reply.is_error("READONLY"));
    CHECK(here.run([&] { return here.client.connections() == 2; }));
    CHECK(times == 1);
}

TEST_CASE("User, password and database come first; a refusal shows no password", "[stream][redis]") {
    std::string heard;
    std::mutex guard;
    odd_server server([&](int socket, int number) {
        const std::string auth = odd_server::hear_until(socket, "wOrd-1\r\n");
        {
            const std::lock_guard lock(guard);
            heard = auth;
        }
        odd_server::say(socket, number == 0 ? "-WRONGPASS invalid wOrd-1\r\n" : "+OK\r\n");
        if (number == 0) return;
        odd_server::hear_until(socket, "SELECT\r\n$1\r\n5\r\n");
        odd_server::say(socket, "+OK\r\n");
        let_in(socket);
        odd_server::hear_until(socket, "never");
    });
    redis::client_settings with = to(server);
    with.at.front().database = 5;
    with.user = "yizhan", with.password = "wOrd-1";
    bench here(with);
    CHECK(here.run([&] { return here.client.why_down() == "AUTH is refused: WRONGPASS"; }));
    REQUIRE(here.comes_up());
    const std::lock_guard lock(guard);
    CHECK(heard == "*3\r\n$4\r\nAUTH\r\n$6\r\nyizhan\r\n$6\r\nwOrd-1\r\n");
}

TEST_CASE("What waits is bounded", "[stream][redis]") {
    odd_server server([&](int socket, int) {
        if (let_in(socket)) odd_server::hear_until(socket, "never");
    });
    redis::client_settings with = to(server);
    with.commands_max = 3;
    with.bytes_max = 1000;
    std::vector<error_code> ends;  // Outlives the client: whoever waits is told when it ends.
    bench here(with);
    REQUIRE(here.comes_up());
    const auto tell = [&](redis::call_end end) { ends.push_back(end.failed); };
    for (int at = 0; at < 4; ++at) here.client.send({"PING"}, tell);
    CHECK(here.run([&] { return !ends.empty(); }));
    CHECK(ends.front() == boost::system::errc::no_buffer_space);
    CHECK(here.run([&] { return ends.size() == 4; }));  // The others with their connection.
    REQUIRE(here.comes_up());
    ends.clear();
    here.client.send({std::string(2000, 'x')}, tell);
    here.client.send({"PING"}, tell);
    CHECK(here.run([&] { return !ends.empty(); }));
    CHECK(ends.front() == boost::system::errc::no_buffer_space);
}

TEST_CASE("A Unix socket is as good", "[stream][redis]") {
    const test::temporary_directory directory;
    const std::string path = (directory.path() / "redis.sock").string();
    const int listens = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    REQUIRE(::bind(listens, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listens, 4) == 0);
    std::thread server([&] {
        const int socket = ::accept(listens, nullptr, nullptr);
        if (let_in(socket) && !odd_server::hear_until(socket, "PING\r\n").empty()) odd_server::say(socket, "+PONG\r\n");
        ::close(socket);
    });
    redis::client_settings with;
    with.at.push_back(*redis::address_of("unix://" + path));
    bench here(with);
    REQUIRE(here.comes_up());
    CHECK(here.ask({"PING"}).reply.text == "PONG");
    server.join();
    ::close(listens);
}

TEST_CASE("Connections are tried again after anything up to a bound that doubles", "[stream][redis]") {
    redis::client_settings with;
    CHECK(redis::reconnect_pause(with, 0, 1.0) == 50ms);
    CHECK(redis::reconnect_pause(with, 1, 1.0) == 100ms);
    CHECK(redis::reconnect_pause(with, 1, 0.5) == 50ms);
    CHECK(redis::reconnect_pause(with, 3, 0.0) == 0ms);
    CHECK(redis::reconnect_pause(with, 30, 1.0) == 5000ms);
    CHECK(redis::reconnect_pause(with, 1000000, 1.0) == 5000ms);
}
