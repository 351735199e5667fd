// Who customers are, what they sent, and what is uploaded for them.
#include <algorithm>

#include "simulator/asked.hpp"

namespace yizhan::simulator {
namespace {

constexpr std::int64_t three_days_ms = std::int64_t{3} * 86400 * 1000, welcome_ms = 20000;

std::string name_of(std::string_view customer) { return "客户" + std::string(customer.substr(customer.size() - std::min<std::size_t>(4, customer.size()))); }

}  // namespace

platforms::answer platforms::user_info(const asked& by) {
    answer refused;
    const caller from = owner(by, refused);
    if (!from.of) return refused;
    const std::string open_id(by.query["openid"]);
    if (!phones_.all().contains(from.name + " " + open_id)) return refuse(40003, "invalid openid");
    return saying(R"({"subscribe":1,"openid":)" + quoted(open_id) + R"(,"nickname":"","subscribe_time":1767225600,"unionid":)" +
                  quoted("union-" + open_id) + R"(,"remark":"","tagid_list":[2],"subscribe_scene":"ADD_SCENE_QR_CODE"})");
}

/// All followers on one page.
platforms::answer platforms::user_list(const asked& by) {
    answer refused;
    const caller from = owner(by, refused);
    if (!from.of) return refused;
    std::string list, last;
    std::size_t count = 0;
    for (const auto& [key, each] : phones_.all()) {
        if (each.account != from.name || each.customer <= std::string(by.query["next_openid"])) continue;
        list.append(count++ ? "," : "").append(quoted(each.customer));
        last = each.customer;
    }
    return saying(R"({"total":)" + std::to_string(count) + R"(,"count":)" + std::to_string(count) + R"(,"data":{"openid":[)" + list +
                  R"(]},"next_openid":)" + quoted(last) + "}");
}

platforms::answer platforms::external_contact(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const std::string id(by.query["external_userid"]);
    if (id.empty()) return refuse(40096, "invalid external_userid");
    return saying(R"({"errcode":0,"errmsg":"ok","external_contact":{"external_userid":)" + quoted(id) + R"(,"name":)" + quoted(name_of(id)) +
                  R"(,"type":1,"gender":0,"unionid":)" + quoted("union-" + id) +
                  R"(},"follow_user":[{"userid":"lina","remark":"","createtime":1767225600,"tags":[{"group_name":"来源","tag_name":"门店","type":1}],"add_way":1}]})");
}

platforms::answer platforms::kf_customers(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    if (!by.is_json || !by.body.HasMember("external_userid_list") || !by.body["external_userid_list"].IsArray()) return refuse(47001, "data format error");
    std::string list;
    for (const auto& each : by.body["external_userid_list"].GetArray()) {
        const std::string id = each.GetString();
        list.append(list.empty() ? "" : ",").append(R"({"external_userid":)" + quoted(id) + R"(,"nickname":)" + quoted(name_of(id)) +
                                                    R"(,"avatar":"","gender":0,"unionid":)" + quoted("union-" + id) + "}");
    }
    return saying(R"({"errcode":0,"errmsg":"ok","customer_list":[)" + list + R"(],"invalid_external_userid":[]})");
}

platforms::answer platforms::weibo_user(const asked& by) {
    const std::string id(by.query["uid"]);
    return saying(R"({"id":)" + id + R"(,"idstr":)" + quoted(id) + R"(,"screen_name":)" + quoted(name_of(id)) +
                  R"(,"followers_count":1234,"friends_count":56,"verified":false})");
}

std::string platforms::add_media(std::string bytes, std::string type, std::int64_t now_ms) {
    const std::string id = "simmedia" + std::to_string(1000000 + ++serial_);
    media_[id] = {std::move(bytes), std::move(type), now_ms + three_days_ms};
    return id;
}

platforms::answer platforms::serve_media(std::string_view id, std::int64_t now_ms) {
    const auto found = media_.find(id);
    if (found == media_.end() || found->second.until_ms <= now_ms) return refuse(40007, "invalid media_id");
    answer made = saying(found->second.bytes);
    made.content_type = found->second.type;
    return made;
}

platforms::answer platforms::media_get(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    return serve_media(by.query["media_id"], by.now_ms);
}

platforms::answer platforms::weibo_media(const asked& by) { return serve_media(by.query["fid"], by.now_ms); }

/// One part called `media`, as the platforms want it.
platforms::answer platforms::media_upload(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    const std::string& body = by.whole.body;
    const std::size_t mark = by.whole.content_type.find("boundary=");
    const std::string boundary = mark == std::string::npos ? "" : "--" + by.whole.content_type.substr(mark + 9);
    const std::size_t begin = body.find("\r\n\r\n"), end = boundary.empty() ? std::string::npos : body.rfind("\r\n" + boundary + "--");
    if (begin == std::string::npos || end == std::string::npos || body.find("name=\"media\"") > begin) return refuse(41005, "media data missing");
    const std::size_t named = body.find("Content-Type: ");
    const std::string type = named < begin ? body.substr(named + 14, body.find("\r\n", named) - named - 14) : "";
    const std::string id = add_media(body.substr(begin + 4, end - begin - 4), type, by.now_ms);
    return saying(R"({"errcode":0,"errmsg":"ok","type":)" + quoted(by.query["type"]) + R"(,"media_id":)" + quoted(id) + R"(,"created_at":)" +
                  std::to_string(by.now_ms / 1000) + "}");
}

std::string platforms::add_contact(const account& to, const std::string& customer, std::int64_t now_ms) {
    const std::string code = "simwelcome" + std::to_string(++serial_);
    welcome_codes_[code] = {to.id + " " + customer, now_ms + welcome_ms};
    phones_.of(to.id, customer);
    return code;
}

platforms::answer platforms::welcome(const asked& by) {
    answer refused;
    if (!owner(by, refused).of) return refused;
    if (!by.is_json) return refuse(47001, "data format error");
    const auto code = welcome_codes_.find(text_in(by.body, "welcome_code"));
    if (code == welcome_codes_.end() || code->second.second <= by.now_ms) return refuse(41050, "invalid welcome code");
    const std::string whom = code->second.first;
    welcome_codes_.erase(code);
    const std::string text = by.body.HasMember("text") ? text_in(by.body["text"], "content") : "";
    phones_.of(whom.substr(0, whom.find(' ')), whom.substr(whom.find(' ') + 1)).lines.push_back({by.now_ms, true, "text", text, "sim" + new_message_id()});
    return saying(R"({"errcode":0,"errmsg":"ok"})");
}

}  // namespace yizhan::simulator
