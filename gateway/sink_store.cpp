#include "gateway/sink_store.hpp"

#include <rapidjson/document.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "gateway/log.hpp"
#include "gateway/sink_settings.hpp"
#include "net/url.hpp"
#include "stream/file.hpp"
#include "stream/sinks/record.hpp"

namespace yizhan::gateway {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t sinks_max = 100, depth_max = 4;
constexpr int in_flight_max = 8;
constexpr std::int64_t waits_max_s = 30 * 86400;

/// What a caller may say. Nothing that leads to files or to the environment of this machine: those are not the caller's.
constexpr std::string_view allowed[] = {"url", "secret", "filter", "start", "waits", "batch", "form", "order", "max_in_flight", "timeout", "retry"};

/// JSON that is nested no deeper than settings are: what reads it behind this goes down a level for each.
struct depth_check : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, depth_check> {
    std::size_t depth = 0;
    bool StartObject() { return ++depth <= depth_max; }
    bool StartArray() { return ++depth <= depth_max; }
    bool EndObject(rapidjson::SizeType) { return depth-- > 0; }
    bool EndArray(rapidjson::SizeType) { return depth-- > 0; }
};

bool is_flat(const std::string& text) {
    rapidjson::StringStream bytes(text.c_str());
    rapidjson::Reader reader;
    depth_check check;
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    return text.find('\0') == std::string::npos && !reader.Parse<flags>(bytes, check).IsError();
}

/// The settings as the configuration would have them, with the name put in; what is wrong goes to `found`.
std::optional<stream::sink_settings> settings_of(const std::string& name, const std::string& text, faults& found) {
    const auto note = [&](const std::string& what) { found.push_back({"", 0, 0, what}); };
    if (!is_sink_name(name)) return note("a sink's name has small letters, digits, - and _ only"), std::nullopt;
    rapidjson::Document read;
    if (is_flat(text)) read.Parse(text.data(), text.size());
    if (!read.IsObject()) return note("the body must be a JSON object, not deeply nested"), std::nullopt;
    read.RemoveMember("type");
    for (const auto& each : read.GetObject()) {
        const std::string_view key(each.name.GetString(), each.name.GetStringLength());
        if (std::ranges::find(allowed, key) == std::end(allowed)) return note("a webhook has no \"" + std::string(key) + "\""), std::nullopt;
    }
    auto& memory = read.GetAllocator();
    read.AddMember("name", rapidjson::Value(name.c_str(), memory), memory);
    read.AddMember("type", "webhook", memory);
    const auto secret = read.FindMember("secret");
    const auto is_text = [](const rapidjson::Value& each) { return each.IsString(); };
    if (secret != read.MemberEnd() && !is_text(secret->value) &&
        !(secret->value.IsArray() && std::ranges::all_of(secret->value.GetArray(), is_text)))
        return note("\"secret\" must be a text, or a list of texts"), std::nullopt;
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    read.Accept(writer);
    yaml_reader yaml("", found);
    const auto root = yaml.parse("[" + std::string(out.GetString(), out.GetSize()) + "]");
    if (!root) return std::nullopt;
    source from{yaml, {}};
    std::vector<stream::sink_settings> made;
    read_sinks(from, *root, made);
    if (!found.empty() || made.size() != 1) return std::nullopt;
    auto& webhook = std::get<stream::webhook_settings>(made.front().to);
    const auto url = net::url_of(webhook.url);
    if (!url || !url->is_https) return note("\"url\" must be an https URL"), std::nullopt;
    webhook.only_public = true;
    webhook.in_flight_max = std::min(webhook.in_flight_max, in_flight_max);
    made.front().waits_s = std::min(made.front().waits_s, waits_max_s);
    return std::move(made.front());
}

}  // namespace

sink_store::sink_store(fs::path directory) : directory_(std::move(directory)) {
    std::error_code none;
    for (const auto& each : fs::directory_iterator(directory_, none)) {
        if (each.path().extension() != ".webhook") continue;
        const std::string name = each.path().stem().string();
        faults found;
        auto made = settings_of(name, read_file(each.path()).value_or(""), found);
        if (made) all_.emplace(name, std::move(*made));
        for (const fault& wrong : found) log::error("a webhook that was made through the API is not used", {{"sink", name}, {"fault", wrong.text}});
    }
}

std::vector<stream::sink_settings> sink_store::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<stream::sink_settings> made;
    for (const auto& [name, each] : all_) made.push_back(each);
    return made;
}

faults sink_store::put(const std::string& name, const std::string& settings) {
    faults found;
    auto made = settings_of(name, settings, found);
    if (!made) return found;
    const std::lock_guard lock(mutex_);
    if (all_.size() >= sinks_max && !all_.count(name)) return {{"", 0, 0, "there are too many"}};
    if (!stream::save_record(path_of(name), settings) || !stream::sync_directory(directory_))
        return {{"", 0, 0, "the settings cannot be written"}};
    all_.insert_or_assign(name, std::move(*made));
    return {};
}

bool sink_store::drop(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (all_.erase(name) == 0) return false;
    std::error_code ignored;
    fs::remove(path_of(name), ignored);
    stream::sync_directory(directory_);
    return true;
}

}  // namespace yizhan::gateway
