#include "simulator/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <rapidjson/document.h>

#include <stdexcept>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "net/http_client.hpp"
#include "simulator/carrier.hpp"
#include "simulator/customers.hpp"

namespace yizhan::simulator {
namespace {

namespace asio = net::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

std::string text_in(const rapidjson::Document& of, const char* name) {
    const auto found = of.FindMember(name);
    return found != of.MemberEnd() && found->value.IsString() ? found->value.GetString() : "";
}
std::int64_t number_in(const rapidjson::Document& of, const char* name, std::int64_t otherwise = 0) {
    const auto found = of.FindMember(name);
    return found != of.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : otherwise;
}
bool flag_in(const rapidjson::Document& of, const char* name) {
    const auto found = of.FindMember(name);
    return found != of.MemberEnd() && found->value.IsTrue();
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char each : text) {
        if (each == '<') out += "&lt;";
        else if (each == '>') out += "&gt;";
        else if (each == '&') out += "&amp;";
        else out += each;
    }
    return out;
}

std::string phones_json(const phones& all) {
    std::string out = "{\"phones\":[";
    for (const auto& [key, each] : all.all()) {
        if (out.back() != '[') out += ',';
        out += "{\"account\":" + json::quoted(each.account) + ",\"customer\":" + json::quoted(each.customer) + ",\"lines\":[";
        for (const phones::line& line : each.lines) {
            if (out.back() != '[') out += ',';
            out += std::string("{\"from\":\"") + (line.is_ours ? "us" : "customer") + "\",\"at_ms\":" + std::to_string(line.at_ms) +
                   ",\"type\":" + json::quoted(line.type) + ",\"text\":" + json::quoted(line.text) + "}";
        }
        out += "]}";
    }
    return out + "]}";
}

std::string phones_page(const phones& all) {
    std::string out =
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=2><title>Phones</title><style>body{font:14px sans-serif;"
        "display:flex;flex-wrap:wrap;gap:16px;background:#eee}section{background:#fff;border-radius:12px;padding:12px;width:280px}"
        "p{margin:6px 0;padding:6px 10px;border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}.c{background:#95ec69;"
        "margin-left:40px}.u{background:#f3f3f3;margin-right:40px}h2{font-size:14px;margin:0 0 8px}</style>";
    for (const auto& [key, each] : all.all()) {
        out += "<section><h2>" + escaped(each.account) + " · " + escaped(each.customer) + "</h2>";
        for (const phones::line& line : each.lines)
            out += std::string("<p class=") + (line.is_ours ? "u" : "c") + ">" + escaped(line.text) + "</p>";
        out += "</section>";
    }
    return out;
}

}  // namespace

struct server::inner : std::enable_shared_from_this<inner> {
    explicit inner(parts its)
        : with(std::move(its)), acceptor(with.executor), client(with.executor, {}), brings(client, with.gateway) {}

    parts with;
    tcp::acceptor acceptor;
    net::http_client client;
    carrier brings;
    customers crowd{with.plays, brings, [this] { return now(); }};
    std::int64_t offset_ms = 0;
    bool stopping = false;

    std::int64_t now() const { return now_ms() + offset_ms; }
    net::task<> accept();
    net::task<> serve(tcp::socket socket);
    net::task<platforms::answer> answer(const platforms::call& what);
    net::task<platforms::answer> steer(const platforms::call& what);
};

net::task<> server::inner::accept() {
    const auto self = shared_from_this();
    while (!stopping) {
        auto accepted = co_await acceptor.async_accept(net::as_result);
        if (std::get<0>(accepted)) {
            if (stopping) co_return;
            continue;
        }
        asio::co_spawn(with.executor, serve(std::move(std::get<1>(accepted))), net::log_failure([](std::string) {}));
    }
}

net::task<> server::inner::serve(tcp::socket socket) {
    const auto self = shared_from_this();
    beast::tcp_stream stream(std::move(socket));
    error_code ignored;
    stream.socket().set_option(tcp::no_delay(true), ignored);
    beast::flat_buffer buffer;
    while (!stopping) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(64 << 20);
        stream.expires_after(std::chrono::seconds(60));
        const auto [unread, count_read] = co_await http::async_read(stream, buffer, parser, net::as_result);
        if (unread) co_return;
        auto& request = parser.get();
        platforms::call what;
        what.method = std::string(request.method_string());
        what.target = std::string(request.target());
        what.content_type = std::string(request[http::field::content_type]);
        what.body = std::move(request.body());
        const platforms::answer made = co_await answer(what);
        if (made.delay_ms > 0) {
            asio::steady_timer rest(with.executor, std::chrono::milliseconds(made.delay_ms));
            co_await rest.async_wait(net::as_result);
        }
        if (made.lost || made.unheard) co_return;
        http::response<http::string_body> response(static_cast<http::status>(made.status), 11);
        response.set(http::field::content_type, made.content_type);
        response.keep_alive(request.keep_alive());
        response.body() = made.body;
        response.prepare_payload();
        stream.expires_after(std::chrono::seconds(30));
        const auto [unsent, written] = co_await http::async_write(stream, response, net::as_result);
        if (unsent || !response.keep_alive()) co_return;
    }
}

net::task<platforms::answer> server::inner::answer(const platforms::call& what) {
    platforms::answer made;
    if (what.target == "/" || what.target.starts_with("/_sim/"))
        made = co_await steer(what);
    else
        made = with.plays.ask(what, now());
    co_return made;
}

net::task<platforms::answer> server::inner::steer(const platforms::call& what) {
    platforms::answer made;
    made.body = "{}";
    if (what.target == "/") {
        made.content_type = "text/html; charset=utf-8";
        made.body = phones_page(with.plays.customers());
        co_return made;
    }
    rapidjson::Document said;
    said.Parse(what.body.data(), what.body.size());
    if (said.HasParseError() || !said.IsObject()) said.SetObject();
    if (what.target == "/_sim/phones") {
        made.body = phones_json(with.plays.customers());
    } else if (what.target == "/_sim/trouble") {
        with.plays.plan({text_in(said, "path"), static_cast<int>(number_in(said, "code")), number_in(said, "times", 1),
                         number_in(said, "delay_ms"), flag_in(said, "lose_answer"), flag_in(said, "lose_call")});
    } else if (what.target == "/_sim/tokens") {
        if (flag_in(said, "revoke")) with.plays.tokens().revoke_all();
        if (const std::int64_t lifetime_s = number_in(said, "lifetime_s")) with.plays.tokens().set_lifetime(lifetime_s);
    } else if (what.target == "/_sim/gateway") {
        brings.go_to(text_in(said, "url"));
    } else if (what.target == "/_sim/clock") {
        offset_ms = number_in(said, "offset_ms");
    } else if (what.target == "/_sim/ticket" || what.target == "/_sim/authorise") {
        const account* const to = with.plays.find(text_in(said, "account"));
        if (!to) {
            made.status = 404;
            co_return made;
        }
        const bool is_ticket = what.target == "/_sim/ticket", is_suite = to->kind == "suite";
        forge_request letter;
        if (is_ticket) {
            letter.type = is_suite ? "info.suite_ticket" : "info.component_verify_ticket";
            letter.fields = {{is_suite ? "SuiteTicket" : "ComponentVerifyTicket", with.plays.give_ticket(*to)}};
        } else {
            const std::string party = text_in(said, "party");
            letter.type = is_suite ? "info.create_auth" : "info.authorized";
            letter.fields = {{is_suite ? "AuthCode" : "AuthorizationCode", with.plays.authorise(*to, party, now())}};
            if (!is_suite) letter.fields.emplace_back("AuthorizerAppid", party);
        }
        const carrier::delivery brought = co_await brings.bring(*to, std::move(letter));
        made.body = "{\"tries\":" + std::to_string(brought.tries) + ",\"status\":" + std::to_string(brought.status) + "}";
    } else if (what.target == "/_sim/say" || what.target == "/_sim/enter" || what.target == "/_sim/follow") {
        const account* const to = with.plays.find(text_in(said, "account"));
        if (!to) {
            made.status = 404;
            co_return made;
        }
        const std::string customer = text_in(said, "customer");
        carrier::delivery brought;
        if (what.target == "/_sim/enter") brought = co_await crowd.enter(*to, customer, text_in(said, "scene"));
        else if (what.target == "/_sim/follow") brought = co_await crowd.follow(*to, customer);
        else brought = co_await crowd.say(*to, customer, text_in(said, "text"), text_in(said, "menu_id"));
        made.body = "{\"tries\":" + std::to_string(brought.tries) + ",\"status\":" + std::to_string(brought.status) +
                    ",\"answer\":" + json::quoted(brought.answer) + "}";
    } else {
        made.status = 404;
    }
    co_return made;
}

server::server(parts with) : inner_(std::make_shared<inner>(std::move(with))) {
    error_code failed;
    const tcp::endpoint at(asio::ip::make_address(inner_->with.host, failed), inner_->with.port);
    if (!failed) inner_->acceptor.open(at.protocol(), failed);
    if (!failed) inner_->acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) inner_->acceptor.bind(at, failed);
    if (!failed) inner_->acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) throw std::runtime_error("cannot listen on " + inner_->with.host + ": " + failed.message());
}

server::~server() { stop(); }

std::uint16_t server::port() const { return inner_->acceptor.local_endpoint().port(); }

customers& server::crowd() { return inner_->crowd; }

void server::start() {
    asio::co_spawn(inner_->with.executor, inner_->accept(), net::log_failure([](std::string) {}));
}

void server::stop() {
    inner_->stopping = true;
    error_code ignored;
    inner_->acceptor.close(ignored);
    inner_->client.stop();
}

}  // namespace yizhan::simulator
