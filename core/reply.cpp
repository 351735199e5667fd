#include "core/reply.hpp"

namespace yizhan {

bool is_option_id(std::string_view id) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    return id.size() <= option_bytes_max && id.find_first_not_of(plain) == std::string_view::npos;
}

std::string in_words(const reply& what) {
    std::string text;
    const auto add = [&text](const std::string& line) {
        if (!line.empty()) text.append(text.empty() ? "" : "\n").append(line);
    };
    if (what.kind == reply_kind::text || what.kind == reply_kind::menu) add(what.text);
    for (const article& each : what.articles) add(each.title), add(each.description), add(each.url);
    for (const option& each : what.options) add(each.text);
    add(what.tail);
    return text;
}

}  // namespace yizhan
