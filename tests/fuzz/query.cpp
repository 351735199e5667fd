// The query: encoded and decoded again, every text is itself; a plus stays a plus.
#include "core/query.hpp"

#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text = text_of(bytes, size);
    promise(percent_decoded(percent_encoded(text)) == text, "encoding and decoding give the same");
    const query parsed(text);
    for (const char* name : {"signature", "msg_signature", "timestamp", "nonce", "echostr", ""}) {
        const std::string_view value = parsed[name];
        promise(parsed.has(name) || value.empty(), "what is not there is empty");
        promise(value.size() <= size, "a value is no longer than the query");
    }
    const std::string one = "echostr=" + percent_encoded(text) + "&nonce=1";
    const query both(one);
    promise(both["echostr"] == text && both["nonce"] == "1", "a value is what was encoded");
    return 0;
}
