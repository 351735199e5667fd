#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "net/task.hpp"
#include "stream/journal.hpp"

namespace yizhan::stream {

struct append_end {
    error_code failed;
    appended where;
};

/// Hands one record to the journal and comes back to the executor when it is durable, or never will be. (The door has a way
/// of its own, without an allocation.)
net::task<append_end> append(net::asio::any_io_executor executor, journal& to, std::string payload, std::uint16_t kind,
                             std::uint16_t span = 1);

}  // namespace yizhan::stream
