#pragma once
#include "adapters/table.hpp"

namespace yizhan::adapters::wechat {

/// Messages and events of official accounts, mini programs and stores: they share one shape, and which
/// account may receive what changes more often than this.
const table& event_table();

/// Pushes of the open platform to a component, about itself and those who authorised it.
const table& component_table();

}  // namespace yizhan::adapters::wechat
