#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/fault.hpp"
#include "stream/sinks/settings.hpp"

namespace yizhan::gateway {

/// The webhooks that were made through the API, each in a file of its own beside the sinks' records. Who named their URLs
/// may be no friend of this network: only https, and only addresses of the public internet are ever called. Any thread.
class sink_store {
public:
    explicit sink_store(std::filesystem::path directory);

    std::vector<stream::sink_settings> all() const;

    /// Reads these settings (a JSON object, without a name) and keeps them. What is wrong with them, or nothing.
    faults put(const std::string& name, const std::string& settings);
    /// False: there was none.
    bool drop(const std::string& name);

private:
    std::filesystem::path path_of(const std::string& name) const { return directory_ / (name + ".webhook"); }

    std::filesystem::path directory_;
    mutable std::mutex mutex_;
    std::map<std::string, stream::sink_settings> all_;
};

}  // namespace yizhan::gateway
