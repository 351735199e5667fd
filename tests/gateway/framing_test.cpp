#include <catch2/catch.hpp>

#include "gateway/address_list.hpp"
#include "gateway/framing.hpp"

using namespace yizhan;
using gateway::examine;

namespace {

std::string post(const std::string& fields, const std::string& version = "HTTP/1.1") {
    return "POST /callback/shop?a=b " + version + "\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("Requests as platforms and proxies send them pass the gate", "[gateway][framing]") {
    const std::string request = post("Host: x\r\nContent-Length: 5\r\n");
    const auto plain = examine(request).value();
    CHECK(plain.head_bytes > 0);
    CHECK(plain.content_length == 5);
    CHECK(plain.is_post);
    CHECK(plain.keep_alive);
    CHECK(plain.target == "/callback/shop?a=b");
    CHECK(examine(post("Host: x\r\nTransfer-Encoding: Chunked\r\n")).value().chunked);
    const auto old =
        examine(post("Host: x\r\nContent-Length: 5\r\nConnection: close\r\n", "HTTP/1.0")).value();
    CHECK(old.content_length == 5);
    CHECK_FALSE(old.keep_alive);
    CHECK_FALSE(examine(post("Host: x\r\nContent-Length: 5\r\nConnection: TE , Close\r\n")).value().keep_alive);
    CHECK(examine(post("Host: x\r\nContent-Length: 5\r\nConnection: closed, \r\n")).value().keep_alive);
    CHECK_FALSE(examine(post("Host: x\r\nContent-Length: 5\r\nX-Forwarded-For: 1.2.3.4\r\n")).value().forwarded_more);
    CHECK(examine(post("Host: x\r\nContent-Length: 5\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For:\r\nX-Forwarded-For: 5.6.7.8\r\n"))
              .value()
              .forwarded_more);
    const auto get = examine("GET / HTTP/1.1\r\nhost: x\r\nUpgrade: h2c\r\n\r\n").value();
    CHECK(get.is_get);
    CHECK(examine("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n\r\n")
              .value()
              .forwarded_for == "1.2.3.4, 5.6.7.8");
    CHECK(examine(post("Host: x\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n"))
              .value()
              .has_content_encoding);
    CHECK(examine("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").value().head_bytes > 0);
}

TEST_CASE("What two readers could read differently is refused", "[gateway][framing]") {
    const std::string request = GENERATE_COPY(values<std::string>({
        post("Content-Length: 5\r\n"),  // No Host.
        post("Host: x\r\nHost: x\r\nContent-Length: 5\r\n"),
        post("Host:\r\nContent-Length: 5\r\n"),
        post("Host: x\r\n"),  // No length at all.
        post("Host: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n"),
        post("Host: x\r\nContent-Length: 5, 5\r\n"),
        post("Host: x\r\nContent-Length: +5\r\n"),
        post("Host: x\r\nContent-Length: 0x5\r\n"),
        post("Host: x\r\nContent-Length: -1\r\n"),
        post("Host: x\r\nContent-Length:\r\n"),
        post("Host: x\r\nContent-Length: 99999999999999999999\r\n"),
        post("Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        post("Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        post("Host: x\r\nTransfer-Encoding: gzip, chunked\r\n"),
        post("Host: x\r\nTransfer-Encoding: chunked, identity\r\n"),
        post("Host: x\r\nTransfer-Encoding: xchunked\r\n"),
        post("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        post("Host: x\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.0"),
        post("Host: x\r\nX: a\r\n b\r\nContent-Length: 5\r\n"),  // Folded.
        post(" Host: x\r\nContent-Length: 5\r\n"),
        post("Host : x\r\nContent-Length: 5\r\n"),
        post("Host: x\r\nContent-Length : 5\r\n"),
        post("Host: x\r\n: y\r\nContent-Length: 5\r\n"),
        post("Host: x\r\nNoColon\r\nContent-Length: 5\r\n"),
        post(std::string("Host: x\r\nA: \0b\r\nContent-Length: 5\r\n", 35)),
        post("Host: x\r\nA: b\nContent-Length: 6\r\nContent-Length: 5\r\n"),  // A bare LF.
        post("Host: x\r\nA: b\rC: d\r\nContent-Length: 5\r\n"),               // A bare CR.
        post("Host: x\r\nContent-Length: 5\r\nExpect: something\r\n"),
        post("Host: x\r\nContent-Length: 5\r\n", "HTTP/2.0"),
        post("Host: x\r\nContent-Length: 5\r\n", "HTTP/1.1 "),
        std::string("POST  /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        std::string("POST http://x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        std::string("POST /a\x80 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        std::string("P(ST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("\r\n\r\n"),
        std::string(9000, 'x'),
    }));
    CAPTURE(request);
    CHECK(examine(request).has_error());
    CHECK(examine(request).error() == errc::malformed_framing);
}

TEST_CASE("Half a head is no head, at any byte", "[gateway][framing]") {
    const std::string whole = post("Host: x\r\nContent-Length: 5\r\n");
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const auto examined = examine(std::string_view(whole).substr(0, cut));
        CAPTURE(cut);
        REQUIRE(examined.has_value());
        CHECK(examined->head_bytes == 0);
    }
    CHECK(examine(whole).value().head_bytes == whole.size());
}

TEST_CASE("Address blocks contain what they should", "[gateway][addresses]") {
    const std::vector<std::string> blocks = {"10.0.0.0/8", "192.168.1.7", "2001:db8::/33",
                                             "::ffff:172.16.0.0/108"};
    const gateway::address_list list(blocks);
    for (const char* inside :
         {"10.255.0.1", "192.168.1.7", "2001:db8:7fff::1", "::ffff:10.1.2.3", "172.31.0.1"})
        CHECK(list.contains(inside));
    for (const char* outside :
         {"11.0.0.1", "192.168.1.8", "2001:db8:8000::1", "not an address", "", "172.32.0.1"})
        CHECK_FALSE(list.contains(outside));
    for (const char* bad : {"10.0.0.0/33", "10.0.0", "x", "10.0.0.0/", "::/129", "10.0.0.0/-1"})
        CHECK_FALSE(gateway::address_list::is_block(bad));
}
