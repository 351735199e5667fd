#include <catch2/catch.hpp>

#include "stream/redis/address.hpp"
#include "stream/redis/reply_reader.hpp"

using namespace yizhan;
using namespace yizhan::stream;
using redis::reply;
using namespace std::literals;

namespace {

constexpr redis::reply_limits small{1000, 20};

std::string shown(const reply& what) {
    switch (what.what) {
        case reply::kind::nothing: return "nil";
        case reply::kind::status: return "+" + what.text;
        case reply::kind::error: return "-" + what.text;
        case reply::kind::number: return std::to_string(what.number);
        case reply::kind::text: return "'" + what.text + "'";
        case reply::kind::list: break;
    }
    std::string all = "[";
    for (const reply& each : what.elements) all += (all.size() > 1 ? " " : "") + shown(each);
    return all + "]";
}

/// All replies in these bytes, fed in pieces of this size; an error ends the list with its name.
std::string read(const std::string& bytes, std::size_t piece, redis::reply_limits limits = small) {
    redis::reply_reader reader(limits);
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(std::string_view(bytes).substr(at, piece));
        for (;;) {
            const auto got = reader.next();
            if (!got) return all + "!" + std::string(name_of(got.error()));
            if (!*got) break;
            all += shown(**got) + ";";
        }
    }
    return all;
}

struct sample {
    std::string name, bytes, means;
};

}  // namespace

TEST_CASE("Replies of Redis are read, however they are cut into pieces", "[stream][redis]") {
    const sample each = GENERATE(values<sample>({
        {"status",        "+OK\r\n",                                          "+OK;"                        },
        {"empty status",  "+\r\n",                                            "+;"                          },
        {"error",         "-READONLY no\r\n",                                 "-READONLY no;"               },
        {"number",        ":-42\r\n",                                         "-42;"                        },
        {"text",          "$5\r\na\r\nbc\r\n",                                "'a\r\nbc';"                  },
        {"empty text",    "$0\r\n\r\n",                                       "'';"                         },
        {"no text",       "$-1\r\n",                                          "nil;"                        },
        {"list",          "*2\r\n:1\r\n$1\r\nx\r\n",                          "[1 'x'];"                    },
        {"empty list",    "*0\r\n",                                           "[];"                         },
        {"no list",       "*-1\r\n",                                          "nil;"                        },
        {"nested",        "*2\r\n*1\r\n*0\r\n*2\r\n+a\r\n*-1\r\n",            "[[[]] [+a nil]];"            },
        {"one by one",    "+a\r\n+b\r\n:1\r\n",                               "+a;+b;1;"                    },
        {"cut short",     "*2\r\n:1\r\n",                                     ""                            },
        {"no kind",       "hello\r\n",                                        "!malformed_message"          },
        {"empty line",    "\r\n",                                             "!malformed_message"          },
        {"no number",     ":4x\r\n",                                          "!malformed_message"          },
        {"no digits",     ":\r\n",                                            "!malformed_message"          },
        {"plus",          ":+5\r\n",                                          "!malformed_message"          },
        {"too many digits", ":123456789012345678901\r\n",                     "!malformed_message"          },
        {"text too short", "$3\r\nabcd\r\n",                                  "!malformed_message"          },
        {"length below",  "$-2\r\n",                                          "!malformed_message"          },
        {"count below",   "*-2\r\n",                                          "!malformed_message"          },
        {"newline alone", "+OK\n",                                            "!malformed_message"          },
        {"return alone",  "+O\rK\r\n",                                        "!malformed_message"          },
        {"RESP 3",        "%1\r\n+a\r\n+b\r\n",                               "!malformed_message"          },
        {"long text",     "$1001\r\n",                                        "!too_large"                  },
        {"huge text",     "$9223372036854775807\r\n",                         "!too_large"                  },
        {"long line",     "+" + std::string(1200, 'x') + "\r\n",              "!too_large"                  },
        {"long list",     "*21\r\n",                                          "!too_large"                  },
        {"huge list",     "*2147483648\r\n",                                  "!too_large"                  },
        {"long in all",   "*2\r\n*10\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*9\r\n", "!too_large"},
        {"deep",          "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n", "!too_deep"                   },
        {"as deep as it may", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n",   "[[[[[[+x]]]]]];"             },
        {"good, then bad", "+OK\r\n?\r\n",                                    "+OK;!malformed_message"      },
    }));
    CAPTURE(each.name);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096}})
        CHECK(read(each.bytes, piece) == each.means);
}

TEST_CASE("A command is a list of texts, whatever is in them", "[stream][redis]") {
    std::string out;
    redis::append_command(out, {"SET", "a b", "\0\r\n"sv, ""});
    CHECK(out == "*4\r\n$3\r\nSET\r\n$3\r\na b\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n"s);
    CHECK(read(out, 1) == "['SET' 'a b' '\0\r\n' ''];"s);
}

TEST_CASE("An error is known by its code", "[stream][redis]") {
    reply error{reply::kind::error, 0, "READONLY You can't write", {}};
    CHECK(error.is_error());
    CHECK(error.is_error("READONLY"));
    CHECK_FALSE(error.is_error("READ"));
    CHECK_FALSE(error.is_error("NOSCRIPT"));
    error.what = reply::kind::status;
    CHECK_FALSE(error.is_error("READONLY"));
}

TEST_CASE("Addresses of Redis", "[stream][redis]") {
    using redis::address_of;
    const auto whole = address_of("rediss://us%40er:p%3Aw@redis.example:7000/3");
    REQUIRE(whole);
    CHECK(whole->host == "redis.example");
    CHECK(whole->port == "7000");
    CHECK(whole->user == "us@er");
    CHECK(whole->password == "p:w");
    CHECK(whole->database == 3);
    CHECK(whole->is_tls);
    CHECK(whole->text() == "rediss://redis.example:7000/3");
    const auto bare = address_of("redis://[::1]");
    REQUIRE(bare);
    CHECK(bare->host == "::1");
    CHECK(bare->text() == "redis://[::1]:6379/0");
    const auto by_password = address_of("redis://:secret@h");
    REQUIRE(by_password);
    CHECK((by_password->user.empty() && by_password->password == "secret"));
    const auto local = address_of("unix:///run/redis%20one.sock?db=2");
    REQUIRE(local);
    CHECK(local->path == "/run/redis one.sock");
    CHECK(local->database == 2);
    for (const char* wrong : {"", "redis://", "redis:///0", "http://h", "redis://h:0", "redis://h:99999", "redis://h:x", "redis://h/x", "redis://h/1/2",
                              "redis://h /0", "unix://relative", "unix:///p?x=1", "unix:///p?db=-1", "redis://h/99999999"})
        CHECK_FALSE(address_of(wrong));
}
