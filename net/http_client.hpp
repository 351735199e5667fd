#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "net/task.hpp"

namespace yizhan::net {

struct http_request {
    std::string method = "GET", url, body;  // url: http:// or https://, with host, port and target.
    std::vector<std::pair<std::string, std::string>> fields;
    std::chrono::milliseconds patience{10000};  // For all of it.
    std::size_t body_max = std::size_t{1} << 20;
    bool verify_peer = true;   // https: the certificate must be good for the host.
    bool only_public = false;  // The URL came from a stranger: no address that is_public refuses is called.
};

struct http_response {
    unsigned status = 0;
    std::string body, content_type, retry_after;
};

struct http_outcome {
    error_code failed;
    /// It failed after the first byte had left: the other side may have done what it was asked.
    bool may_have_arrived = false;
    http_response response;  // Status and Retry-After are there as soon as the head was, whatever failed behind it.
};

/// Calls other people's servers. Connections are kept and used again; each call has one deadline, from the first look
/// for an address to the last byte. Redirects are not followed: whoever was asked answers. Certificates are verified, and
/// an address is looked up once and that one called.
///
/// One thread, that of the executor.
class http_client {
public:
    struct settings {
        std::size_t connections_per_host = 16;  // More calls wait for one of them.
        std::chrono::seconds idle_max{20};
        std::string proxy;  // http://host:port: https is tunnelled through it, http asked of it. Empty: none.
    };
    http_client(asio::any_io_executor executor, settings with);
    ~http_client();

    /// Errors: invalid_argument (no such URL), permission_denied (no public address), timed_out, and those of I/O.
    task<http_outcome> call(http_request what);

    /// Closes what is idle; calls under way go on.
    void stop();

private:
    struct parts;
    std::shared_ptr<parts> parts_;
};

}  // namespace yizhan::net
