// A bare Beast server, tuned: fixed buffers, fields in an arena, one prepared reply, no timer per operation.
// It reads a POST and answers `success`: what is left when nothing is done with a callback. Prints its port.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <iostream>
#include <memory_resource>
#include <optional>

#include "net/task.hpp"

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using yizhan::net::as_result;
using yizhan::net::task;
using allocator = std::pmr::polymorphic_allocator<char>;
using body = http::basic_string_body<char, std::char_traits<char>, allocator>;

constexpr std::string_view reply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nsuccess";

task<> serve(tcp::socket socket) {
    boost::beast::flat_static_buffer<16384> buffer;
    std::array<std::byte, 8192> arena;
    for (;;) {
        std::pmr::monotonic_buffer_resource memory(arena.data(), arena.size());
        const allocator alloc(&memory);
        http::request_parser<body, allocator> parser(std::piecewise_construct, std::make_tuple(alloc),
                                                     std::make_tuple(alloc));
        const auto [unread, count_read] = co_await http::async_read(socket, buffer, parser, as_result);
        if (unread) co_return;
        const auto [unwritten, count_written] =
            co_await asio::async_write(socket, asio::buffer(reply), as_result);
        if (unwritten) co_return;
    }
}

task<> accept(tcp::acceptor acceptor) {
    for (;;) {
        auto accepted = co_await acceptor.async_accept(as_result);
        auto& [failed, socket] = accepted;
        if (failed) co_return;
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

}  // namespace

int main() {
    asio::io_context context(1);
    tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
    std::cout << acceptor.local_endpoint().port() << std::endl;
    asio::co_spawn(context, accept(std::move(acceptor)), asio::detached);
    context.run();
}
