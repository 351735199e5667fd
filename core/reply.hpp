#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

enum class reply_kind { text, image, news, platform_desk };

struct article {
    std::string title, description, url, image_url;
};

/// What is said to a customer, in no platform's words.
struct reply {
    reply_kind kind = reply_kind::text;
    std::string text;               // text: what is said. platform_desk: the agent's account, or empty.
    std::string media_id;           // image: the platform's id of an uploaded picture.
    std::vector<article> articles;  // news: one or more.
};

constexpr std::string_view name_of(reply_kind kind) {
    switch (kind) {
        case reply_kind::text:
            return "text";
        case reply_kind::image:
            return "image";
        case reply_kind::news:
            return "news";
        case reply_kind::platform_desk:
            return "platform_desk";
    }
    return "text";
}

}  // namespace yizhan
