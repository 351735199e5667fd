#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "adapters/catalogue.hpp"
#include "core/json_text.hpp"
#include "core/nearest.hpp"
#include "gateway/commands/commands.hpp"

namespace yizhan::gateway {
namespace {

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << text).flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

int types_command(const types_options& options) {
    const auto types = adapters::event_types();
    if (!options.schema_of.empty()) {
        const std::string schema = adapters::event_schema(options.schema_of);
        if (schema.empty())
            throw std::runtime_error("no type \"" + options.schema_of + "\"" +
                                     nearest_of(options.schema_of, types));
        std::cout << schema;
        return 0;
    }
    if (!options.write_to.empty()) {
        const std::filesystem::path directory = options.write_to;
        std::filesystem::create_directories(directory / "schema");
        write_file(directory / "events.md", adapters::events_page());
        for (const std::string_view type : types)
            write_file(directory / "schema" / (std::string(type) + ".json"), adapters::event_schema(type));
        return 0;
    }
    if (options.json) {
        std::string out = "{\"types\":[";
        for (const std::string_view type : types) {
            if (out.back() != '[') out += ',';
            out += json::quoted(type);
        }
        std::cout << out << "]}\n";
        return 0;
    }
    for (const std::string_view type : types) std::cout << type << "\n";
    return 0;
}

}  // namespace yizhan::gateway
