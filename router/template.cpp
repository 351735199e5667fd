#include "router/template.hpp"

#include <algorithm>

#include "core/json_text.hpp"
#include "core/nearest.hpp"

namespace yizhan::router {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

struct variable {
    std::string_view name;
    bool of_contact;
    std::string (*value)(const event&, const origin&, const facts*);
};

const variable table[] = {
    {"contact.name",  true,
     [](const event&,                               const origin&,         const facts* known) { return known ? known->name : ""; } },
    {"contact.stage", true,
     [](const event&,                               const origin&,         const facts* known) { return known ? known->stage : ""; }},
    {"contact.id",    false,
     [](const event& about,                         const origin&,         const facts*) { return std::string(about.from.id); }     },
    {"text",          false, [](const event& about, const origin&,         const facts*) { return std::string(about.text); }        },
    {"event_key",     false,
     [](const event& about,                         const origin&,         const facts*) { return std::string(about.event_key); }   },
    {"scene",         false,
     [](const event& about,                         const origin&,         const facts*) { return std::string(about.scene); }       },
    {"type",          false, [](const event& about, const origin&,         const facts*) { return std::string(about.type); }        },
    {"channel",       false,
     [](const event&,                               const origin& through, const facts*) { return std::string(through.channel); }   },
    {"account",       false,
     [](const event&,                               const origin& through, const facts*) { return std::string(through.account); }   },
};

}  // namespace

const std::vector<std::string_view>& text_template::variables() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const variable& each : table) all.push_back(each.name);
        return all;
    }();
    return names;
}

std::optional<text_template> text_template::compile(std::string_view text, std::string& fault) {
    text_template made;
    while (!text.empty()) {
        const std::size_t open = text.find("{{");
        if (open != 0) made.pieces_.push_back({std::string(text.substr(0, open)), -1});
        if (open == std::string_view::npos) break;
        const std::size_t close = text.find("}}", open);
        if (close == std::string_view::npos) {
            fault = "\"{{\" without \"}}\"";
            return std::nullopt;
        }
        const std::string_view inside = text.substr(open + 2, close - open - 2);
        const std::size_t bar = std::min(inside.find('|'), inside.size());
        const std::string_view name = trimmed(inside.substr(0, bar));
        const auto found = std::ranges::find(variables(), name);
        if (found == variables().end()) {
            fault = "nothing is called \"" + std::string(name) + "\"" + nearest_of(name, variables());
            return std::nullopt;
        }
        const std::string_view otherwise = bar < inside.size() ? trimmed(inside.substr(bar + 1)) : "";
        made.pieces_.push_back({std::string(otherwise), static_cast<int>(found - variables().begin())});
        text.remove_prefix(close + 2);
    }
    return made;
}

std::string text_template::render(const event& about, const origin& through, const facts* known) const {
    std::string out;
    for (const piece& each : pieces_) {
        const std::string value = each.variable < 0 ? "" : table[each.variable].value(about, through, known);
        out += value.empty() ? each.text : value;
    }
    return out;
}

std::string text_template::render_json(const event& about, const origin& through, const facts* known) const {
    std::string out;
    for (const piece& each : pieces_) {
        const std::string value = each.variable < 0 ? "" : table[each.variable].value(about, through, known);
        const std::string quoted = json::quoted(value);
        out += value.empty() ? each.text : quoted.substr(1, quoted.size() - 2);
    }
    return out;
}

bool text_template::needs_contact() const {
    return std::ranges::any_of(
        pieces_, [](const piece& each) { return each.variable >= 0 && table[each.variable].of_contact; });
}

}  // namespace yizhan::router
