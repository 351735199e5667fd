#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "router/yaml_reader.hpp"

/// What all tables of settings have in common: a table reads its part of the file, notes every fault, and writes its part of
/// the reference page.
namespace yizhan::gateway {

using router::yaml_reader;

/// What reading a value needs besides the value.
struct source {
    yaml_reader& yaml;
    std::filesystem::path directory;  // Of the file: what its paths are relative to.
    std::vector<std::filesystem::path> secret_files = {};
    bool holds_secrets = false;
};

/// One key of the file: what it takes, what holds without it, what it says, and where it goes.
template <class Target>
struct setting {
    std::string_view key, takes, fallback, says;
    void (*store)(source&, const YAML::Node&, Target&);
    bool is_needed = false;
};

constexpr std::string_view required = "required";

std::optional<std::string> read_file(const std::filesystem::path& path);

/// A text, `{ file: PATH }` or `{ env: NAME }`; or a list of them.
std::string secret(source& from, const YAML::Node& node);
std::vector<std::string> secrets(source& from, const YAML::Node& node);

/// `64KiB`, `600s`: bytes and seconds; 0 after a fault.
std::size_t size(source& from, const YAML::Node& node);
std::optional<std::int64_t> duration(source& from, const YAML::Node& node, std::string_view example);

/// Reads a map by its table, then says what is missing.
template <class Target>
void read_section(source& from, const YAML::Node& node, std::string_view what, std::span<const setting<Target>> table,
                  Target& into) {
    std::set<std::string_view> given;
    std::vector<yaml_reader::field> fields;
    for (const setting<Target>& each : table)
        fields.push_back({each.key, [&](const YAML::Node& value) {
            const bool is_empty = value.IsNull() || (value.IsScalar() && value.Scalar().empty()) ||
                                  (value.IsSequence() && value.size() == 0);
            if (is_empty) return from.yaml.note(value, "`" + std::string(each.key) + "` is empty");
            given.insert(each.key);
            each.store(from, value, into);
        }});
    from.yaml.map(node, what, fields);
    if (!node.IsMap()) return;
    for (const setting<Target>& each : table) {
        if (each.is_needed && !given.count(each.key))
            from.yaml.note(node, std::string(what) + " needs `" + std::string(each.key) + "`");
    }
}

template <class Target>
void append_reference(std::string& out, std::string_view title, std::span<const setting<Target>> table) {
    out.append("\n## ").append(title).append("\n\n| key | takes | without it | |\n| --- | --- | --- | --- |\n");
    for (const setting<Target>& each : table) {
        out.append("| `").append(each.key).append("` | ").append(each.takes).append(" | ");
        out.append(each.fallback).append(" | ").append(each.says).append(" |\n");
    }
}

}  // namespace yizhan::gateway
