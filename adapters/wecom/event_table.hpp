#pragma once
#include "adapters/table.hpp"

namespace yizhan::adapters::wecom {

/// Messages and events in XML: of apps, the contacts assistant, customer contact and WeChat Customer Service,
/// in the envelope of an app and, where both exist, of a suite (`InfoType` then stands for `Event`).
const table& event_table();

/// Callbacks of AI bots, in JSON of their own.
const table& aibot_table();

}  // namespace yizhan::adapters::wecom
