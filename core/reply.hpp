#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

enum class reply_kind { text, image, voice, video, music, news, location, card, card_button, platform_desk };

struct article {
    std::string title, description, url, image_url;
};

/// What is said to a customer, in no platform's words.
struct reply {
    reply_kind kind = reply_kind::text;
    std::string text;  // text: what is said. card_button: what the tapped button says from now on.
                       // platform_desk: the agent's account, or empty.
    std::string
        media_id;  // image, voice, video: the platform's id of what was uploaded. music: of the cover.
    std::vector<article> articles;             // news: one or more.
    std::string title = {}, description = {};  // video, music.
    std::string url = {}, hq_url = {};         // music.
    std::string latitude = {}, longitude = {};  // location, in degrees.
    std::string code = {};  // With which something may be said once, such as a welcome; empty: none is needed.
    std::string card = {};  // card: the platform's template card, as the JSON of its documents.
};

constexpr std::string_view name_of(reply_kind kind) {
    constexpr std::string_view names[] = {"text", "image",    "voice", "video",       "music",
                                          "news", "location", "card",  "card_button", "platform_desk"};
    return names[static_cast<int>(kind)];
}

}  // namespace yizhan
