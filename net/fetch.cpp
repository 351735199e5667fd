#include "net/fetch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>

#include "net/task.hpp"

namespace yizhan::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

struct address {
    std::string host, port, target;
    bool is_https = false;
};

std::optional<address> address_of(std::string_view url) {
    address made;
    made.is_https = url.starts_with("https://");
    if (!made.is_https && !url.starts_with("http://")) return std::nullopt;
    url.remove_prefix(made.is_https ? 8 : 7);
    const std::size_t slash = std::min(url.find('/'), url.size());
    made.target = slash < url.size() ? std::string(url.substr(slash)) : "/";
    std::string_view host = url.substr(0, slash);
    made.port = made.is_https ? "443" : "80";
    const std::size_t bracket = host.rfind(']'), colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        made.port = std::string(host.substr(colon + 1));
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    made.host = std::string(host);
    if (made.host.empty()) return std::nullopt;
    return made;
}

template <class Stream>
task<error_code> exchange(Stream& stream, const fetch_request& what, const address& to,
                          fetch_response& into) {
    http::request<http::string_body> request(http::string_to_verb(what.method), to.target, 11);
    request.set(http::field::host, to.host + ":" + to.port);
    for (const auto& [name, value] : what.fields) request.set(name, value);
    request.body() = what.body;
    if (!what.body.empty() || what.method == "POST") request.prepare_payload();
    const auto [unsent, written] = co_await http::async_write(stream, request, as_result);
    if (unsent) co_return unsent;
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64 << 20);
    const auto [unread, count_read] = co_await http::async_read(stream, buffer, parser, as_result);
    if (unread) co_return unread;
    into.status = parser.get().result_int();
    into.content_type = std::string(parser.get()[http::field::content_type]);
    into.body = std::move(parser.get().body());
    co_return error_code{};
}

task<error_code> run(const fetch_request& what, const address& to, fetch_response& into) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    const auto resolved = co_await resolver.async_resolve(to.host, to.port, as_result);
    if (std::get<0>(resolved)) co_return std::get<0>(resolved);
    beast::tcp_stream plain(executor);
    plain.expires_after(what.patience);
    const auto [unconnected, endpoint] = co_await plain.async_connect(std::get<1>(resolved), as_result);
    if (unconnected) co_return unconnected;
    if (!to.is_https) co_return co_await exchange(plain, what, to, into);

    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_default_verify_paths();
    beast::ssl_stream<beast::tcp_stream> stream(std::move(plain), tls);
    stream.set_verify_mode(what.verify_peer ? asio::ssl::verify_peer : asio::ssl::verify_none);
    if (what.verify_peer) stream.set_verify_callback(asio::ssl::host_name_verification(to.host));
    SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());
    const auto [unshaken] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
    if (unshaken) co_return unshaken;
    co_return co_await exchange(stream, what, to, into);
}

}  // namespace

result<fetch_response> fetch(const fetch_request& what) {
    const auto to = address_of(what.url);
    if (!to) return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    asio::io_context context(1);
    fetch_response into;
    error_code failed;
    asio::co_spawn(context, run(what, *to, into),
                   [&](std::exception_ptr, error_code outcome) { failed = outcome; });
    context.run();
    if (failed) return failed;
    return into;
}

}  // namespace yizhan::net
