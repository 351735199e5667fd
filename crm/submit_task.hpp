#pragma once
#include <boost/asio/any_io_executor.hpp>

#include "crm/applier.hpp"
#include "net/task.hpp"

namespace yizhan::crm {

/// Keeps a command, has it performed in its turn, and comes back to the executor with its outcome.
net::task<outcome> submit(net::asio::any_io_executor executor, applier& to, command what);

}  // namespace yizhan::crm
