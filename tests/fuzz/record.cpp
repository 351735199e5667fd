// A journal's file, with a callback's record in it: what is read lies within the file, and what was written
// is read again.
#include "stream/kept.hpp"
#include "stream/segment.hpp"
#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text = text_of(bytes, size);
    static_cast<void>(stream::head_of(text));
    std::size_t last = 0;
    const auto visit = [&](const stream::record& each, std::size_t at) {
        promise(at >= last && at + stream::record_head_size + each.payload.size() <= size,
                "a record lies within the file");
        last = at;
        static_cast<void>(stream::kept_of(each.payload));
    };
    const auto gap = [&](std::uint64_t, std::uint64_t, std::size_t from, std::size_t to) {
        promise(from <= to && to <= size, "so does a gap");
    };
    if (size >= stream::segment_head_size)
        promise(stream::walk_records(text, 0, visit, gap) <= size, "and its end");
    static_cast<void>(stream::find_record(text, size / 3, 0));
    static_cast<void>(stream::answer_of(text));
    if (const auto kept = stream::kept_of(text)) {
        std::string written;
        stream::append_kept(written, *kept);
        const auto again = stream::kept_of(written);
        promise(again && again->events.size() == kept->events.size() && again->original == kept->original,
                "a payload is written as it was read");
        const auto answer = stream::answer_of(written);
        promise(answer && *answer == kept->answer, "its answer is found without the rest");
    }
    std::string whole;
    stream::append_record(whole, {7, 1, stream::kind_callback, 1, text, 0});
    const auto step = stream::record_at(whole, 0, 7);
    promise(step.what == stream::found::end ? size == 0
                                            : step.what == stream::found::bad || step.value.payload == text,
            "a record is read as it was written");
    return 0;
}
