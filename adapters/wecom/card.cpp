#include "adapters/wecom/card.hpp"

#include "adapters/xml_reply.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters::wecom {
namespace {

/// `main_title` is `MainTitle`; a few are not spelled by that rule.
std::string xml_name(std::string_view name) {
    struct spelling {
        std::string_view json, xml;
    };
    constexpr spelling odd[] = {
        {"appid",    "AppId"   },
        {"pagepath", "PagePath"},
        {"userid",   "UserId"  },
        {"keyname",  "KeyName" }
    };
    for (const spelling& each : odd)
        if (each.json == name) return std::string(each.xml);
    std::string out;
    bool begins = true;
    for (const char letter : name) {
        if (letter == '_') {
            begins = true;
            continue;
        }
        out += begins && letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
        begins = false;
    }
    return out;
}

void append_members(std::string& out, const document& card, const document::node& of);

void append_element(std::string& out, const document& card, const document::node& value,
                    std::string_view name) {
    if (value.is == document::shape::array) {
        for (const document::node* item : card.items(value)) append_element(out, card, *item, name);
    } else if (value.is == document::shape::object) {
        out.append("<").append(name).append(">");
        append_members(out, card, value);
        out.append("</").append(name).append(">");
    } else {
        append_cdata(out, name, value.text);
    }
}

void append_members(std::string& out, const document& card, const document::node& of) {
    for (const document::node* member : card.members(of))
        append_element(out, card, *member, xml_name(member->name));
}

}  // namespace

std::string card_update_xml(const decoded& tapped, const reply& with) {
    document card;
    const std::string whole = card_json(with, tapped.content.word("TaskId"));
    std::string out = "<TemplateCard>";
    if (card.read_json(whole)) append_members(out, card, card.root());
    return out += "</TemplateCard>";
}

std::string button_update_xml(const reply& with) {
    std::string out = "<Button>";
    append_cdata(out, "ReplaceName", with.text);
    return out += "</Button>";
}

std::string card_json(const reply& with, std::string_view task_id) {
    document card;
    if (task_id.empty() || !card.read_json(with.card)) return with.card;
    std::string whole = "{";
    for (const document::node* member : card.members(card.root())) {
        if (member->name == "task_id") continue;
        json::append_key(whole, member->name);
        card.append_json(whole, card.position(*member));
    }
    json::append_member(whole, "task_id", task_id);
    return whole += '}';
}

}  // namespace yizhan::adapters::wecom
