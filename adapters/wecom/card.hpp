#pragma once
#include <string>

#include "adapters/adapter.hpp"

/// Template cards ("模板卡片"). Rules write them as the documents' JSON; a passive reply wants the same in
/// XML, with names in CamelCase and lists as repeated elements.
namespace yizhan::adapters::wecom {

std::string card_update_xml(const decoded& tapped, const reply& with);
std::string button_update_xml(const reply& with);

/// The card as JSON, with the task id of the tapped card: the platform demands that one.
std::string card_json(const reply& with, std::string_view task_id);

}  // namespace yizhan::adapters::wecom
