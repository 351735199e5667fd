#include "router/yaml_reader.hpp"

#include <algorithm>
#include <set>

#include "core/nearest.hpp"
#include "core/time.hpp"

namespace yizhan::router {

std::optional<YAML::Node> yaml_reader::parse(const std::string& text) {
    try {
        return YAML::Load(text);
    } catch (const YAML::ParserException& failed) {
        faults_.push_back({file_, failed.mark.line + 1, failed.mark.column + 1, "not YAML: " + failed.msg});
        return std::nullopt;
    }
}

void yaml_reader::note(const YAML::Node& at, std::string text) {
    const YAML::Mark mark = at.Mark();
    faults_.push_back(
        {file_, mark.is_null() ? 0 : mark.line + 1, mark.is_null() ? 0 : mark.column + 1, std::move(text)});
}

void yaml_reader::map(const YAML::Node& node, std::string_view what, const std::vector<field>& fields) {
    if (!node.IsMap()) return note(node, std::string(what) + " must be a map of keys and values");
    std::set<std::string> seen;
    for (const auto& item : node) {
        const std::string name = item.first.IsScalar() ? item.first.Scalar() : "";
        if (!seen.insert(name).second) {
            note(item.first, "\"" + name + "\" stands twice in " + std::string(what));
            continue;
        }
        const auto known = std::ranges::find(fields, name, &field::name);
        if (known != fields.end()) {
            known->take(item.second);
            continue;
        }
        std::vector<std::string_view> names;
        for (const field& each : fields) names.push_back(each.name);
        note(item.first, "unknown key \"" + name + "\" in " + std::string(what) + nearest_of(name, names));
    }
}

std::optional<std::string> yaml_reader::text(const YAML::Node& node, std::string_view what) {
    if (node.IsScalar()) return node.Scalar();
    note(node, std::string(what) + " must be a text");
    return std::nullopt;
}

std::optional<std::int64_t> yaml_reader::integer(const YAML::Node& node, std::string_view what) {
    if (node.IsScalar()) {
        const std::string& digits = node.Scalar();
        const bool negative = digits.starts_with('-');
        if (const auto value = decimal(std::string_view(digits).substr(negative)))
            return negative ? -*value : *value;
    }
    note(node, std::string(what) + " must be a whole number");
    return std::nullopt;
}

std::optional<bool> yaml_reader::flag(const YAML::Node& node, std::string_view what) {
    if (node.IsScalar() && node.Scalar() == "true") return true;
    if (node.IsScalar() && node.Scalar() == "false") return false;
    note(node, std::string(what) + " must be true or false");
    return std::nullopt;
}

std::vector<std::string> yaml_reader::texts(const YAML::Node& node, std::string_view what) {
    std::vector<std::string> all;
    if (!node.IsSequence()) {
        if (auto one = text(node, what)) all.push_back(std::move(*one));
        return all;
    }
    for (const auto& item : node)
        if (auto one = text(item, what)) all.push_back(std::move(*one));
    return all;
}

}  // namespace yizhan::router
