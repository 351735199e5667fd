#include "stream/sinks/record.hpp"

#include <fcntl.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "stream/file.hpp"

namespace yizhan::stream {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_deliveries(writer& to, const char* name, const std::deque<parked_delivery>& all) {
    to.Key(name);
    to.StartArray();
    for (const parked_delivery& each : all) {
        to.StartObject();
        to.Key("sequences");
        to.StartArray();
        for (const std::uint64_t sequence : each.sequences) to.Uint64(sequence);
        to.EndArray();
        to.Key("attempts"), to.Int(each.attempts);
        to.Key("next_at_ms"), to.Int64(each.next_at_ms);
        to.Key("reason"), to.String(each.reason.c_str());
        to.EndObject();
    }
    to.EndArray();
}

std::uint64_t number_at(const rapidjson::Value& from, const char* name) {
    const auto found = from.FindMember(name);
    return found != from.MemberEnd() && found->value.IsUint64() ? found->value.GetUint64() : 0;
}

std::string text_at(const rapidjson::Value& from, const char* name) {
    const auto found = from.FindMember(name);
    return found != from.MemberEnd() && found->value.IsString() ? found->value.GetString() : std::string();
}

std::deque<parked_delivery> deliveries_at(const rapidjson::Value& from, const char* name) {
    std::deque<parked_delivery> all;
    const auto found = from.FindMember(name);
    if (found == from.MemberEnd() || !found->value.IsArray()) return all;
    for (const auto& each : found->value.GetArray()) {
        if (!each.IsObject() || !each.HasMember("sequences") || !each["sequences"].IsArray()) continue;
        parked_delivery made;
        for (const auto& sequence : each["sequences"].GetArray())
            if (sequence.IsUint64()) made.sequences.push_back(sequence.GetUint64());
        made.attempts = static_cast<int>(number_at(each, "attempts"));
        made.next_at_ms = static_cast<std::int64_t>(number_at(each, "next_at_ms"));
        made.reason = text_at(each, "reason");
        if (!made.sequences.empty()) all.push_back(std::move(made));
    }
    return all;
}

}  // namespace

std::string sink_record::to_json() const {
    rapidjson::StringBuffer out;
    writer to(out);
    to.StartObject();
    to.Key("position"), to.Uint64(position);
    to.Key("paused"), to.Bool(is_paused);
    to.Key("disabled"), to.String(disabled.c_str());
    to.Key("usual_rate"), to.Double(usual_rate);
    to.Key("origin"), to.String(origin.c_str());
    to.Key("keys");
    to.StartObject();
    for (const auto& [name, progress] : keys) {
        to.Key(name.c_str());
        to.StartObject();
        to.Key("appended"), to.Uint64(progress.appended);
        to.Key("consumed"), to.Uint64(progress.consumed);
        to.EndObject();
    }
    to.EndObject();
    write_deliveries(to, "parked", parked);
    write_deliveries(to, "dead", dead);
    to.EndObject();
    return {out.GetString(), out.GetSize()};
}

sink_record sink_record::of_json(const std::string& text) {
    sink_record made;
    rapidjson::Document read;
    read.Parse(text.data(), text.size());
    if (read.HasParseError() || !read.IsObject() || !read.HasMember("position") || !read["position"].IsUint64()) return made;
    made.is_begun = true;
    made.position = read["position"].GetUint64();
    made.is_paused = read.HasMember("paused") && read["paused"].IsTrue();
    made.disabled = text_at(read, "disabled");
    made.origin = text_at(read, "origin");
    if (read.HasMember("usual_rate") && read["usual_rate"].IsNumber()) made.usual_rate = read["usual_rate"].GetDouble();
    if (read.HasMember("keys") && read["keys"].IsObject())
        for (const auto& each : read["keys"].GetObject())
            if (each.value.IsObject())
                made.keys[each.name.GetString()] = {number_at(each.value, "appended"), number_at(each.value, "consumed")};
    made.parked = deliveries_at(read, "parked");
    made.dead = deliveries_at(read, "dead");
    return made;
}

sink_record load_record(const std::filesystem::path& from) {
    std::ifstream opened(from, std::ios::binary);
    return sink_record::of_json({std::istreambuf_iterator<char>(opened), {}});
}

bool save_record(const std::filesystem::path& to, const std::string& json) {
    const std::filesystem::path unfinished = to.string() + ".new";
    {
        const file fresh(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!fresh || ::write(fresh.get(), json.data(), json.size()) != static_cast<ssize_t>(json.size())) return false;
        if (::fsync(fresh.get()) != 0) return false;
    }
    const bool is_first = ::access(to.c_str(), F_OK) != 0;
    if (::rename(unfinished.c_str(), to.c_str()) != 0) return false;
    return !is_first || sync_directory(to.parent_path());  // Later an older one in its place only means more again.
}

}  // namespace yizhan::stream
