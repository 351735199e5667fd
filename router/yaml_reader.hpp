#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.hpp"

namespace yizhan::router {

/// Reads a YAML file that a person wrote and notes every fault with its place instead of stopping at the
/// first.
class yaml_reader {
public:
    yaml_reader(std::string file, faults& into) : file_(std::move(file)), faults_(into) {}

    /// The document; nothing (and a fault) when it is no YAML.
    std::optional<YAML::Node> parse(const std::string& text);

    void note(const YAML::Node& at, std::string text);

    struct field {
        std::string_view name;
        std::function<void(const YAML::Node& value)> take;
    };
    /// Gives each key's value to its field. Unknown and repeated keys are faults (yaml-cpp alone keeps the
    /// first of the repeated ones and says nothing).
    void map(const YAML::Node& node, std::string_view what, const std::vector<field>& fields);

    std::optional<std::string> text(const YAML::Node& node, std::string_view what);
    std::optional<std::int64_t> integer(const YAML::Node& node, std::string_view what);
    std::optional<bool> flag(const YAML::Node& node, std::string_view what);
    /// One text or a list of them.
    std::vector<std::string> texts(const YAML::Node& node, std::string_view what);

    const std::string& file() const { return file_; }

private:
    std::string file_;
    faults& faults_;
};

}  // namespace yizhan::router
