#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

enum class reply_kind { text, image, voice, video, music, news, location, card, card_button, platform_desk, menu, session_end };

struct article {
    std::string title, description, url, image_url;
};

/// Something to tap: its id comes back as the event's `event_key`.
struct option {
    std::string id, text;
};

constexpr std::size_t options_max = 10, option_bytes_max = 128;
bool is_option_id(std::string_view id);

/// What is said to a customer, in no platform's words; or what is done with their session at the platform's desk.
struct reply {
    reply_kind kind = reply_kind::text;
    std::string text;  // text: what is said. card_button: what the tapped button says from now on.
                       // platform_desk: the agent's account, or empty. menu, session_end: what stands above the options.
    std::string
        media_id;  // image, voice, video: the platform's id of what was uploaded. music: of the cover.
    std::vector<article> articles;             // news: one or more.
    std::string title = {}, description = {};  // video, music.
    std::string url = {}, hq_url = {};         // music.
    std::string latitude = {}, longitude = {};  // location, in degrees.
    std::string code = {};  // With which something may be said once, such as a welcome; empty: none is needed.
    std::string card = {};  // card: the platform's template card, as the JSON of its documents.
    std::vector<option> options = {};  // menu; session_end: what the customer is asked at the end, such as how it was.
    std::string tail = {};             // menu, session_end: what stands below them.
};

constexpr std::string_view name_of(reply_kind kind) {
    constexpr std::string_view names[] = {"text",     "image", "voice",       "video",         "music", "news",
                                          "location", "card",  "card_button", "platform_desk", "menu",  "session_end"};
    return names[static_cast<int>(kind)];
}

/// Whether it is a message; else it does something to the customer's session.
constexpr bool is_said(reply_kind kind) { return kind != reply_kind::platform_desk && kind != reply_kind::session_end; }

/// The same in words alone, for a platform that has no such kind: a link as its title and address, a menu as its lines.
std::string in_words(const reply& what);

}  // namespace yizhan
