#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/adapter.hpp"
#include "core/account.hpp"
#include "core/fault.hpp"
#include "router/rules.hpp"
#include "stream/sinks/settings.hpp"

namespace yizhan::gateway {

struct listener_settings {
    std::string host;
    std::uint16_t port = 0;
    std::filesystem::path cert_file, key_file;  // Both: TLS.
    bool has_tls() const { return !cert_file.empty(); }
};

enum class role { agent, supervisor, integration, admin };
std::optional<role> role_of(std::string_view name);
std::string_view name_of(role who);

struct api_key {
    std::string name, key;
    gateway::role role = gateway::role::agent;
};

struct limits {
    std::size_t body = 64 << 10;
    std::size_t connections = 20000, connections_per_address = 1000;
    std::size_t memory = std::size_t{512} << 20;
    std::size_t dedup = std::size_t{128} << 20;
    std::size_t segment = std::size_t{64} << 20;
    std::size_t media = std::size_t{20} << 20;
};

/// The configuration file, read and checked (docs/configuration.md).
struct config {
    listener_settings callbacks, api;
    std::filesystem::path data_dir;
    std::vector<account> accounts;
    std::vector<api_key> api_keys;
    std::filesystem::path rules_file;  // Empty: no rules.
    std::shared_ptr<const router::rules> rules;
    std::string timezone = "Asia/Shanghai";
    std::int64_t retention_s = 7 * 86400, media_retention_s = 180 * 86400;
    gateway::limits limits;
    std::vector<stream::sink_settings> sinks;
    std::vector<std::string> trusted_proxies;
    std::string log_level = "info";
    std::vector<std::filesystem::path> secret_files;  // That secrets were read from, and keys of TLS.
    bool holds_secrets = false;                       // Some stand in the configuration file itself.
};

/// The largest body that is taken for this account. Components and stores carry whole complaints and orders.
std::size_t body_max_of(const account& of, const limits& within);

/// Whether callbacks of this account can be changed on their way without their signature telling.
bool body_is_unsigned(const account& of);

/// Reads the file and what it names. With faults, all of them are there and nothing else.
struct loaded {
    std::optional<config> settings;
    faults found;
};
loaded load_config(const std::filesystem::path& path);

/// The reference page of all settings, in Markdown; docs/configuration.md is this.
std::string settings_reference();

}  // namespace yizhan::gateway
