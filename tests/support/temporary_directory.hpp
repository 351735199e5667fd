#pragma once
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace yizhan::test {

/// A fresh directory, gone with us.
class temporary_directory {
public:
    temporary_directory() {
        std::string pattern = std::filesystem::temp_directory_path() / "yizhan-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace yizhan::test
