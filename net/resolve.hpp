#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "net/task.hpp"

namespace yizhan::net {

/// Looks an address up until the deadline. (A look-up cannot be stopped: it is left to itself.) Errors: timed_out, and
/// those of the look-up.
task<result<std::vector<asio::ip::tcp::endpoint>>> resolve(asio::any_io_executor executor, std::string host, std::string port,
                                                           std::chrono::steady_clock::time_point until);

}  // namespace yizhan::net
