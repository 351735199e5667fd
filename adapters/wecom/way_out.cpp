#include "adapters/wecom/way_out.hpp"

#include "core/json_text.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::wecom {
namespace {

constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms;

// "全局错误码": what a caller has to do (wecom.md 6.4).
constexpr code_row codes[] = {
    {-1,    fate::again,         second_ms, "the platform is busy"                                   },
    {40014, fate::token_refused, 0,         "the access token is not one"                            },
    {42001, fate::token_refused, 0,         "the access token has run out"                           },
    {40001, fate::misconfigured, 0,         "the secret is wrong"                                    },
    {40013, fate::misconfigured, 0,         "the corporation's id is wrong"                          },
    {40091, fate::misconfigured, 0,         "the secret is wrong"                                    },
    {41001, fate::never,         0,         "no access token was sent"                               },
    {40003, fate::not_allowed,   0,         "there is no such person"                                },
    {60111, fate::not_allowed,   0,         "there is no such person"                                },
    {46004, fate::not_allowed,   0,         "there is no such person"                                },
    {81013, fate::not_allowed,   0,         "nobody of those it was for may get it"                  },
    {40007, fate::never,         0,         "the media is gone or never was"                         },
    {40096, fate::not_allowed,   0,         "there is no such customer"                              },
    {45002, fate::never,         0,         "too long"                                               },
    {45009, fate::again,         minute_ms, "too many calls"                                         },
    {45033, fate::again,         second_ms, "too many calls at once"                                 },
    {45035, fate::again,         second_ms, "too many calls at once"                                 },
    {6000,  fate::again,         second_ms, "something else was just being changed"                  },
    {48001, fate::misconfigured, 0,         "the app may not use this API"                           },
    {48002, fate::misconfigured, 0,         "the app may not use this API"                           },
    {48007, fate::misconfigured, 0,         "the app may not use this API"                           },
    {50002, fate::misconfigured, 0,         "the person is outside the app's visible scope"          },
    {60011, fate::misconfigured, 0,         "the person is outside the app's visible scope"          },
    {60020, fate::misconfigured, 0,         "this machine's address is not trusted by the corporation"},
    {60030, fate::misconfigured, 0,         "the servicer is outside the app's visible scope"        },
    {301002, fate::misconfigured, 0,        "the AgentId is not that of the secret"                  },
    {95000, fate::misconfigured, 0,         "there is no such kf account"                            },
    {95001, fate::not_allowed,   0,         "five messages were sent since the customer's last"      },
    {95002, fate::not_allowed,   0,         "48 hours are over since the customer's last message"    },
    {95007, fate::never,         0,         "the token of the callback is too old"                   },
    {95011, fate::misconfigured, 0,         "the kf account is not managed by API"                   },
    {95012, fate::misconfigured, 0,         "the kf account is not managed by API"                   },
    {95013, fate::not_allowed,   0,         "the session has ended"                                  },
    {95016, fate::not_allowed,   0,         "the session is not in a state for this"                 },
    {95017, fate::misconfigured, 0,         "the kf API is switched off"                             },
    {95018, fate::not_allowed,   0,         "the session is not in a state in which the API may speak"},
    {95023, fate::misconfigured, 0,         "the kf account is given to another app"                 },
    {95031, fate::not_allowed,   0,         "the customer has been silent for 48 hours"              },
    {95033, fate::done,          0,         "it was taken before"                                    },
};

void append_object(std::string& body, std::string_view type,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json::append_member(body, "msgtype", type);
    json::append_key(body, type);
    body += '{';
    for (const auto& [name, value] : members) json::append_member(body, name, value);
    body += '}';
}

class corporation : public way_out {
public:
    explicit corporation(const account& settings) : corp_id_(settings.corp_id), secret_(settings.app_secrets.front()) {}

    std::string_view api() const override { return "https://qyapi.weixin.qq.com"; }
    // One token for each secret; only this process sees the name.
    std::string credential() const override { return "wecom " + corp_id_ + " " + secret_; }

    api_call token_call() const override {
        api_call call;
        call.method = "GET";
        call.target = "/cgi-bin/gettoken?corpid=" + percent_encoded(corp_id_) + "&corpsecret=" + percent_encoded(secret_);
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override { return token_in(answer, codes, why); }
    verdict judge(unsigned status, std::string_view answer) const override { return judge_errcode(status, answer, codes); }

private:
    std::string corp_id_, secret_;
};

/// 发送应用消息: to employees.
class app_messages final : public corporation {
public:
    explicit app_messages(const account& settings) : corporation(settings), agent_id_(settings.agent_id) {}

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
            case reply_kind::news:
                return {};
            default:
                return "an app's messages have no such kind";
        }
    }

    api_call send(const sending& what) const override {
        api_call call;
        call.target = "/cgi-bin/message/send?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "touser", what.to);
        body += ",\"agentid\":" + agent_id_;
        append_message(body, what.what);
        // By content: only where the same may have come through, since two people may well mean the same words.
        if (what.is_repeat) body += R"(,"enable_duplicate_check":1,"duplicate_check_interval":1800)";
        body += '}';
        return call;
    }
    // The check works against messages that were sent with it or without.
    bool drops_repeats() const override { return true; }

private:
    static void append_message(std::string& body, const reply& what) {
        switch (what.kind) {
            case reply_kind::image:
            case reply_kind::voice:
                return append_object(body, name_of(what.kind), {{"media_id", what.media_id}});
            case reply_kind::video:
                return append_object(body, "video", {{"media_id", what.media_id}, {"title", what.title}, {"description", what.description}});
            case reply_kind::news:
                json::append_member(body, "msgtype", "news");
                body += R"(,"news":{"articles":[)";
                for (const article& each : what.articles) {
                    if (body.back() != '[') body += ',';
                    body += '{';
                    json::append_member(body, "title", each.title);
                    json::append_member(body, "description", each.description);
                    json::append_member(body, "url", each.url);
                    json::append_member(body, "picurl", each.image_url);
                    body += '}';
                }
                body += "]}";
                return;
            default:
                return append_object(body, "text", {{"content", what.text}});
        }
    }

    std::string agent_id_;
};

/// 微信客服, 发送消息: to customers, while the session is not with a servicer in the WeCom client.
class kf_messages final : public corporation {
public:
    explicit kf_messages(const account& settings) : corporation(settings), kf_(settings.open_kfid) {}

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
            case reply_kind::location:
            case reply_kind::news:
                return !what.code.empty() && what.kind != reply_kind::text ? "with a code only texts can be said" : "";
            default:
                return "WeChat Customer Service has no such kind";
        }
    }

    api_call send(const sending& what) const override {
        api_call call;
        std::string& body = call.body = "{";
        if (!what.what.code.empty()) {  // 发送欢迎语等事件响应消息
            call.target = "/cgi-bin/kf/send_msg_on_event?access_token={token}";
            json::append_member(body, "code", what.what.code);
        } else {
            call.target = "/cgi-bin/kf/send_msg?access_token={token}";
            json::append_member(body, "touser", what.to);
            json::append_member(body, "open_kfid", kf_);
        }
        json::append_member(body, "msgid", what.key);
        append_message(body, what.what);
        body += '}';
        return call;
    }
    std::string pulls() const override { return kf_; }
    api_call pull(std::string_view cursor, std::string_view token) const override {
        api_call call;
        call.target = "/cgi-bin/kf/sync_msg?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "open_kfid", kf_);
        json::append_member(body, "cursor", cursor);
        json::append_member(body, "token", token);
        body += ",\"limit\":1000,\"voice_format\":0}";
        return call;
    }
    result<pulled_page> page_of(std::string_view answer, verdict& why) const override {
        why = judge_errcode(200, answer, codes);
        if (why.what != fate::done) return errc::malformed_message;
        return page_in(answer, "msg_list", why);
    }

    // 95033: a msgid is taken once.
    bool drops_repeats() const override { return true; }

private:
    static void append_message(std::string& body, const reply& what) {
        switch (what.kind) {
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
                return append_object(body, name_of(what.kind), {{"media_id", what.media_id}});
            case reply_kind::location:
                json::append_member(body, "msgtype", "location");
                body += R"(,"location":{"latitude":)" + what.latitude + R"(,"longitude":)" + what.longitude + "}";
                return;
            case reply_kind::news: {
                // A link needs an uploaded picture: without one it is said as a text.
                const article& first = what.articles.front();
                std::string text = first.title;
                if (!first.description.empty()) text += "\n" + first.description;
                return append_object(body, "text", {{"content", text + "\n" + first.url}});
            }
            default:
                return append_object(body, "text", {{"content", what.text}});
        }
    }

    std::string kf_;
};

}  // namespace

window kf_window(const event& of) {
    if (!of.type.starts_with("message.") || of.type == "message.recalled" || !of.from_person || of.is_outbound) return {};
    return {window::opener::message, 48 * 60 * minute_ms, 5, false};
}

std::unique_ptr<way_out> app_way_out(const account& settings) {
    const bool is_number = !settings.agent_id.empty() && settings.agent_id.find_first_not_of("0123456789") == std::string::npos;
    if (settings.app_secrets.empty() || !is_number) return nullptr;
    return std::make_unique<app_messages>(settings);
}

std::unique_ptr<way_out> kf_way_out(const account& settings) {
    if (settings.app_secrets.empty() || settings.open_kfid.empty()) return nullptr;
    return std::make_unique<kf_messages>(settings);
}

}  // namespace yizhan::adapters::wecom
