#include "gateway/sink_settings.hpp"

#include <algorithm>
#include <fstream>

#include "net/url.hpp"
#include "stream/sinks/webhook_request.hpp"

namespace yizhan::gateway {
namespace {

/// A sink while it is read: which of the three it is shows with its type.
struct sink_draft {
    stream::sink_settings made;
    std::string type;
    std::vector<std::string> urls;
    stream::redis_stream_settings redis;
    stream::webhook_settings webhook;
    stream::file_settings file;
};

/// A whole number between two others.
std::int64_t number(source& from, const YAML::Node& node, std::string_view name, std::int64_t least, std::int64_t most) {
    const auto read = from.yaml.integer(node, "`" + std::string(name) + "`");
    if (read && (*read < least || *read > most))
        from.yaml.note(node, "`" + std::string(name) + "` is a number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::clamp(read.value_or(least), least, most);
}

std::string glob(source& from, const YAML::Node& node) { return from.yaml.text(node, "a name or pattern").value_or(""); }

const setting<sink_draft> sink_table[] = {
    {"name", "text", required, "What it is called; its position is kept under this name. Small letters, digits, `-`, `_`.", [](source& from, const YAML::Node& node, sink_draft& into) {
        into.made.name = from.yaml.text(node, "`name`").value_or("");
        if (!is_sink_name(into.made.name)) from.yaml.note(node, "a sink's name has small letters, digits, - and _ only");
    }, true},
    {"type", "`redis_stream`, `webhook`, `file`", required, "What it is.", [](source& from, const YAML::Node& node, sink_draft& into) {
        into.type = from.yaml.text(node, "`type`").value_or("");
        if (into.type != "redis_stream" && into.type != "webhook" && into.type != "file")
            from.yaml.note(node, "a sink's type is redis_stream, webhook or file; not \"" + into.type + "\"");
    }, true},
    {"filter", "map of `account`, `type`, `queue`", "everything", "What it gets: names or patterns, `{ type: \"message.*\" }`. With `queue` only what the rules made a task of such a queue.", [](source& from, const YAML::Node& node, sink_draft& into) {
        from.yaml.map(node, "`filter`", {
            {"account", [&](const YAML::Node& value) { into.made.filter.account = glob(from, value); }},
            {"type", [&](const YAML::Node& value) { into.made.filter.type = glob(from, value); }},
            {"queue", [&](const YAML::Node& value) { into.made.filter.queue = glob(from, value); }},
        });
    }},
    {"start", "`oldest`, `now`", "oldest", "Where a sink that is new begins: with the oldest event of the journal, or with the next one.", [](source& from, const YAML::Node& node, sink_draft& into) {
        const std::string where = from.yaml.text(node, "`start`").value_or("oldest");
        if (where == "now") into.made.start = stream::sink_start::now;
        else if (where != "oldest") from.yaml.note(node, "start is oldest or now; not \"" + where + "\"");
    }},
    {"waits", "duration", "14d", "So old the journal may grow for a sink that is behind, if `retention` is less. What is older then is lost for it, which is logged and counted.", [](source& from, const YAML::Node& node, sink_draft& into) { into.made.waits_s = duration(from, node, "14d").value_or(into.made.waits_s); }},
    {"url", "URL, or a list", "", "redis_stream: `redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]`, `rediss://…` for TLS, `unix:///PATH`; of several the one that is a master. webhook: an http or https URL.", [](source& from, const YAML::Node& node, sink_draft& into) { into.urls = from.yaml.texts(node, "a URL"); }},
    {"key", "text", "", "redis_stream: the stream's key.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.key = from.yaml.text(node, "`key`").value_or(""); }},
    {"partitions", "number", "1", "redis_stream: more than one: keys `KEY:0`, `KEY:1` …, up to 256; a conversation is always in the same.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.partitions = static_cast<int>(number(from, node, "partitions", 1, 256)); }},
    {"groups", "list of texts", "none", "redis_stream: consumer groups that are made where they are missing. Entries go only when every group there is has acknowledged them.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.groups = from.yaml.texts(node, "a group"); }},
    {"user", "text", "", "redis_stream: the ACL user.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.redis.user = from.yaml.text(node, "`user`").value_or(""); }},
    {"password", "secret", "", "redis_stream: its password.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.redis.password = secret(from, node); }},
    {"ca_file", "path", "what this machine trusts", "redis_stream with TLS: whose certificates are good.", [](source& from, const YAML::Node& node, sink_draft& into) {
        if (const auto path = from.yaml.text(node, "`ca_file`")) into.redis.redis.ca_file = from.directory / *path;
        if (!std::ifstream(into.redis.redis.ca_file)) from.yaml.note(node, "cannot read " + node.Scalar());
    }},
    {"batch", "number", "64; 1", "redis_stream: events in one append, at most 1000. webhook: more than one: so many at most in one request.", [](source& from, const YAML::Node& node, sink_draft& into) { into.redis.batch = into.webhook.batch = static_cast<int>(number(from, node, "batch", 1, 1000)); }},
    {"secret", "secret, or a list", "not signed", "webhook: of Standard Webhooks: base64 of 24 to 64 bytes, with `whsec_` before it or not. In a list all sign, for the time of a change.", [](source& from, const YAML::Node& node, sink_draft& into) {
        for (const std::string& each : secrets(from, node)) {
            if (each.empty()) continue;
            if (auto bytes = stream::webhook_secret_of(each)) into.webhook.secrets.push_back(std::move(*bytes));
            else from.yaml.note(node, "a webhook's secret is base64 of 24 to 64 bytes, such as `openssl rand -base64 32` prints");
        }
    }},
    {"form", "`structured`, `binary`", "structured", "webhook: the CloudEvent as the body, or its attributes as `ce-` headers and `data` as the body.", [](source& from, const YAML::Node& node, sink_draft& into) {
        const std::string form = from.yaml.text(node, "`form`").value_or("structured");
        if (form == "binary") into.webhook.form = stream::webhook_form::binary;
        else if (form != "structured") from.yaml.note(node, "form is structured or binary; not \"" + form + "\"");
    }},
    {"order", "`any`, `conversation`", "any", "webhook: `conversation`: what belongs to one waits for what came before it there, retries included; batches go one after the other.", [](source& from, const YAML::Node& node, sink_draft& into) {
        const std::string order = from.yaml.text(node, "`order`").value_or("any");
        if (order == "conversation") into.webhook.in_order = true;
        else if (order != "any") from.yaml.note(node, "order is any or conversation; not \"" + order + "\"");
    }},
    {"max_in_flight", "number", "8", "webhook: requests at once, at most 64.", [](source& from, const YAML::Node& node, sink_draft& into) { into.webhook.in_flight_max = static_cast<int>(number(from, node, "max_in_flight", 1, 64)); }},
    {"timeout", "duration", "15s", "webhook: how long a request may take in all.", [](source& from, const YAML::Node& node, sink_draft& into) {
        into.webhook.patience_ms = duration(from, node, "15s").value_or(15) * 1000;
        if (into.webhook.patience_ms < 1000 || into.webhook.patience_ms > 300000) from.yaml.note(node, "a timeout is 1s to 5m");
    }},
    {"retry", "list of durations", "`[5s, 30s, 2m, 10m, 30m, 2h, 6h, 12h, 24h]`", "webhook: how long to wait before each further attempt, at most; behind the last it gives up.", [](source& from, const YAML::Node& node, sink_draft& into) {
        into.webhook.retry_s.clear();
        if (!node.IsSequence()) return from.yaml.note(node, "`retry` is a list of durations");
        for (const auto& each : node) into.webhook.retry_s.push_back(duration(from, each, "30s").value_or(0));
    }},
    {"path", "path", "", "file: where the lines go.", [](source& from, const YAML::Node& node, sink_draft& into) {
        if (const auto path = from.yaml.text(node, "`path`")) into.file.path = std::filesystem::absolute(from.directory / *path);
    }},
    {"rotate", "size", "256MiB", "file: a file of this size is put aside, as `PATH.SEQUENCE` of its first event.", [](source& from, const YAML::Node& node, sink_draft& into) {
        into.file.rotate_bytes = size(from, node);
        if (into.file.rotate_bytes < 1024) from.yaml.note(node, "a file is rotated at 1KiB and more");
    }},
    {"keep", "number", "all", "file: how many of those put aside stay.", [](source& from, const YAML::Node& node, sink_draft& into) { into.file.files_max = static_cast<int>(number(from, node, "keep", 1, 1000000)); }},
};

/// Which types a key belongs to; those that are not here belong to all.
struct belonging {
    std::string_view key, types;
};
constexpr belonging belongings[] = {
    {"url", "redis_stream webhook"}, {"key", "redis_stream"},    {"partitions", "redis_stream"}, {"groups", "redis_stream"}, {"user", "redis_stream"},
    {"password", "redis_stream"},    {"ca_file", "redis_stream"}, {"batch", "redis_stream webhook"}, {"secret", "webhook"},  {"form", "webhook"},
    {"order", "webhook"},            {"max_in_flight", "webhook"}, {"timeout", "webhook"},        {"retry", "webhook"},       {"path", "file"},
    {"rotate", "file"},              {"keep", "file"},
};
constexpr belonging needs[] = {{"url", "redis_stream webhook"}, {"key", "redis_stream"}, {"path", "file"}};

void finish_redis(source& from, const YAML::Node& node, sink_draft& draft) {
    for (const std::string& each : draft.urls) {
        if (auto address = stream::redis::address_of(each)) {
            from.holds_secrets |= !address->password.empty();
            draft.redis.redis.at.push_back(std::move(*address));
        } else {
            from.yaml.note(node["url"], "no URL of a Redis such as redis://127.0.0.1:6379/0");
        }
    }
    draft.made.to = draft.redis;
}

void finish_webhook(source& from, const YAML::Node& node, sink_draft& draft) {
    if (draft.urls.size() > 1) from.yaml.note(node["url"], "a webhook has one URL");
    if (!draft.urls.empty()) draft.webhook.url = draft.urls.front();
    if (!draft.urls.empty() && !net::url_of(draft.webhook.url)) from.yaml.note(node["url"], "`url` must be an http or https URL");
    if (draft.webhook.batch > 1 && draft.webhook.form == stream::webhook_form::binary) from.yaml.note(node["form"], "batches have no binary form");
    if (draft.webhook.in_order && draft.webhook.batch > 1) draft.webhook.in_flight_max = 1;
    draft.made.to = draft.webhook;
}

/// Other settings, another text; it holds secrets and is never shown.
std::string fingerprint_of(const YAML::Node& node, const sink_draft& draft) {
    std::string all = YAML::Dump(node) + "\n" + draft.redis.redis.password + "\n" + draft.file.path.string();
    for (const std::string& each : draft.webhook.secrets) all.append("\n").append(each);
    return all;
}

}  // namespace

bool is_sink_name(std::string_view text) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_plain);
}

void read_sinks(source& from, const YAML::Node& node, std::vector<stream::sink_settings>& into) {
    if (!node.IsSequence()) return from.yaml.note(node, "`sinks` must be a list");
    for (const auto& item : node) {
        sink_draft draft;
        read_section<sink_draft>(from, item, "a sink", sink_table, draft);
        if (!item.IsMap()) continue;
        const auto is_of = [&](const belonging& each) { return (" " + std::string(each.types) + " ").find(" " + draft.type + " ") != std::string::npos; };
        for (const belonging& each : belongings)
            if (!draft.type.empty() && item[std::string(each.key)].IsDefined() && !is_of(each))
                from.yaml.note(item[std::string(each.key)], "`" + std::string(each.key) + "` is not for a sink of the type " + draft.type);
        for (const belonging& each : needs)
            if (is_of(each) && !item[std::string(each.key)].IsDefined())
                from.yaml.note(item, "a sink of the type " + draft.type + " needs `" + std::string(each.key) + "`");
        if (draft.type == "redis_stream") finish_redis(from, item, draft);
        else if (draft.type == "webhook") finish_webhook(from, item, draft);
        else draft.made.to = draft.file;
        for (const stream::sink_settings& other : into)
            if (!draft.made.name.empty() && other.name == draft.made.name) from.yaml.note(item["name"], "two sinks are called \"" + draft.made.name + "\"");
        draft.made.fingerprint = fingerprint_of(item, draft);
        into.push_back(std::move(draft.made));
    }
}

void append_sinks_reference(std::string& out) { append_reference<sink_draft>(out, "A sink", sink_table); }

}  // namespace yizhan::gateway
