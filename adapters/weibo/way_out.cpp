#include "adapters/weibo/way_out.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>

#include "core/json_text.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::weibo {
namespace {

constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms;

// What a caller has to do (weibo.md 5.5). A token that the console gave cannot be renewed from here.
constexpr code_row codes[] = {
    {10001, fate::again,         second_ms,      "the platform is busy"                        },
    {10002, fate::again,         second_ms,      "the platform is busy"                        },
    {10003, fate::again,         second_ms,      "the platform is busy"                        },
    {10009, fate::again,         second_ms,      "the platform is busy"                        },
    {10010, fate::again,         second_ms,      "the platform is busy"                        },
    {10011, fate::again,         second_ms,      "the platform is busy"                        },
    {10004, fate::misconfigured, 0,              "this machine's address may not call the API" },
    {10005, fate::misconfigured, 0,              "the app may not use this API"                },
    {10006, fate::misconfigured, 0,              "the access token is not good"                },
    {10014, fate::misconfigured, 0,              "the app may not use this API"                },
    {10022, fate::again,         hour_ms,        "too many calls from this machine"            },
    {10023, fate::again,         hour_ms,        "too many calls of the account"               },
    {10024, fate::again,         hour_ms,        "too many calls of this API"                  },
    {20003, fate::not_allowed,   0,              "there is no such person"                     },
    {20012, fate::never,         0,              "too long"                                    },
    {20013, fate::never,         0,              "too long"                                    },
    {20016, fate::again,         10 * minute_ms, "too often"                                   },
    {20017, fate::done,          0,              "the same was sent just before"               },
    {20019, fate::done,          0,              "the same was sent just before"               },
    {20032, fate::done,          0,              "taken, and shown a little later"             },
    {20301, fate::not_allowed,   0,              "not a fan of the account"                    },
    {20306, fate::done,          0,              "the same was sent just before"               },
    {21301, fate::misconfigured, 0,              "the access token is not good"                },
    {21314, fate::misconfigured, 0,              "the access token has been used up"           },
    {21315, fate::misconfigured, 0,              "the access token has run out"                },
    {21316, fate::misconfigured, 0,              "the access token was taken back"             },
    {21317, fate::misconfigured, 0,              "the access token is refused"                 },
    {21319, fate::misconfigured, 0,              "the account took its authorisation back"     },
    {21327, fate::misconfigured, 0,              "the access token has run out"                },
    {21332, fate::misconfigured, 0,              "the access token is not good"                },
    {26406, fate::misconfigured, 0,              "the account's developer mode is off"         },
};

/// A code is a number or digits in quotes; the four families of errors call it by three names.
std::int64_t code_in(const rapidjson::Document& of) {
    for (const char* name : {"error_code", "errcode", "errorCode"}) {
        const auto found = of.FindMember(name);
        if (found == of.MemberEnd()) continue;
        if (found->value.IsInt64()) return found->value.GetInt64();
        if (found->value.IsString()) return std::strtoll(found->value.GetString(), nullptr, 10);
    }
    return 0;
}

/// 客服消息: messages/reply.
class fan_messages final : public way_out {
public:
    explicit fan_messages(const account& settings)
        : token_(settings.access_tokens.front()), has_own_server_(!settings.api.empty()) {}

    std::string_view api() const override { return "https://m.api.weibo.com"; }
    std::shared_ptr<const adapters::credential> credential() const override { return nullptr; }

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::news:
            case reply_kind::location:
            case reply_kind::menu:  // As words.
                return {};
            default:
                return "Weibo's messages are texts, articles and positions";
        }
    }

    api_call send(const sending& what) const override {
        std::string type = "text", data = "{";
        const reply& said = what.what;
        if (said.kind == reply_kind::news) {
            type = "articles";
            data += "\"articles\":[";
            for (const article& each : said.articles) {
                if (data.back() != '[') data += ',';
                data += '{';
                json::append_member(data, "display_name", each.title);
                json::append_member(data, "summary", each.description);
                json::append_member(data, "image", each.image_url);
                json::append_member(data, "url", each.url);
                data += '}';
            }
            data += ']';
        } else if (said.kind == reply_kind::location) {
            type = "position";
            json::append_member(data, "longitude", said.longitude);
            json::append_member(data, "latitude", said.latitude);
        } else {
            json::append_member(data, "text", in_words(said));
        }
        data += '}';
        api_call call;
        call.target = "/2/messages/reply.json";
        call.content_type = "application/x-www-form-urlencoded";
        call.body = "access_token=" + percent_encoded(token_) + "&type=" + type + "&data=" + percent_encoded(data) +
                    "&receiver_id=" + percent_encoded(what.to);
        return call;
    }

    verdict judge(const sending&, unsigned status, std::string_view answer) const override { return judged(status, answer); }

    std::optional<api_call> media_call(std::string_view id) const override {
        return get("https://upload.api.weibo.com", "/2/mss/msget?fid=" + percent_encoded(id));
    }
    verdict judge_media(std::string_view answer, std::string&) const override {
        verdict its = judged(200, answer);
        if (its.what == fate::done) its = {fate::never, 0, "the answer has no media", 0, ""};
        return its;
    }
    std::optional<api_call> profile_call(const party& whom) const override {
        if (whom.kind != "uid") return std::nullopt;
        return get("https://api.weibo.com", "/2/users/show.json?uid=" + percent_encoded(whom.id));
    }
    result<profile> profile_of(const party&, std::string_view answer, verdict& why) const override {
        why = judged(200, answer);
        if (why.what != fate::done) return errc::malformed_message;
        return profile_in(answer, {}, {}, "screen_name", why);
    }

    bool drops_repeats() const override { return false; }

private:
    api_call get(const char* server, std::string target) const {
        api_call call;
        call.method = "GET";
        call.target = std::move(target) + "&access_token=" + percent_encoded(token_);
        if (!has_own_server_) call.server = server;
        return call;
    }

    static verdict judged(unsigned status, std::string_view answer) {
        rapidjson::Document document;
        document.Parse<rapidjson::kParseIterativeFlag>(answer.data(), answer.size());
        verdict made;
        made.code = document.HasParseError() || !document.IsObject() ? 0 : code_in(document);
        const bool is_good = status / 100 == 2 && made.code == 0;
        if (is_good) return made;
        const auto row = std::ranges::find(codes, made.code, &code_row::code);
        if (row != std::end(codes)) {
            made.what = row->what, made.rest_ms = row->rest_ms, made.reason = row->reason;
        } else {
            made.what = status / 100 == 5 && made.code == 0 ? fate::again : fate::never;
            made.rest_ms = second_ms;
            made.reason = "the platform answered " + std::to_string(status);
        }
        return made;
    }

    std::string token_;
    bool has_own_server_;
};

}  // namespace

window fans_service_window(const event& of) {
    using enum window::opener;
    if (of.type == "social.mentioned") return {event, 48 * hour_ms, 1, false};
    if (of.type == "contact.unfollowed") return {nothing, 0, 0, true};
    const bool opens = of.type.starts_with("message.") || of.type == "contact.followed" || of.type == "contact.subscribed" ||
                       of.type == "menu.clicked" || of.type == "contact.scanned";
    return opens ? window{message, 48 * hour_ms, -1, false} : window{};
}

std::unique_ptr<way_out> fans_service_way_out(const account& settings) {
    if (settings.access_tokens.empty()) return nullptr;
    return std::make_unique<fan_messages>(settings);
}

}  // namespace yizhan::adapters::weibo
