#include "net/resolve.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>

#include "core/time.hpp"

namespace yizhan::net {

using asio::ip::tcp;

task<result<std::vector<tcp::endpoint>>> resolve(asio::any_io_executor executor, std::string host, std::string port,
                                                 std::chrono::steady_clock::time_point until) {
    // An address is no question: the resolver has one thread, and a name server that does not answer holds it for long.
    error_code is_name;
    const asio::ip::address address = asio::ip::make_address(host, is_name);
    const auto number = decimal(port);
    if (!is_name && number && *number < 65536) co_return std::vector{tcp::endpoint(address, static_cast<std::uint16_t>(*number))};
    struct question {
        explicit question(asio::any_io_executor on) : resolver(on), timer(on) {}
        tcp::resolver resolver;
        asio::steady_timer timer;
        error_code failed = boost::system::errc::make_error_code(boost::system::errc::timed_out);
        std::vector<tcp::endpoint> found;
    };
    const auto asked = std::make_shared<question>(executor);
    asked->timer.expires_at(until);
    asked->resolver.async_resolve(host, port, [asked](error_code failed, const tcp::resolver::results_type& all) {
        asked->failed = failed;
        for (const auto& each : all) asked->found.push_back(each.endpoint());
        asked->timer.cancel();
    });
    co_await asked->timer.async_wait(as_result);
    if (asked->failed) co_return asked->failed;
    co_return asked->found;
}

}  // namespace yizhan::net
