#pragma once
#include <string>
#include <vector>

namespace yizhan {

/// Something wrong in a file that a person wrote; lines and columns count from 1.
struct fault {
    std::string file;
    int line = 0, column = 0;
    std::string text;
};
using faults = std::vector<fault>;

inline std::string to_text(const fault& what) {
    std::string where = what.file;
    if (what.line > 0) where += ":" + std::to_string(what.line) + ":" + std::to_string(what.column);
    return where + ": " + what.text;
}

}  // namespace yizhan
