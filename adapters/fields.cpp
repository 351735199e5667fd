#include "adapters/fields.hpp"

namespace yizhan::adapters::fields {

void nothing(const document&, event&) {}

void content(const document& sent, event& into) { into.text = sent.text("Content"); }

void picture(const document& sent, event& into) {
    into.media = media{
        .id = sent.word("MediaId"), .url = sent.word("PicUrl"), .format = {}, .size = {}, .thumb_id = {}};
}

void voice(const document& sent, event& into) {
    into.media = media{
        .id = sent.word("MediaId"), .url = {}, .format = sent.word("Format"), .size = {}, .thumb_id = {}};
    into.text = sent.word("Recognition");  // Absent, empty or retired: then there is simply no text.
}

void video(const document& sent, event& into) {
    into.media = media{.id = sent.word("MediaId"),
                       .url = {},
                       .format = {},
                       .size = {},
                       .thumb_id = sent.word("ThumbMediaId")};
}

void place(const document& sent, event& into) {
    into.location =
        location{sent.word("Location_X"), sent.word("Location_Y"), sent.word("Label"), sent.word("Scale")};
}

void shared_link(const document& sent, event& into) {
    into.link = link{sent.word("Title"), sent.word("Description"), sent.word("Url")};
}

void key(const document& sent, event& into) { into.event_key = sent.word("EventKey"); }

void scanned_code(const document& sent, event& into) {
    key(sent, into);
    into.scan = scan{sent.word({"ScanCodeInfo", "ScanType"}), sent.text({"ScanCodeInfo", "ScanResult"})};
}

void picked_place(const document& sent, event& into) {
    key(sent, into);
    const auto word = [&](std::string_view name) { return sent.word({"SendLocationInfo", name}); };
    into.location = location{word("Location_X"), word("Location_Y"), word("Label"), word("Scale")};
}

void reported_place(const document& sent, event& into) {
    into.location = location{sent.word("Latitude"), sent.word("Longitude"), {}, {}};
}

}  // namespace yizhan::adapters::fields
