#include "gateway/rewritings.hpp"

#include <iconv.h>

#include <algorithm>
#include <utility>

#include "adapters/document.hpp"
#include "adapters/sealed.hpp"
#include "core/json_text.hpp"
#include "core/query.hpp"
#include "core/utf8.hpp"
#include "crypto/base64.hpp"

namespace yizhan::gateway {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
    std::string out;
    for (std::size_t at; (at = text.find(what)) != std::string_view::npos;
         text.remove_prefix(at + what.size()))
        out.append(text.substr(0, at)).append(with);
    return out.append(text);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool looks_like_a_document(std::string_view text) {
    return text.starts_with("<xml") || text.starts_with("<?xml") || text.starts_with('{');
}

/// The ciphertext of an envelope, blanks and all; empty when there is none.
std::string ciphertext_in(std::string_view body) {
    adapters::document outer;
    const auto read = adapters::read_outer(outer, body);
    if (!read || read->encrypt.empty()) return {};
    const std::string_view capital = outer.text("Encrypt");
    return std::string(capital.empty() ? outer.text("encrypt") : capital);
}

/// An envelope around a ciphertext, in the form that the body had. Nothing else of it is signed.
std::string with_ciphertext(std::string_view body, std::string_view ciphertext) {
    if (ciphertext.empty()) return {};
    const bool is_json = adapters::trimmed(body).starts_with('{');
    if (!is_json) return "<xml><Encrypt>" + std::string(ciphertext) + "</Encrypt></xml>";
    const bool is_capital = body.find("\"Encrypt\"") != std::string_view::npos;
    return std::string(is_capital ? "{\"Encrypt\":" : "{\"encrypt\":") + json::quoted(ciphertext) + "}";
}

std::string plus_of_blank(std::string_view body) {
    return with_ciphertext(body, replaced(ciphertext_in(body), " ", "+"));
}

/// The same where the element is indented too, and blanks at the edges are not the ciphertext's.
std::string plus_of_inner_blank(std::string_view body) {
    const std::string ciphertext = ciphertext_in(body);
    return with_ciphertext(body, replaced(adapters::trimmed(ciphertext), " ", "+"));
}

std::string without_breaks(std::string_view body) {
    std::string ciphertext = ciphertext_in(body);
    std::erase_if(ciphertext, is_blank);
    return with_ciphertext(body, ciphertext);
}

std::string standard_base64(std::string_view body) {
    std::string ciphertext = ciphertext_in(body);
    std::ranges::replace(ciphertext, '-', '+');
    std::ranges::replace(ciphertext, '_', '/');
    ciphertext.append((4 - ciphertext.size() % 4) % 4, '=');
    return with_ciphertext(body, ciphertext);
}

std::string percent_decoded_ciphertext(std::string_view body) {
    return with_ciphertext(body, percent_decoded(ciphertext_in(body)));
}

std::string of_form(std::string_view text) { return percent_decoded(replaced(text, "+", " ")); }

std::string percent_decoded_body(std::string_view body) {
    return body.starts_with('%') ? of_form(body) : std::string();
}

/// `xml=%3Cxml%3E…`, or the whole as the name of an empty field.
std::string form_field(std::string_view body) {
    const std::size_t equals = body.find('=');
    if (equals == std::string_view::npos || equals > 40 || looks_like_a_document(body)) return {};
    const std::string value = of_form(body.substr(equals + 1, body.find('&', equals) - equals - 1));
    return looks_like_a_document(value) ? value : std::string();
}

std::string unescaped(std::string_view body) {
    std::string out(body);
    constexpr std::pair<std::string_view, std::string_view> entities[] = {
        {"&lt;",   "<" },
        {"&gt;",   ">" },
        {"&quot;", "\""},
        {"&#34;",  "\""},
        {"&#39;",  "'" },
        {"&apos;", "'" },
        {"&amp;",  "&" },
    };
    for (const auto& [entity, character] : entities) out = replaced(out, entity, character);
    return out;
}

std::string from_base64(std::string_view body) {
    std::string out;
    if (!crypto::decode_base64(adapters::trimmed(body), out)) return {};
    return looks_like_a_document(out) ? out : std::string();
}

/// An API gateway's event with the real body as a text inside, perhaps in base64.
std::string unwrapped(std::string_view body) {
    adapters::document outer;
    if (!outer.read_json(body)) return {};
    for (const std::string_view name : {"body", "Body", "data", "xml"}) {
        const std::string_view inside = outer.text(name);
        if (looks_like_a_document(inside)) return std::string(inside);
        if (std::string decoded = from_base64(inside); !decoded.empty()) return decoded;
    }
    return {};
}

/// What stands before or behind the document, such as sizes of chunks, is not the platform's.
std::string document_alone(std::string_view body) {
    const std::size_t begin = body.find("<xml"), end = body.rfind("</xml>");
    if (begin != std::string_view::npos && end != std::string_view::npos && begin < end)
        return std::string(body.substr(begin, end + 6 - begin));
    const std::size_t open = body.find('{'), close = body.rfind('}');
    if (open == std::string_view::npos || close == std::string_view::npos || open > close) return {};
    return std::string(body.substr(open, close + 1 - open));
}

std::string converted(std::string_view text, const char* from) {
    const iconv_t converter = ::iconv_open("UTF-8", from);
    if (converter == reinterpret_cast<iconv_t>(-1)) return {};
    std::string in(text), out(text.size() * 4, '\0');
    char *reads = in.data(), *writes = out.data();
    std::size_t left = in.size(), room = out.size();
    const bool done = ::iconv(converter, &reads, &left, &writes, &room) != static_cast<std::size_t>(-1);
    ::iconv_close(converter);
    out.resize(out.size() - room);
    return done ? out : std::string();
}

std::string utf8_of_gbk(std::string_view body) {
    return utf8::is_valid(body) ? std::string() : converted(body, "GB18030");
}

std::string utf8_of_utf16(std::string_view body) {
    const bool is_utf16 = body.starts_with("\xFF\xFE") || body.starts_with("\xFE\xFF");
    return is_utf16 ? converted(body, "UTF-16") : std::string();
}

std::string without_line_end(std::string_view body) {
    while (!body.empty() && is_blank(body.back())) body.remove_suffix(1);
    return std::string(body);
}

std::string compact_json(std::string_view body) {
    adapters::document sent;
    std::string out;
    if (sent.read_json(body)) sent.append_json(out);
    return out;
}

constexpr rewriting of_bodies[] = {
    {"plus_lost",       "with every + of its base64 turned into a blank",                       plus_of_blank             },
    {"plus_lost",       "with every + of its base64 turned into a blank",                       plus_of_inner_blank       },
    {"line_breaks",     "with line breaks or blanks put into its base64",                       without_breaks            },
    {"url_safe_base64", "with its base64 changed to the form for URLs, or without its padding",
     standard_base64                                                                                                      },
    {"percent_encoded", "percent-encoded",                                                      percent_decoded_ciphertext},
    {"percent_encoded", "percent-encoded",                                                      percent_decoded_body      },
    {"form_encoded",    "as a field of a form",                                                 form_field                },
    {"escaped",         "with its markup escaped as entities",                                  unescaped                 },
    {"base64",          "wrapped in base64 as a whole",                                         from_base64               },
    {"wrapped",         "as a text inside another document, as API gateways pass it on",        unwrapped                 },
    {"line_end",        "with a line end added",                                                without_line_end          },
    {"surrounded",      "with something before or behind the document",                         document_alone            },
    {"charset",         "converted from UTF-8 to GBK",                                          utf8_of_gbk               },
    {"charset",         "converted from UTF-8 to UTF-16",                                       utf8_of_utf16             },
    {"indented",        "indented anew",                                                        compact_json              },
};

std::string plus_of_blank_in_query(std::string_view raw) {
    return replaced(replaced(raw, "%20", "%2B"), " ", "%2B");
}

std::string encoded_once(std::string_view raw) { return replaced(raw, "%25", "%"); }
std::string ampersands(std::string_view raw) { return replaced(raw, "&amp;", "&"); }

/// The padding of an encrypted echo, lost with everything from the equals sign on.
std::string padded_echo(std::string_view raw) {
    const std::size_t at = raw.find("echostr=");
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + 8, end = std::min(raw.find('&', begin), raw.size());
    const std::size_t length = percent_decoded(raw.substr(begin, end - begin)).size();
    std::string out(raw);
    return out.insert(end, std::string((4 - length % 4) % 4, '='));
}

constexpr rewriting of_queries[] = {
    {"plus_lost",           "with every + of a parameter turned into a blank", plus_of_blank_in_query},
    {"query_encoded_twice", "percent-encoded twice",                           encoded_once          },
    {"query_escaped",       "with its & escaped as &amp;",                     ampersands            },
    {"query_cut",           "without the = at the end of its echostr",         padded_echo           },
};

}  // namespace

std::span<const rewriting> body_rewritings() { return of_bodies; }
std::span<const rewriting> query_rewritings() { return of_queries; }

}  // namespace yizhan::gateway
