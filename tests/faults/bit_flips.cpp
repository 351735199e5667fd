// Row 6: whichever bit of a journal's segment flips, it is noticed, it costs the record that it is in and no
// other, and whoever opens the journal is told.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/kept_journal.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

namespace {

/// A callback's record as the door writes it, with `number` in it; of many lengths.
std::string payload_of(std::uint64_t number) {
    const std::string original = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[第 " +
                                 std::to_string(number) + " 封]]></Content>" +
                                 std::string(number * 37 % 400, 'o') + "</xml>";
    const std::string json = "{\"id\":\"" + std::to_string(number) + "\",\"data\":{\"text\":\"第 " +
                             std::to_string(number) + " 封\"}}";
    stream::kept_callback whole;
    whole.account = "shop", whole.channel = "wechat", whole.original = original, whole.answer = "success";
    stream::effects& follows = whole.events.emplace_back();
    follows.id[0] = static_cast<unsigned char>(number),
    follows.id[1] = static_cast<unsigned char>(number >> 8);
    follows.type = "message.text", follows.person_kind = "openid", follows.person_id = "oBit",
    follows.event_json = json;
    std::string out;
    stream::append_kept(out, whole);
    return out;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream opened(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(opened), {}};
}

/// Everything that a walk over a segment tells.
struct walked {
    std::vector<stream::record> records;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
    std::size_t end = 0;
    bool has_head = false;

    explicit walked(std::string_view bytes) : has_head(stream::head_of(bytes).has_value()) {
        end = stream::walk_records(
            bytes, 1, [this](const stream::record& each, std::size_t) { records.push_back(each); },
            [this](std::uint64_t first, std::uint64_t last, std::size_t, std::size_t) {
                gaps.emplace_back(first, last);
            });
    }
};

bool same(const stream::record& one, const stream::record& other) {
    return one.sequence == other.sequence && one.time_us == other.time_us && one.kind == other.kind &&
           one.span == other.span && one.durable == other.durable && one.checksum == other.checksum &&
           one.payload == other.payload;
}

/// Flips each `step`-th bit of the part of a segment that is in use, and looks at what a walk makes of it.
int flip_in_walk(const std::string& whole, std::size_t step) {
    const walked before(whole);
    struct extent {
        std::size_t begin, end;
    };
    std::vector<extent> extents;  // Of each record, without the zeros behind it.
    std::size_t at = stream::segment_head_size;
    for (const stream::record& each : before.records) {
        extents.push_back({at, at + stream::record_head_size + each.payload.size()});
        at += stream::record_size(each.payload.size());
    }
    std::string bytes = whole.substr(0, before.end);
    std::size_t flips = 0, undetected = 0, wrong = 0, in_head = 0, without_meaning = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += step, ++flips) {
        const std::size_t byte = bit / 8;
        bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit % 8));
        const walked after(bytes);
        std::size_t hit = extents.size();  // Which record, if any.
        for (std::size_t each = 0; each < extents.size(); ++each)
            if (byte >= extents[each].begin && byte < extents[each].end) hit = each;
        const bool is_in_head = byte < stream::segment_head_size;
        if (is_in_head) ++in_head, undetected += after.has_head;
        if (hit == extents.size() && !is_in_head) ++without_meaning;
        // All others are there, as they were.
        const std::size_t missing = hit < extents.size();
        bool as_it_should =
            after.records.size() + missing == before.records.size() && (is_in_head || after.has_head);
        for (std::size_t each = 0, there = 0; as_it_should && each < before.records.size(); ++each)
            if (each != hit) as_it_should = same(before.records[each], after.records[there++]);
        // The one that was hit is not, and that is said: as a gap, or the good part ends before it.
        if (missing) {
            const stream::record& lost = before.records[hit];
            const bool is_last = hit + 1 == extents.size();
            const std::vector<std::pair<std::uint64_t, std::uint64_t>> gap{
                {lost.sequence, lost.last()}
            };
            const bool is_noticed =
                is_last ? after.end == extents[hit].begin && after.gaps.empty() &&
                              stream::record_at(bytes, after.end, 1).what != stream::found::end
                        : after.gaps == gap;
            undetected += !is_noticed;
        } else {
            as_it_should = as_it_should && after.gaps.empty();
        }
        wrong += !as_it_should;
        bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit % 8));
    }
    return test::report_row(
        "6", undetected + wrong == 0 && flips > 0,
        std::to_string(flips) + " flips in " + std::to_string(before.records.size()) + " records (" +
            std::to_string(in_head) + " in the segment's head, " + std::to_string(without_meaning) +
            " in zeros between records, which nobody reads): " + std::to_string(undetected) +
            " undetected, " + std::to_string(wrong) + " cost more than the record hit");
}

/// Flips bits in the files of a whole journal and opens it.
int flip_in_files(const std::filesystem::path& directory, std::uint64_t records, int flips) {
    std::vector<std::pair<std::filesystem::path, std::string>> files;
    for (const auto& item : std::filesystem::directory_iterator(directory)) {
        std::string bytes = bytes_of(item.path());
        if (stream::head_of(bytes)) files.emplace_back(item.path().filename(), std::move(bytes));
    }
    std::ranges::sort(files);
    int silent = 0, too_much = 0, hits = 0;
    for (int done = 0; done < flips; ++done) {
        test::temporary_directory copy;
        const std::size_t which = static_cast<std::size_t>(done) % files.size();
        const walked before(files[which].second);
        const std::size_t bit = (static_cast<std::size_t>(done) * 7919 * 13 + 3) % (before.end * 8);
        for (std::size_t each = 0; each < files.size(); ++each) {
            std::string bytes = files[each].second;
            if (each == which) bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
            std::ofstream(copy.path() / files[each].first, std::ios::binary) << bytes;
        }
        const test::kept_journal here(copy.path());
        std::uint64_t damaged = 0;
        for (const stream::damage& each : here.log->damages()) damaged += each.last - each.first + 1;
        const std::uint64_t lost = records - here.found.size();
        hits += lost > 0;
        // Said as damage; or, where it looks like a write cut short, as a notice. As for a head.
        const bool is_told = damaged == lost || (damaged == 0 && !here.notices.empty());
        silent += !is_told ||
                  (bit / 8 < stream::segment_head_size && which + 1 < files.size() && here.notices.empty());
        too_much += lost > 1;
    }
    return test::report_row("6", silent + too_much == 0 && hits > 0,
                            std::to_string(flips) + " journals of " + std::to_string(files.size()) +
                                " files opened with a bit flipped, " + std::to_string(hits) +
                                " records hit: " + std::to_string(silent) + " passed over in silence, " +
                                std::to_string(too_much) + " lost more than that record");
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    if (std::filesystem::is_directory("/dev/shm"))
        ::setenv("TMPDIR", "/dev/shm", 0);  // No disk is needed here.
    test::temporary_directory sample, journal;
    {
        test::kept_journal here(sample.path());
        for (std::uint64_t number = 1; number <= 130; ++number) here.append(payload_of(number));
    }
    std::uint64_t records = 0;
    {
        test::kept_journal here(journal.path());
        for (; records < 2600; ++records) here.append(payload_of(records + 1) + std::string(700, '.'));
    }
    int status = flip_in_walk(bytes_of(sample.path() / "00000001.journal"), form.pick(17, 1));
    return status | flip_in_files(journal.path(), records, form.pick(200, 1000));
}
