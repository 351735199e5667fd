#include <catch2/catch.hpp>

#include "core/event.hpp"
#include "core/glob.hpp"
#include "core/json_text.hpp"
#include "core/query.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"

using namespace yizhan;

TEST_CASE("A query decodes percent escapes and nothing else", "[core][query]") {
    const std::string raw = "echostr=a%2Bb+c%2F%3d&empty=&flag&signature=00ff&bad=%zz%4&signature=later";
    const query parameters(raw);
    CHECK(parameters["echostr"] == "a+b+c/=");
    CHECK(parameters["empty"] == "");
    CHECK(parameters.has("flag"));
    CHECK_FALSE(parameters.has("absent"));
    CHECK(parameters["bad"] == "%zz%4");
    CHECK(parameters["signature"] == "00ff");
    CHECK(percent_decoded("%") == "%");
    CHECK(percent_decoded("%4") == "%4");
    CHECK(percent_encoded(R"({"text":"中文消息"})") ==
          "%7B%22text%22%3A%22%E4%B8%AD%E6%96%87%E6%B6%88%E6%81%AF%22%7D");
    CHECK(percent_encoded("a b") == "a%20b");
}

TEST_CASE("JSON texts are always valid, whatever bytes they are made of", "[core][json]") {
    CHECK(json::quoted("a\"b\\c\n\t\r") == R"("a\"b\\c\n\t\r")");
    CHECK(json::quoted(std::string("\0\x1b", 2)) == R"("\u0000\u001b")");
    CHECK(json::quoted("\x7f") == R"("\u007f")");
    CHECK(json::quoted("退货😀") == "\"退货😀\"");
    CHECK(json::quoted("\xE9\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(json::quoted("\xC0\xAF") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(json::quoted("\xED\xA0\x80x") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\"");
}

TEST_CASE("UTF-8 is judged as RFC 3629 does and cut between characters", "[core][utf8]") {
    CHECK(utf8::is_valid("abc 退货 😀"));
    CHECK_FALSE(utf8::is_valid("\xF4\x90\x80\x80"));
    CHECK_FALSE(utf8::is_valid("\xE0\x80\xAF"));
    CHECK_FALSE(utf8::is_valid("\xED\xA0\x80"));
    CHECK(utf8::cut("退货", 5) == "退");
    CHECK(utf8::cut("退货", 6) == "退货");
    CHECK(utf8::cut("退货", 2) == "");
}

TEST_CASE("Times are written as RFC 3339 in UTC", "[core][time]") {
    CHECK(time_text(1767225600000, time_form::seconds) == "2026-01-01T00:00:00Z");
    CHECK(time_text(1767225600123) == "2026-01-01T00:00:00.123Z");
    CHECK(time_text(-5, time_form::seconds) == "1970-01-01T00:00:00Z");
    CHECK(decimal("42") == 42);
    CHECK_FALSE(decimal("+42"));
    CHECK_FALSE(decimal("42 "));
    CHECK_FALSE(decimal(""));
    CHECK_FALSE(decimal("99999999999999999999"));
}

TEST_CASE("A glob's star stands for any run of characters", "[core][glob]") {
    CHECK(matches_glob("message.*", "message.text"));
    CHECK(matches_glob("*", ""));
    CHECK(matches_glob("*.text", "message.text"));
    CHECK(matches_glob("m*e*t", "message.text"));
    CHECK_FALSE(matches_glob("message.*", "menu.clicked"));
    CHECK_FALSE(matches_glob("message", "message.text"));
    CHECK_FALSE(matches_glob("", "x"));
    CHECK_FALSE(matches_glob("a*b*c*d*e*f*g*h*i*j*k*", std::string(2000, 'a')));
}

TEST_CASE("An event is a CloudEvent with data last", "[core][event]") {
    event what;
    what.type = "message.location";
    what.from = {"openid", "o\"1"};
    what.to = {"original_id", "gh_1"};
    what.platform_id = "7012345678901234567";
    what.at_ms = 1767225600000;
    what.location = location{"30.274150", "bad", "杭州", "16"};
    std::string out;
    append_json(out, what, {"wechat", "shop"}, R"({"A":"1"})");
    CHECK(
        out ==
        R"({"specversion":"1.0","id":"00000000000000000000000000000000","source":"/wechat/shop","type":"message.location",)"
        R"("subject":"wechat/shop/o\"1","partitionkey":"wechat/shop/o\"1","time":"2026-01-01T00:00:00Z",)"
        R"("dataschema":"urn:yizhan:event:message.location:1","datacontenttype":"application/json",)"
        R"("data":{"channel":"wechat","account":"shop","direction":"inbound","from":{"kind":"openid","id":"o\"1"},)"
        R"("to":{"kind":"original_id","id":"gh_1"},"platform_id":"7012345678901234567",)"
        R"("location":{"latitude":30.27415,"label":"杭州","scale":16},"platform":{"A":"1"}}})");
    CHECK(event_id_of(hex(what.id)) == what.id);
    CHECK_FALSE(event_id_of("zz"));
}
