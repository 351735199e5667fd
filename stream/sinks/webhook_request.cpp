#include "stream/sinks/webhook_request.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "crypto/base64.hpp"
#include "crypto/hmac.hpp"

namespace yizhan::stream {
namespace {

constexpr std::size_t secret_min = 24, secret_max = 64, answer_max = 64 << 10;

/// A header's value after the HTTP binding of CloudEvents 1.0: what is not printable ASCII, blanks, quotes and percent
/// signs are percent-encoded.
std::string header_value(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char each : text) {
        if (each > 0x20 && each < 0x7f && each != '"' && each != '%') {
            out += static_cast<char>(each);
            continue;
        }
        out += '%', out += digits[each >> 4], out += digits[each & 15];
    }
    return out;
}

/// The attributes as headers, `data` as the body.
void write_binary(net::http_request& to, const sink_event& what) {
    rapidjson::Document event;
    event.Parse(what.json.data(), what.json.size());
    if (event.HasParseError() || !event.IsObject()) return;
    for (const auto& each : event.GetObject()) {
        const std::string_view name(each.name.GetString(), each.name.GetStringLength());
        if (name == "data") {
            rapidjson::StringBuffer out;
            rapidjson::Writer<rapidjson::StringBuffer> writer(out);
            each.value.Accept(writer);
            to.body.assign(out.GetString(), out.GetSize());
        } else if (name == "datacontenttype") {
            to.fields.emplace_back("Content-Type", each.value.GetString());
        } else if (each.value.IsString()) {
            to.fields.emplace_back("ce-" + std::string(name), header_value({each.value.GetString(), each.value.GetStringLength()}));
        }
    }
}

}  // namespace

std::optional<std::string> webhook_secret_of(std::string_view text) {
    constexpr std::string_view prefix = "whsec_";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    std::string padded(text), bytes;
    while (padded.size() % 4 != 0) padded += '=';
    if (!crypto::decode_base64(padded, bytes) || bytes.size() < secret_min || bytes.size() > secret_max) return std::nullopt;
    return bytes;
}

std::string webhook_signature(const std::vector<std::string>& secrets, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body) {
    std::string text(id);
    text.append(".").append(std::to_string(timestamp_s)).append(".").append(body);
    std::string signatures;
    for (const std::string& each : secrets) {
        if (!signatures.empty()) signatures += ' ';
        signatures.append("v1,").append(crypto::encode_base64(crypto::hmac_sha256_bytes(each, text)));
    }
    return signatures;
}

net::http_request webhook_request(const webhook_settings& to, const std::vector<sink_event>& events, std::int64_t now_s) {
    net::http_request made;
    made.method = "POST";
    made.url = to.url;
    made.patience = std::chrono::milliseconds(to.patience_ms);
    made.body_max = answer_max;
    made.verify_peer = to.verify_peer;
    made.only_public = to.only_public;
    std::string id = events.front().id;
    if (to.batch > 1) {
        made.body = "[";
        for (const sink_event& each : events) made.body.append(made.body.size() > 1 ? "," : "").append(each.json);
        made.body += ']';
        made.fields.emplace_back("Content-Type", "application/cloudevents-batch+json; charset=utf-8");
        id += "." + std::to_string(events.size());
    } else if (to.form == webhook_form::binary) {
        write_binary(made, events.front());
    } else {
        made.body = events.front().json;
        made.fields.emplace_back("Content-Type", "application/cloudevents+json; charset=utf-8");
    }
    made.fields.emplace_back("User-Agent", "yizhan");
    made.fields.emplace_back("webhook-id", id);
    made.fields.emplace_back("webhook-timestamp", std::to_string(now_s));
    if (!to.secrets.empty())
        made.fields.emplace_back("webhook-signature", webhook_signature(to.secrets, id, now_s, made.body));
    return made;
}

}  // namespace yizhan::stream
