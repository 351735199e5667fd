#include "gateway/api_listener.hpp"

#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <array>
#include <set>

#include "gateway/log.hpp"
#include "gateway/tls.hpp"

namespace yizhan::gateway {
namespace asio = net::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t upload_max = std::size_t{64} << 20;
constexpr auto read_patience = std::chrono::seconds(75), write_patience = std::chrono::seconds(30), finish_patience = std::chrono::seconds(5);
constexpr std::size_t connections_max = 1000;

beast::tcp_stream& lowest(beast::tcp_stream& stream) { return stream; }
beast::tcp_stream& lowest(beast::ssl_stream<beast::tcp_stream>& stream) { return stream.next_layer(); }

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct api_listener::parts : std::enable_shared_from_this<parts> {
    parts(asio::io_context& its_context, api& its_api)
        : context(its_context), to(its_api), acceptor(context) {}

    asio::io_context& context;
    api& to;
    tcp::acceptor acceptor;
    std::unique_ptr<asio::ssl::context> tls;
    std::set<beast::tcp_stream*> open;
    bool stopping = false;

    net::task<> accept();
    net::task<> begin(tcp::socket socket);
    template <class Stream>
    net::task<> serve(Stream& stream);
    template <class Stream>
    net::task<> let_finish(Stream& stream);
    template <class Stream>
    net::task<> stream_events(Stream& stream, api_request request);
    template <class Stream>
    net::task<bool> send(Stream& stream, api_response what, bool keep_alive);
};

template <class Stream>
net::task<bool> api_listener::parts::send(Stream& stream, api_response what, bool keep_alive) {
    http::response<http::string_body> response(static_cast<http::status>(what.status), 11);
    if (!what.type.empty())
        response.set(http::field::content_type, what.type);
    response.set("X-Content-Type-Options", "nosniff");
    if (!what.disposition.empty()) response.set(http::field::content_disposition, what.disposition);
    if (!what.allow.empty()) response.set(http::field::allow, what.allow);
    if (what.status == 401) response.set(http::field::www_authenticate, "Bearer");
    response.keep_alive(keep_alive);
    response.body() = std::move(what.body);
    response.prepare_payload();
    lowest(stream).expires_after(write_patience);
    const auto [failed, written] = co_await http::async_write(stream, response, net::as_result);
    co_return !failed;
}

/// Whoever is still sending hears the answer only when they have come to its end, or to our patience's.
template <class Stream>
net::task<> api_listener::parts::let_finish(Stream& stream) {
    error_code ignored;
    lowest(stream).socket().shutdown(tcp::socket::shutdown_send, ignored);
    lowest(stream).expires_after(finish_patience);
    std::array<char, 65536> rest;
    for (error_code failed; !failed;) failed = std::get<0>(co_await lowest(stream).async_read_some(asio::buffer(rest), net::as_result));
}

template <class Stream>
net::task<> api_listener::parts::serve(Stream& stream) {
    beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(upload_max);
        lowest(stream).expires_after(read_patience);
        const auto [no_head, head_read] = co_await http::async_read_header(stream, buffer, parser, net::as_result);
        if (no_head && no_head != http::error::body_limit) co_return;
        // Who asks, and for what, decides how much they may send.
        const std::string_view asked = view(parser.get().target());
        const std::size_t body_max = to.body_max(to.key_of(view(parser.get()[http::field::authorization])),
                                                 view(parser.get().method_string()), asked.substr(0, asked.find('?')));
        const bool is_too_long = no_head || parser.content_length().value_or(0) > body_max;
        error_code failed = http::error::body_limit;
        if (!is_too_long) {
            parser.body_limit(body_max);
            failed = std::get<0>(co_await http::async_read(stream, buffer, parser, net::as_result));
        }
        if (failed == http::error::body_limit) {
            if (co_await send(stream, problem(413, "Payload Too Large"), false)) co_await let_finish(stream);
            co_return;
        }
        if (failed == http::error::end_of_stream || !parser.is_done()) co_return;

        auto& message = parser.get();
        const bool keep_alive = message.keep_alive() && !stopping;
        api_request request;
        const std::string_view target = view(message.target());
        const std::size_t question = std::min(target.find('?'), target.size());
        request.method = std::string(view(message.method_string()));
        request.path = std::string(target.substr(0, question));
        request.raw_query =
            std::make_shared<const std::string>(target.substr(std::min(question + 1, target.size())));
        request.query = query(*request.raw_query);
        request.last_event_id = std::string(view(message["Last-Event-ID"]));
        request.idempotency_key = std::string(view(message["Idempotency-Key"]));
        request.key = to.key_of(view(message[http::field::authorization]));
        // A reload may take the key away while the request runs.
        std::optional<api_key> key;
        if (request.key) key = *request.key, request.key = &*key;
        request.body = std::move(message.body());
        lowest(stream).expires_never();
        const bool is_stream = request.method == "GET" && request.path == "/v1/events/stream" && key &&
                               api::may(key->role, request.method, request.path);
        if (is_stream) {
            co_await stream_events(stream, std::move(request));
            co_return;
        }
        const bool is_claim = request.method == "POST" && request.path.ends_with("/claim");
        // Bytes that wait are another request, or the end: read without taking them.
        const auto has_left = [&socket = lowest(stream).socket()] {
            char next = 0;
            return ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
        };
        request.gone = has_left;
        api_response answer = co_await to.answer(std::move(request));
        const std::string claimed = is_claim && answer.status == 200 ? answer.body : "";
        const bool sent = !(is_claim && has_left()) && co_await send(stream, std::move(answer), keep_alive);
        if (!sent && !claimed.empty()) to.take_back(claimed);
        if (!sent || !keep_alive) co_return;
    }
}

/// Server-sent events. Each carries its cursor as id, so that `Last-Event-ID` goes on without a gap.
template <class Stream>
net::task<> api_listener::parts::stream_events(Stream& stream, api_request request) {
    const std::string_view cursor =
        request.last_event_id.empty() ? request.query["after"] : std::string_view(request.last_event_id);
    const auto from = to.start_of(cursor);
    if (!from) {
        api_response refused = to.no_start(from.error());
        co_await send(stream, std::move(refused), false);
        co_return;
    }
    const stream::feed_filter filter{std::string(request.query["account"]),
                                     std::string(request.query["type"])};
    const auto reader = to.reader_from(*from);
    const api_key key = *request.key;
    std::string out =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
        "close\r\n\r\n";
    for (;;) {
        lowest(stream).expires_after(write_patience);
        const auto [failed, written] = co_await asio::async_write(stream, asio::buffer(out), net::as_result);
        if (failed || stopping || !to.still_good(key, request.path)) co_return;
        lowest(stream).expires_never();
        out = co_await to.next_events(reader, filter);
        if (out.empty()) out = ": still here\n\n";
    }
}

net::task<> api_listener::parts::begin(tcp::socket socket) {
    const auto self = shared_from_this();
    if (open.size() >= connections_max) co_return;
    struct membership {
        parts& of;
        beast::tcp_stream* who;
        membership(parts& in, beast::tcp_stream* me) : of(in), who(me) { of.open.insert(who); }
        ~membership() { of.open.erase(who); }
    };
    if (!tls) {
        beast::tcp_stream stream(std::move(socket));
        const membership here(*this, &stream);
        co_await serve(stream);
        error_code ignored;
        stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
        co_return;
    }
    beast::ssl_stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), *tls);
    const membership here(*this, &stream.next_layer());
    stream.next_layer().expires_after(read_patience);
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, net::as_result);
    if (failed) co_return;
    co_await serve(stream);
    stream.next_layer().expires_after(std::chrono::seconds(1));
    const auto [unclean] = co_await stream.async_shutdown(net::as_result);
    static_cast<void>(unclean);
}

net::task<> api_listener::parts::accept() {
    const auto self = shared_from_this();
    while (!stopping) {
        auto accepted = co_await acceptor.async_accept(net::as_result);
        auto& [failed, socket] = accepted;
        if (failed == asio::error::operation_aborted || stopping) co_return;
        if (failed) {
            asio::steady_timer rest(context, std::chrono::milliseconds(50));
            co_await rest.async_wait(net::as_result);
            continue;
        }
        asio::co_spawn(context, begin(std::move(socket)), net::log_failure([](std::string why) {
                           log::error("API session failed", {
                                                                {"reason", why}
                           });
                       }));
    }
}

api_listener::api_listener(asio::io_context& context, const listener_settings& settings, api& to)
    : parts_(std::make_shared<parts>(context, to)) {
    if (settings.has_tls()) parts_->tls = make_tls(settings);
    bind_listener(parts_->acceptor, settings, "api");
}
api_listener::~api_listener() = default;

std::uint16_t api_listener::port() const { return parts_->acceptor.local_endpoint().port(); }

void api_listener::start() {
    asio::co_spawn(parts_->context, parts_->accept(), net::log_failure([](std::string why) {
                       log::error("API listener failed", {
                                                             {"reason", why}
                       });
                   }));
}

void api_listener::stop() {
    parts_->stopping = true;
    error_code ignored;
    parts_->acceptor.close(ignored);
    for (beast::tcp_stream* each : parts_->open)
        each->socket().shutdown(tcp::socket::shutdown_receive, ignored);
}

}  // namespace yizhan::gateway
