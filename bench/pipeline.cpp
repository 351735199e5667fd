// Row 1: verify, decrypt, parse, normalise and serialise one safe-mode callback, against the sum of the
// library calls that this takes at least (SHA-1, base64, AES-256-CBC, pugixml twice, RapidJSON's Writer),
// contexts reused.
#include <openssl/evp.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <pugixml.hpp>
#include <vector>

#include "adapters/adapter.hpp"
#include "core/time.hpp"
#include "crypto/base64.hpp"
#include "simulator/forge.hpp"

namespace {

using namespace yizhan;
using steady = std::chrono::steady_clock;

account shop() {
    account made;
    made.id = "shop", made.channel = "wechat", made.kind = "official_account";
    made.app_id = "wx5f1e2d3c4b5a6978", made.original_id = "gh_0a1b2c3d4e5f";
    made.tokens = {"gwFixtureToken01"}, made.aes_keys = {"GatewayFixtureKey0123456789abcdefghijklmno7"};
    return made;
}

struct libraries {
    EVP_MD* sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    EVP_CIPHER* aes = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
    EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
    unsigned char vector[16];
    std::string decoded, plain, xml;
    rapidjson::StringBuffer json;

    explicit libraries(const std::string& key43) {
        std::string key;
        static_cast<void>(crypto::decode_base64(key43 + "=", key));
        std::memcpy(vector, key.data(), 16);
        EVP_DecryptInit_ex2(cipher, aes, reinterpret_cast<const unsigned char*>(key.data()), vector, nullptr);
        EVP_CIPHER_CTX_set_padding(cipher, 0);
    }

    std::size_t run(const std::string& body, const std::string& encrypt, const std::string& clear) {
        xml = body;
        pugi::xml_document outer;
        outer.load_buffer_inplace(xml.data(), xml.size(), pugi::parse_cdata | pugi::parse_escapes);
        unsigned char sum[20];
        EVP_DigestInit_ex2(digest, sha1, nullptr);
        for (const std::string_view part : {std::string_view("1760000002"), std::string_view("882346175"),
                                            std::string_view("gwFixtureToken01"), std::string_view(encrypt)})
            EVP_DigestUpdate(digest, part.data(), part.size());
        EVP_DigestFinal_ex(digest, sum, nullptr);
        decoded.resize(encrypt.size());
        const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                           reinterpret_cast<const unsigned char*>(encrypt.data()),
                                           static_cast<int>(encrypt.size()));
        plain.resize(decoded.size() + 32);
        int out = 0;
        EVP_DecryptInit_ex2(cipher, nullptr, nullptr, vector, nullptr);
        EVP_DecryptUpdate(cipher, reinterpret_cast<unsigned char*>(plain.data()), &out,
                          reinterpret_cast<const unsigned char*>(decoded.data()), length / 16 * 16);
        xml = clear;
        pugi::xml_document inner;
        inner.load_buffer_inplace(xml.data(), xml.size(), pugi::parse_cdata | pugi::parse_escapes);
        const auto root = inner.document_element();
        json.Clear();
        rapidjson::Writer<rapidjson::StringBuffer> writer(json);
        const auto member = [&](const char* name, const char* text) {
            writer.Key(name), writer.String(text);
        };
        writer.StartObject();
        member("specversion", "1.0"), member("id", "4f0c4f0c4f0c4f0c4f0c4f0c4f0c4f0c"),
            member("source", "/wechat/shop"), member("type", "message.text");
        member("subject", root.child("FromUserName").child_value()),
            member("partitionkey", root.child("FromUserName").child_value());
        member("time", "2026-11-22T08:00:00Z"), member("dataschema", "urn:yizhan:event:message.text:1"),
            member("datacontenttype", "application/json");
        writer.Key("data"), writer.StartObject();
        member("channel", "wechat"), member("account", "shop"), member("direction", "inbound");
        member("from", root.child("FromUserName").child_value()),
            member("to", root.child("ToUserName").child_value());
        member("platform_id", root.child("MsgId").child_value()),
            member("text", root.child("Content").child_value());
        writer.Key("platform"), writer.StartObject();
        for (const auto each : root.children()) member(each.name(), each.child_value());
        writer.EndObject(), writer.EndObject(), writer.EndObject();
        return json.GetSize() + sum[0] + static_cast<std::size_t>(out);
    }
};

}  // namespace

int main() {
    const account at = shop();
    const auto speaks = adapters::find_kind("wechat", "official_account")->make(at).value();
    constexpr std::size_t count = 2000;
    std::vector<simulator::forged> sent;
    std::vector<std::string> encrypts;
    for (std::size_t each = 0; each < count; ++each) {
        simulator::forge_request what;
        what.serial = each, what.now_s = what.created_s = 1760000002;
        what.from = "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE";
        what.fields = {
            {"Content", "你好，我的订单 " + std::to_string(each) + " 什么时候发货？已经等了三天了。"}
        };
        sent.push_back(simulator::forge(at, what).value());
        const std::size_t begin = sent.back().body.find("<Encrypt><![CDATA[") + 18;
        encrypts.push_back(sent.back().body.substr(begin, sent.back().body.find("]]>", begin) - begin));
    }
    libraries calls(at.aes_keys.front());
    adapters::decoded decoded;
    std::string buffer, platform, event;
    std::size_t sink = 0;
    const auto ours = [&] {
        for (const simulator::forged& each : sent) {
            const query parameters(each.query);
            const adapters::callback received{"", parameters, each.body};
            const auto opened = speaks->open(received, buffer);
            if (!opened || !speaks->decode(received, opened->clear, decoded)) std::abort();
            platform.clear(), event.clear();
            decoded.append_platform(platform, 0);
            append_json(event, decoded.events.front(), {"wechat", "shop"}, platform);
            sink += event.size();
        }
    };
    const auto theirs = [&] {
        for (std::size_t each = 0; each < count; ++each)
            sink += calls.run(sent[each].body, encrypts[each], sent[each].clear);
    };
    const auto timed = [](const auto& work) {
        const auto begun = steady::now();
        for (int round = 0; round < 5; ++round) work();
        return std::chrono::duration<double, std::nano>(steady::now() - begun).count() / (5 * count);
    };
    timed(ours), timed(theirs);
    std::vector<double> mine, libs, ratios;
    for (int run = 0; run < 9; ++run) {
        libs.push_back(timed(theirs)), mine.push_back(timed(ours));
        ratios.push_back(mine.back() / libs.back());
    }
    const auto median = [](std::vector<double> of) { return std::ranges::sort(of), of[of.size() / 2]; };
    std::printf("%.3f %.0f %.0f %.3f %.3f\n", median(ratios), median(mine), median(libs),
                *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
    return sink == 0;
}
