// What an operator does, and what an operator does wrong.
#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <thread>

#include "net/fetch.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;
using test::running;
using test::text;

TEST_CASE("A bad new configuration leaves the old one live and says why; a good one is live at once",
          "[scenario][reload]") {
    running station;
    REQUIRE(station.start());
    const auto reload = [&](const std::string& until) {
        station.signal(SIGHUP);
        return station.says(until);
    };
    CHECK(station.send("corp", text("a")).body.empty());
    station.write_rules("rules: [ { nam: x } ]\n");
    CHECK(reload("rules.yaml:1:12: unknown key"));
    CHECK(station.says("the new configuration is not used"));
    CHECK(station.send("corp", text("b")).status == 200);
    station.write_rules("rules: [ { name: new, then: { reply: { text: 新的 } } } ]\n");
    CHECK(reload("configuration reloaded"));
    CHECK(station.send("corp", text("c")).clear.find("新的") != std::string::npos);
    const std::string metrics = station.ask("GET", "/metrics", "", "").body;
    CHECK(metrics.find(R"(yizhan_config_reloads_total{result="refused"} 1)") != std::string::npos);
    CHECK(metrics.find(R"(yizhan_config_reloads_total{result="done"} 1)") != std::string::npos);
    CHECK(station.stop() == 0);
}

TEST_CASE("A second process on the same data is turned away with one clear line", "[scenario][lock]") {
    running station;
    REQUIRE(station.start());
    int status = 0;
    const std::string said = station.command("serve", &status);
    CHECK(status == 1);
    CHECK(said.find("is in use by another yizhan (process " + std::to_string(station.process()) + ")") !=
          std::string::npos);
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE("What is wrong at the start is one clear line and exit 1", "[scenario][start]") {
    running station;
    REQUIRE(station.start());
    int status = 0;
    {
        running other;
        std::string text = other.config_text();
        text.replace(text.find("127.0.0.1:0"), 11, "127.0.0.1:" + std::to_string(station.callback_port()));
        other.write_config(text);
        const std::string said = other.command("serve", &status);
        CHECK(status == 1);
        CHECK(said.find("cannot listen on 127.0.0.1:" + std::to_string(station.callback_port()) +
                        ": Address already in use") != std::string::npos);
    }
    {
        running other;
        std::string text = other.config_text();
        text.replace(text.find("./data"), 6, "/proc/no-such-place");
        other.write_config(text);
        const std::string said = other.command("serve", &status);
        CHECK(status == 1);
        CHECK(said.find("yizhan: cannot create /proc/no-such-place") != std::string::npos);
    }
    {
        running other;
        std::string text = other.config_text();
        text.replace(text.find("./data"), 6, "/dev/full");
        other.write_config(text);
        CHECK(other.command("serve", &status).find("yizhan: ") != std::string::npos);
        CHECK(status == 1);
    }
    {
        running other;
        std::string text = other.config_text();
        text.replace(text.find("aes_key: G"), 10, "aes_key: ");
        other.write_config(text);
        const std::string said = other.command("serve", &status);
        CHECK(status == 1);
        CHECK(said.find("this one has 42 characters") != std::string::npos);
        CHECK(other.command("check", &status) == said);
        CHECK(status == 1);
    }
    CHECK(station.command("frobnicate", &status).find("--help") != std::string::npos);
    CHECK(status == 2);
    CHECK(station.command("check", &status).find("no faults; 3 accounts, 1 rules") != std::string::npos);
    CHECK(status == 0);
    station.command("version --json", &status);
    CHECK(status == 0);
}

TEST_CASE("A drain answers what is under way and ends with 0", "[scenario][drain]") {
    running station;
    REQUIRE(station.start());
    std::atomic<bool> go_on{true};
    std::atomic<int> answered{0}, unanswered{0};
    std::vector<std::thread> senders;
    for (int each = 0; each < 4; ++each)
        senders.emplace_back([&, each] {
            for (int at = 0; go_on; ++at) {
                const auto got = station.send(
                    "corp", text("x", "u" + std::to_string(each), std::to_string(each * 100000 + at + 1)));
                got.status == 200 ? ++answered : ++unanswered;
                if (got.status != 200) return;
            }
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    CHECK(station.stop(SIGTERM) == 0);
    go_on = false;
    for (std::thread& each : senders) each.join();
    CHECK(answered > 0);
    REQUIRE(station.start());
    CHECK(station.event_ids().size() >= static_cast<std::size_t>(answered));
    CHECK(station.output().find("\"all_applied\":\"yes\"") == std::string::npos);
}

TEST_CASE("systemd hears how we are", "[scenario][notify]") {
    test::temporary_directory directory;
    const std::string path = directory.path() / "notify";
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    timeval patience{5, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    running station({
        .environment = {{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "2000000"}}
    });
    REQUIRE(station.start());
    std::string heard;
    const auto hears = [&](const std::string& what) {
        for (int tries = 0; tries < 50 && heard.find(what) == std::string::npos; ++tries) {
            char piece[512];
            const ssize_t length = ::recv(socket, piece, sizeof piece, 0);
            if (length <= 0) return false;
            heard.append(piece, static_cast<std::size_t>(length)).append("\n");
        }
        return heard.find(what) != std::string::npos;
    };
    CHECK(hears("READY=1"));
    CHECK(hears("WATCHDOG=1"));
    station.signal(SIGHUP);
    CHECK(hears("RELOADING=1\nMONOTONIC_USEC="));
    station.signal(SIGTERM);
    CHECK(hears("STOPPING=1"));
    CHECK(station.wait() == 0);
    ::close(socket);
}

TEST_CASE("The commands do what they say", "[scenario][commands]") {
    running station({.rules = "rules: [ { name: all, then: { queue: general, tags: [t] } } ]\n"});
    REQUIRE(station.start());
    int status = 0;
    const std::string url = " --url http://127.0.0.1:" + std::to_string(station.callback_port());
    const std::string api = " --api http://127.0.0.1:" + std::to_string(station.api_port());
    std::string said =
        station.command("send -a shop --text 你好 --duplicate 1 --explain" + url + api, &status);
    CAPTURE(said);
    CHECK(status == 0);
    CHECK(said.find("event    message.text") != std::string::npos);
    CHECK(said.find("rule     all (no condition)") != std::string::npos);
    CHECK(said.find("task     t1 from general, taken and ended") != std::string::npos);
    CHECK(said.find("contact  c1  openid:") != std::string::npos);
    CHECK(said.find("event    none") != std::string::npos);
    for (const std::string tampered : {"signature", "body", "receive-id", "timestamp"}) {
        CHECK(station.command("send -a corp --tamper " + tampered + url, &status).find("answer   403") !=
              std::string::npos);
        CHECK(status == 0);
    }
    station.command("send -a fans -t event.click --repeat 5" + url, &status);
    CHECK(status == 0);
    CHECK(station.event_ids().size() == 6);
    said = station.command("events --json --account fans", &status);
    CHECK(std::count(said.begin(), said.end(), '\n') == 5);
    CHECK(station.command("send -a shop --list", &status).find("event.subscribe") != std::string::npos);
    CHECK(station.command("send -a corp --check" + url, &status).find("200  4375120948345356249") !=
          std::string::npos);
    CHECK(station.command("send -a nobody", &status).find("no account") != std::string::npos);
    CHECK(status == 1);

    simulator::forge_request what = text("保密");
    what.now_s = what.created_s = std::time(nullptr);
    const auto sent = simulator::forge(station.of("corp"), what).value();
    std::ofstream(station.directory() / "body") << sent.body;
    said = station.command("decrypt -a corp -q '" + sent.query + "' -b body", &status);
    CHECK(status == 0);
    CHECK(said.find("ok    signature: token 1 of 1") != std::string::npos);
    CHECK(said.find("ok    receive-id: ww5a1c0de5a1c0de01") != std::string::npos);
    CHECK(said.find("保密") != std::string::npos);
    said = station.command("decrypt -a corp -q '" + sent.query + "0' -b body --json", &status);
    CHECK(status == 1);
    CHECK(said.find(R"({"step":"signature","ok":false)") != std::string::npos);
}

TEST_CASE("Both listeners speak TLS when told to", "[scenario][tls]") {
    running station;
    const std::string pem = station.directory() / "tls.pem";
    REQUIRE(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                         "-subj /CN=localhost -keyout " +
                         pem + ".key -out " + pem + " 2>/dev/null")
                            .c_str()) == 0);
    std::string config = station.config_text();
    for (const char* name : {"callbacks", "api"}) {
        const std::string plain = std::string(name) + ": \"127.0.0.1:0\"";
        config.replace(
            config.find(plain), plain.size(),
            std::string(name) + ": { address: \"127.0.0.1:0\", cert_file: tls.pem, key_file: tls.pem.key }");
    }
    station.write_config(config);
    REQUIRE(station.start());
    simulator::forge_request what = text("x");
    what.now_s = what.created_s = std::time(nullptr);
    const auto sent = simulator::forge(station.of("shop"), what).value();
    net::fetch_request request;
    request.method = "POST";
    request.url =
        "https://127.0.0.1:" + std::to_string(station.callback_port()) + "/callback/shop?" + sent.query;
    request.body = sent.body;
    CHECK(net::fetch(request).has_error());  // Not a certificate that anybody vouches for.
    request.verify_peer = false;
    const auto answer = net::fetch(request);
    REQUIRE(answer.has_value());
    CHECK(answer->body == "success");
    net::fetch_request live;
    live.url = "https://127.0.0.1:" + std::to_string(station.api_port()) + "/livez";
    live.verify_peer = false;
    CHECK(net::fetch(live).value().status == 200);
    CHECK(station.send("shop", text("plain")).status == 0);
    CHECK(station.stop() == 0);
}

TEST_CASE("Addresses and proxies are believed as configured", "[scenario][addresses]") {
    running station(
        {.more = "trusted_proxies: [127.0.0.1/32]\n", .account_more = ", allow_from: [10.1.0.0/16]"});
    REQUIRE(station.start());
    simulator::forge_request what = text("x");
    what.now_s = what.created_s = std::time(nullptr);
    const auto sent = simulator::forge(station.of("corp"), what).value();
    const auto from = [&](const std::string& fields) {
        return station
            .exchange("POST /callback/corp?" + sent.query + " HTTP/1.1\r\nHost: x\r\n" + fields +
                      "Connection: close\r\nContent-Length: " + std::to_string(sent.body.size()) +
                      "\r\n\r\n" + sent.body)
            .substr(0, 12);
    };
    CHECK(from("") == "HTTP/1.1 403");
    CHECK(from("X-Forwarded-For: 10.1.2.3\r\n") == "HTTP/1.1 200");
    CHECK(from("X-Forwarded-For: 10.1.2.3, 9.9.9.9\r\n") == "HTTP/1.1 403");
    CHECK(from("X-Forwarded-For: 9.9.9.9, 10.1.2.3, 127.0.0.1\r\n") == "HTTP/1.1 200");
    CHECK(station.says("\"reason\":\"address_refused\",\"address\":\"9.9.9.9\""));
}

TEST_CASE("The live stream resumes where it was left, without a gap", "[scenario][stream]") {
    running station;
    REQUIRE(station.start());
    for (int at = 0; at < 20; ++at) station.send("corp", text("x", "u", std::to_string(at + 1)));
    const auto listen = [&](const std::string& fields, int lines) {
        int status = 0;
        return station.command(
            "version >/dev/null; curl -sN -m 2 -H 'Authorization: Bearer admin-admin-admin-admin' " + fields +
                " http://127.0.0.1:" + std::to_string(station.api_port()) +
                "/v1/events/stream | grep '^id:' | head -n " + std::to_string(lines),
            &status);
    };
    CHECK(listen("", 3) == "id: c1\nid: c2\nid: c3\n");
    CHECK(listen("-H 'Last-Event-ID: c3'", 100).starts_with("id: c4\n"));
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        station.send("corp", text("late", "u", "999"));
    });
    const std::string next = listen("-H 'Last-Event-ID: c14'", 1);  // A heartbeat may have come between.
    CHECK((next == "id: c15\n" || next == "id: c16\n"));
    later.join();
}
