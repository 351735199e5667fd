#include <catch2/catch.hpp>

#include "adapters/document.hpp"

using namespace yizhan;
using namespace yizhan::adapters;

namespace {

std::string json_of(const std::string& bytes) {
    document read;
    if (const auto done = read.read(bytes); !done) return std::string(yizhan::name_of(done.error()));
    std::string out;
    read.append_json(out);
    return out;
}

}  // namespace

TEST_CASE("XML is read whatever shape it comes in", "[adapters][document]") {
    const auto [xml, expected] = GENERATE(values<std::pair<std::string, std::string>>({
        {"<xml><A><![CDATA[x]]></A><B>1</B></xml>",                                     R"({"A":"x","B":"1"})"                },
        {"\xEF\xBB\xBF <xml>\n<A> <![CDATA[ x ]]> </A>\n</xml>\n",                      R"({"A":" x "})"                      },
        {"<xml><A>  x y </A></xml>",                                                    R"({"A":"x y"})"                      },
        {"<xml><A><![CDATA[a]]]]><![CDATA[>b]]></A></xml>",                             R"({"A":"a]]>b"})"                    },
        {"<xml><A>a<![CDATA[ b ]]>c</A></xml>",                                         R"({"A":"a b c"})"                    },
        {"<xml><A>&lt;&amp;&#x4f60;</A></xml>",                                         R"({"A":"<&你"})"                    },
        {"<xml><A/><B></B><C><![CDATA[]]></C></xml>",                                   R"({"A":"","B":"","C":""})"           },
        {"<xml><A x=\"1\">y</A></xml>",                                                 R"({"A":"y"})"                        },
        {"<xml><L><I>1</I></L><L><I>2</I><I>3</I></L></xml>",                           R"({"L":[{"I":"1"},{"I":["2","3"]}]})"},
        {"<?xml version=\"1.0\"?><!-- c --><xml><A>1</A></xml>",                        R"({"A":"1"})"                        },
        {"<xml>\xE2\x80\x8B<A><B>1</B></A>\xE2\x80\x8B</xml>",                          R"({"A":{"B":"1"}})"                  },
        {"<xml><Mode>1</Mode ></xml>",                                                  R"({"Mode":"1"})"                     },
        {"<xml></xml>",                                                                 "{}"                                  },
        {"<xml><A>1</A></xml><xml/>",                                                   "malformed_message"                   },
        {"<xml><A>1</B></xml>",                                                         "malformed_message"                   },
        {"<xml><A><![CDATA[x</A></xml>",                                                "malformed_message"                   },
        {"<xml",                                                                        "malformed_message"                   },
        {"<!DOCTYPE a><xml><A>1</A></xml>",                                             "doctype_refused"                     },
        {"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><xml><A>&z;</A></xml>", "doctype_refused"                     },
        {"<xml><A><![CDATA[<!DOCTYPE html>]]></A></xml>",                               R"({"A":"<!DOCTYPE html>"})"          },
        {"",                                                                            "malformed_message"                   },
        {"   ",                                                                         "malformed_message"                   },
    }));
    CAPTURE(xml);
    CHECK(json_of(xml) == expected);
}

TEST_CASE("JSON keeps its numbers, its nesting and its oddities", "[adapters][document]") {
    const auto [text, expected] = GENERATE(values<std::pair<std::string, std::string>>({
        {R"({"id":3705115058471208929,"s":"3705115058471208929"})",
         R"({"id":3705115058471208929,"s":"3705115058471208929"})"                                                },
        {R"( {"a":[1,{"b":null}],"c":true,"d":-1.50e3} )",          R"({"a":[1,{"b":null}],"c":true,"d":-1.50e3})"},
        {R"({"u":"\ud83d\ude00\/"})",                               R"({"u":"😀/"})"                            },
        {R"({" OpenID":"x"})",                                      R"({"OpenID":"x"})"                           },
        {R"({"a":1,"a":2})",                                        R"({"a":[1,2]})"                              },
        {R"({})",                                                   "{}"                                          },
        {R"([1])",                                                  "malformed_message"                           },
        {R"({"a":1}x)",                                             "malformed_message"                           },
        {R"({"a":01})",                                             "malformed_message"                           },
        {"{\"a\":\"\xff\"}",                                        "malformed_message"                           },
        {R"({"a":NaN})",                                            "malformed_message"                           },
    }));
    CAPTURE(text);
    CHECK(json_of(text) == expected);
}

TEST_CASE("Depth and number of elements are bounded", "[adapters][document]") {
    const auto nested = [](std::size_t depth) {
        std::string out;
        for (std::size_t at = 0; at < depth; ++at) out += "<a>";
        for (std::size_t at = 0; at < depth; ++at) out += "</a>";
        return out;
    };
    CHECK(json_of(nested(32)) != "too_deep");
    CHECK(json_of(nested(33)) == "too_deep");
    CHECK(json_of(std::string(30000, '[')) == "too_deep");
    std::string many = "<xml>";
    for (int at = 0; at < 1100; ++at) many += "<a>1</a>";
    CHECK(json_of(many + "</xml>") == "too_deep");
    // One platform lists a thousand fields, with its header around them.
    std::string fields = "<xml><ToUserName>a</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>";
    for (int at = 0; at < 1000; ++at) fields += "<FieldId>f</FieldId>";
    CHECK(json_of(fields + "</xml>").starts_with("{\"ToUserName\":\"a\""));
    std::string numbers = "{\"a\":[0";
    for (int at = 0; at < 1100; ++at) numbers += ",1";
    CHECK(json_of(numbers + "]}") == "too_deep");
}

TEST_CASE("The quick scanner and the parser agree", "[adapters][document]") {
    // An attribute on the root sends the same content through pugixml.
    const std::string inner =
        GENERATE("<A><![CDATA[x]]></A><B>1</B>", "<A> y </A>", "\n<A><![CDATA[ 你好 ]]> </A>\n", "<A></A>",
                 "<A><![CDATA[]]></A><A>2</A>", "<A>\t1\r\n</A>");
    CAPTURE(inner);
    CHECK(json_of("<xml>" + inner + "</xml>") == json_of("<xml q=\"1\">" + inner + "</xml>"));
}
