#include "tests/support/schema.hpp"

#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <map>
#include <memory>

#include "adapters/catalogue.hpp"

namespace yizhan::test {
namespace {

struct compiled {
    rapidjson::Document text;
    std::unique_ptr<rapidjson::SchemaDocument> schema;
};

/// Compiled once a type; null for a type that has none.
const compiled* schema_of(const std::string& type) {
    static std::map<std::string, compiled> all;
    if (const auto found = all.find(type); found != all.end()) return &found->second;
    const std::string text = adapters::event_schema(type);
    if (text.empty()) return nullptr;
    compiled& made = all[type];
    made.text.Parse(text.data(), text.size());
    if (made.text.HasParseError()) return nullptr;
    made.schema = std::make_unique<rapidjson::SchemaDocument>(made.text);
    return &made;
}

}  // namespace

std::string schema_fault(const std::string& event_json) {
    rapidjson::Document event;
    event.Parse(event_json.data(), event_json.size());
    if (event.HasParseError() || !event.IsObject() || !event.HasMember("type"))
        return "no event: " + event_json;
    const std::string type = event["type"].GetString();
    const compiled* known = schema_of(type);
    if (!known) return "no schema for " + type;
    rapidjson::SchemaValidator validator(*known->schema);
    if (!event.Accept(validator)) {
        rapidjson::StringBuffer where;
        validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
        return std::string(where.GetString()) + " breaks " + validator.GetInvalidSchemaKeyword() + " in " +
               event_json;
    }
    const auto& members = known->text["properties"]["data"]["properties"];
    for (const auto& member : event["data"].GetObject())
        if (!members.HasMember(member.name))
            return "data." + std::string(member.name.GetString()) + " is not in the schema of " + type;
    return "";
}

}  // namespace yizhan::test
