#pragma once
#include <string>

namespace yizhan::test {

/// What an event breaks of its type's schema, and which member of its `data` that schema does not know; empty
/// when it is as promised.
std::string schema_fault(const std::string& event_json);

}  // namespace yizhan::test
