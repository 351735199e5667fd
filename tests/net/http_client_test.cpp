#include <catch2/catch.hpp>


#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <thread>

#include "net/http_client.hpp"
#include "net/public_address.hpp"
#include "net/url.hpp"
#include "tests/support/odd_server.hpp"

using namespace yizhan;

namespace {

using test::odd_server;

std::string answer_with(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

net::http_outcome call(net::http_client& client, net::asio::io_context& context, net::http_request what) {
    net::http_outcome outcome;
    net::asio::co_spawn(context, client.call(std::move(what)), [&](std::exception_ptr, net::http_outcome its) { outcome = std::move(its); });
    context.restart();
    context.run();
    return outcome;
}

net::http_request to(const std::string& url, const std::string& method = "GET", const std::string& body = "") {
    net::http_request made;
    made.url = url, made.method = method, made.body = body;
    made.patience = std::chrono::milliseconds(2000);
    return made;
}

}  // namespace

TEST_CASE("Connections are used again, and left when the other side has", "[net][http]") {
    odd_server server([](int socket, int) {
        for (int at = 0; at < 2; ++at) {
            if (odd_server::hear(socket).empty()) return;
            odd_server::say(socket, answer_with("hello"));
        }
    });
    net::asio::io_context context(1);
    net::http_client client(context.get_executor(), {});
    for (int at = 0; at < 6; ++at) {
        const auto got = call(client, context, to(server.url()));
        REQUIRE(!got.failed);
        CHECK(got.response.body == "hello");
    }
    CHECK(server.connections == 3);  // Each is closed by the server after two answers.
    client.stop();
}

TEST_CASE("A redirect is an answer, a long body an error, silence is timed out", "[net][http]") {
    net::asio::io_context context(1);
    net::http_client client(context.get_executor(), {});
    {
        odd_server server([](int socket, int) {
            odd_server::hear(socket);
            odd_server::say(socket, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        });
        const auto got = call(client, context, to(server.url()));
        CHECK(!got.failed);
        CHECK(got.response.status == 302);
        CHECK(server.connections == 1);
        client.stop();
    }
    {
        odd_server server([](int socket, int) {
            odd_server::hear(socket);
            odd_server::say(socket, answer_with(std::string(5000, 'x')));
        });
        net::http_request small = to(server.url());
        small.body_max = 1000;
        CHECK(call(client, context, small).failed);
    }
    {
        odd_server server([](int socket, int) {
            odd_server::hear(socket);
            char nothing;
            static_cast<void>(::recv(socket, &nothing, 1, 0));
        });
        net::http_request hasty = to(server.url(), "POST", "x");
        hasty.patience = std::chrono::milliseconds(100);
        const auto got = call(client, context, hasty);
        CHECK(got.failed == boost::system::errc::timed_out);
        CHECK(got.may_have_arrived);
    }
}

TEST_CASE("Whether a request may have arrived is known", "[net][http]") {
    net::asio::io_context context(1);
    net::http_client client(context.get_executor(), {});
    const auto nobody = call(client, context, to("http://127.0.0.1:1/", "POST", "x"));
    CHECK(nobody.failed);
    CHECK(!nobody.may_have_arrived);
    odd_server server([](int socket, int) { odd_server::hear(socket, 1); });  // Hears all of it, and says nothing.
    const auto cut = call(client, context, to(server.url(), "POST", "x"));
    CHECK(cut.failed);
    CHECK(cut.may_have_arrived);
    for (const char* wrong : {"", "x", "ftp://a/", "http://", "http://a b/", "http://user@host/", "http://host:port/"}) {
        const auto got = call(client, context, to(wrong));
        CHECK(got.failed == boost::system::errc::invalid_argument);
        CHECK(!got.may_have_arrived);
    }
}

TEST_CASE("Hostile answers end the call and nothing else", "[net][http]") {
    for (const std::string& answer : {std::string("not http at all\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
                                      std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
                                      std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), "HTTP/1.1 200 OK\r\n" + std::string(100000, 'a')}) {
        odd_server server([&](int socket, int) {
            odd_server::hear(socket);
            odd_server::say(socket, answer);
        });
        net::asio::io_context context(1);
        net::http_client client(context.get_executor(), {});
        CHECK(call(client, context, to(server.url())).failed);
    }
}

TEST_CASE("A proxy is asked for the whole URL", "[net][http]") {
    std::string heard;
    odd_server proxy([&](int socket, int) {
        heard = odd_server::hear(socket);
        odd_server::say(socket, answer_with("through"));
    });
    net::asio::io_context context(1);
    net::http_client client(context.get_executor(), {.proxy = proxy.url("")});
    const auto got = call(client, context, to("http://far.example.invalid/x?y=1"));
    CHECK(got.response.body == "through");
    CHECK(heard.starts_with("GET http://far.example.invalid/x?y=1 HTTP/1.1\r\n"));
    client.stop();
}

TEST_CASE("What a stranger named is called only at public addresses", "[net][http]") {
    odd_server server([](int socket, int) { odd_server::hear(socket); });
    net::asio::io_context context(1);
    net::http_client client(context.get_executor(), {});
    net::http_request strange = to(server.url());
    strange.only_public = true;
    CHECK(call(client, context, strange).failed == boost::system::errc::permission_denied);
    CHECK(server.connections == 0);
    const auto is_public = [](const char* text) { return net::is_public(boost::asio::ip::make_address(text)); };
    for (const char* good : {"1.1.1.1", "101.226.103.0", "172.15.0.1", "172.32.0.1", "2408:8000::1", "64:ff9b::101:101"}) CHECK(is_public(good));
    for (const char* bad : {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                            "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "fe80::1", "fc00::1",
                            "2001:db8::1", "2001::1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1"})
        CHECK_FALSE(is_public(bad));
}
