#include "gateway/tls.hpp"

#include <stdexcept>

#include "gateway/inherited.hpp"

namespace yizhan::gateway {
namespace asio = boost::asio;

std::unique_ptr<asio::ssl::context> make_tls(const listener_settings& settings) {
    auto made = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code failed;
    made->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_sslv3);
    made->use_certificate_chain_file(settings.cert_file.string(), failed);
    if (failed)
        throw std::runtime_error("cannot use certificate " + settings.cert_file.string() + ": " +
                                 failed.message());
    made->use_private_key_file(settings.key_file.string(), asio::ssl::context::pem, failed);
    if (failed)
        throw std::runtime_error("cannot use key " + settings.key_file.string() + ": " + failed.message());
    return made;
}

void bind_listener(asio::ip::tcp::acceptor& acceptor, const listener_settings& settings, std::string_view name) {
    boost::system::error_code failed;
    const asio::ip::tcp::endpoint at(asio::ip::make_address(settings.host), settings.port);
    if (const int inherited = inherited_socket(name); inherited >= 0) {
        acceptor.assign(at.protocol(), inherited, failed);
        if (!failed) acceptor.local_endpoint(failed);  // Whether it is a socket at all.
    } else {
        acceptor.open(at.protocol(), failed);
        if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
        if (!failed) acceptor.bind(at, failed);
        if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    }
    if (failed)
        throw std::runtime_error("cannot listen on " + settings.host + ":" + std::to_string(settings.port) +
                                 ": " + failed.message());
}

}  // namespace yizhan::gateway
