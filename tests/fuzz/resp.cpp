// Replies of Redis: whatever comes, in whatever pieces, is read or refused, and never takes more than it may.
#include "stream/redis/reply_reader.hpp"

#include "tests/fuzz/target.hpp"

using namespace yizhan::stream::redis;

namespace {

constexpr reply_limits limits{256, 32};  // Small, so that short inputs reach them.

std::size_t elements_of(const reply& what) {
    std::size_t count = what.elements.size();
    for (const reply& each : what.elements) count += elements_of(each);
    return count;
}

/// What was read, and whether it ended in an error.
std::string read(std::string_view bytes, std::size_t piece, bool& failed) {
    reply_reader reader(limits);
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        for (;;) {
            const auto got = reader.next();
            failed = !got;
            if (failed) return all;
            if (!*got) break;
            promise(elements_of(**got) <= limits.elements, "no more elements than a reply may have");
            promise((*got)->text.size() <= limits.bytes, "no longer text than a reply may have");
            all += static_cast<char>((*got)->what);
            all += (*got)->text + std::to_string((*got)->number) + std::to_string(elements_of(**got)) + ";";
        }
        promise(reader.waiting() < limits.bytes + piece, "no more waits than a reply may have");
    }
    return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 1) return 0;
    const std::size_t piece = std::size_t{1} + bytes[0] % 64;
    const std::string_view text = text_of(bytes + 1, size - 1);
    bool failed_whole = false, failed_cut = false;
    const std::string whole = read(text, size, failed_whole), cut = read(text, piece, failed_cut);
    promise(whole == cut && failed_whole == failed_cut, "pieces mean what the whole does");
    return 0;
}
