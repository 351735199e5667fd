#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string_view>

#include "gateway/config.hpp"

namespace yizhan::gateway {

/// TLS 1.2 and later with the listener's certificate. Throws std::runtime_error when the files are not what
/// they should.
std::unique_ptr<boost::asio::ssl::context> make_tls(const listener_settings& settings);

/// Opens, binds and listens, or takes the socket that was handed over under this name (gateway/inherited.hpp). Throws
/// std::runtime_error with one clear line.
void bind_listener(boost::asio::ip::tcp::acceptor& acceptor, const listener_settings& settings,
                   std::string_view name);

}  // namespace yizhan::gateway
