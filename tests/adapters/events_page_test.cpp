#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

#include "adapters/wechat/event_table.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/weibo/event_table.hpp"

using namespace yizhan::adapters;

TEST_CASE("docs/events.md names every row of the adapters' tables in its column", "[adapters][docs]") {
    std::vector<std::vector<std::string>> lines;  // Type and the three columns.
    std::ifstream page(std::string(YIZHAN_ROOT) + "/docs/events.md");
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| `")) continue;
        std::vector<std::string> cells;
        for (std::size_t at = 1; at < line.size();) {
            const std::size_t end = line.find('|', at);
            if (end == std::string::npos) break;
            cells.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        lines.push_back(cells);
    }
    const auto check = [&](std::span<const row> table, std::size_t column) {
        for (const row& each : table) {
            const std::string name(each.name.empty() ? each.type : each.name);
            CAPTURE(each.ours, name);
            bool found = false;
            for (const auto& cells : lines)
                found |= cells.size() > column &&
                         cells[0].find("`" + std::string(each.ours) + "`") != std::string::npos &&
                         cells[column].find(name) != std::string::npos;
            CHECK(found);
        }
    };
    check(wechat::official_account_table(), 1);
    check(wecom::app_table(), 2);
    check(weibo::fans_service_table(), 3);
}
