#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tests/support/accounts.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;

namespace {

/// One that nobody has just now.
std::uint16_t free_port() {
    using boost::asio::ip::tcp;
    boost::asio::io_context context;
    return tcp::acceptor(context, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)).local_endpoint().port();
}

struct play {
    std::uint16_t port = free_port();
    account kf = test::account_of("wecom", "kf");
    running station;

    play() : station(settings()) {
        std::string text = station.config_text();
        const auto add = [&](const std::string& behind, const std::string& more) { text.insert(text.find(behind) + behind.size(), more); };
        const std::string api = " api: \"http://127.0.0.1:" + std::to_string(port) + "\",";
        add("kind: official_account,", api + " app_secret: simulated-shop-secret,");
        add("kind: app,", api + " secret: simulated-corp-secret,");
        add("kind: fans_service,", api + " access_token: simulated-fans-token,");
        station.write_config(text);
    }
    test::running_settings settings() {
        kf.app_secrets = {"simulated-kf-secret"}, kf.open_kfid = "wkSimulated0001";
        kf.api = "http://127.0.0.1:" + std::to_string(port);
        return {.rules = R"(
rules:
  - { name: hello, when: { type: message.text, text: { any_of: [你好] } }, then: { reply: { text: "您好，有什么可以帮您？" } } }
  - { name: menu, when: { type: message.text, text: { any_of: [菜单] } }, then: { reply: { menu: { head: 请选, options: { order: 查订单 } } } } }
  - { name: order, when: { event_key: order }, then: { reply: { text: "您的订单在路上。" } } }
  - { name: welcome, when: { type: [contact.followed, contact.entered] }, then: { reply: { text: 欢迎光临 } } }
  - { name: rest, when: { type: "message.*" }, then: { queue: general } }
)",
                .more_accounts = {kf}};
    }
    std::string run(const std::string& customers, int* status) {
        const std::string file = station.directory() / "customers.yaml";
        std::ofstream(file) << customers;
        const std::string words = std::string(YIZHAN_BINARY) + "-sim play -c " + (station.directory() / "yizhan.yaml").string() + " --customers " + file +
                                  " --port " + std::to_string(port) + " --speed 60 --gateway http://127.0.0.1:" + std::to_string(station.callback_port()) + " 2>&1";
        FILE* const opened = ::popen(words.c_str(), "r");
        std::string out;
        char buffer[4096];
        for (std::size_t length; (length = std::fread(buffer, 1, sizeof buffer, opened)) > 0;) out.append(buffer, length);
        *status = ::pclose(opened) >> 8;
        return out;
    }
};

}  // namespace

TEST_CASE("Customers of a file have their day, faster than it says", "[scenario][simulator]") {
    play here;
    REQUIRE(here.station.start());
    int status = -1;
    const std::string said = here.run(R"(
customers:
  - name: oShop
    account: shop
    count: 20
    every: 1m
    script:
      - follow:
      - expect: 欢迎光临
      - wait: 1m
      - say: 你好
      - expect: { text: 有什么可以帮您, within: 5s }
      - say: 菜单
      - expect: 查订单
      - picture:
      - quiet: 1m
  - name: zhaolei
    account: corp
    script: [ { say: 你好 }, { expect: 有什么可以帮您 } ]
  - name: "7000000001"
    account: fans
    after: 2m
    script: [ { say: 你好 }, { expect: 有什么可以帮您 }, { say: 菜单 }, { expect: 查订单 } ]
  - name: wmCustomer
    account: kf
    count: 5
    script:
      - enter: web
      - expect: 欢迎光临
      - say: 菜单
      - expect: 查订单
      - tap: { id: order, text: 查订单 }
      - expect: 您的订单在路上
)",
                                      &status);
    INFO(said);
    INFO(here.station.output());
    CHECK(status == 0);
    CHECK(said.find("27 customers, 216 steps; expected: 98 came, 0 did not") != std::string::npos);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("What does not come, or comes unasked, is told; a file that is wrong, with its places", "[scenario][simulator]") {
    play here;
    REQUIRE(here.station.start());
    int status = -1;
    std::string said = here.run(R"(
customers:
  - { name: oOne, account: shop, script: [ { say: 在吗 }, { expect: { text: 没有人说, within: 300ms } } ] }
  - { name: oTwo, account: shop, script: [ { say: 你好 }, { quiet: 10s } ] }
)",
                                &status);
    INFO(said);
    CHECK(status == 3);
    CHECK(said.find("shop oOne: this did not come: \"没有人说\"") != std::string::npos);
    CHECK(said.find("shop oTwo: this came unasked: 您好，有什么可以帮您？") != std::string::npos);
    said = here.run("customers:\n  - { name: a, account: nowhere, colour: red, script: [ { sing: la }, { wait: long } ] }\n", &status);
    INFO(said);
    CHECK(status == 1);
    for (const char* each : {"customers.yaml:2:5: no account is called \"nowhere\"", "has no \"colour\"", "there is no step \"sing\"", "\"long\" is no duration"})
        CHECK(said.find(each) != std::string::npos);
    CHECK(here.station.stop() == 0);
}
