#include <catch2/catch.hpp>

#include <filesystem>

#include "simulator/forge.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;
using namespace yizhan::adapters;

namespace {

/// One callback from the wire to the event, all memory kept.
struct arrived {
    explicit arrived(const account& to) : speaks(test::adapter_of(to)), settings(to) {}

    error_code receive(const std::string& clear) {
        simulator::forge_request what;
        what.now_s = 1767225600;
        sent = simulator::wrap(settings, clear, what).value();
        return receive(sent.query, sent.body);
    }
    error_code receive(const std::string& raw_query, const std::string& body) {
        raw = raw_query, held = body;
        parameters = query(raw);
        const callback received{"", parameters, held};
        const auto opened = speaks->open(received, buffer);
        if (!opened) return opened.error();
        how = *opened;
        const auto decoded = speaks->decode(received, opened->clear, made);
        if (!decoded) return decoded.error();
        platform.clear();
        made.append_platform(platform, 0);
        return {};
    }
    const event& got() const { return made.events.front(); }
    std::string id() const { return hex(got().id); }

    std::unique_ptr<adapter> speaks;
    account settings;
    simulator::forged sent;
    std::string raw, held, buffer, platform;
    query parameters;
    opening how;
    decoded made;
};

std::string fixture(const std::string& name) { return test::data_file(name); }

struct expectation {
    std::string file, type, text, event_key, scene, platform_id;
};

void check(const account& to, const expectation& expected) {
    CAPTURE(expected.file);
    arrived here(to);
    const error_code failed = here.receive(fixture(expected.file));
    CAPTURE(failed.message());
    REQUIRE_FALSE(failed);
    CHECK(here.got().type == expected.type);
    CHECK(here.got().text == expected.text);
    CHECK(here.got().event_key == expected.event_key);
    CHECK(here.got().scene == expected.scene);
    CHECK(here.got().platform_id == expected.platform_id);
    CHECK(here.got().at_ms > 0);
}

}  // namespace

TEST_CASE("WeChat messages and events become events", "[adapters][wechat]") {
    for (const expectation& each : std::vector<expectation>{
             {"wechat/F1.xml",  "message.text",        "订单 A&B 到哪了? 😀 a[0]]>1", "",                             "",                     "24982365870011201"  },
             {"wechat/F2.xml",  "message.menu_reply",  "不满意",                          "102",                          "",                     "24982365870011202"  },
             {"wechat/F3.xml",  "message.image",       "",                                   "",                             "",                     "24982365870011203"  },
             {"wechat/F4.xml",  "message.voice",       "",                                   "",                             "",                     "24982365870011204"  },
             {"wechat/F5.xml",  "message.location",    "",                                   "",                             "",                     "24982365870011205"  },
             {"wechat/F6.xml",  "contact.followed",    "",                                   "qrscene_store_0571_qrscene_x", "store_0571_qrscene_x",
              ""                                                                                                                                                          },
             {"wechat/F7.xml",  "contact.followed",    "",                                   "",                             "",                     ""                   },
             {"wechat/F8.xml",  "contact.scanned",     "",                                   "4294967295",                   "4294967295",           ""                   },
             {"wechat/F9.xml",  "menu.clicked",        "",                                   "MENU_HUMAN_SERVICE",           "",                     ""                   },
             {"wechat/F10.xml", "menu.pictured",       "",                                   "k_pic",                        "",                     ""                   },
             {"wechat/F11.xml", "menu.located",        "",                                   "k_loc",                        "",                     ""                   },
             {"wechat/F12.xml", "session.transferred", "",                                   "",                             "",                     ""                   },
             {"wechat/F13.xml", "consent.given",  "",                                   "FixTmplAAAA",                  "",                     ""                   },
             {"wechat/F14.xml", "delivery.failed",     "",                                   "",                             "",                     "3557254367693750277"},
             {"wechat/F15.xml", "delivery.sent",       "",                                   "",                             "",                     "1000000777"         },
             {"wechat/F16.xml", "contact.revoked",     "",                                   "",                             "",                     ""                   },
             {"wechat/F17.xml", "content.published",   "",                                   "",                             "",                     ""                   },
             {"wechat/F20.xml", "card.received",       "",                                   "",                             "",                     ""                   },
    })
        check(test::wechat_account(), each);
}

TEST_CASE("WeCom messages and events become events", "[adapters][wecom]") {
    for (const expectation& each : std::vector<expectation>{
             {"wecom/F01.xml", "message.text",             "订单 A-1029 <已发货> & 待签收 😀", "",                "",
              "7512345678901234567"                                                                                                                  },
             {"wecom/F02.xml", "message.image",            "",                                           "",                "", "7512345678901234568"},
             {"wecom/F03.xml", "message.voice",            "",                                           "",                "", "7512345678901234569"},
             {"wecom/F04.xml", "message.video",            "",                                           "",                "", "7512345678901234570"},
             {"wecom/F05.xml", "message.location",         "",                                           "",                "", "7512345678901234571"},
             {"wecom/F06.xml", "message.link",             "",                                           "",                "", "7512345678901234572"},
             {"wecom/F07.xml", "contact.entered",          "",                                           "",                "", ""                   },
             {"wecom/F08.xml", "menu.clicked",             "",                                           "menu_my_tickets", "", ""                   },
             {"wecom/F09.xml", "menu.located",             "",                                           "menu_visit",      "", ""                   },
             {"wecom/F10.xml", "menu.clicked",             "",                                           "btn_take_ticket", "", ""                   },
             {"wecom/F14.xml", "contact.added",            "",                                           "",                "", ""                   },
             {"wecom/F19.xml", "account.messages_waiting", "",                                           "",                "", ""                   },
             {"wecom/F20.xml", "account.updated",          "",                                           "",                "", ""                   },
             {"wecom/F24.xml", "work.approval",            "",                                           "",                "", ""                   },
    })
        check(test::wecom_account(), each);
}

TEST_CASE("Weibo messages and events become events", "[adapters][weibo]") {
    for (const expectation& each : std::vector<expectation>{
             {"weibo/F02.json",  "message.text",         "你好,订单12034什么时候发货?",                                    "",                                   "",       ""                },
             {"weibo/F03.json",  "message.text",
              "[哈哈][允悲] 看这个 http://t.cn/A6Fx9Kq2\n他说\"不错\" 😂 100%+1",                                       "",                                   "",       ""                },
             {"weibo/F04.json",  "contact.subscribed",         "dy",                                                                       "",                                   "",       ""                },
             {"weibo/F05.json",  "message.location",     "",                                                                         "",                                   "",       ""                },
             {"weibo/F06.json",  "message.image",        "",                                                                         "",                                   "",       ""                },
             {"weibo/F07.json",  "message.voice",        "",                                                                         "",                                   "",       ""                },
             {"weibo/F08.json",  "contact.followed",     "",                                                                         "",                                   "",       ""                },
             {"weibo/F09.json",  "contact.unfollowed",   "",                                                                         "",                                   "",       ""                },
             {"weibo/F10.json",  "contact.subscribed",   "",                                                                         "",                                   "",       ""                },
             {"weibo/F11.json",  "contact.unsubscribed", "",                                                                         "",                                   "",       ""                },
             {"weibo/F12.json",  "contact.followed",     "",                                                                         "QR_SCENE_700123",                    "700123", ""                },
             {"weibo/F13.json",  "contact.scanned",      "",                                                                         "QR_LIMIT_SCENE_77",                  "77",     ""                },
             {"weibo/F14.json",  "menu.clicked",         "",                                                                         "kf_human_v2",                        "",       ""                },
             {"weibo/F15.json",  "menu.viewed",          "",                                                                         "https://shop.example.com/m?from=wb", "",       ""                },
             {"weibo/F16.json",  "social.mentioned",     "@示例品牌 新款充电器发热严重[怒] //@路人甲:转给客服",
              "5009876543210123",                                                                                                                                          "",       ""                },
             {"weibo/F17.json",  "social.mentioned",     "回复@路人乙:问 @示例品牌 吧",                                   "5009900011112222",                   "",
              ""                                                                                                                                                                                       },
             {"weibo/F18.json",  "unknown",              "",                                                                         "",                                   "",       ""                },
             {"weibo/F19.json",  "unknown",              "",                                                                         "",                                   "",       ""                },
             {"weibo/F20.json",  "message.image",        "",                                                                         "",                                   "",       "2403051425270017"},
             {"weibo/F21a.json", "message.text",         "一",                                                                      "",                                   "",       ""                },
             {"weibo/F21b.json", "message.text",         "二",                                                                      "",                                   "",       ""                },
             {"weibo/F21c.json", "message.text",         "三",                                                                      "",                                   "",       ""                },
             {"weibo/F21d.json", "message.text",         "四",                                                                      "",                                   "",       ""                },
    })
        check(test::weibo_account(), each);
}

TEST_CASE("The fixtures of every other kind become events, with what is in them", "[adapters]") {
    struct expected {
        std::string channel, kind, file, type, from, to, detail;
        bool is_notice = false;
    };
    const std::string user = "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE", corp = "ww5a1c0de5a1c0de01",
                      tenant = "wpDemoAAAAcorp0000000000000000001";
    for (const expected& each : std::vector<expected>{
             {"wechat",                                                                  "component",    "F18.xml",                                                                    "account.authorized",                                                                                                                       "wx5f1e2d3c4b5a6978",
              "wxc0ffee0123456789","\"AuthorizationCode\":\"[secret]\"",true},
             {"wechat",                                                                         "component",                                                                                "F19.xml",                                                                         "account.registered",                                                                                                                           "wx6a7b8c9d0e1f2a3b",
              "wxc0ffee0123456789","\"AppId\":\"wxc0ffee0123456789\"",true},
             {"wechat",                                                                     "component",                                                                                   "F9.xml",                                                                                                                                                        "menu.clicked",                                                                                                                                                                                                                   user,"gh_0a1b2c3d4e5f",
              "\"via\":\"component\""},
             {"wechat",                                                   "mini_program",                                                                 "J1.json",                                                                                                                                      "message.text",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f",
              "\"platform_id\":\"24982365870022001\""},
             {"wechat",                                   "mini_program",                                                 "J2.json",                                                                                                                      "message.mini_program",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f",
              "\"url\":\"pages/goods/detail?id=42\""},
             {"wechat",                                    "mini_program",                                                  "J3.json",                                                                                                                       "contact.entered",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f",
              R"("state":"{\"orderId\":\"202510090001\"}")"},
             {"wechat",                             "mini_program",                                           "J4.json",                                                                                                                "consent.given",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f",
              "\"event_key\":\"FixTmplAAAA\""},
             {"wechat",                                           "mini_program",                                                         "J5.json",                                                                                                                              "consent.given",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f",
              "\"event_key\":\"FixTmplAAAA\""},
             {"wechat",                                           "mini_program",                                                         "J6.json",                                                                                                                              "content.checked",                                                                                                                                                                                                                user,"gh_5e4d3c2b1a0f","\"prob\":97"},
             {"wechat",                                                            "store",                                                                          "J7.json",                                                                                                                                               "message.text",                                                                                                                                                                                                                       user,"gh_77aa88bb99cc",
              "\"platform_id\":\"3895464567618158592\",\"text\":\"什么时候发货\""                                                                                                                                                                                                                                                                                 },
             {"wechat", "store",               "J8.json",                                                                                    "order.cancelled",                                                                                                                                                                                                                       user,"gh_77aa88bb99cc",
              "\"order_id\":3705115058471208929"},
             {"wechat",                                        "official_account",                                                      "F16.xml",                                                                                                                           "contact.revoked",                                                                                                                                                                                                            user,"gh_0a1b2c3d4e5f",
              "\"RevokeInfo\":\"205\""                                                                                                                                                                                                   },
             {"wecom",                                                  "contacts",                                                                "F11.xml",                                                                                                                                      "directory.user_updated",                                                                                                                                                                                                                     "","lina",
              "\"NewUserID\":\"li.na\""},
             {"wecom",                                                 "suite",                                                               "F12.xml",                                                                                                                                     "directory.user_added",                                                                                                                                                                                                                        "","woDemoAAAAuser00000000000000000001",
              "\"Item\":[{\"Name\":\"工位\"",                                                                                                                                                                                                        true},
             {"wecom",                                          "contacts",                                                    "F13.xml",                                                                                                                                "directory.tag_updated",                                                                                                                                                                                                                                                                    "",corp,
              "\"AddUserItems\":\"lina,zhaolei\""},
             {"wecom",                                                                     "customer_contact",                                                       "F14.xml",                                                                                                                                   "contact.added",                                                                                                                                                                                                                                                                       "wmDemoAAAAcust000000000000000001",
              "lina","\"welcome_code\":\"wcDEMO000000000000000000000001\",\"state\":\"store_sh_01\""                                                                                                                                                                         },
             {"wecom",                                                                    "suite",   "F15.xml",                                                                               "contact.added",                                                                                                                                                                                                                   "wmDemoAAAAisvc000000000000000001",
              "woDemoAAAAuser00000000000000000001",             "\"account\":\"" + tenant + "\",\"via\":\"suite\"",true},
             {"wecom",                                      "customer_contact",  "F16.xml",                                                                          "contact.removed",                                                                                                                                                                                                                    "wmDemoAAAAcust000000000000000002",
              "lina","DELETE_BY_TRANSFER"                                              },
             {"wecom",                                       "customer_contact",                                                                                    "F17.xml",                                                                                                                                            "group.updated",                                                                                                                                                                                                                                                                                      "","wrDemoAAAAchat000000000000000001",
              "\"Item\":[\"wmDemoAAAAcust000000000000000001\",\"zhaolei\"]"},
             {"wecom",                                                                       "customer_contact",                                                   "F18.xml",                                                                                                           "directory.customer_tag_sorted",                                                                                                                                                                                                                                                     "sys",corp,
              "\"Id\":\"\""},
             {"wecom",                                                                    "kf",                                                                              "F19.xml",                                                                                                                                                           "account.messages_waiting",                                                                                                                                                                                                                                                                                                     "","wkDemoAAAAkf00000000000000000001",
              "ENCdemoTOKEN"},
             {"wecom",                                                                       "kf",                                                   "F20.xml",                                                                                                                                                          "account.updated",                                                                                                                                                                                                                                                                                                    "sys",corp,
              "\"AuthAddOpenKfId\":[\"wkDemoAAAAkf00000000000000000002\","
              "\"wkDemoAAAAkf00000000000000000003\"]"},
             {"wecom",                                                                    "customer_contact",                                                                              "F21.xml",                                                                                                                                 "account.link_used",                                                                                                                                                                                                                                                                           "sys",corp,
              "\"event_key\":\"cademo0000000000001\",\"state\":\"ad_202601\""},
             {"wecom",                                                                    "app",                                                                              "F22.xml",                                                                                                         "account.messages_waiting",                                                                                                                                                                                                                                                   "sys",corp,"2000004"},
             {"wecom",                                                                    "app",                                                                              "F23.xml",                                                                                                                                                 "account.job_done",                                         "sys",corp,"\"JobType\":\"export_user\""},
             {"wecom",                                                                    "app",                                                                              "F24.xml",                                                                                                                             "work.approval",                                                                                                                                                                                                                               "sys",                                                                 corp,                                                                                                   "\"SpNoStr\":\"202601010003\""              },
             {"wecom",                                                                    "suite",                                                                              "F25.xml",                                                                                                                            "account.ticket",                                        "","","\"SuiteTicket\":\"[secret]\"",true},
             {"wecom",                                                                       "suite",                                                                                   "F26.xml",                                                                                                                                 "account.authorized",                                                                                                                                                                                                                                "",                                                                                                                                                                                                                                                               "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "\"AuthCode\":\"[secret]\"",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    true},
             {"wecom",                                                     "suite",                                                                 "F27.xml",           "account.unauthorized","",tenant,"\"account\":\"suite\"",true},
             {"wecom",                                                                "suite","F28.xml",                                                        "account.licensed",                                                                                                                                                                                                                                                                                                  "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   tenant,
              "\"AccountList\":[{\"ActiveCode\":\"LA_demo_A\"",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                true},
             {"wecom",   "app",                 "F29.xml",                    "account.expiring","sys",corp,"\"EffectTime\":\"1767830400\""},
             {"wecom",                                                                   "aibot",                                                                          "B01.json",                                                                                                                             "message.text",                                                                                                                                                                                                                                  "lina", "aibDemo01",
              "\"platform_id\":\"CAIQdemo/0001=\",\"text\":\"查一下订单 A-1029\""                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         },
             {"wecom",                                                                   "aibot",        "B02.json", "message.mixed", "T1encDEMOuser0001","aibDemo01",
              "\"url\":\"https://files.example.invalid/enc/1?sign=a%3Db\""},
             {"wecom",                                                                   "aibot",        "B03.json",                                                                   "delivery.refreshed",                                                                                                                                                                                              "lina","aibDemo01",                                                                                                                                                                                                                                                                                                                                                                                                                             "\"id\":\"st-0001\""},
             {"wecom",                                                                   "aibot",        "B04.json",                                                                   "contact.entered",                                                                                                                       "lina","aibDemo01","enter_chat"},
             {"wecom",                                                                   "aibot",        "B05.json",                                                                   "menu.clicked",                                                                                                                          "lina","aibDemo01",
              "\"event_key\":\"submit\",\"ticket\":\"csat-0007\""                                                                                                                                                                                                                                                                                                                      },
             {"wecom",                                                                   "aibot",        "B06.json",                                                                   "session.rated",                                                                                                                             "lina","aibDemo01",
              "\"text\":\"不够详细\",\"event_key\":\"2\""},
             {"weibo",                                                                   "fans_service",        "F22.xml",                                                                   "message.text",                                                                                                                            "9000000017","9000000001",
              "\"text\":\"发票怎么开?\""},
             {"weibo",                                                                   "fans_service", "F23.xml",                                                             "message.image",                                                                                                                       "9000000017","9000000001",
              "\"media\":{\"id\":\"4990000000000102\"}"},
             {"weibo",                                                                   "fans_service", "F24.xml",                                                                    "contact.followed",                                                                                                                                   "9000000042","9000000001",
              "\"scene\":\"700123\""},
             {"weibo",                                                                   "data_push", "F29.json",                                                                    "social.mentioned",                                                                                                                         "9000000042","9000000001",
              "\"keyword\":\"示例品牌\""},
             {"weibo",                                                                   "data_push",    "F30.json",                                                                      "social.reposted",                                                                                                                           "1000200030","9000000001",
              "\"event_key\":\"5009500000000001\""},
             {"weibo",                                                                   "data_push",    "F31.json",                                                                   "social.commented",                                                                                                                       "9000000042","9000000001",
              "\"platform_id\":\"5009900011112223\",\"text\":\"什么时候补货[可怜]\""},
             {"weibo",                                                                   "data_push",    "F32.json",                                                                   "social.commented",                                                                                                                         "1000200030","9000000001",
              "\"event_key\":\"5009500000000001\""},
             {"weibo",                                                                   "data_push",    "F33.json",                                                                   "unknown",                                                                                                                         "","9000000001",         "\"event\":\"delete\""},
             {"weibo",                                                                   "data_push",    "F34.json",                                                                   "social.commented",                                                                                                                                  "9000000017","9000000001",
              "\"text\":\"@示例品牌 在吗\""},
    }) {
        CAPTURE(each.kind, each.file);
        const auto speaks = test::adapter_of(test::account_of(each.channel, each.kind));
        const std::string suffix = test::suffix_of(each.channel, each.kind, each.is_notice);
        const std::string clear = fixture(each.channel + "/" + each.file);
        const query nothing;
        decoded made;
        REQUIRE(speaks->decode({suffix, nothing, ""}, clear, made));
        const event& got = made.events.front();
        CHECK(got.type == each.type);
        CHECK(got.from.id == each.from);
        CHECK(got.to.id == each.to);
        std::string platform, json;
        made.append_platform(platform, 0);
        const bool has_tenant = !made.tenant.empty();
        append_json(json, got,
                    {each.channel, has_tenant ? made.tenant : std::string_view(each.kind),
                     has_tenant ? std::string_view(each.kind) : std::string_view{}},
                    platform);
        CAPTURE(json);
        CHECK(json.find(each.detail) != std::string::npos);
        const bool is_somebody = each.from != "sys" && !each.from.empty() &&
                                 !each.type.starts_with("account.") && !each.type.starts_with("order.") &&
                                 !each.type.starts_with("content.") && each.type != "delivery.refreshed";
        CHECK(got.from_person == is_somebody);
    }
}

TEST_CASE("A list of comments is as many events, each with its own id", "[adapters][weibo]") {
    const auto speaks = test::adapter_of(test::account_of("weibo", "data_push"));
    const std::string one = fixture("weibo/F31.json"), other = fixture("weibo/F32.json");
    const query nothing;
    decoded alone, both;
    REQUIRE(speaks->decode({"", nothing, ""}, one, alone));
    const std::string id = hex(alone.events.front().id), list = "[" + one + "," + other + "]";
    REQUIRE(speaks->decode({"", nothing, ""}, list, both));
    REQUIRE(both.events.size() == 2);
    CHECK(hex(both.events[0].id) == id);
    CHECK(both.events[1].id != both.events[0].id);
    std::string first, second;
    both.append_platform(first, 0), both.append_platform(second, 1);
    CHECK(first.find("2403050000000103") != std::string::npos);
    CHECK(first.find("2403050000000104") == std::string::npos);
    CHECK(second.find("2403050000000104") != std::string::npos);
    // What our own account wrote is nobody's comment.
    std::string ours = one;
    ours.replace(ours.find("9000000042"), 10, "9000000001");
    REQUIRE(speaks->decode({"", nothing, ""}, ours, alone));
    CHECK(alone.events.front().type == "social.echoed");
    CHECK_FALSE(alone.events.front().from_person);
}

TEST_CASE("A push that is no post becomes an event too, and two of our accounts are two events", "[adapters][weibo]") {
    account settings = test::account_of("weibo", "data_push");
    settings.uids = {"9000000001", "9000000002"};
    const auto speaks = test::adapter_of(settings);
    const query nothing;
    decoded made;
    for (const std::string body : {"[]", "{}", "[1]", R"({"comments":[],"total_number":0})", R"({"id":1,"text":{"type":"user","event":"unfollow"}})"}) {
        CAPTURE(body);
        REQUIRE(speaks->decode({"", nothing, ""}, body, made));
        CHECK(made.events.size() == 1);
        CHECK(made.events.front().type == "unknown");
    }
    const auto only = [&](const std::string& body) {
        static std::string clear;
        clear = body;
        REQUIRE(speaks->decode({"", nothing, ""}, clear, made));
        return made.events.front();
    };
    const std::string post = R"({"id":7,"text":"x","created_at":"Tue Mar 05 14:27:29 +0800 2024","user":{"idstr":"9000000042"},"mentions":[1,9000000002]})";
    CHECK(only(post).to.id == "9000000002");
    CHECK(only(post).from.id == "9000000042");
    const std::string id = hex(only(post).id);
    std::string other = post;
    other.replace(other.find("9000000002"), 10, "9000000001");
    CHECK(hex(only(other).id) != id);
    // A comment whose post is gone is a comment still.
    CHECK(only(R"({"id":1,"text":{"type":"comment","event":"add","comment":{"id":7,"text":"x","user":{"id":9}}}})").type == "social.commented");
    REQUIRE(speaks->decode({"", nothing, ""}, R"({"comments":[{"id":1,"text":"a"}],"statuses":[{"id":2,"text":"b"}]})", made));
    CHECK(made.events.size() == 2);
    // What brings a post along is no check, whatever its address says.
    std::string buffer;
    const query check("signature=57571a4b6a96e32baaf5dbcea536491f5ffd0e21&timestamp=1709618830456&nonce=556677&echostr=pp7Echo");
    CHECK_FALSE(speaks->open({"", check, post}, buffer)->is_check);
}

TEST_CASE("Lists that are empty and consent that was not given", "[adapters][wechat]") {
    const auto speaks = test::adapter_of(test::account_of("wechat", "mini_program"));
    const query nothing;
    decoded made;
    const auto type_of = [&](const std::string& event, const std::string& rest) {
        static std::string clear;
        clear = R"({"ToUserName":"gh_x","FromUserName":"o","CreateTime":1,"MsgType":"event","Event":")" + event + "\"" + rest + "}";
        REQUIRE(speaks->decode({"", nothing, ""}, clear, made));
        return std::string(made.events.front().type);
    };
    CHECK(type_of("subscribe_msg_sent_event", R"(,"List":[])") == "delivery.sent");
    CHECK(type_of("subscribe_msg_sent_event", R"(,"List":{"ErrorCode":"43101"})") == "delivery.failed");
    CHECK(type_of("subscribe_msg_popup_event", R"(,"List":[])") == "consent.refused");
    CHECK(type_of("subscribe_msg_popup_event", R"(,"List":[{"SubscribeStatusString":"reject"},{"SubscribeStatusString":"accept"}])") == "consent.given");
    CHECK(type_of("subscribe_msg_popup_event", "") == "consent.refused");
}

TEST_CASE("Whose people these are is what the envelope proved", "[adapters][wecom]") {
    const auto app = test::adapter_of(test::wecom_account());
    const query nothing;
    decoded made;
    const std::string of_another = "<xml><ToUserName>wwAnotherCorporation</ToUserName><FromUserName>lina</FromUserName><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>";
    REQUIRE(app->decode({"", nothing, ""}, of_another, made));
    CHECK(made.events.front().scope == "ww5a1c0de5a1c0de01");
    const std::string notice = "<xml><InfoType>change_contact</InfoType><ChangeType>delete_user</ChangeType><AuthCorpId>shop</AuthCorpId></xml>";
    REQUIRE(app->decode({"", nothing, ""}, notice, made));
    CHECK(made.tenant.empty());
    const auto suite = test::adapter_of(test::account_of("wecom", "suite"));
    REQUIRE(suite->decode({"/command", nothing, ""}, notice, made));
    CHECK(made.tenant == "shop");
    const std::string hostile = "<xml><InfoType>change_contact</InfoType><ChangeType>delete_user</ChangeType><AuthCorpId>a\",\"b</AuthCorpId></xml>";
    REQUIRE(suite->decode({"/command", nothing, ""}, hostile, made));
    CHECK(made.tenant.empty());
    // A suite's authorisations are answered within a second, everything else when it is kept.
    const std::string authorised = fixture("wecom/F26.xml"), ticket = fixture("wecom/F25.xml");
    REQUIRE(suite->decode({"/command", nothing, ""}, authorised, made));
    CHECK(made.patience_ms == 900);
    CHECK(made.events.front().grant->kind == "auth_code");
    REQUIRE(suite->decode({"/command", nothing, ""}, ticket, made));
    CHECK(made.patience_ms == 0);
    CHECK(made.events.front().grant->value == "tkt_demo_0002");
    // The same userid and message id in two corporations are two messages.
    const std::string message = "<xml><ToUserName>a</ToUserName><FromUserName>admin</FromUserName><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>";
    REQUIRE(suite->decode({"/data/wpOne", nothing, ""}, message, made));
    const std::string one = hex(made.events.front().id);
    REQUIRE(suite->decode({"/data/wpTwo", nothing, ""}, message, made));
    CHECK(hex(made.events.front().id) != one);
}

TEST_CASE("Data push is checked by POST, its parameters in the address or in a form", "[adapters][weibo]") {
    const auto speaks = test::adapter_of(test::account_of("weibo", "data_push"));
    const std::string raw =
        "signature=57571a4b6a96e32baaf5dbcea536491f5ffd0e21&timestamp=1709618830456&nonce=556677&echostr="
        "pp7Echo";
    const query in_address(raw), nothing;
    std::string buffer;
    const auto checked = speaks->open({"", in_address, ""}, buffer);
    REQUIRE(checked.has_value());
    CHECK(checked->is_check);
    CHECK(checked->clear == "pp7Echo");
    CHECK(checked->signed_at_ms == 1709618830456);
    const auto in_form = speaks->open({"", nothing, raw}, buffer);
    REQUIRE(in_form.has_value());
    CHECK(in_form->clear == "pp7Echo");
    const std::string forged = "signature=57571a4b6a96e32baaf5dbcea536491f5ffd0e22" + raw.substr(50);
    CHECK(speaks->open({"", query(forged), ""}, buffer).error() == errc::bad_signature);
    CHECK(speaks->verify({"", in_address, ""}, buffer)->clear == "pp7Echo");
}

TEST_CASE("Every sample of the simulator is a kind that the adapters know", "[adapters][simulator]") {
    for (const account& to : {test::wechat_account(), test::wecom_account(), test::weibo_account()})
        for (const std::string& type : simulator::sample_types(to)) {
            CAPTURE(to.channel, type);
            simulator::forge_request what;
            what.type = type;
            what.now_s = what.created_s = 1767225600;
            const auto sent = simulator::forge(to, what).value();
            arrived here(to);
            REQUIRE_FALSE(here.receive(sent.query, sent.body));
            CHECK(here.got().type != "unknown");
            CHECK(here.got().from_person);
            CHECK(here.got().at_ms == 1767225600000);
        }
}

TEST_CASE("Details of a message are where the contract says", "[adapters]") {
    arrived wechat(test::wechat_account());
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F3.xml")));
    CHECK(wechat.got().media->id == "fixMediaImg_0001-AbC");
    CHECK(wechat.got().media->url == "http://mmbiz.example.test/pic/0?a=1&b=2");
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F4.xml")));
    CHECK(wechat.got().media->format == "amr");
    CHECK(wechat.got().from.id == "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE");
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F5.xml")));
    CHECK(wechat.got().location->latitude == "30.274150");
    CHECK(wechat.got().location->longitude == "120.155150");
    CHECK(wechat.got().location->label == "浙江省杭州市西湖区 1号");
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F10.xml")));
    CHECK(
        wechat.platform.find(
            R"("PicList":{"item":[{"PicMd5Sum":"0cc175b9c0f1b6a831c399e269772661"},{"PicMd5Sum":"92eb5ffee6ae2fec3ad71c777531578f"}]})") !=
        std::string::npos);
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F17.xml")));
    CHECK(wechat.platform.find(R"("fail_idx":["1","3"])") != std::string::npos);
    REQUIRE_FALSE(wechat.receive(fixture("wechat/F20.xml")));
    CHECK(wechat.platform.find(R"("OuterStr":"shop_12b")") != std::string::npos);

    arrived weibo(test::weibo_account());
    REQUIRE_FALSE(weibo.receive(fixture("weibo/F07.json")));
    CHECK(weibo.got().media->id == "9223372036854770003");
    CHECK(weibo.platform.find("\"tovfid\":9223372036854770003") != std::string::npos);
    REQUIRE_FALSE(weibo.receive(fixture("weibo/F02.json")));
    CHECK(weibo.got().at_ms == 1709618829000);
    CHECK(weibo.got().from.id == "9000000017");
    REQUIRE_FALSE(weibo.receive(fixture("weibo/F19.json")));
    CHECK(weibo.platform.find(R"("ext":{"a":[1,2]})") != std::string::npos);
}

TEST_CASE("Two events that differ in one byte are two, and a retry is the same one", "[adapters][dedup]") {
    arrived here(test::wecom_account());
    const std::string one = fixture("wecom/F14.xml");
    std::string other = one;
    other.replace(other.find("wmDemoAAAAcust000000000000000001"), 32, "wmDemoAAAAcust000000000000000002");
    REQUIRE_FALSE(here.receive(one));
    const std::string first = here.id();
    REQUIRE_FALSE(here.receive(other));
    CHECK(here.id() != first);
    REQUIRE_FALSE(here.receive(one));
    CHECK(here.id() == first);

    // With a message id, id and sender decide, on each account.
    arrived shop(test::wechat_account());
    std::string text = fixture("wechat/F1.xml");
    REQUIRE_FALSE(shop.receive(text));
    const std::string message = shop.id();
    std::string by_other_sender = text;
    by_other_sender.replace(by_other_sender.find("oFx9T5k2"), 8, "oFx9T5k3");
    REQUIRE_FALSE(shop.receive(by_other_sender));
    CHECK(shop.id() != message);
    account second = test::wechat_account();
    second.id = "shop2";
    arrived elsewhere(second);
    REQUIRE_FALSE(elsewhere.receive(text));
    CHECK(elsewhere.id() != message);

    arrived corp(test::wecom_account());
    REQUIRE_FALSE(corp.receive(fixture("wecom/F19.xml")));
    CHECK_FALSE(corp.got().deduplicated);
}

TEST_CASE("The official vectors open through the adapters", "[adapters][vectors]") {
    account demo = test::wechat_account();
    demo.app_id = "wxba5fad812f8e6fb9", demo.original_id = "gh_97417a04a28d";
    demo.tokens = {"wrong", "AAAAA"}, demo.aes_keys = {demo.aes_keys[0], std::string(43, 'A')};
    arrived here(demo);
    REQUIRE_FALSE(here.receive(
        "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741&openid="
        "o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature="
        "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        R"({"ToUserName":"gh_97417a04a28d","Encrypt":"+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="})"));
    CHECK(here.how.token == 1);
    CHECK(here.how.key == 1);
    CHECK(here.got().type == "account.tested");
    CHECK(here.platform.find("\"CreateTime\":1714112445") != std::string::npos);
    CHECK(here.speaks->seal({"", here.parameters, ""}, here.how, "success", {}) == "success");

    account plain = test::wechat_account(encryption::plaintext);
    plain.tokens = {"AAAAA"}, plain.original_id = "gh_97417a04a28d";
    arrived open(plain);
    REQUIRE_FALSE(open.receive(
        "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656",
        R"({"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"})"));
    CHECK(open.how.signed_at_ms == 1714037059000);
}

TEST_CASE("Addresses are checked as each platform asks", "[adapters]") {
    std::string buffer;
    const auto verify = [&](const account& of, const std::string& raw) {
        const query parameters(raw);
        const auto speaks = test::adapter_of(of);
        const auto opened = speaks->verify({"", parameters, ""}, buffer);
        return opened ? std::string(opened->clear) : std::string(yizhan::name_of(opened.error()));
    };
    account shop = test::wechat_account();
    shop.tokens = {"AAAAA"};
    const std::string good =
        "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492&echostr="
        "4375120948345356249";
    CHECK(verify(shop, good) == "4375120948345356249");
    CHECK(verify(shop, "signature=f464b24fc39322e44b38aa78f5edd27bd1441697" + good.substr(50)) ==
          "bad_signature");
    CHECK(verify(shop, "timestamp=1&nonce=2&echostr=3") == "missing_parameter");

    account corp = test::wecom_account();
    corp.corp_id = "wx5823bf96d3bd56c7", corp.tokens = {"QDG6eK"},
    corp.aes_keys = {"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"};
    const std::string tail = "&timestamp=1409659589&nonce=263014780&echostr=";
    const std::string echo =
        "P9nAzCzyDtyTWESHep1vC5X9xho%2FqYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp%2B4RPcs8TgAE7OaBO%2BFZXvnaqQ%3D%3D";
    const std::string spaced =
        "P9nAzCzyDtyTWESHep1vC5X9xho%2FqYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp%204RPcs8TgAE7OaBO%20FZXvnaqQ%3D%3D";
    const std::string signature = "msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3";
    CHECK(verify(corp, signature + tail + echo) == "1616140317555161061");
    CHECK(verify(corp, signature + tail + spaced) == "1616140317555161061");
    account other = corp;
    other.corp_id = "";
    CHECK(verify(other, signature + tail + echo) == "wrong_receive_id");
    CHECK(verify(corp, "msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd4" + tail + echo) ==
          "bad_signature");

    CHECK(verify(test::weibo_account(),
                 "signature=5100f887a4999d39bc8cc5ad7455218ffa7ba293&timestamp=1709618829123&nonce="
                 "1099511627&echostr=eCh0Str9x") == "eCh0Str9x");
}

TEST_CASE("A message sent to the check of an address is not decrypted for whoever sent it",
          "[adapters][wecom]") {
    const account corp = test::wecom_account();
    simulator::forge_request what;
    what.now_s = 1767225600;
    const auto sent = simulator::forge(corp, what).value();
    const std::size_t begin = sent.body.find("<Encrypt><![CDATA[") + 18;
    const std::string raw = sent.query + "&echostr=" +
                            percent_encoded(sent.body.substr(begin, sent.body.find("]]>", begin) - begin));
    const query parameters(raw);
    std::string buffer;
    CHECK(test::adapter_of(corp)->verify({"", parameters, ""}, buffer).error() == errc::malformed_message);
}

TEST_CASE("What is forged or damaged is refused for its reason", "[adapters][refusals]") {
    using simulator::tamper;
    for (const account& to :
         {test::wechat_account(), test::wechat_account(encryption::compatible), test::wecom_account()}) {
        CAPTURE(to.channel);
        arrived here(to);
        const auto refused = [&](tamper wrong) {
            simulator::forge_request what;
            what.now_s = 1767225600, what.wrong = wrong;
            const auto sent = simulator::forge(to, what).value();
            return here.receive(sent.query, sent.body);
        };
        CHECK_FALSE(refused(tamper::nothing));
        CHECK(refused(tamper::signature) == errc::bad_signature);
        CHECK(refused(tamper::body) == errc::bad_signature);
        CHECK(refused(tamper::receive_id) == errc::wrong_receive_id);

        // Leaving the encrypted part out does not make it plaintext.
        simulator::forge_request what;
        what.now_s = 1767225600;
        const auto sent = simulator::forge(to, what).value();
        CHECK(here.receive(sent.query, sent.clear) == errc::plaintext_refused);
        CHECK(here.receive(sent.query, "") == errc::malformed_message);
        CHECK(here.receive("timestamp=1&nonce=2", sent.body) == errc::missing_parameter);
        CHECK(here.receive(sent.query, "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><Encrypt>&a;</Encrypt></xml>") ==
              errc::doctype_refused);
    }
    // In compatible mode the clear neighbours of the ciphertext count for nothing.
    account shop = test::wechat_account(encryption::compatible);
    arrived here(shop);
    simulator::forge_request what;
    what.now_s = 1767225600;
    auto sent = simulator::forge(shop, what).value();
    sent.body.replace(sent.body.find("你好"), 6, "转账");
    REQUIRE_FALSE(here.receive(sent.query, sent.body));
    CHECK(here.got().text == "你好");

    arrived plain(test::wechat_account(encryption::plaintext));
    CHECK(plain.receive(sent.query, sent.body) == errc::encryption_refused);

    arrived weibo(test::weibo_account());
    CHECK(weibo.receive("{\"type\":\"text\"") == errc::malformed_message);
    CHECK(weibo.receive("[]") == errc::malformed_message);
    CHECK(weibo.receive(R"({"type":"text","receiver_id":1,"sender_id":2,"text":"x"})") ==
          errc::wrong_receive_id);
    arrived wechat(test::wechat_account());
    CHECK(wechat.receive("<xml><ToUserName>gh_other</ToUserName><MsgType>text</MsgType></xml>") ==
          errc::wrong_receive_id);
    CHECK(wechat.receive("<xml></xml>") == errc::malformed_message);
    CHECK(wechat.receive("<xml><MsgType>text</MsgType>") == errc::malformed_message);
}
