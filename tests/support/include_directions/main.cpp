// Reads every `#include "…"` of the tree and fails on an edge that CONTRIBUTING.md does not allow.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <string>

int main(int count, char** words) {
    if (count != 2) return 2;
    using folders = std::set<std::string>;
    const std::map<std::string, folders> may = {
        {"core",      {}                                                                           },
        {"crypto",    {"core"}                                                                     },
        {"net",       {"core"}                                                                     },
        {"adapters",  {"core", "crypto", "net"}                                                    },
        {"stream",    {"core", "crypto", "net"}                                                              },
        {"router",    {"core"}                                                                     },
        {"crm",       {"core", "net", "stream"}                                                    },
        {"desk",      {"core", "crypto", "net", "stream", "crm", "adapters"}                               },
        {"simulator", {"core", "crypto", "net"}                                                            },
        {"gateway",   {"core", "crypto", "net", "adapters", "stream", "router", "crm", "desk", "simulator"}},
    };
    // Libraries that only one folder may know.
    const std::map<std::string, std::string> owners = {
        {"sqlite3.h",         "crm"     },
        {"hs/hs.h",           "router"  },
        {"re2/re2.h",         "router"  },
        {"pugixml.hpp",       "adapters"},
        {"openssl/evp.h",     "crypto"  },
        {"hiredis/hiredis.h", "stream"  },
    };
    const std::regex ours("^\\s*#include \"([a-z_]+)/"), theirs("^\\s*#include <([^>]+)>");
    int files = 0, faults = 0;
    for (const auto& [folder, allowed] : may) {
        for (const auto& item :
             std::filesystem::recursive_directory_iterator(std::filesystem::path(words[1]) / folder)) {
            const std::string extension = item.path().extension();
            if (extension != ".hpp" && extension != ".cpp") continue;
            ++files;
            std::ifstream opened(item.path());
            int number = 0;
            for (std::string line; std::getline(opened, line);) {
                ++number;
                std::smatch found;
                std::string to;
                if (std::regex_search(line, found, ours) && found[1] != folder && !allowed.count(found[1]))
                    to = found[1];
                if (std::regex_search(line, found, theirs)) {
                    const auto owner = owners.find(found[1]);
                    if (owner != owners.end() && owner->second != folder) to = found[1];
                }
                if (to.empty()) continue;
                std::cout << item.path().string() << ":" << number << ": " << folder << "/ may not include "
                          << to << "\n";
                ++faults;
            }
        }
    }
    std::cout << files << " files, " << faults << " includes against the directions\n";
    return faults == 0 && files > 50 ? 0 : 1;
}
