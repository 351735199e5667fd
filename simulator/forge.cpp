#include "simulator/forge.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "core/json_text.hpp"
#include "core/query.hpp"
#include "crypto/envelope.hpp"
#include "crypto/signature.hpp"

namespace yizhan::simulator {
namespace {

struct sample {
    std::string_view channel, type;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string_view kinds = "";  // Of the account; empty: what most accounts of the channel get.
};

const std::vector<sample>& samples() {
    static const std::vector<sample> all = {
        {"wechat", "text", {{"Content", "你好"}}},
        {"wechat", "image", {{"PicUrl", "http://mmbiz.example.test/pic/0?a=1&b=2"}, {"MediaId", "simMediaImage0001"}}},
        {"wechat", "voice", {{"MediaId", "simMediaVoice0001"}, {"Format", "amr"}, {"MediaId16K", "simMediaVoice16K"}, {"Recognition", ""}}},
        {"wechat", "video", {{"MediaId", "simMediaVideo0001"}, {"ThumbMediaId", "simThumb0001"}}},
        {"wechat", "shortvideo", {{"MediaId", "simMediaVideo0002"}, {"ThumbMediaId", "simThumb0002"}}},
        {"wechat", "location", {{"Location_X", "30.274150"}, {"Location_Y", "120.155150"}, {"Scale", "16"}, {"Label", "浙江省杭州市"}}},
        {"wechat", "link", {{"Title", "退换货政策"}, {"Description", "七天无理由"}, {"Url", "https://shop.example.test/policy?id=7&lang=zh"}}},
        {"wechat", "file", {{"Title", "合同.pdf"}, {"Description", ""}, {"FileKey", "simFileKey0001"}, {"FileMd5", "0cc175b9c0f1b6a831c399e269772661"}, {"FileTotalLen", "20480"}}},
        {"wechat", "event.subscribe", {{"EventKey", ""}}},
        {"wechat", "event.unsubscribe", {{"EventKey", ""}}},
        {"wechat", "event.SCAN", {{"EventKey", "4294967295"}, {"Ticket", "gQSIMTICKET0001"}}},
        {"wechat", "event.LOCATION", {{"Latitude", "23.137466"}, {"Longitude", "113.352425"}, {"Precision", "119.385040"}}},
        {"wechat", "event.CLICK", {{"EventKey", "MENU_HUMAN_SERVICE"}}},
        {"wechat", "event.VIEW", {{"EventKey", "https://shop.example.test/"}, {"MenuId", "412345678"}}},
        {"wechat", "event.view_miniprogram", {{"EventKey", "pages/index/index"}, {"MenuId", "412345678"}}},
        {"wechat", "event.scancode_push", {{"EventKey", "k_scan"}, {"ScanCodeInfo.ScanType", "qrcode"}, {"ScanCodeInfo.ScanResult", "https://shop.example.test/q/1"}}},
        {"wechat", "event.scancode_waitmsg", {{"EventKey", "k_scan"}, {"ScanCodeInfo.ScanType", "barcode"}, {"ScanCodeInfo.ScanResult", "EAN_13,6901234567892"}}},
        {"wechat", "event.pic_sysphoto", {{"EventKey", "k_pic"}, {"SendPicsInfo.Count", "1"}, {"SendPicsInfo.PicList.item.PicMd5Sum", "0cc175b9c0f1b6a831c399e269772661"}}},
        {"wechat", "event.location_select", {{"EventKey", "k_loc"}, {"SendLocationInfo.Location_X", "30.27"}, {"SendLocationInfo.Location_Y", "120.15"}, {"SendLocationInfo.Scale", "15"}, {"SendLocationInfo.Label", " 杭州市 文三路 9号"}, {"SendLocationInfo.Poiname", ""}}},
        {"wecom", "text", {{"Content", "订单什么时候发货"}}},
        {"wecom", "image", {{"PicUrl", "https://wework.example.test/pic/1?x=1&y=2"}, {"MediaId", "simMediaImage0001"}}},
        {"wecom", "voice", {{"MediaId", "simMediaVoice0001"}, {"Format", "amr"}}},
        {"wecom", "video", {{"MediaId", "simMediaVideo0001"}, {"ThumbMediaId", "simThumb0001"}}},
        {"wecom", "location", {{"Location_X", "31.230390"}, {"Location_Y", "121.473702"}, {"Scale", "16"}, {"Label", "上海市黄浦区演示路 8 号"}, {"AppType", "wxwork"}}},
        {"wecom", "link", {{"Title", "退换货政策"}, {"Description", "七天无理由"}, {"Url", "https://shop.example.test/policy?id=7&lang=zh"}, {"PicUrl", "https://shop.example.test/p.png"}}},
        {"wecom", "event.subscribe", {{"EventKey", ""}}},
        {"wecom", "event.unsubscribe", {{"EventKey", ""}}},
        {"wecom", "event.enter_agent", {{"EventKey", ""}}},
        {"wecom", "event.LOCATION", {{"Latitude", "23.104"}, {"Longitude", "113.320"}, {"Precision", "65.000"}, {"AppType", "wxwork"}}},
        {"wecom", "event.click", {{"EventKey", "menu_my_tickets"}}},
        {"wecom", "event.view", {{"EventKey", "https://shop.example.test/"}}},
        {"wecom", "event.scancode_waitmsg", {{"EventKey", "k_scan"}, {"ScanCodeInfo.ScanType", "qrcode"}, {"ScanCodeInfo.ScanResult", "ticket-7"}}},
        {"wecom", "event.location_select", {{"EventKey", "menu_visit"}, {"SendLocationInfo.Location_X", "30.25"}, {"SendLocationInfo.Location_Y", "120.16"}, {"SendLocationInfo.Scale", "15"}, {"SendLocationInfo.Label", " 杭州市演示街 1 号"}, {"SendLocationInfo.Poiname", ""}}},
        {"weibo", "text", {{"text", "你好,订单什么时候发货?"}}},
        {"weibo", "position", {{"text", "我在这里: http://t.cn/A6Sim0Lm1"}, {"data.longitude", "121.473701"}, {"data.latitude", "31.230416"}}},
        {"weibo", "image", {{"text", "发了一张图片"}, {"data.vfid", "4990000000000101"}, {"data.tovfid", "4990000000000102"}}},
        {"weibo", "voice", {{"text", "发了一个语音消息"}, {"data.vfid", "9223372036854770001"}, {"data.tovfid", "9223372036854770003"}}},
        {"weibo", "event.follow", {{"text", "关注事件消息"}}},
        {"weibo", "event.unfollow", {{"text", "取消关注事件消息"}}},
        {"weibo", "event.subscribe", {{"text", "订阅事件消息"}}},
        {"weibo", "event.unsubscribe", {{"text", "td"}}},
        {"weibo", "event.scan_follow", {{"text", "扫描二维码"}, {"data.key", "QR_SCENE_700123"}, {"data.ticket", "dGtfNzAwMTIzX2ZpeHR1cmU="}}},
        {"weibo", "event.scan", {{"text", "扫描二维码"}, {"data.key", "QR_LIMIT_SCENE_77"}, {"data.ticket", "dGtfNzdfZml4dHVyZQ=="}}},
        {"weibo", "event.click", {{"text", "自定义菜单事件"}, {"data.key", "kf_human_v2"}}},
        {"weibo", "event.view", {{"text", "自定义菜单跳转链接事件消息"}, {"data.key", "https://shop.example.test/m?from=wb"}}},
        {"weibo", "mention.status", {{"text", "@示例品牌 新款充电器发热严重[怒]"}, {"data.key", "5009876543210123"}}},
        {"weibo", "mention.comment", {{"text", "回复@路人乙:问 @示例品牌 吧"}, {"data.key", "5009900011112222"}}},
        {"wechat", "miniprogrampage", {{"Title", "商品详情"}, {"AppId", "wx6a7b8c9d0e1f2a3b"}, {"PagePath", "pages/goods/detail?id=42"}, {"ThumbUrl", "https://cdn.example.test/t.jpg"}, {"ThumbMediaId", "simThumb0003"}}, "mini_program"},
        {"wechat", "event.user_enter_tempsession", {{"SessionFrom", "order:1029"}}, "mini_program store"},
        {"wechat", "event.commkf_send_msg_to_kf", {{"msg_id", "3895464567618158592"}, {"msg_type", "text"}, {"msg_event", "EVENT_TYPE_SEND_MSG"}, {"text.content", "什么时候发货"}}, "store"},
        {"wechat", "event.channels_ec_order_new", {{"order_info.order_id", "3705115058471208928"}}, "store"},
        {"wechat", "info.component_verify_ticket", {{"ComponentVerifyTicket", "ticket@@@simulated"}}, "component"},
        {"wechat", "info.authorized", {{"AuthorizerAppid", "wx5f1e2d3c4b5a6978"}, {"AuthorizationCode", "queryauthcode@@@simulated"}, {"AuthorizationCodeExpiredTime", "1893456000"}, {"PreAuthCode", "preauthcode@@@simulated"}}, "component"},
        {"wechat", "info.unauthorized", {{"AuthorizerAppid", "wx5f1e2d3c4b5a6978"}}, "component"},
        {"wecom", "info.suite_ticket", {{"SuiteTicket", "ticket_simulated"}}, "suite"},
        {"wecom", "info.create_auth", {{"AuthCode", "authcode_simulated"}, {"State", "campaign"}, {"ExtraInfo", ""}}, "suite"},
        {"wecom", "info.cancel_auth", {{"AuthCorpId", "wpSimulatedCorporation"}}, "suite"},
        {"wecom", "event.change_contact", {{"ChangeType", "update_user"}, {"UserID", "lina"}, {"Department", "2,17"}}, "contacts"},
        {"wecom", "event.change_external_contact", {{"ChangeType", "add_external_contact"}, {"UserID", "lina"}, {"ExternalUserID", "wmSimulatedCustomer00000001"}, {"State", "store_sh_01"}, {"WelcomeCode", "wcSimulated"}}, "customer_contact"},
        {"wecom", "event.kf_msg_or_event", {{"Token", "ENCsimulated"}, {"OpenKfId", "wkSimulated"}}, "kf"},
        {"wecom", "text", {{"text.content", "查一下订单"}}, "aibot"},
        {"wecom", "event.enter_chat", {}, "aibot"},
        {"weibo", "status", {{"text", "示例品牌的耳机音质真好[赞]"}}, "data_push"},
        {"weibo", "comment", {{"text", "什么时候补货"}, {"status.id", "5009500000000001"}, {"status.user.id", "9000000001"}}, "data_push"},
    };
    return all;
}

/// What an account of this kind is sent: its own kind's samples, and else what most accounts get.
bool is_for(const sample& each, const account& of) {
    if (each.channel != of.channel) return false;
    if (!each.kinds.empty()) return (" " + std::string(each.kinds) + " ").find(" " + of.kind + " ") != std::string::npos;
    constexpr std::string_view own_samples_only[] = {"store", "contacts", "customer_contact", "kf", "aibot", "data_push"};
    return std::ranges::find(own_samples_only, of.kind) == std::end(own_samples_only);
}

bool is_notice(const forge_request& what) { return what.type.starts_with("info."); }

/// Whom a component's or a suite's callback is about.
std::string tenant_of(const account& to, const forge_request& what) {
    if (!what.tenant.empty()) return what.tenant;
    return to.kind == "component" ? "wx5f1e2d3c4b5a6978" : "wpSimulatedCorporation";
}

std::string suffix_of(const account& to, const forge_request& what) {
    if (to.kind == "component") return is_notice(what) ? "/command" : "/message/" + tenant_of(to, what);
    if (to.kind == "suite") return is_notice(what) ? "/command" : "/data/" + tenant_of(to, what);
    return "";
}

/// Names and texts in order, some of them inside others.
struct node {
    std::string name, text;
    std::vector<node> inside;

    node& child(std::string_view child_name) {
        for (node& each : inside)
            if (each.name == child_name) return each;
        inside.push_back({std::string(child_name), {}, {}});
        return inside.back();
    }
    void set(std::string_view path, std::string_view value) {
        const std::size_t dot = path.find('.');
        node& to = child(path.substr(0, dot));
        if (dot == std::string_view::npos) to.text = value;
        else to.set(path.substr(dot + 1), value);
    }
};

bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 20 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void append_xml(std::string& out, const node& what) {
    out.append("<").append(what.name).append(">");
    if (!what.inside.empty()) {
        for (const node& each : what.inside) append_xml(out, each);
    } else if (is_number(what.text)) {
        out += what.text;
    } else {
        std::string_view rest = what.text;
        out += "<![CDATA[";
        for (std::size_t close; (close = rest.find("]]>")) != std::string_view::npos; rest.remove_prefix(close + 2))
            out.append(rest.substr(0, close + 2)).append("]]><![CDATA[");
        out.append(rest).append("]]>");
    }
    out.append("</").append(what.name).append(">");
}

void append_json(std::string& out, const node& what, bool is_object) {
    if (!is_object && what.inside.empty()) {
        const bool is_id = what.name.ends_with("_id") || what.name.ends_with("vfid") || what.name == "id";
        if (is_id && is_number(what.text)) out += what.text;
        else json::append_string(out, what.text);
        return;
    }
    out += '{';
    for (const node& each : what.inside) {
        json::append_key(out, each.name);
        append_json(out, each, each.name == "data" && each.text.empty());
    }
    out += '}';
}

/// `Tue Mar 05 14:07:09 +0800 2024`.
std::string weibo_time(std::int64_t unix_s) {
    constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t there = static_cast<std::time_t>(unix_s + 8 * 3600);
    std::tm parts{};
    ::gmtime_r(&there, &parts);
    char clock[40], text[80];
    std::strftime(clock, sizeof clock, "%d %H:%M:%S +0800 %Y", &parts);
    std::snprintf(text, sizeof text, "%s %s %s", days[parts.tm_wday], months[parts.tm_mon], clock);
    return text;
}

/// Messages, events and notices of WeChat and WeCom, in names and texts.
node clear_tree(const account& to, const forge_request& what, const std::string& kind, const std::string& name) {
    node root{"xml", {}, {}};
    const bool is_wecom = to.channel == "wecom";
    const bool to_another = what.wrong == tamper::receive_id && to.encryption == encryption::plaintext;
    if (kind == "info") {
        root.set(is_wecom ? "SuiteId" : "AppId", is_wecom ? to.suite_id : to.app_id);
        root.set("InfoType", name);
        root.set(is_wecom ? "TimeStamp" : "CreateTime", std::to_string(what.created_s));
    } else {
        const std::string corporation = to.kind == "suite" ? tenant_of(to, what) : to.corp_id;
        root.set("ToUserName", is_wecom ? corporation : to.original_id.empty() || to_another ? "gh_000000000000" : to.original_id);
        root.set("FromUserName", what.from.empty() ? (is_wecom ? "lina" : "oSimCustomer0000000000000001") : what.from);
        root.set("CreateTime", std::to_string(what.created_s));
        root.set("MsgType", kind);
        if (kind == "event") root.set("Event", name);
    }
    for (const sample& each : samples())
        if (is_for(each, to) && each.type == what.type)
            for (const auto& [field, value] : each.fields) root.set(field, value);
    if (kind != "event" && kind != "info")
        root.set("MsgId", what.message_id.empty() ? std::to_string(7000000000000000000 + what.serial) : what.message_id);
    if (is_wecom && (to.kind == "app" || to.kind == "suite")) root.set("AgentID", to.agent_id.empty() ? "1000002" : to.agent_id);
    for (const auto& [field, value] : what.fields) root.set(field, value);
    return root;
}

std::string bot_json(const account& to, const forge_request& what, const std::string& kind, const std::string& name) {
    node root{"", {}, {}};
    root.set("msgid", what.message_id.empty() ? "simulated" + std::to_string(what.serial) : what.message_id);
    root.set("aibotid", "aibSimulated");
    root.set("chattype", "single");
    root.set("from.userid", what.from.empty() ? "lina" : what.from);
    root.set("msgtype", kind);
    if (kind == "event") root.set("event.eventtype", name);
    for (const sample& each : samples())
        if (is_for(each, to) && each.type == what.type)
            for (const auto& [field, value] : each.fields) root.set(field, value);
    for (const auto& [field, value] : what.fields) root.set(field == "Content" ? "text.content" : field, value);
    std::string out;
    append_json(out, root, true);
    return out;
}

/// A post or comment as the commercial stream has it.
std::string pushed_json(const account& to, const forge_request& what, const std::string& kind) {
    node post{"", {}, {}};
    post.set("created_at", weibo_time(what.created_s));
    post.set("id", what.message_id.empty() ? std::to_string(5009000000000000 + what.serial % 1000000000000) : what.message_id);
    post.set("user.id", what.from.empty() ? "9000000042" : what.from);
    for (const sample& each : samples())
        if (is_for(each, to) && each.type == what.type)
            for (const auto& [field, value] : each.fields) post.set(field, value);
    for (const auto& [field, value] : what.fields) post.set(field, value);
    std::string out = "{\"id\":" + std::to_string(what.serial) + ",\"text\":{\"type\":\"" + kind + "\",\"event\":\"add\",\"" + kind + "\":";
    append_json(out, post, true);
    return out + "},\"match_info\":{\"keyword\":\"\",\"uid\":" + to.uids.front() + "}}";
}

std::string clear_of(const account& to, const forge_request& what, const std::string& kind, const std::string& name);

std::string clear_json(const account& to, const forge_request& what, const std::string& kind, const std::string& name) {
    node root{"", {}, {}};
    root.set("type", kind);
    root.set("receiver_id", what.wrong == tamper::receive_id ? "1" : to.uids.front());
    root.set("sender_id", what.from.empty() ? "9000000017" : what.from);
    root.set("created_at", weibo_time(what.created_s));
    root.set("text", "");
    root.child("data");
    if (!name.empty()) root.set("data.subtype", name);
    for (const sample& each : samples())
        if (is_for(each, to) && each.type == what.type)
            for (const auto& [field, value] : each.fields) root.set(field, value);
    for (const auto& [field, value] : what.fields) root.set(field, value);
    std::string out;
    append_json(out, root, true);
    return out;
}

std::string nonce_of(std::uint64_t serial) { return std::to_string(1000000000 + serial * 7919 % 8999999999); }

std::string signed_with(std::initializer_list<std::string_view> parts) {
    thread_local crypto::hasher hasher;
    return std::string(crypto::text_of(crypto::sign(hasher, std::vector<std::string_view>(parts))));
}

void spoil(std::string& text, std::size_t at) { text[at] = text[at] == '1' ? '2' : '1'; }

result<std::string> seal(const account& to, std::string_view clear, std::string_view receive_id) {
    if (to.aes_keys.empty()) return errc::bad_key;
    auto envelope = crypto::envelope::with_key(to.aes_keys.front());
    if (!envelope) return envelope.error();
    crypto::salt salt;
    crypto::fill_random(salt);
    return envelope->seal(clear, receive_id, salt);
}

/// What stands at the end of the envelope, by where the callback goes.
std::string receive_id_of(const account& to, std::string_view suffix) {
    if (to.channel != "wecom") return to.app_id;
    if (to.kind == "aibot") return to.receive_id;
    if (to.kind != "suite") return to.corp_id;
    return suffix == "/command" ? to.suite_id : std::string(suffix.substr(suffix.rfind('/') + 1));
}

/// Whether we know how this channel's platform signs.
bool is_played(const account& to) { return to.channel == "wechat" || to.channel == "wecom" || to.channel == "weibo"; }

bool signs_with_secret(const account& to) { return to.channel == "weibo" && to.kind != "data_push"; }

std::string clear_of(const account& to, const forge_request& what, const std::string& kind, const std::string& name) {
    if (to.kind == "aibot") return bot_json(to, what, kind, name);
    if (to.kind == "data_push") return pushed_json(to, what, kind);
    if (to.channel == "weibo") return clear_json(to, what, kind, name);
    const node root = clear_tree(to, what, kind, name);
    std::string out;
    if (what.json || to.kind == "store") append_json(out, root, true);
    else append_xml(out, root);
    return out;
}

}  // namespace

std::vector<std::string> sample_types(const account& of) {
    std::vector<std::string> all;
    for (const sample& each : samples())
        if (is_for(each, of)) all.emplace_back(each.type);
    return all;
}

result<forged> forge(const account& to, const forge_request& what) {
    const std::size_t dot = std::min(what.type.find('.'), what.type.size());
    const std::string kind = what.type.substr(0, dot), name = dot < what.type.size() ? what.type.substr(dot + 1) : "";
    if (to.channel == "weibo" && to.uids.empty()) return errc::bad_key;
    return wrap(to, clear_of(to, what, kind, name), what);
}

result<forged> wrap(const account& to, std::string clear, const forge_request& what) {
    if (!is_played(to)) return errc::unknown_account;
    const std::int64_t signed_s = what.wrong == tamper::timestamp ? what.now_s - 86400 : what.now_s;
    const std::string nonce = nonce_of(what.serial);
    forged made;
    made.clear = std::move(clear);
    made.suffix = suffix_of(to, what);
    if (to.channel == "weibo") {
        const auto& secrets = signs_with_secret(to) ? to.app_secrets : to.tokens;
        if (secrets.empty()) return errc::bad_key;
        made.body = made.clear;
        const std::string timestamp = std::to_string(signed_s * 1000 + static_cast<std::int64_t>(what.serial % 1000));
        std::string signature = signed_with({secrets.front(), timestamp, nonce});
        if (what.wrong == tamper::signature) spoil(signature, 7);
        if (what.wrong == tamper::body) made.body.resize(made.body.size() / 2);  // The signature does not cover it.
        made.query = "signature=" + signature + "&timestamp=" + timestamp + "&nonce=" + nonce;
        return made;
    }

    if (to.tokens.empty()) return errc::bad_signature;
    const std::string timestamp = std::to_string(signed_s);
    const std::string& token = to.tokens.front();
    std::string plain_signature = signed_with({token, timestamp, nonce});
    if (to.encryption == encryption::plaintext && to.channel == "wechat") {
        made.body = made.clear;
        if (what.wrong == tamper::signature) spoil(plain_signature, 7);
        if (what.wrong == tamper::body) made.body.resize(made.body.size() / 2);
        made.query = "signature=" + plain_signature + "&timestamp=" + timestamp + "&nonce=" + nonce;
        return made;
    }
    const auto sealed = seal(to, made.clear, what.wrong == tamper::receive_id ? "wx0000000000000000" : receive_id_of(to, made.suffix));
    if (!sealed) return sealed.error();
    std::string encrypt = *sealed;
    std::string signature = signed_with({token, timestamp, nonce, encrypt});
    if (what.wrong == tamper::signature) spoil(signature, 7);
    if (what.wrong == tamper::body) spoil(encrypt, encrypt.size() / 2);
    const std::string user = to.channel == "wecom" ? receive_id_of(to, made.suffix) : to.original_id;
    if (to.kind == "aibot") {
        made.body = "{\"encrypt\":\"" + encrypt + "\"}";
    } else if (made.clear.starts_with('{') && to.channel == "wechat" && to.encryption == encryption::required) {
        made.body = "{\"ToUserName\":\"" + user + "\",\"Encrypt\":\"" + encrypt + "\"}";
    } else {
        made.body = "<xml><ToUserName><![CDATA[" + user + "]]></ToUserName>";
        if (to.encryption == encryption::compatible && to.channel == "wechat")
            made.body = made.clear.substr(0, made.clear.size() - 6);
        else if (to.channel == "wecom")
            made.body += "<AgentID><![CDATA[" + to.agent_id + "]]></AgentID>";
        made.body += "<Encrypt><![CDATA[" + encrypt + "]]></Encrypt></xml>";
    }
    made.query = "msg_signature=" + signature + "&timestamp=" + timestamp + "&nonce=" + nonce;
    if (to.channel == "wechat") {
        made.query = "signature=" + plain_signature + "&timestamp=" + timestamp + "&nonce=" + nonce;
        if (!what.from.empty()) made.query += "&openid=" + percent_encoded(what.from);
        made.query += "&encrypt_type=aes&msg_signature=" + signature;
    }
    return made;
}

result<forged> forge_check(const account& to, const std::string& echo, std::int64_t now_s, std::uint64_t serial) {
    if (!is_played(to)) return errc::unknown_account;
    const std::string nonce = nonce_of(serial);
    forged made;
    made.clear = echo;
    if (to.kind == "component" || to.kind == "suite") made.suffix = "/command";
    const bool is_weibo = to.channel == "weibo";
    const std::string timestamp = is_weibo ? std::to_string(now_s * 1000) : std::to_string(now_s);
    const std::string ends = "&timestamp=" + timestamp + "&nonce=" + nonce + "&echostr=";
    if (to.channel == "wecom") {
        // Of a suite too it is the provider's own corporation that is named.
        const auto sealed = seal(to, echo, to.kind == "aibot" ? to.receive_id : to.corp_id);
        if (!sealed) return sealed.error();
        made.query = "msg_signature=" + signed_with({to.tokens.front(), timestamp, nonce, *sealed}) + ends + percent_encoded(*sealed);
        return made;
    }
    const std::string& secret = signs_with_secret(to) ? to.app_secrets.front() : to.tokens.front();
    made.query = "signature=" + signed_with({secret, timestamp, nonce}) + ends + percent_encoded(echo);
    return made;
}

result<std::string> open_answer(const account& of, std::string_view body, std::string_view suffix) {
    const auto between = [&](std::string_view before, std::string_view behind) -> std::string_view {
        const std::size_t begin = body.find(before);
        if (begin == std::string_view::npos) return {};
        const std::size_t end = body.find(behind, begin + before.size());
        return end == std::string_view::npos ? std::string_view{} : body.substr(begin + before.size(), end - begin - before.size());
    };
    const bool is_json = body.starts_with('{');
    const bool is_bot = of.kind == "aibot";
    const std::string_view encrypt = is_bot    ? between("{\"encrypt\":\"", "\"")
                                     : is_json ? between("{\"Encrypt\":\"", "\"")
                                               : between("<Encrypt><![CDATA[", "]]>");
    if (encrypt.empty()) return std::string(body);
    const std::string_view signature = is_bot    ? between("\"msgsignature\":\"", "\"")
                                       : is_json ? between("\"MsgSignature\":\"", "\"")
                                                 : between("<MsgSignature><![CDATA[", "]]>");
    const std::string_view nonce = is_bot    ? between("\"nonce\":\"", "\"")
                                   : is_json ? between("\"Nonce\":\"", "\"")
                                             : between("<Nonce><![CDATA[", "]]>");
    const std::string_view timestamp = is_bot    ? between("\"timestamp\":", ",")
                                       : is_json ? between("\"TimeStamp\":", ",")
                                                 : between("<TimeStamp>", "<");
    bool genuine = false;
    for (const std::string& token : of.tokens) genuine |= signed_with({token, timestamp, nonce, encrypt}) == signature;
    if (!genuine) return errc::bad_signature;
    error_code failed = errc::bad_key;
    for (const std::string& key : of.aes_keys) {
        auto envelope = crypto::envelope::with_key(key);
        std::string buffer;
        if (!envelope) continue;
        const auto letter = envelope->open(encrypt, buffer);
        if (letter && letter->receive_id == receive_id_of(of, suffix)) return std::string(letter->message);
        failed = letter ? errc::wrong_receive_id : letter.error();
    }
    return failed;
}

}  // namespace yizhan::simulator
