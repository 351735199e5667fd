#include "net/http_client.hpp"

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "net/public_address.hpp"
#include "net/resolve.hpp"
#include "net/url.hpp"

namespace yizhan::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

error_code error_of(boost::system::errc::errc_t code) { return boost::system::errc::make_error_code(code); }

http_outcome failure(boost::system::errc::errc_t code) {
    http_outcome made;
    made.failed = error_of(code);
    return made;
}

struct connection {
    explicit connection(asio::any_io_executor executor) : plain(std::make_unique<beast::tcp_stream>(executor)) {}
    std::unique_ptr<beast::tcp_stream> plain;  // None once `tls` has it.
    std::unique_ptr<tls_stream> tls;
    steady::time_point idle_since;

    beast::tcp_stream& lowest() { return tls ? tls->next_layer() : *plain; }
    /// The other side neither left nor said something that nobody asked for.
    bool is_quiet() {
        char byte;
        return ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
               (errno == EAGAIN || errno == EWOULDBLOCK);
    }
};

/// The connections to one host.
struct pool {
    std::size_t taken = 0;
    std::deque<connection> idle;
    std::deque<std::shared_ptr<asio::steady_timer>> waiting;  // For one of the taken.
};

template <class Stream>
task<error_code> exchange(Stream& stream, const http::request<http::string_body>& request, std::size_t body_max,
                          http_outcome& into, bool& goes_on) {
    const auto [unsent, written] = co_await http::async_write(stream, request, as_result);
    into.may_have_arrived = written > 0;
    if (unsent) co_return unsent;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(body_max);
    const auto [unread, count_read] = co_await http::async_read(stream, buffer, parser, as_result);
    const auto& answer = parser.get();
    if (parser.is_header_done()) {
        into.response.status = answer.result_int();
        into.response.retry_after = std::string(answer[http::field::retry_after]);
    }
    if (unread) co_return unread;
    into.response.content_type = std::string(answer[http::field::content_type]);
    goes_on = answer.keep_alive() && buffer.size() == 0;
    into.response.body = std::move(parser.get().body());
    co_return error_code{};
}

}  // namespace

struct http_client::parts : std::enable_shared_from_this<parts> {
    parts(asio::any_io_executor on, settings its) : executor(on), with(std::move(its)) {}

    asio::any_io_executor executor;
    settings with;
    std::map<std::string, pool> pools;
    std::optional<asio::ssl::context> verifying, trusting;

    /// One of the connections that a host may have; given back when this goes.
    struct place {
        pool& in;
        explicit place(pool& at) : in(at) { ++in.taken; }
        place(const place&) = delete;
        ~place() {
            --in.taken;
            if (in.waiting.empty()) return;
            in.waiting.front()->cancel();
            in.waiting.pop_front();
        }
    };

    asio::ssl::context& tls(bool verify) {
        auto& context = verify ? verifying : trusting;
        if (!context) {
            context.emplace(asio::ssl::context::tls_client);
            if (verify) context->set_default_verify_paths();
            SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
        }
        return *context;
    }

    void tidy();
    task<bool> wait_for_place(pool& at, steady::time_point until);
    task<error_code> connect(connection& fresh, const url& to, const http_request& what, steady::time_point until);
    task<error_code> connect_to(connection& fresh, const std::string& host, const std::string& port, bool only_public,
                                steady::time_point until);
    task<error_code> tunnel(connection& through, const url& to);
    std::optional<connection> take_idle(pool& at);
    http::request<http::string_body> request_of(http_request& what, const url& to, http::verb verb) const;
    task<http_outcome> call_once(pool& at, connection& through, const http::request<http::string_body>& request,
                                 std::size_t body_max, steady::time_point until);
    task<http_outcome> call(http_request what);
};

/// Closes what was idle for long, and forgets hosts of whom nothing is left.
void http_client::parts::tidy() {
    const steady::time_point since = steady::now() - with.idle_max;
    for (auto each = pools.begin(); each != pools.end();) {
        pool& at = each->second;
        while (!at.idle.empty() && at.idle.front().idle_since < since) at.idle.pop_front();
        const bool is_over = at.taken == 0 && at.idle.empty() && at.waiting.empty();
        each = is_over ? pools.erase(each) : std::next(each);
    }
}

/// False when the time was over first.
task<bool> http_client::parts::wait_for_place(pool& at, steady::time_point until) {
    while (at.taken >= with.connections_per_host) {
        const auto turn = std::make_shared<asio::steady_timer>(executor, until);
        at.waiting.push_back(turn);
        const auto [ended_early] = co_await turn->async_wait(as_result);
        if (ended_early) continue;
        std::erase(at.waiting, turn);
        co_return false;
    }
    co_return true;
}

task<error_code> http_client::parts::connect_to(connection& fresh, const std::string& host, const std::string& port,
                                                bool only_public, steady::time_point until) {
    const auto found = co_await resolve(executor, host, port, until);
    if (!found) co_return found.error();
    if (only_public)
        for (const tcp::endpoint& each : *found)
            if (!is_public(each.address())) co_return error_of(boost::system::errc::permission_denied);
    const auto [unconnected, endpoint] = co_await fresh.plain->async_connect(*found, as_result);
    if (!unconnected) {
        error_code ignored;
        fresh.plain->socket().set_option(tcp::no_delay(true), ignored);
        // Where nobody listens on a port of this machine, TCP may meet itself there.
        if (fresh.plain->socket().local_endpoint(ignored) == endpoint) co_return error_of(boost::system::errc::connection_refused);
    }
    co_return unconnected;
}

/// Asks the proxy for a way through.
task<error_code> http_client::parts::tunnel(connection& through, const url& to) {
    const std::string authority = to.host + ":" + to.port;
    http::request<http::empty_body> request(http::verb::connect, authority, 11);
    request.set(http::field::host, authority);
    const auto [unsent, written] = co_await http::async_write(*through.plain, request, as_result);
    if (unsent) co_return unsent;
    beast::flat_buffer buffer;
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    const auto [unread, count_read] = co_await http::async_read_header(*through.plain, buffer, parser, as_result);
    if (unread) co_return unread;
    if (parser.get().result_int() / 100 != 2) co_return error_of(boost::system::errc::connection_refused);
    co_return error_code{};
}

task<error_code> http_client::parts::connect(connection& fresh, const url& to, const http_request& what,
                                             steady::time_point until) {
    const auto proxy = with.proxy.empty() ? std::nullopt : url_of(with.proxy);
    if (!with.proxy.empty() && !proxy) co_return error_of(boost::system::errc::invalid_argument);
    // Who asks a proxy leaves the look-up to it.
    const url& nearest = proxy ? *proxy : to;
    const error_code unconnected = co_await connect_to(fresh, nearest.host, nearest.port, what.only_public && !proxy, until);
    if (unconnected) co_return unconnected;
    if (!to.is_https) co_return error_code{};
    if (proxy) {
        const error_code closed = co_await tunnel(fresh, to);
        if (closed) co_return closed;
    }
    fresh.tls = std::make_unique<tls_stream>(std::move(*fresh.plain), tls(what.verify_peer));
    fresh.plain.reset();
    fresh.tls->set_verify_mode(what.verify_peer ? asio::ssl::verify_peer : asio::ssl::verify_none);
    if (what.verify_peer) fresh.tls->set_verify_callback(asio::ssl::host_name_verification(to.host));
    error_code is_no_name;
    asio::ip::make_address(to.host, is_no_name);
    if (is_no_name) SSL_set_tlsext_host_name(fresh.tls->native_handle(), to.host.c_str());
    const auto [unshaken] = co_await fresh.tls->async_handshake(asio::ssl::stream_base::client, as_result);
    co_return unshaken;
}

/// The newest that is idle, and whose other side is still there.
std::optional<connection> http_client::parts::take_idle(pool& at) {
    while (!at.idle.empty()) {
        connection kept = std::move(at.idle.back());
        at.idle.pop_back();
        if (steady::now() - kept.idle_since < with.idle_max && kept.is_quiet()) return kept;
    }
    return std::nullopt;
}

http::request<http::string_body> http_client::parts::request_of(http_request& what, const url& to, http::verb verb) const {
    const bool asks_proxy = !with.proxy.empty() && !to.is_https;
    http::request<http::string_body> made(verb, asks_proxy ? "http://" + to.authority() + to.target : to.target, 11);
    made.set(http::field::host, to.authority());
    for (const auto& [name, value] : what.fields) made.set(name, value);
    made.body() = std::move(what.body);
    if (!made.body().empty() || verb == http::verb::post) made.prepare_payload();
    return made;
}

/// Over one connection, which is kept when it can go on.
task<http_outcome> http_client::parts::call_once(pool& at, connection& through, const http::request<http::string_body>& request,
                                                 std::size_t body_max, steady::time_point until) {
    http_outcome into;
    bool goes_on = false;
    through.lowest().expires_at(until);
    if (through.tls)
        into.failed = co_await exchange(*through.tls, request, body_max, into, goes_on);
    else
        into.failed = co_await exchange(*through.plain, request, body_max, into, goes_on);
    if (into.failed == beast::error::timeout) into.failed = error_of(boost::system::errc::timed_out);
    if (into.failed || !goes_on) co_return into;
    through.lowest().expires_never();
    through.idle_since = steady::now();
    at.idle.push_back(std::move(through));
    co_return into;
}

task<http_outcome> http_client::parts::call(http_request what) {
    const auto self = shared_from_this();
    const auto to = url_of(what.url);
    const http::verb verb = http::string_to_verb(what.method);
    if (!to || verb == http::verb::unknown) co_return failure(boost::system::errc::invalid_argument);
    const steady::time_point until = steady::now() + what.patience;
    const std::string key = std::string(to->is_https ? "https " : "http ") + to->host + " " + to->port +
                            (what.verify_peer ? "" : " unverified") + (what.only_public ? " public" : "");
    tidy();
    pool& at = pools[key];
    const bool has_place = co_await wait_for_place(at, until);
    if (!has_place) co_return failure(boost::system::errc::timed_out);
    const place taken(at);
    const auto request = request_of(what, *to, verb);
    if (auto kept = take_idle(at)) {
        http_outcome outcome = co_await call_once(at, *kept, request, what.body_max, until);
        // Who only asks may ask again, when the other side has left just in this moment.
        const bool asks_again = outcome.failed && verb == http::verb::get && outcome.failed != boost::system::errc::timed_out;
        if (!asks_again) co_return outcome;
    }
    connection fresh(executor);
    fresh.plain->expires_at(until);
    http_outcome outcome;
    outcome.failed = co_await connect(fresh, *to, what, until);
    if (outcome.failed == beast::error::timeout) outcome.failed = error_of(boost::system::errc::timed_out);
    if (outcome.failed) co_return outcome;
    outcome = co_await call_once(at, fresh, request, what.body_max, until);
    co_return outcome;
}

http_client::http_client(asio::any_io_executor executor, settings with)
    : parts_(std::make_shared<parts>(executor, std::move(with))) {}
http_client::~http_client() { stop(); }

task<http_outcome> http_client::call(http_request what) { return parts_->call(std::move(what)); }

void http_client::stop() {
    for (auto& [key, each] : parts_->pools) each.idle.clear();
}

}  // namespace yizhan::net
