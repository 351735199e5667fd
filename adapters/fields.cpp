#include "adapters/fields.hpp"

namespace yizhan::adapters::fields {

void read_nothing(const document&, event&) {}

void read_content(const document& sent, event& into) { into.text = sent.text("Content"); }

void read_picture(const document& sent, event& into) {
    into.media = media{
        .id = sent.word("MediaId"), .url = sent.word("PicUrl"), .format = {}, .size = {}, .thumb_id = {}};
}

void read_voice(const document& sent, event& into) {
    into.media = media{
        .id = sent.word("MediaId"), .url = {}, .format = sent.word("Format"), .size = {}, .thumb_id = {}};
    into.text = sent.word("Recognition");  // Absent, empty or retired: then there is simply no text.
}

void read_video(const document& sent, event& into) {
    into.media = media{.id = sent.word("MediaId"),
                       .url = {},
                       .format = {},
                       .size = {},
                       .thumb_id = sent.word("ThumbMediaId")};
}

void read_place(const document& sent, event& into) {
    into.location =
        location{sent.word("Location_X"), sent.word("Location_Y"), sent.word("Label"), sent.word("Scale")};
}

void read_link(const document& sent, event& into) {
    into.link = link{sent.word("Title"), sent.word("Description"), sent.word("Url")};
}

void read_key(const document& sent, event& into) { into.event_key = sent.word("EventKey"); }

void read_scanned_code(const document& sent, event& into) {
    read_key(sent, into);
    into.scan = scan{sent.word({"ScanCodeInfo", "ScanType"}), sent.text({"ScanCodeInfo", "ScanResult"})};
}

void read_picked_place(const document& sent, event& into) {
    read_key(sent, into);
    const auto word = [&](std::string_view name) { return sent.word({"SendLocationInfo", name}); };
    into.location = location{word("Location_X"), word("Location_Y"), word("Label"), word("Scale")};
}

void read_reported_place(const document& sent, event& into) {
    into.location = location{sent.word("Latitude"), sent.word("Longitude"), {}, {}};
}

}  // namespace yizhan::adapters::fields
