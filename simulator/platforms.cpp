#include "simulator/platforms.hpp"

#include <algorithm>

#include "simulator/asked.hpp"

namespace yizhan::simulator {
namespace {

constexpr std::int64_t minute_ms = 60000, hour_ms = 60 * minute_ms, two_days_ms = 48 * hour_ms;
constexpr std::int64_t welcome_ms = 20000;
constexpr std::int64_t customer_messages_max = 5;

/// What is said in a message of a platform's API: the text of texts, the JSON of everything else.
std::string said_in(const rapidjson::Value& message, const std::string& type) {
    const auto found = message.FindMember(type.c_str());
    if (found == message.MemberEnd()) return {};
    return type == "text" ? text_in(found->value, "content") : json_of(found->value);
}

bool is_kf(const account& of) { return of.channel == "wecom" && of.kind == "kf"; }

}  // namespace

const std::vector<platforms::route>& platforms::routes() {
    static const std::vector<route> all{
        {"/cgi-bin/stable_token",           &platforms::stable_token     },
        {"/cgi-bin/token",                  &platforms::plain_token      },
        {"/cgi-bin/gettoken",               &platforms::corporation_token},
        {"/cgi-bin/message/custom/send",    &platforms::custom_send      },
        {"/cgi-bin/message/send",           &platforms::message_send     },
        {"/cgi-bin/kf/sync_msg",            &platforms::kf_sync          },
        {"/cgi-bin/kf/send_msg",            &platforms::kf_send          },
        {"/cgi-bin/kf/send_msg_on_event",   &platforms::kf_send_on_event },
        {"/cgi-bin/kf/service_state/get",   &platforms::kf_state         },
        {"/cgi-bin/kf/service_state/trans", &platforms::kf_transfer      },
        {"/2/messages/reply.json",          &platforms::weibo_reply      },
        {"/cgi-bin/user/info",              &platforms::user_info        },
        {"/cgi-bin/user/get",               &platforms::user_list        },
        {"/cgi-bin/externalcontact/get",    &platforms::external_contact },
        {"/cgi-bin/kf/customer/batchget",   &platforms::kf_customers     },
        {"/2/users/show.json",              &platforms::weibo_user       },
        {"/cgi-bin/media/get",              &platforms::media_get        },
        {"/cgi-bin/media/upload",           &platforms::media_upload     },
        {"/2/mss/msget",                    &platforms::weibo_media      },
        {"/cgi-bin/externalcontact/send_welcome_msg",      &platforms::welcome               },
        {"/cgi-bin/component/api_component_token",         &platforms::component_token       },
        {"/cgi-bin/component/api_query_auth",              &platforms::query_authorisation   },
        {"/cgi-bin/component/api_authorizer_token",        &platforms::merchant_token        },
        {"/cgi-bin/service/get_suite_token",               &platforms::suite_token           },
        {"/cgi-bin/service/v2/get_permanent_code",         &platforms::permanent_code        },
        {"/cgi-bin/service/get_corp_token",                &platforms::authorised_corp_token },
    };
    return all;
}

const account* platforms::find(const std::string& id) const {
    const auto found = std::ranges::find(accounts_, id, &account::id);
    return found == accounts_.end() ? nullptr : &*found;
}

platforms::answer platforms::refuse(int code, const std::string& why) {
    ++counts_.refusals[std::to_string(code)];
    return saying(R"({"errcode":)" + std::to_string(code) + R"(,"errmsg":)" + quoted(why) + "}");
}

platforms::answer platforms::ask(const call& what, std::int64_t now_ms) {
    const std::size_t question = std::min(what.target.find('?'), what.target.size());
    const std::string_view target(what.target);
    asked by{what, target.substr(0, question), yizhan::query(target.substr(std::min(question + 1, target.size()))), {}, now_ms};
    ++counts_.calls[std::string(by.path)];
    const auto found = std::ranges::find(routes(), by.path, &route::path);
    if (found == routes().end()) {
        answer unknown;
        unknown.status = 404;
        return unknown;
    }
    by.body.Parse(what.body.data(), what.body.size());
    by.is_json = !by.body.HasParseError() && by.body.IsObject();

    const auto planned = std::ranges::find_if(troubles_, [&](const trouble& each) {
        return each.times > 0 && by.path.starts_with(each.path);
    });
    if (planned == troubles_.end()) return (this->*found->how)(by);
    --planned->times;
    const trouble now = *planned;
    answer made;
    if (now.lose_call)
        made.unheard = true;
    else if (now.code != 0)
        made = refuse(now.code, "as planned");
    else
        made = (this->*found->how)(by);
    made.lost = now.lose_answer;
    made.delay_ms = now.delay_ms;
    return made;
}

platforms::answer platforms::stable_token(const asked& by) {
    ++counts_.token_calls;
    if (!by.is_json) return refuse(47001, "data format error");
    const std::string app_id = text_in(by.body, "appid"), secret = text_in(by.body, "secret");
    const auto its = std::ranges::find_if(accounts_, [&](const account& each) { return each.channel == "wechat" && each.app_id == app_id; });
    if (its == accounts_.end()) return refuse(40013, "invalid appid");
    if (std::ranges::find(its->app_secrets, secret) == its->app_secrets.end()) return refuse(40001, "invalid credential");
    const auto force = by.body.FindMember("force_refresh");
    const bool is_forced = force != by.body.MemberEnd() && force->value.IsTrue();
    if (is_forced) {
        std::int64_t& last_ms = forced_[app_id];
        if (last_ms != 0 && by.now_ms - last_ms < 30000) return refuse(45011, "api minute-quota reach limit");
        last_ms = by.now_ms;
    }
    const auto token = is_forced ? tokens_.force(app_id, token_server::kind::stable, by.now_ms)
                                 : tokens_.get(app_id, token_server::kind::stable, by.now_ms);
    return saying(R"({"access_token":")" + token.value + R"(","expires_in":)" + std::to_string(token.left_s(by.now_ms)) + "}");
}

platforms::answer platforms::plain_token(const asked& by) {
    ++counts_.token_calls;
    const std::string app_id(by.query["appid"]), secret(by.query["secret"]);
    const auto its = std::ranges::find_if(accounts_, [&](const account& each) { return each.channel == "wechat" && each.app_id == app_id; });
    if (its == accounts_.end()) return refuse(40013, "invalid appid");
    if (std::ranges::find(its->app_secrets, secret) == its->app_secrets.end()) return refuse(40001, "invalid credential");
    const auto token = tokens_.get(app_id, token_server::kind::plain, by.now_ms);
    return saying(R"({"access_token":")" + token.value + R"(","expires_in":)" + std::to_string(token.left_s(by.now_ms)) + "}");
}

platforms::answer platforms::corporation_token(const asked& by) {
    ++counts_.token_calls;
    const std::string corp_id(by.query["corpid"]), secret(by.query["corpsecret"]);
    const auto its = std::ranges::find_if(accounts_, [&](const account& each) {
        return each.channel == "wecom" && each.corp_id == corp_id && std::ranges::find(each.app_secrets, secret) != each.app_secrets.end();
    });
    if (its == accounts_.end()) return refuse(40001, "invalid credential");
    const auto token = tokens_.get(its->corp_id + " " + its->app_secrets.front(), token_server::kind::lasting, by.now_ms);
    return saying(R"({"errcode":0,"errmsg":"ok","access_token":")" + token.value + R"(","expires_in":)" +
                  std::to_string(token.left_s(by.now_ms)) + "}");
}

platforms::caller platforms::owner(const asked& by, answer& refused) {
    const std::string_view value = by.query["access_token"];
    if (value.empty()) {
        refused = refuse(41001, "access_token missing");
        return {};
    }
    auto worst = token_server::standing::unknown;
    const auto holds = [&](const std::string& credential) {
        const auto standing = tokens_.look(value, credential, by.now_ms);
        if (standing != token_server::standing::unknown) worst = standing;
        return standing == token_server::standing::good;
    };
    for (const account& each : accounts_) {
        const std::string credential = each.channel == "wechat" ? each.app_id
                                       : each.app_secrets.empty() ? each.id : each.corp_id + " " + each.app_secrets.front();
        if (holds(credential)) return {&each, each.id};
    }
    for (const auto& [party, given] : authorised_)
        if (holds("party " + party)) return {find(given.provider), party};
    switch (worst) {
        case token_server::standing::expired:
            refused = refuse(42001, "access_token expired");
            break;
        case token_server::standing::replaced:
            refused = refuse(40001, "access_token is invalid or not latest");
            break;
        default:
            refused = refuse(40014, "invalid access_token");
    }
    return {};
}

platforms::answer platforms::custom_send(const asked& by) {
    answer refused;
    const caller from = owner(by, refused);
    if (!from.of) return refused;
    if (!by.is_json) return refuse(47001, "data format error");
    if (by.whole.body.find("\\u") != std::string::npos) return refuse(40033, "must not contain \\uxxxx");
    const std::string to = text_in(by.body, "touser"), type = text_in(by.body, "msgtype");
    if (!by.body.HasMember(type.c_str())) return refuse(40008, "invalid message type");
    const std::string text = said_in(by.body, type);
    if (text.empty()) return refuse(44004, "empty content");
    if (type == "text" && text.size() > 2048) return refuse(45002, "content size out of limit");
    phones::line line{by.now_ms, true, type, text, new_message_id()};
    switch (phones_.show(from.name, to, std::move(line))) {
        case phones::reception::closed:
            return refuse(45015, "response out of time limit or subscription is canceled");
        case phones::reception::used_up:
            return refuse(45047, "out of response count limit");
        case phones::reception::shown:
            break;
    }
    return saying(R"({"errcode":0,"errmsg":"ok"})");
}

platforms::answer platforms::message_send(const asked& by) {
    answer refused;
    const caller from = owner(by, refused);
    if (!from.of) return refused;
    if (!by.is_json) return refuse(47001, "data format error");
    const std::string to = text_in(by.body, "touser"), type = text_in(by.body, "msgtype");
    const auto same_app = [&](const account& each) {
        return each.corp_id == from.of->corp_id && each.agent_id == text_in(by.body, "agentid");
    };
    const auto app = std::ranges::find_if(accounts_, same_app);
    const bool is_served = from.name != from.of->id;
    if (!is_served && app == accounts_.end()) return refuse(301002, "not allow operate another agent with this accesstoken");
    const std::string name = is_served ? from.name : app->id;
    if (!by.body.HasMember(type.c_str())) return refuse(40008, "invalid message type");
    if (to.empty()) return refuse(81013, "user & party & tag all invalid");
    const std::string text = said_in(by.body, type);
    const auto check = by.body.FindMember("enable_duplicate_check");
    const bool drops_same = check != by.body.MemberEnd() && check->value.IsInt() && check->value.GetInt() == 1;
    std::int64_t& until_ms = sent_once_[name + to + type + text];
    const std::string id = "sim" + new_message_id();
    if (!drops_same || until_ms <= by.now_ms) {
        phones::phone& theirs = phones_.of(name, to);
        theirs.lines.push_back({by.now_ms, true, type, text, id});
    }
    until_ms = by.now_ms + 1800000;
    return saying(R"({"errcode":0,"errmsg":"ok","invaliduser":"","msgid":")" + id + R"("})");
}

platforms::answer platforms::kf_sync(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const std::string kf = text_in(by.body, "open_kfid"), token = text_in(by.body, "token");
    if (kf.empty()) return refuse(40058, "open_kfid missing");
    if (!token.empty() && !kf_.knows_ring(token, kf, by.now_ms)) return refuse(95007, "invalid msg token");
    const std::string limit = text_in(by.body, "limit");
    const kf_desk::page page = kf_.pull(kf, text_in(by.body, "cursor"), limit.empty() ? 1000 : std::strtoul(limit.c_str(), nullptr, 10), by.now_ms);
    std::string body = R"({"errcode":0,"errmsg":"ok","next_cursor":")" + page.next_cursor + R"(","has_more":)" +
                       (page.has_more ? "1" : "0") + R"(,"msg_list":[)";
    for (std::size_t at = 0; at < page.items.size(); ++at) body.append(at ? "," : "").append(page.items[at].json);
    return saying(body + "]}");
}

platforms::answer platforms::kf_send(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const std::string kf = text_in(by.body, "open_kfid"), to = text_in(by.body, "touser"), type = text_in(by.body, "msgtype");
    const std::string given = text_in(by.body, "msgid");
    if (!given.empty() && kf_message_ids_.contains(kf + " " + given)) return refuse(95033, "duplicate msgid");
    if (!by.body.HasMember(type.c_str())) return refuse(40008, "invalid message type");
    kf_desk::session& session = kf_.of(kf, to);
    if (session.state != 0 && session.state != 1) return refuse(95018, "send msg session status invalid");
    if (session.last_said_ms + two_days_ms <= by.now_ms) return refuse(95002, "over 48 hours");
    if (session.left <= 0) return refuse(95001, "over 5 messages");
    --session.left;
    const std::string id = given.empty() ? "sim" + new_message_id() : given;
    kf_message_ids_[kf + " " + id] = to;
    const auto its = std::ranges::find_if(accounts_, is_kf);
    phones_.of(its == accounts_.end() ? kf : its->id, to).lines.push_back({by.now_ms, true, type, said_in(by.body, type), id});
    return saying(R"({"errcode":0,"errmsg":"ok","msgid":")" + id + R"("})");
}

platforms::answer platforms::kf_send_on_event(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    kf_desk::coded* const code = kf_.find_code(text_in(by.body, "code"));
    const std::string type = text_in(by.body, "msgtype");
    if (!code || code->used || code->until_ms <= by.now_ms) return refuse(95016, "code invalid or expired");
    code->used = true;
    const auto its = std::ranges::find_if(accounts_, is_kf);
    phones_.of(its == accounts_.end() ? code->kf : its->id, code->customer)
        .lines.push_back({by.now_ms, true, type, said_in(by.body, type), "sim" + new_message_id()});
    return saying(R"({"errcode":0,"errmsg":"ok"})");
}

platforms::answer platforms::kf_state(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const kf_desk::session& session = kf_.of(text_in(by.body, "open_kfid"), text_in(by.body, "external_userid"));
    return saying(R"({"errcode":0,"errmsg":"ok","service_state":)" + std::to_string(session.state) + R"(,"servicer_userid":)" +
                  quoted(session.servicer) + "}");
}

platforms::answer platforms::kf_transfer(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const std::string kf = text_in(by.body, "open_kfid"), customer = text_in(by.body, "external_userid");
    const int wanted = std::atoi(text_in(by.body, "service_state").c_str());
    kf_desk::session& session = kf_.of(kf, customer);
    const bool is_allowed = (session.state == 0 && wanted != 0) || (session.state == 1 && wanted >= 2) ||
                            (session.state == 2 && wanted >= 3) || (session.state == 3 && wanted >= 3);
    if (!is_allowed) return refuse(95016, "service state invalid");
    const bool gives_code = wanted == 4 || ((wanted == 2 || wanted == 3) && session.state < 2);
    session.state = wanted;
    session.servicer = wanted == 3 ? text_in(by.body, "servicer_userid") : "";
    std::string body = R"({"errcode":0,"errmsg":"ok")";
    if (gives_code)
        body += R"(,"msg_code":")" + kf_.give_code(kf, customer, by.now_ms + (wanted == 4 ? welcome_ms : two_days_ms)) + '"';
    return saying(body + "}");
}

/// A form, not JSON.
platforms::answer platforms::weibo_reply(const asked& by) {
    const auto fail = [&](int code, const std::string& why) {
        ++counts_.refusals[std::to_string(code)];
        answer made = saying(R"({"request":"/2/messages/reply.json","error_code":)" + std::to_string(code) + R"(,"error":)" + quoted(why) + "}");
        made.status = 400;
        return made;
    };
    std::string form = by.whole.body;
    std::ranges::replace(form, '+', ' ');
    const yizhan::query fields(form);
    const auto its = std::ranges::find_if(accounts_, [&](const account& each) {
        return each.channel == "weibo" && std::ranges::find(each.access_tokens, std::string(fields["access_token"])) != each.access_tokens.end();
    });
    if (its == accounts_.end()) return fail(21332, "invalid_access_token");
    rapidjson::Document data;
    const std::string json(fields["data"]), type(fields["type"]), to(fields["receiver_id"]);
    data.Parse(json.data(), json.size());
    if (data.HasParseError() || !data.IsObject()) return fail(10017, "data");
    const std::string text = type == "text" ? text_in(data, "text") : json;
    if (phones_.show(its->id, to, {by.now_ms, true, type, text, new_message_id()}) != phones::reception::shown)
        return fail(20301, "recipient is not a fan");
    return saying(R"({"result":true})");
}

std::string platforms::said(const account& to, const std::string& customer, const std::string& text, std::int64_t now_ms) {
    return sent(to, customer, {"text", text, ""}, now_ms);
}

std::string platforms::sent(const account& to, const std::string& customer, const customers_message& what, std::int64_t now_ms) {
    phones_.of(to.id, customer).lines.push_back({now_ms, false, what.type, what.text, ""});
    if (to.channel == "weibo") phones_.open(to.id, customer, now_ms, two_days_ms, -1);
    if (to.channel == "wechat") phones_.open(to.id, customer, now_ms, two_days_ms, customer_messages_max);
    if (!is_kf(to)) return {};
    const std::string& kf = to.open_kfid;
    std::string inside = what.type == "text" ? R"("content":)" + quoted(what.text) : R"("media_id":)" + quoted(what.text);
    if (!what.menu_id.empty()) inside += R"(,"menu_id":)" + quoted(what.menu_id);
    kf_desk::session& session = kf_.of(kf, customer);
    if (session.state == 4) session.state = 0;
    session.last_said_ms = now_ms;
    session.left = customer_messages_max;
    kf_.add(kf, now_ms, R"({"open_kfid":)" + quoted(kf) + R"(,"external_userid":)" + quoted(customer) +
                            R"(,"origin":3,"msgtype":)" + quoted(what.type) + "," + quoted(what.type) + ":{" + inside + "}}");
    return kf_.ring(kf, now_ms);
}

std::string platforms::entered(const account& to, const std::string& customer, const std::string& scene, std::int64_t now_ms) {
    const std::string& kf = to.open_kfid;
    kf_.add(kf, now_ms, R"({"origin":4,"msgtype":"event","event":{"event_type":"enter_session","open_kfid":)" + quoted(kf) +
                            R"(,"external_userid":)" + quoted(customer) + R"(,"scene":)" + quoted(scene) + R"(,"welcome_code":")" +
                            kf_.give_code(kf, customer, now_ms + welcome_ms) + R"("}})");
    return kf_.ring(kf, now_ms);
}

std::string platforms::ended(const account& to, const std::string& customer, std::int64_t now_ms) {
    const std::string& kf = to.open_kfid;
    kf_.of(kf, customer).state = 4;
    kf_.add(kf, now_ms, R"({"origin":4,"msgtype":"event","event":{"event_type":"session_status_change","open_kfid":)" + quoted(kf) +
                            R"(,"external_userid":)" + quoted(customer) + R"(,"change_type":3,"old_servicer_userid":"lina","msg_code":")" +
                            kf_.give_code(kf, customer, now_ms + welcome_ms) + R"("}})");
    return kf_.ring(kf, now_ms);
}

}  // namespace yizhan::simulator
