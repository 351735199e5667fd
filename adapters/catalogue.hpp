#pragma once
#include <string>
#include <string_view>
#include <vector>

/// What all tables say together, for people and for programs.
namespace yizhan::adapters {

/// docs/events.md.
std::string events_page();

/// Our types, `unknown` among them, in alphabetical order.
std::vector<std::string_view> event_types();

/// The JSON Schema (2020-12, in words that draft 4 knows too) of an event of this type; empty for others.
std::string event_schema(std::string_view type);

}  // namespace yizhan::adapters
