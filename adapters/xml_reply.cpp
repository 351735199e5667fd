#include "adapters/xml_reply.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace yizhan::adapters {
namespace {

/// What XML can hold: a customer's words may come back in a reply, and an answer that is no XML shows them an
/// error.
std::string speakable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8::sequence_length(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool is_control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else if (!is_control)
            out.append(text, at, length);
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

void append_articles(std::string& out, const std::vector<article>& articles, const xml_reply_limits& limits) {
    const std::size_t count = std::min(articles.size(), limits.articles_max);
    out.append("<ArticleCount>").append(std::to_string(count)).append("</ArticleCount><Articles>");
    for (std::size_t at = 0; at < count; ++at) {
        out += "<item>";
        append_cdata(out, "Title", utf8::cut(articles[at].title, limits.title_bytes_max));
        append_cdata(out, "Description", utf8::cut(articles[at].description, limits.description_bytes_max));
        append_cdata(out, "PicUrl", articles[at].image_url);
        append_cdata(out, "Url", articles[at].url);
        out += "</item>";
    }
    out += "</Articles>";
}

constexpr std::string_view type_of(reply_kind kind) {
    if (kind == reply_kind::platform_desk) return "transfer_customer_service";
    if (kind == reply_kind::card) return "update_template_card";
    if (kind == reply_kind::card_button) return "update_button";
    return name_of(kind);
}

void append_media(std::string& out, std::string_view element, const reply& with,
                  const xml_reply_limits& limits) {
    out.append("<").append(element).append(">");
    if (with.kind != reply_kind::music) append_cdata(out, "MediaId", with.media_id);
    if (with.kind == reply_kind::video || with.kind == reply_kind::music) {
        append_cdata(out, "Title", utf8::cut(with.title, limits.title_bytes_max));
        append_cdata(out, "Description", utf8::cut(with.description, limits.description_bytes_max));
    }
    if (with.kind == reply_kind::music) {
        append_cdata(out, "MusicUrl", with.url);
        append_cdata(out, "HQMusicUrl", with.hq_url);
        append_cdata(out, "ThumbMediaId", with.media_id);
    }
    out.append("</").append(element).append(">");
}

}  // namespace

void append_cdata(std::string& out, std::string_view name, std::string_view given) {
    const std::string clean = speakable(given);
    std::string_view text = clean;
    out.append("<").append(name).append("><![CDATA[");
    for (std::size_t close; (close = text.find("]]>")) != std::string_view::npos;) {
        out.append(text.substr(0, close + 2)).append("]]><![CDATA[");
        text.remove_prefix(close + 2);
    }
    out.append(text).append("]]></").append(name).append(">");
}

std::string xml_reply(std::string_view to, std::string_view from, std::int64_t now_ms, const reply& with,
                      const xml_reply_limits& limits) {
    std::string out = "<xml>";
    append_cdata(out, "ToUserName", to);
    append_cdata(out, "FromUserName", from);
    out.append("<CreateTime>").append(std::to_string(now_ms / 1000)).append("</CreateTime>");
    append_cdata(out, "MsgType", type_of(with.kind));
    switch (with.kind) {
        case reply_kind::text:
            append_cdata(out, "Content", utf8::cut(with.text, limits.text_bytes_max));
            break;
        case reply_kind::image:
            append_media(out, "Image", with, limits);
            break;
        case reply_kind::voice:
            append_media(out, "Voice", with, limits);
            break;
        case reply_kind::video:
            append_media(out, "Video", with, limits);
            break;
        case reply_kind::music:
            append_media(out, "Music", with, limits);
            break;
        case reply_kind::news:
            append_articles(out, with.articles, limits);
            break;
        case reply_kind::location:
        case reply_kind::menu:
        case reply_kind::session_end:  // No XML platform has them.
            break;
        case reply_kind::card:
        case reply_kind::card_button:
            out += limits.body;
            break;
        case reply_kind::platform_desk:
            if (with.text.empty()) break;
            out += "<TransInfo>";
            append_cdata(out, "KfAccount", with.text);
            out += "</TransInfo>";
            break;
    }
    return out += "</xml>";
}

}  // namespace yizhan::adapters
