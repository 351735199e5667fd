// Row 38: whatever is refused, asked wrongly or configured wrongly, no secret is in log, metrics, answers or
// `ps`.
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/time.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;

namespace {

std::string whole_file(const std::string& path) {
    std::ifstream opened(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(opened), {}};
}

/// Every way to be refused that a sender has; what came back, and the reasons that were counted.
std::string refusals(test::running& station) {
    std::string heard;
    for (const char* id : {"shop", "corp", "fans"}) {
        for (const simulator::tamper wrong : {simulator::tamper::signature, simulator::tamper::body,
                                              simulator::tamper::receive_id, simulator::tamper::timestamp}) {
            simulator::forge_request what = test::text("你好");
            what.wrong = wrong;
            heard += station.send(id, what).body;
        }
        const account to = station.of(id);
        for (const std::string& clear :
             {std::string(""), std::string("<xml>"), std::string("<!DOCTYPE x><xml/>"), std::string("{")}) {
            simulator::forge_request how;
            how.now_s = now_ms() / 1000, how.serial = static_cast<std::uint64_t>(now_us());
            heard += station.send_raw(id, simulator::wrap(to, clear, how).value()).body;
        }
        heard += station.send_raw(id, {"signature=0&timestamp=1&nonce=2&echostr=3", "", ""}, "GET").body;
        heard += station.send_raw(id, {"", "<xml><MsgType>text</MsgType></xml>", ""}).body;
        heard += station.send_raw(id, {"signature=0", "x", ""}, "PUT").body;
    }
    heard += station.send_raw("nobody", {"", "x", ""}).body;
    const std::string shop_secret = station.of("shop").tokens[0];
    // Somebody puts a secret where everybody can see it: at least the log must not repeat it.
    heard += station.exchange("POST /callback/shop?token=" + shop_secret +
                              " HTTP/1.1\r\nHost: x\r\nX-Token: " + shop_secret +
                              "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    heard += station.exchange("GET /" + shop_secret + " HTTP/1.1\r\nHost: x\r\n\r\n" + "\r\n");
    heard += station.exchange("POST / HTTP/1.1\r\nHost: " + shop_secret + "\r\n\r\n");
    return heard;
}

std::string wrong_questions(const test::running& station) {
    std::string heard;
    for (const std::string& key : {std::string(""), std::string("wrong"),
                                   std::string("admin-admin-admin-admi"), std::string(5000, 'k')})
        for (const char* path : {"/v1/events", "/v1/queues", "/v1/contacts/1", "/nothing"})
            heard += station.ask("GET", path, "", key).body;
    heard += station.ask("POST", "/v1/queues/general/claim", "{\"consumer\":", "desk").body;
    heard += station.ask("GET", "/v1/events", "", "desk").body;
    heard += station.ask("DELETE", "/v1/contacts/9999", "", "crm").body;
    heard += station.ask("GET", "/v1/events?after=x&limit=-1").body;
    for (const char* path : {"/metrics", "/livez", "/readyz?verbose", "/version", "/openapi.json"})
        heard += station.ask("GET", path, "", "").body;
    return heard;
}

/// Configurations whose faults lie in, or beside, their secrets. (What stands where no secret belongs is
/// repeated.)
std::vector<std::string> faulty_configs(const test::running& station) {
    const std::string good = station.config_text();
    const account shop = station.of("shop");
    const auto with = [&](const std::string& what, const std::string& instead) {
        std::string text = good;
        return text.replace(text.find(what), what.size(), instead);
    };
    return {
        with("token: " + shop.tokens[0], "token: { a: " + shop.tokens[0] + " }"),
        with("token: " + shop.tokens[0], "tokn: " + shop.tokens[0]),
        with("aes_key: " + shop.aes_keys[0], "aes_key: " + shop.aes_keys[0] + "x"),
        with("aes_key: " + shop.aes_keys[0], "aes_key: [ " + shop.aes_keys[0] + ", short ]"),
        with("app_secret: ", "app_secret: [ [ x ], "),
        with("key: admin-", "ky: admin-"),
        with("role: admin, key: ", "role: admn, key: "),
        with("channel: wechat", "channel: wechatt"),
        good + "log_level: debugg\n",
    };
}

}  // namespace

int main() {
    test::running station({.more = "log_level: debug\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    station.send("shop", test::text("你好"));
    std::string heard = refusals(station) + wrong_questions(station);
    const std::string reasons = station.ask("GET", "/metrics").body;
    std::size_t refused_reasons = 0;
    for (std::size_t at = 0; (at = reasons.find("yizhan_ingest_requests_total{", at)) != std::string::npos;
         ++at)
        ++refused_reasons;

    std::size_t configs = 0;
    std::string checked;
    const std::string good = station.config_text();
    for (const std::string& each : faulty_configs(station)) {
        station.write_config(each);
        station.signal(SIGHUP);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        checked += station.command("check -c yizhan.yaml");
        ++configs;
    }
    const std::string processes = whole_file("/proc/" + std::to_string(station.process()) + "/cmdline");
    station.write_config(good);
    std::string found, where;
    const auto look = [&](const char* place, const std::string& text) {
        const std::string secret = station.secret_in(text);
        if (secret.empty() || !found.empty()) return;
        found = secret, where = place;
        const std::size_t at = text.find(secret);
        where += ": " + text.substr(at > 100 ? at - 100 : 0, 200);
    };
    look("answers", heard);
    look("metrics", reasons);
    look("check", checked);
    look("cmdline", processes);
    try {
        station.stop();
    } catch (const std::runtime_error&) {
    }  // It looks for itself; the log is looked through here, to say where.
    const std::string log = station.output();
    look("log", log);
    const bool speaks = log.find("callback refused") != std::string::npos &&
                        log.find("the new configuration is not used") != std::string::npos;
    return test::report_row(
        "38", found.empty() && speaks && refused_reasons >= 10 && checked.size() > 200,
        std::to_string(refused_reasons) + " kinds of outcome, " + std::to_string(configs) +
            " faulty configurations, " + std::to_string(log.size()) + " bytes of log at debug, " +
            std::to_string(heard.size() + checked.size()) +
            " bytes of answers: " + (found.empty() ? "no secret" : "A SECRET in " + where));
}
