// The framing gate: no bytes make it read beyond them, and what it lets through is framed in one way only.
#include "gateway/framing.hpp"

#include <string>

#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text = text_of(bytes, size);
    const auto found = gateway::examine(text);
    if (!found || found->head_bytes == 0) return 0;
    promise(found->head_bytes <= size, "the head lies within what came");
    promise(text.substr(0, found->head_bytes).ends_with("\r\n\r\n"), "a head ends with an empty line");
    promise(!(found->chunked && found->content_length != 0), "one length, not two");
    promise(!(found->is_get && (found->chunked || found->content_length != 0)), "GET has no body");
    promise(found->target.data() >= text.data() &&
                found->target.data() + found->target.size() <= text.data() + size,
            "the target is a part of the request");
    // More bytes behind the head change nothing of it.
    const std::string longer = std::string(text) + "POST / HTTP/1.1\r\n";
    const auto again = gateway::examine(longer);
    promise(again && again->head_bytes == found->head_bytes && again->content_length == found->content_length,
            "what follows changes nothing");
    return 0;
}
