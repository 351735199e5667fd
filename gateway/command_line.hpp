#pragma once
#include <span>

#include "adapters/adapter.hpp"

namespace yizhan::gateway {

/// What the command line asks for. Exit status: 0 done or drained, 1 configuration or start-up, 2 usage, 3
/// the journal failed.
int run_command(int count, char** words);

}  // namespace yizhan::gateway
