#include <catch2/catch.hpp>

#include "stream/sinks/webhook_request.hpp"

using namespace yizhan;
using namespace yizhan::stream;

namespace {

std::string field(const net::http_request& of, const std::string& name) {
    for (const auto& [key, value] : of.fields)
        if (key == name) return value;
    return "(none)";
}

const sink_event hello{7, 0, "4f0c", "message.text", "wechat/shop/o1", "",
                       R"({"sequence":"0000000000000007","specversion":"1.0","id":"4f0c","source":"/wechat/shop","type":"message.text",)"
                       R"("subject":"wechat/shop/客 \"人\" 5%","datacontenttype":"application/json","data":{"text":"您好","n":1}})"};

}  // namespace

TEST_CASE("Signatures are those of Standard Webhooks", "[stream][sinks]") {
    // Computed with another implementation of HMAC: `printf ID.TIMESTAMP.BODY | openssl dgst -sha256 -mac HMAC …`.
    const auto secret = webhook_secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    REQUIRE(secret);
    CHECK(webhook_signature({*secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const std::string both = webhook_signature({*secret, std::string(24, 'x')}, "a", 1, "b");
    CHECK(both.find("v1,") == 0);
    CHECK(both.find(" v1,") != std::string::npos);
}

TEST_CASE("A secret is base64 of 24 to 64 bytes", "[stream][sinks]") {
    CHECK(webhook_secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")->size() == 24);
    CHECK(webhook_secret_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")->size() == 24);
    CHECK(webhook_secret_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")->size() == 32);
    CHECK(webhook_secret_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")->size() == 32);
    for (const char* wrong : {"", "whsec_", "short", "whsec_AAAA", "not base64 at all, by any means!!!"}) CHECK_FALSE(webhook_secret_of(wrong));
    CHECK_FALSE(webhook_secret_of(std::string(100, 'A')));
}

TEST_CASE("One event goes out whole, or its attributes as headers", "[stream][sinks]") {
    webhook_settings to;
    to.url = "https://crm.example/in";
    to.secrets = {std::string(32, 'k')};
    const auto whole = webhook_request(to, {hello}, 1700000000);
    CHECK(whole.body == hello.json);
    CHECK(field(whole, "Content-Type") == "application/cloudevents+json; charset=utf-8");
    CHECK(field(whole, "webhook-id") == "4f0c");
    CHECK(field(whole, "webhook-timestamp") == "1700000000");
    CHECK(field(whole, "webhook-signature") == webhook_signature(to.secrets, "4f0c", 1700000000, whole.body));
    to.form = webhook_form::binary;
    const auto binary = webhook_request(to, {hello}, 1700000000);
    CHECK(binary.body == R"({"text":"您好","n":1})");
    CHECK(field(binary, "Content-Type") == "application/json");
    CHECK(field(binary, "ce-id") == "4f0c");
    CHECK(field(binary, "ce-specversion") == "1.0");
    CHECK(field(binary, "ce-type") == "message.text");
    CHECK(field(binary, "ce-sequence") == "0000000000000007");
    CHECK(field(binary, "ce-subject") == "wechat/shop/%E5%AE%A2%20%22%E4%BA%BA%22%205%25");
    CHECK(field(binary, "ce-data") == "(none)");
    CHECK(field(binary, "webhook-signature") == webhook_signature(to.secrets, "4f0c", 1700000000, binary.body));
}

TEST_CASE("A batch is a list, and has an id of its own", "[stream][sinks]") {
    webhook_settings to;
    to.url = "https://crm.example/in";
    to.batch = 10;
    const auto batch = webhook_request(to, {hello, hello}, 1);
    CHECK(batch.body == "[" + hello.json + "," + hello.json + "]");
    CHECK(field(batch, "Content-Type") == "application/cloudevents-batch+json; charset=utf-8");
    CHECK(field(batch, "webhook-id") == "4f0c.2");
    CHECK(field(batch, "webhook-signature") == "(none)");
    CHECK(webhook_request(to, {hello}, 1).body == "[" + hello.json + "]");
}
