#include "gateway/config.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

#include "core/nearest.hpp"
#include "core/time.hpp"
#include "crypto/envelope.hpp"
#include "gateway/address_list.hpp"
#include "gateway/settings_table.hpp"
#include "gateway/sink_settings.hpp"
#include "net/url.hpp"

namespace yizhan::gateway {
namespace {

void read_listener(source& from, const YAML::Node& node, listener_settings& into) {
    const auto address = [&](const YAML::Node& value) {
        const auto text = from.yaml.text(value, "an address");
        if (!text) return;
        const std::size_t colon = text->rfind(':');
        const auto port = colon == std::string::npos ? std::nullopt : decimal(text->substr(colon + 1));
        std::string host = text->substr(0, std::min(colon, text->size()));
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        if (!port || *port > 65535 || !is_address(host))
            return from.yaml.note(value, "\"" + *text + "\" is no address such as 127.0.0.1:8080 or [::1]:8080");
        into.host = host;
        into.port = static_cast<std::uint16_t>(*port);
    };
    if (node.IsScalar()) return address(node);
    const auto path = [&](std::string_view name, std::filesystem::path& to) {
        return yaml_reader::field{name, [&from, &to](const YAML::Node& value) {
            if (const auto text = from.yaml.text(value, "a path")) to = from.directory / *text;
            if (!to.empty() && !std::ifstream(to)) from.yaml.note(value, "cannot read " + value.Scalar());
        }};
    };
    from.yaml.map(node, "a listener", {
        {"address", address},
        path("cert_file", into.cert_file),
        path("key_file", into.key_file),
        {"tls", [&](const YAML::Node& value) {
            from.yaml.map(value, "`tls`", {path("cert_file", into.cert_file), path("key_file", into.key_file)});
        }},
    });
    if (into.cert_file.empty() != into.key_file.empty()) from.yaml.note(node, "TLS needs `cert_file` and `key_file`");
}

void read_blocks(source& from, const YAML::Node& node, std::vector<std::string>& into) {
    for (std::string& each : from.yaml.texts(node, "an address block")) {
        if (address_list::is_block(each)) into.push_back(std::move(each));
        else from.yaml.note(node, "\"" + each + "\" is no address block such as 10.0.0.0/8");
    }
}

template <std::string account::*Member>
void text_of(source& from, const YAML::Node& node, account& into) {
    into.*Member = from.yaml.text(node, "the value").value_or("");
}

template <std::int64_t account::*Member>
void number_of(source& from, const YAML::Node& node, account& into) {
    into.*Member = from.yaml.integer(node, "the value").value_or(into.*Member);
    if (into.*Member <= 0) from.yaml.note(node, "the value must be positive");
}

void read_uid(source& from, const YAML::Node& node, account& into) {
    for (std::string& each : from.yaml.texts(node, "a uid")) {
        if (!decimal(each)) from.yaml.note(node, "\"" + each + "\" is no uid: digits only");
        else into.uids.push_back(std::move(each));
    }
}

const setting<account> account_table[] = {
    {"id", "text", required, "Our name for the account; its callback path is `/callback/{id}`. Small letters, digits, `-`, `_`.", text_of<&account::id>, true},
    {"channel", "`wechat`, `wecom`, `weibo`, `webhook`", required, "The platform.", text_of<&account::channel>, true},
    {"kind", "text", required, "What it is there; the kinds, and what each needs, stand below.", text_of<&account::kind>, true},
    {"app_id", "text", "", "wechat: AppID, of a component its own. Messages addressed to another are refused.", text_of<&account::app_id>},
    {"original_id", "text", "", "wechat: the original id (`gh_…`). When given, messages addressed to another are refused; a component serves many and looks at none.", text_of<&account::original_id>},
    {"corp_id", "text", "", "wecom: the corporation's id; of a suite, the provider's own.", text_of<&account::corp_id>},
    {"suite_id", "text", "", "wecom: of a suite its id, of a template for provider-developed apps the template's.", text_of<&account::suite_id>},
    {"receive_id", "text", "none", "wecom: what stands at the end of an AI bot's envelope, where that is not empty.", text_of<&account::receive_id>},
    {"agent_id", "text", "", "wecom: the app's AgentId.", text_of<&account::agent_id>},
    {"uid", "number", "", "weibo: the account's uid.", read_uid},
    {"uids", "list of numbers", "", "weibo: several accounts that one app serves.", read_uid},
    {"app_key", "secret", "", "weibo: the app's key.", [](source& from, const YAML::Node& node, account& into) { into.app_key = secret(from, node); }},
    {"token", "secret, or a list", "", "wechat, wecom, data push: the token of the callback settings. In a list all are accepted, for the time of a change.", [](source& from, const YAML::Node& node, account& into) { into.tokens = secrets(from, node); }},
    {"aes_key", "secret, or a list", "", "wechat, wecom: EncodingAESKey, 43 characters. In a list all are accepted.", [](source& from, const YAML::Node& node, account& into) {
        into.aes_keys = secrets(from, node);
        for (const std::string& key : into.aes_keys)
            if (!key.empty() && !crypto::envelope::with_key(key))
                from.yaml.note(node, "an EncodingAESKey has 43 letters and digits; this one has " + std::to_string(key.size()) + " characters or is not base64");
    }},
    {"app_secret", "secret, or a list", "", "wechat: for calls of the platform's API. weibo, webhook: what callbacks are signed with.", [](source& from, const YAML::Node& node, account& into) { into.app_secrets = secrets(from, node); }},
    {"secret", "secret, or a list", "", "wecom: the app's secret, for calls of the platform's API.", [](source& from, const YAML::Node& node, account& into) { into.app_secrets = secrets(from, node); }},
    {"access_token", "secret, or a list", "", "weibo: the account's own token, for calls of the platform's API.", [](source& from, const YAML::Node& node, account& into) { into.access_tokens = secrets(from, node); }},
    {"open_kfid", "text", "", "wecom: of a kf account its id (`wk…`): for it messages are pulled and sent.", text_of<&account::open_kfid>},
    {"history", "`all`, `skip`, or a duration", "all", "Where messages are pulled: what is taken of those from before the first time. The platform keeps three days.", [](source& from, const YAML::Node& node, account& into) {
        const std::string how = from.yaml.text(node, "`history`").value_or("all");
        if (how == "skip") into.history_s = 0;
        else if (how != "all") into.history_s = duration(from, node, "2h").value_or(into.history_s);
    }},
    {"api", "URL", "the platform's own", "Where the platform's API is called: a simulator, or a relay of one's own. Without TLS only on this machine.", [](source& from, const YAML::Node& node, account& into) {
        into.api = from.yaml.text(node, "`api`").value_or("");
        while (into.api.ends_with('/')) into.api.pop_back();
        const auto url = net::url_of(into.api);
        if (!url) from.yaml.note(node, "`api` must be an http or https URL");
        else if (url->target != "/") from.yaml.note(node, "`api` is a server's URL, without a path");
        else if (!url->is_https && !url->host.starts_with("127.") && url->host != "localhost" && url->host != "::1")
            from.yaml.note(node, "`api` needs https: tokens and secrets go there");
    }},
    {"windows", "map of `message`, `event`", "as the platform documents", "How long, and how often, customers may be written to after they said or did something: each `{ for: 48h, count: 5 }`, `count: any` for no bound. Platforms change this.", [](source& from, const YAML::Node& node, account& into) {
        const auto one = [&](bool is_message) {
            return [&from, &into, is_message](const YAML::Node& value) {
                window_setting made{is_message, 0, -1};
                from.yaml.map(value, "a window", {
                    {"for", [&](const YAML::Node& time) { made.lasts_ms = duration(from, time, "48h").value_or(0) * 1000; }},
                    {"count", [&](const YAML::Node& count) {
                        if (count.IsScalar() && count.Scalar() == "any") return;
                        const auto number = from.yaml.integer(count, "`count`");
                        if (number && (*number < 1 || *number > 1000000)) from.yaml.note(count, "`count` is a number from 1, or any");
                        made.count = static_cast<std::int32_t>(number.value_or(1));
                    }},
                });
                if (made.lasts_ms <= 0) from.yaml.note(value, "a window needs `for`, such as 48h");
                into.windows.push_back(made);
            };
        };
        from.yaml.map(node, "`windows`", {{"message", one(true)}, {"event", one(false)}});
    }},
    {"keep_media", "`all`, or a list of `image`, `voice`, `video`, `file`", "none", "What customers send is fetched and kept (docs/operations.md): platforms forget it after some days.", [](source& from, const YAML::Node& node, account& into) {
        constexpr std::string_view kinds[] = {"image", "voice", "video", "file"};
        if (node.IsScalar() && node.Scalar() == "all") return into.keeps_media.assign(std::begin(kinds), std::end(kinds));
        for (std::string& each : from.yaml.texts(node, "a kind of media")) {
            if (std::ranges::find(kinds, each) != std::end(kinds)) into.keeps_media.push_back(std::move(each));
            else from.yaml.note(node, "\"" + each + "\" is none of image, voice, video, file");
        }
    }},
    {"keep_profiles", "`true`, `false`", "false", "Whoever writes is asked for at the platform, once a day at most: name, unionid, tags and what else it says.", [](source& from, const YAML::Node& node, account& into) { into.keeps_profiles = from.yaml.flag(node, "`keep_profiles`").value_or(false); }},
    {"sends_per_minute", "number", "no bound of ours", "At most so many messages of ours a minute: where the platform counts.", number_of<&account::sends_per_minute>},
    {"encryption", "`required`, `compatible`, `plaintext`", "required", "wechat: as set at the platform. The request never decides this. In `compatible` mode only the encrypted part counts.", [](source& from, const YAML::Node& node, account& into) {
        const std::string mode = from.yaml.text(node, "`encryption`").value_or("required");
        if (mode == "required") into.encryption = encryption::required;
        else if (mode == "compatible") into.encryption = encryption::compatible;
        else if (mode == "plaintext") into.encryption = encryption::plaintext;
        else from.yaml.note(node, "encryption is required, compatible or plaintext; not \"" + mode + "\"");
    }},
    {"allow_from", "list of address blocks", "anywhere", "Where callbacks may come from. Recommended for weibo and plaintext wechat, whose signatures do not cover the body.", [](source& from, const YAML::Node& node, account& into) { read_blocks(from, node, into.allow_from); }},
    {"freshness_s", "seconds", "600; a store's 14400", "How far a callback's timestamp may be from now, unless it is known already.", number_of<&account::freshness_s>},
    {"deadline_ms", "milliseconds", "4500", "When the platform no longer waits for an answer; then the connection is closed instead.", number_of<&account::deadline_ms>},
};

const setting<api_key> api_key_table[] = {
    {"name", "text", required, "What the key is called in the log.", [](source& from, const YAML::Node& node, api_key& into) { into.name = from.yaml.text(node, "`name`").value_or(""); }, true},
    {"role", "`agent`, `supervisor`, `integration`, `admin`", required, "What it may do (docs/api.md).", [](source& from, const YAML::Node& node, api_key& into) {
        const std::string name = from.yaml.text(node, "`role`").value_or("");
        if (const auto role = role_of(name)) into.role = *role;
        else from.yaml.note(node, "role is agent, supervisor, integration or admin; not \"" + name + "\"");
    }, true},
    {"key", "secret", required, "The key itself, at least 16 characters.", [](source& from, const YAML::Node& node, api_key& into) {
        into.key = secret(from, node);
        if (!into.key.empty() && into.key.size() < 16) from.yaml.note(node, "an API key needs at least 16 characters");
    }, true},
};

const setting<limits> limits_table[] = {
    {"body", "size", "64KiB", "The largest body of a callback, at most 1MiB; components and stores may always send that much.", [](source& from, const YAML::Node& node, limits& into) {
        into.body = size(from, node);
        if (into.body < 1024 || into.body > (1 << 20)) from.yaml.note(node, "a callback's body has 1KiB to 1MiB");
    }},
    {"connections", "number", "20000", "Connections to the callback listener at once.", [](source& from, const YAML::Node& node, limits& into) { into.connections = size(from, node); }},
    {"connections_per_address", "number", "1000", "The same from one address; trusted proxies are not counted.", [](source& from, const YAML::Node& node, limits& into) { into.connections_per_address = size(from, node); }},
    {"memory", "size", "512MiB", "What may wait in memory at most: three eighths are for connections and bodies, an eighth for what is to be written; beyond it callbacks are turned away.", [](source& from, const YAML::Node& node, limits& into) { into.memory = size(from, node); }},
    {"dedup", "size", "128MiB", "Memory for the ids that are known, for 24 hours at most.", [](source& from, const YAML::Node& node, limits& into) { into.dedup = size(from, node); }},
    {"media", "size", "20MiB", "The largest of customers' media that is fetched, and of what is uploaded for them, at most 64MiB.", [](source& from, const YAML::Node& node, limits& into) {
        into.media = size(from, node);
        if (into.media < 1024 || into.media > (64 << 20)) from.yaml.note(node, "media have 1KiB to 64MiB");
    }},
    {"segment", "size", "64MiB", "Size of a journal file, 4MiB to 1GiB.", [](source& from, const YAML::Node& node, limits& into) {
        into.segment = size(from, node);
        if (into.segment < (4 << 20) || into.segment > (1 << 30)) from.yaml.note(node, "a journal file has 4MiB to 1GiB");
    }},
};

void note_kind(source& from, const YAML::Node& at, const account& made) {
    std::string known;
    for (const adapters::adapter_kind& each : adapters::all_kinds())
        known.append(known.empty() ? "" : ", ").append(each.channel).append(" ").append(each.kind);
    from.yaml.note(at, "no channel \"" + made.channel + "\" with the kind \"" + made.kind + "\"; there are " + known);
}

void read_account(source& from, const YAML::Node& node, config& into) {
    account made;
    read_section<account>(from, node, "an account", account_table, made);
    if (!node.IsMap()) return;
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    if (!made.id.empty() && (!std::ranges::all_of(made.id, plain) || made.id.size() > 64))
        from.yaml.note(node["id"], "an account's id has small letters, digits, - and _ only");
    for (const account& other : into.accounts)
        if (!made.id.empty() && other.id == made.id) from.yaml.note(node["id"], "two accounts are called \"" + made.id + "\"");
    const adapters::adapter_kind* kind = adapters::find_kind(made.channel, made.kind);
    if (!kind && !made.channel.empty() && !made.kind.empty()) note_kind(from, node["kind"], made);
    if (kind) {
        // Only this one sends for hours again what it could not deliver.
        if (made.kind == "store" && !node["freshness_s"].IsDefined()) made.freshness_s = 14400;
        std::istringstream needs{std::string(kind->needs)};
        for (std::string key; needs >> key;)
            if (!node[key].IsDefined() && !(key == "uid" && node["uids"].IsDefined()))
                from.yaml.note(node, "a " + made.channel + " " + made.kind + " needs `" + key + "`");
        const bool has_keys = !made.aes_keys.empty() || made.encryption == encryption::plaintext;
        if (made.channel == "wechat" && made.kind != "component" && !has_keys)
            from.yaml.note(node, "an account with encryption needs `aes_key`");
        if (made.encryption != encryption::required && (made.channel != "wechat" || made.kind == "component"))
            from.yaml.note(node["encryption"], "only WeChat's own accounts can do without encryption");
    }
    into.accounts.push_back(std::move(made));
}

const setting<config> root_table[] = {
    {"listen", "map", "`127.0.0.1:8080`, `127.0.0.1:8081`", "Addresses of the two listeners, `callbacks` and `api`: each `address:port`, or a map of `address`, `cert_file` and `key_file` for TLS.", [](source& from, const YAML::Node& node, config& into) {
        from.yaml.map(node, "`listen`", {
            {"callbacks", [&](const YAML::Node& value) { read_listener(from, value, into.callbacks); }},
            {"api", [&](const YAML::Node& value) { read_listener(from, value, into.api); }},
        });
    }},
    {"data_dir", "path", "./data", "Where everything is kept; made when it is not there. One process at a time.", [](source& from, const YAML::Node& node, config& into) {
        if (const auto path = from.yaml.text(node, "`data_dir`")) into.data_dir = from.directory / *path;
    }},
    {"accounts", "list", required, "The accounts whose callbacks come here.", [](source& from, const YAML::Node& node, config& into) {
        if (!node.IsSequence()) return from.yaml.note(node, "`accounts` must be a list");
        for (const auto& item : node) read_account(from, item, into);
    }, true},
    {"api_keys", "list", "none", "Who may use the API.", [](source& from, const YAML::Node& node, config& into) {
        if (!node.IsSequence()) return from.yaml.note(node, "`api_keys` must be a list");
        for (const auto& item : node) {
            read_section<api_key>(from, item, "an API key", api_key_table, into.api_keys.emplace_back());
            for (std::size_t at = 0; at + 1 < into.api_keys.size(); ++at)
                if (!into.api_keys.back().name.empty() && into.api_keys[at].name == into.api_keys.back().name)
                    from.yaml.note(item, "two API keys are called \"" + into.api_keys[at].name + "\"");
        }
    }},
    {"rules", "path", "none", "The rules file (docs/rules.md).", [](source& from, const YAML::Node& node, config& into) {
        const auto path = from.yaml.text(node, "`rules`");
        if (!path) return;
        into.rules_file = from.directory / *path;
        if (!read_file(into.rules_file)) from.yaml.note(node, "cannot read the rules file " + *path);
    }},
    {"timezone", "text", "Asia/Shanghai", "What time of day the rules mean.", [](source& from, const YAML::Node& node, config& into) {
        into.timezone = from.yaml.text(node, "`timezone`").value_or(into.timezone);
        if (!router::time_zone::named(into.timezone)) from.yaml.note(node, "this machine knows no time zone \"" + into.timezone + "\"");
    }},
    {"retention", "duration", "7d", "How long the journal is kept; never less than the 24 hours of the dedup window.", [](source& from, const YAML::Node& node, config& into) {
        into.retention_s = duration(from, node, "7d").value_or(into.retention_s);
        if (into.retention_s < 86400) from.yaml.note(node, "the journal is kept for at least 24h, as long as ids are known");
    }},
    {"media_retention", "duration", "180d", "How long fetched media are kept.", [](source& from, const YAML::Node& node, config& into) {
        into.media_retention_s = duration(from, node, "180d").value_or(into.media_retention_s);
        if (into.media_retention_s < 3600) from.yaml.note(node, "media are kept for at least an hour");
    }},
    {"sinks", "list", "none", "Consumers outside, which get the events (docs/consumers.md).", [](source& from, const YAML::Node& node, config& into) { read_sinks(from, node, into.sinks); }},
    {"limits", "map", "see below", "Bounds.", [](source& from, const YAML::Node& node, config& into) { read_section<limits>(from, node, "`limits`", limits_table, into.limits); }},
    {"trusted_proxies", "list of address blocks", "none", "Whose `X-Forwarded-For` is believed.", [](source& from, const YAML::Node& node, config& into) { read_blocks(from, node, into.trusted_proxies); }},
    {"log_level", "`debug`, `info`, `warn`, `error`", "info", "What is logged. Customers' texts only at `debug`.", [](source& from, const YAML::Node& node, config& into) {
        into.log_level = from.yaml.text(node, "`log_level`").value_or("info");
        const std::string_view known[] = {"debug", "info", "warn", "error"};
        if (std::ranges::find(known, into.log_level) == std::end(known)) from.yaml.note(node, "log_level is debug, info, warn or error");
    }},
};

}  // namespace

std::optional<role> role_of(std::string_view name) {
    for (const role each : {role::agent, role::supervisor, role::integration, role::admin})
        if (name_of(each) == name) return each;
    return std::nullopt;
}

std::string_view name_of(role who) {
    switch (who) {
        case role::agent: return "agent";
        case role::supervisor: return "supervisor";
        case role::integration: return "integration";
        case role::admin: return "admin";
    }
    return "agent";
}

std::size_t body_max_of(const account& of, const limits& within) {
    return of.kind == "component" || of.kind == "store" ? std::size_t{1} << 20 : within.body;
}

bool body_is_unsigned(const account& of) {
    return of.channel == "weibo" || of.encryption == encryption::plaintext;
}

loaded load_config(const std::filesystem::path& path) {
    loaded result;
    const auto text = read_file(path);
    if (!text) {
        result.found.push_back({path.string(), 0, 0, "cannot be read"});
        return result;
    }
    yaml_reader yaml(path.string(), result.found);
    const auto root = yaml.parse(*text);
    if (!root) return result;
    config made;
    made.callbacks = {"127.0.0.1", 8080, {}, {}};
    made.api = {"127.0.0.1", 8081, {}, {}};
    source from{yaml, path.parent_path()};
    made.data_dir = from.directory / "data";
    read_section<config>(from, *root, "the file", root_table, made);
    made.secret_files = std::move(from.secret_files);
    made.holds_secrets = from.holds_secrets;
    for (const listener_settings& each : {made.callbacks, made.api})
        if (each.has_tls()) made.secret_files.push_back(each.key_file);

    const auto zone = router::time_zone::named(made.timezone);
    std::string rules_text;
    if (!made.rules_file.empty()) {
        rules_text = read_file(made.rules_file).value_or("");
    }
    try {
        made.rules = router::rules::compile(rules_text, made.rules_file.string(), zone, result.found);
    } catch (const std::runtime_error& failed) {
        result.found.push_back({made.rules_file.string(), 0, 0, failed.what()});
    }
    std::ranges::stable_sort(result.found, {}, [](const fault& each) { return std::tie(each.file, each.line, each.column); });
    if (result.found.empty()) result.settings = std::move(made);
    return result;
}

std::string settings_reference() {
    std::string out =
        "# Configuration\n\n"
        "One YAML file, given as `yizhan serve -c FILE`; `yizhan check -c FILE` names every fault in it. Paths are relative\n"
        "to the file. Unknown and repeated keys are faults. A secret is a text, `{ file: PATH }` or `{ env: NAME }`. Sizes are\n"
        "written `64KiB`, `512MiB`; durations `600s`, `30m`, `24h`, `7d`. This page is printed by `yizhan check --reference`.\n";
    append_reference<config>(out, "The file", root_table);
    append_reference<account>(out, "An account", account_table);
    out += "\n## The kinds of account\n\n| channel | kind | | needs |\n| --- | --- | --- | --- |\n";
    for (const adapters::adapter_kind& each : adapters::all_kinds()) {
        out.append("| `").append(each.channel).append("` | `").append(each.kind).append("` | ").append(each.chinese).append(" | ");
        std::istringstream needs{std::string(each.needs)};
        std::string list;
        for (std::string key; needs >> key;) list.append(list.empty() ? "`" : ", `").append(key).append("`");
        out.append(list).append(" |\n");
    }
    append_reference<api_key>(out, "An API key", api_key_table);
    append_reference<limits>(out, "`limits`", limits_table);
    append_sinks_reference(out);
    return out;
}

}  // namespace yizhan::gateway
