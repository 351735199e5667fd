// XML becomes a tree of bounded size, whose JSON is JSON.
#include <rapidjson/document.h>

#include "adapters/document.hpp"
#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static adapters::document document;
    const auto read = document.read_xml(text_of(bytes, size));
    if (!read) return 0;
    std::string json;
    document.append_json(json);
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
    promise(!parsed.HasParseError() && parsed.IsObject(), "a tree of XML is written as a JSON object");
    for (const char* name : {"MsgType", "List", "Encrypt"})
        if (const auto* node = document.find(name)) {
            promise(!document.items(*node).empty(), "a list has its items");
            static_cast<void>(document.same_named_after(*node));
        }
    return 0;
}
