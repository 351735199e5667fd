#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "adapters/catalogue.hpp"
#include "adapters/kinds.hpp"
#include "adapters/table.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/schema.hpp"

using namespace yizhan;
using namespace yizhan::adapters;

namespace {

std::string whole_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> all;
    std::stringstream stream(text);
    for (std::string each; std::getline(stream, each, at);) all.push_back(each);
    return all;
}

/// A line of the catalogue: what the platform's documents name, and the bodies made from them.
struct documented {
    std::string channel, section, kind, key;
    std::vector<std::string> files, types;  // Types: what the files become, each of these.
};

std::vector<documented> catalogue() {
    std::vector<documented> all;
    for (const std::string channel : {"wechat", "wecom", "weibo"}) {
        std::stringstream lines(test::data_file(channel + "/catalogue.tsv"));
        std::string line;
        std::getline(lines, line);
        while (std::getline(lines, line)) {
            const auto cells = split(line, '\t');
            REQUIRE(cells.size() == 5);
            all.push_back({channel, cells[0], cells[1], cells[2], split(cells[3], ' '), split(cells[4], ' ')});
        }
    }
    return all;
}

/// `event.change_contact.create_user` is `change_contact/create_user` in the tables and on the page.
std::string page_name(const std::string& key) {
    const auto parts = split(key, '.');
    if (parts[0] != "event" && parts[0] != "info") return parts.size() == 1 ? key : parts[0] + "/" + parts[1];
    return parts.size() == 2 ? parts[1] : parts[1] + "/" + parts[2];
}

/// What docs/events.md says of a name in the chapter of a kind.
std::map<std::pair<std::string, std::string>, std::string> page() {
    std::map<std::pair<std::string, std::string>, std::string> all;
    std::vector<std::string> kinds;
    for (const std::string& line : split(whole_file(YIZHAN_ROOT "/docs/events.md"), '\n')) {
        if (line.starts_with("## ")) {
            kinds.clear();
            const std::size_t colon = line.find(": ");
            if (colon == std::string::npos) continue;
            for (const auto& each : split(line.substr(colon + 2), ','))
                kinds.push_back(
                    line.substr(3, colon - 3) + " " +
                    each.substr(each.find_first_not_of(' '), each.find(" (") - each.find_first_not_of(' ')));
            continue;
        }
        if (!line.starts_with("| ") || kinds.empty()) continue;
        const auto cells = split(line, '|');
        if (cells.size() < 5) continue;
        const std::string name = cells[1].substr(1, cells[1].size() - 2);
        for (const auto& kind : kinds) all[{kind, name}] = cells[3];
    }
    return all;
}

struct opened_fixture {
    explicit opened_fixture(const documented& of)
        : speaks(test::adapter_of(test::account_of(of.channel, of.kind))) {
        suffix = test::suffix_of(of.channel, of.kind, of.key.starts_with("info"));
    }
    result<void> decode(const std::string& clear) {
        bytes = clear;
        return speaks->decode({suffix, nothing, ""}, bytes, made);
    }
    std::string json(std::size_t at, const std::string& channel) const {
        std::string platform, out;
        made.append_platform(platform, at);
        const bool has_tenant = !made.tenant.empty();
        append_json(out, made.events[at], {channel, has_tenant ? made.tenant : "here", has_tenant ? "here" : ""}, platform);
        return out;
    }
    std::unique_ptr<adapter> speaks;
    std::string suffix, bytes;
    query nothing;
    decoded made;
};

}  // namespace

TEST_CASE("Every documented row decodes to the type that docs/events.md says", "[adapters][catalogue]") {
    const auto says = page();
    std::size_t files = 0;
    for (const documented& each : catalogue()) {
        const auto line = says.find({each.channel + " " + each.kind, page_name(each.key)});
        std::set<std::string> found;
        for (const std::string& file : each.files) {
            CAPTURE(each.channel, each.kind, each.key, file);
            opened_fixture here(each);
            const auto decoded = here.decode(test::data_file(each.channel + "/" + file));
            REQUIRE(decoded);
            ++files;
            for (const event& made : here.made.events) found.insert(std::string(made.type));
            for (std::size_t at = 0; at < here.made.events.size(); ++at) {
                const std::string type(here.made.events[at].type);
                CAPTURE(type);
                const bool is_shape_only = each.key == "array" || each.key == "status.delete";
                if (is_shape_only) {
                    CHECK((each.key == "array") == (type != "unknown"));
                } else {
                    // A component's merchants send what the accounts' own chapter lists.
                    REQUIRE(line != says.end());
                    CHECK(line->second.find("`" + type + "`") != std::string::npos);
                }
                CHECK(test::schema_fault(here.json(at, each.channel)) == "");
            }
        }
        // As the catalogue has it: read by a person against the documents.
        CAPTURE(each.channel, each.kind, each.key);
        CHECK(found == std::set<std::string>(each.types.begin(), each.types.end()));
    }
    CHECK(files > 700);
}

TEST_CASE("The documents' rows, the fixtures and the tables name the same things", "[adapters][catalogue]") {
    std::set<std::string> rows_without_fixture, fixtures_without_row, documented_without_row, files;
    std::map<std::string, std::set<std::string>> documented_names;
    for (const documented& each : catalogue()) {
        const adapter_kind* kind = find_kind(each.channel, each.kind);
        REQUIRE(kind);
        const auto parts = split(each.key, '.');
        const table& types = kind->types();
        const row* found =
            types.find(parts[0], parts.size() > 1 ? parts[1] : "", parts.size() > 2 ? parts[2] : "");
        if (!found && parts[0] == "info")
            found = types.find("event", parts[1], parts.size() > 2 ? parts[2] : "");
        const bool is_shape_only = each.key == "array" || each.key == "status.delete";
        if (!found && !is_shape_only) documented_without_row.insert(each.channel + " " + each.key);
        if (found)
            documented_names[each.channel].insert(std::string(found->type) + " " + std::string(found->name));
        if (each.files.empty()) rows_without_fixture.insert(each.channel + " " + each.key);
        for (const auto& file : each.files) {
            files.insert(each.channel + "/" + file);
            if (!std::filesystem::exists(std::string(YIZHAN_ROOT) + "/tests/data/" + each.channel + "/" +
                                         file))
                rows_without_fixture.insert(file);
        }
    }
    for (const std::string channel : {"wechat", "wecom", "weibo"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(YIZHAN_ROOT) +
                                                                               "/tests/data/" + channel)) {
            const std::string name =
                std::filesystem::relative(entry.path(), std::string(YIZHAN_ROOT) + "/tests/data");
            const bool is_of_catalogue = std::count(name.begin(), name.end(), '/') == 2;
            if (entry.is_regular_file() && is_of_catalogue && !files.count(name))
                fixtures_without_row.insert(name);
        }
    std::set<std::string> rows_undocumented;
    std::map<std::string, std::size_t> counts;
    std::set<const table*> counted;
    for (const adapter_kind& kind : all_kinds()) {
        if (!counted.insert(&kind.types()).second || kind.channel == "webhook") continue;
        counts[std::string(kind.channel)] += kind.types().rows().size();
        for (const row& each : kind.types().rows()) {
            const std::string name = std::string(each.type) + " " + std::string(each.name);
            if (!documented_names[std::string(kind.channel)].count(name))
                rows_undocumented.insert(std::string(kind.channel) + " " + name);
        }
    }
    std::string printed = "types in the tables:";
    for (const auto& [channel, count] : counts) printed += " " + channel + " " + std::to_string(count);
    WARN(printed);
    CHECK(rows_without_fixture == std::set<std::string>{});
    CHECK(fixtures_without_row == std::set<std::string>{});
    CHECK(documented_without_row == std::set<std::string>{});
    CHECK(rows_undocumented == std::set<std::string>{});
}

TEST_CASE("docs/events.md and docs/schema are what the tables say", "[adapters][docs]") {
    CHECK(whole_file(YIZHAN_ROOT "/docs/events.md") == events_page());
    std::set<std::string> there, expected;
    for (const auto& entry : std::filesystem::directory_iterator(YIZHAN_ROOT "/docs/schema"))
        there.insert(entry.path().filename());
    for (const std::string_view type : event_types()) {
        const std::string name = std::string(type) + ".json";
        expected.insert(name);
        CAPTURE(name);
        CHECK(whole_file(std::filesystem::path(YIZHAN_ROOT "/docs/schema") / name) == event_schema(type));
    }
    CHECK(there == expected);
}

TEST_CASE("Names are found whatever their letter case, and no row twice", "[adapters][catalogue]") {
    for (const adapter_kind& kind : all_kinds()) {
        const table& types = kind.types();
        for (const row& each : types.rows()) {
            CAPTURE(kind.channel, kind.kind, each.type, each.name);
            const std::size_t slash = std::min(each.name.find('/'), each.name.size());
            const std::string_view subtype = each.name.substr(std::min(slash + 1, each.name.size()));
            CHECK(types.find(each.type, each.name.substr(0, slash), subtype) == &each);
            CHECK(!each.chinese.empty());
        }
        CHECK(types.find("event", "never_heard_of") == nullptr);
        CHECK(types.find("", "") == nullptr);
    }
    CHECK(find_kind("wechat", "official_account")->types().find("EVENT", "scan") ==
          find_kind("wechat", "store")->types().find("event", "SCAN"));
    CHECK(find_kind("wechat", "mini_program")->types().find("event", "complaint callback") != nullptr);
}
