// JSON becomes a tree of bounded size that is written as it was read.
#include <rapidjson/document.h>

#include "adapters/document.hpp"
#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static adapters::document document, again;
    const std::string_view text = text_of(bytes, size);
    if (!document.read_json_or_list(text)) return 0;
    std::string json, once_more;
    document.append_json(json);
    promise(static_cast<bool>(again.read_json_or_list(json)), "what was written can be read");
    again.append_json(once_more);
    promise(once_more == json, "and is written the same");
    static_cast<void>(document.word({"data", "subtype"}));
    return 0;
}
