#include "gateway/commands/api_client.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "net/fetch.hpp"

namespace yizhan::gateway {

std::string base_url(const listener_settings& of) {
    const bool is_v6 = of.host.find(':') != std::string::npos;
    std::string host = of.host == "0.0.0.0" ? "127.0.0.1" : of.host == "::" ? "::1" : of.host;
    if (is_v6) host = "[" + host + "]";
    return (of.has_tls() ? "https://" : "http://") + host + ":" + std::to_string(of.port);
}

api_client::api_client(const config& settings, const std::string& url, const std::string& key_file, bool verify_peer)
    : base_(url.empty() ? base_url(settings.api) : url), verify_peer_(verify_peer) {
    if (!key_file.empty()) {
        std::ifstream file(key_file);
        if (!std::getline(file, key_)) throw std::runtime_error("cannot read " + key_file);
        return;
    }
    const auto admin = std::ranges::find(settings.api_keys, role::admin, &api_key::role);
    if (admin == settings.api_keys.end()) throw std::runtime_error("this needs an API key of an admin");
    key_ = admin->key;
}

rapidjson::Document api_client::ask(const std::string& method, const std::string& path, const std::string& body) const {
    net::fetch_request request;
    request.method = method;
    request.url = base_ + path;
    request.body = body;
    request.verify_peer = verify_peer_;
    request.fields = {
        {"Authorization", "Bearer " + key_}
    };
    const auto answer = net::fetch(request);
    if (!answer) throw std::runtime_error("the API at " + base_ + " does not answer: " + answer.error().message());
    rapidjson::Document document;
    if (answer->status == 204) return document;
    document.Parse(answer->body.data(), answer->body.size());
    if (answer->status >= 400) {
        const bool explains = !document.HasParseError() && document.IsObject();
        throw std::runtime_error("the API says " + std::to_string(answer->status) + " to " + method + " " + path +
                                 (explains ? ": " + text_at(document, "detail", "") : ""));
    }
    if (document.HasParseError()) throw std::runtime_error("the API answers no JSON");
    return document;
}

std::string json_of(const rapidjson::Value& value) {
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    value.Accept(writer);
    return {out.GetString(), out.GetSize()};
}

std::string text_at(const rapidjson::Value& from, const char* name, std::string otherwise) {
    const auto found = from.FindMember(name);
    if (found == from.MemberEnd() || found->value.IsNull()) return otherwise;
    if (found->value.IsString()) return {found->value.GetString(), found->value.GetStringLength()};
    return json_of(found->value);
}

}  // namespace yizhan::gateway
