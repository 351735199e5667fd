#include "gateway/settings_table.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/time.hpp"

namespace yizhan::gateway {
namespace {

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

struct unit {
    std::string_view name;
    std::int64_t factor;
};
constexpr unit size_units[] = {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}};
constexpr unit time_units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"", 1}};

std::optional<std::int64_t> measured(source& from, const YAML::Node& node, std::span<const unit> units,
                                     std::string_view example) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = decimal(std::string_view(text).substr(0, digits));
    for (const unit& each : units)
        if (number && text.substr(digits) == each.name && *number < (std::int64_t{1} << 40) / each.factor)
            return *number * each.factor;
    from.yaml.note(node, "\"" + text + "\" is not understood; write it like " + std::string(example));
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return std::nullopt;
    std::ifstream opened(path, std::ios::binary);
    if (!opened) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(opened), {}};
}

std::string secret(source& from, const YAML::Node& node) {
    std::string value;
    bool noted = false;
    if (node.IsScalar()) {
        value = node.Scalar();
        from.holds_secrets = true;
    } else {
        from.yaml.map(node, "a secret", {
            {"file", [&](const YAML::Node& name) {
                const auto path = from.yaml.text(name, "`file`");
                if (!path) return;
                from.secret_files.push_back(from.directory / *path);
                const auto content = read_file(from.secret_files.back());
                if (content) value = without_line_end(*content);
                else noted = true, from.yaml.note(name, "cannot read the secret file " + *path);
            }},
            {"env", [&](const YAML::Node& name) {
                const auto variable = from.yaml.text(name, "`env`");
                if (!variable) return;
                const char* content = std::getenv(variable->c_str());
                if (content) value = content;
                else noted = true, from.yaml.note(name, "the environment has no " + *variable);
            }},
        });
        if (!node.IsMap()) return value;
    }
    if (value.empty() && !noted) from.yaml.note(node, "the secret is empty");
    return value;
}

std::vector<std::string> secrets(source& from, const YAML::Node& node) {
    if (!node.IsSequence()) return {secret(from, node)};
    std::vector<std::string> all;
    for (const auto& item : node) all.push_back(secret(from, item));
    return all;
}

std::size_t size(source& from, const YAML::Node& node) {
    return static_cast<std::size_t>(measured(from, node, size_units, "64KiB").value_or(0));
}

std::optional<std::int64_t> duration(source& from, const YAML::Node& node, std::string_view example) {
    return measured(from, node, time_units, example);
}

}  // namespace yizhan::gateway
