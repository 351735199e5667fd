#pragma once
#include <rapidjson/document.h>

#include <string>

#include "gateway/config.hpp"

namespace yizhan::gateway {

/// `http://host:port` of a listener, as a command on the same machine reaches it.
std::string base_url(const listener_settings& of);

/// Asks the API of a running server, with the key of an admin. Throws std::runtime_error with one clear line when there
/// is no answer or a refusal.
class api_client {
public:
    /// `url` and `key_file` may be empty: the configured address, and the configured key of an admin.
    api_client(const config& settings, const std::string& url, const std::string& key_file, bool verify_peer);

    /// The JSON of the answer; null when there is none.
    rapidjson::Document ask(const std::string& method, const std::string& path, const std::string& body = {}) const;

private:
    std::string base_, key_;
    bool verify_peer_;
};

/// A member as a person reads it: a text as it is, everything else as JSON.
std::string text_at(const rapidjson::Value& from, const char* name, std::string otherwise = "-");
std::string json_of(const rapidjson::Value& value);

}  // namespace yizhan::gateway
