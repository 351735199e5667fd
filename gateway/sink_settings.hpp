#pragma once
#include <string>
#include <vector>

#include "gateway/settings_table.hpp"
#include "stream/sinks/settings.hpp"

namespace yizhan::gateway {

bool is_sink_name(std::string_view text);

/// `sinks:` of the configuration.
void read_sinks(source& from, const YAML::Node& node, std::vector<stream::sink_settings>& into);

/// Its part of the reference page.
void append_sinks_reference(std::string& out);

}  // namespace yizhan::gateway
