#include <catch2/catch.hpp>

#include <set>

#include "adapters/way_out.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;

namespace {

// wecom.md 7.2, page K01 with two items of K03.
constexpr const char* page = R"({"errcode":0,"errmsg":"ok","next_cursor":"cDEMO0002","has_more":1,"msg_list":[
{"msgid":"kfmDEMO0000000000001","send_time":1767225630,"origin":4,"msgtype":"event","event":{"event_type":"enter_session","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","scene":"web_order","scene_param":"order=A-1029&src=h5","welcome_code":"kwcDEMO00000001","wechat_channels":{"scene":5,"shop_nickname":"演示小店"}}},
{"msgid":"kfmDEMO0000000000002","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225633,"origin":3,"msgtype":"text","text":{"content":"我要退货\n订单 A-1029"}},
{"msgid":"kfmDEMO0000000000003","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225640,"origin":3,"msgtype":"text","text":{"content":"转人工","menu_id":"to_human"}},
{"msgid":"kfmDEMO0000000000004","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225645,"origin":3,"msgtype":"image","image":{"media_id":"3demoMEDIAidKF0000000000000000000000000001"}},
{"msgid":"kfmDEMO0000000000005","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225650,"origin":3,"msgtype":"merged_msg","merged_msg":{"title":"群聊的聊天记录","item":[{"send_time":1767225000,"msgtype":"text","sender_name":"甲","msg_content":"{\"msgtype\":\"text\",\"text\":{\"content\":\"上次说好的\"}}"}]}},
{"msgid":"kfmDEMO0000000000006","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225655,"origin":3,"msgtype":"channels_shop_order","channels_shop_order":{"order_id":"3700000000000001","product_titles":"演示商品","price_wording":"¥19.90","state":"已发货","image_url":"https://shop.example.invalid/o.png","shop_nickname":"演示小店"}},
{"msgid":"kfmDEMO0000000000007","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225656,"origin":3,"msgtype":"calendar"},
{"msgid":"kfmDEMO0000000000008","send_time":1767225660,"origin":4,"msgtype":"event","event":{"event_type":"session_status_change","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","change_type":1,"new_servicer_userid":"zhaolei","msg_code":"kmcDEMO00000001"}},
{"msgid":"kfmDEMO0000000000009","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","send_time":1767225670,"origin":5,"servicer_userid":"zhaolei","msgtype":"text","text":{"content":"您好,我来处理"}},
{"msgid":"kfmDEMO0000000000010","send_time":1767225680,"origin":4,"msgtype":"event","event":{"event_type":"msg_send_fail","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000003","fail_msgid":"gw-20260101-000077","fail_type":6}},
{"msgid":"kfmDEMO0000000000011","send_time":1767225690,"origin":4,"msgtype":"event","event":{"event_type":"user_recall_msg","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000001","recall_msgid":"kfmDEMO0000000000002"}},
{"msgid":"kfmDEMO0000000000014","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000005","send_time":1767225702,"origin":3,"msgtype":"location","location":{"latitude":31.230390,"longitude":121.473702,"name":"演示广场","address":"上海市黄浦区演示路 8 号"}},
{"msgid":"kfmDEMO0000000000016","open_kfid":"wkDemoAAAAkf00000000000000000001","external_userid":"wmDemoAAAAcust000000000000000005","send_time":1767225704,"origin":3,"msgtype":"some_future_type","some_future_type":{"a":1}}
]})";

account kf() {
    account made = test::account_of("wecom", "kf");
    made.app_secrets = {"a-kf-secret"};
    made.open_kfid = "wkDemoAAAAkf00000000000000000001";
    return made;
}

}  // namespace

TEST_CASE("A pulled page is taken apart as it came, and each item is an event", "[adapters][kf]") {
    const account settings = kf();
    const auto way = adapters::find_kind("wecom", "kf")->sends(settings);
    REQUIRE(way);
    CHECK(way->pulls() == settings.open_kfid);
    adapters::verdict why;
    const auto read = way->page_of(page, why);
    REQUIRE(read.has_value());
    CHECK(read->has_more);
    CHECK(read->next_cursor == "cDEMO0002");
    REQUIRE(read->items.size() == 13);
    CHECK(read->items[11].find("31.230390") != std::string::npos);  // Digits as they were.

    const std::vector<std::string> types{"contact.entered", "message.text", "message.menu_reply", "message.image", "message.mixed",
                                         "message.order", "message.other", "session.opened", "message.text", "delivery.failed",
                                         "message.recalled", "message.location", "unknown"};
    const auto adapter = test::adapter_of(settings);
    const query none;
    std::set<std::string> ids;
    for (std::size_t at = 0; at < types.size(); ++at) {
        INFO(read->items[at]);
        adapters::decoded said;
        REQUIRE(adapter->decode({adapters::pulled_suffix, none, read->items[at]}, read->items[at], said).has_value());
        const event& is = said.events.front();
        CHECK(is.type == types[at]);
        CHECK(is.scope == settings.corp_id);
        CHECK(is.at_ms >= 1767225630000);
        ids.insert(hex(is.id));
        std::string whole;
        said.append_platform(whole, 0);
        CHECK(whole.find(is.platform_id) != std::string::npos);
    }
    CHECK(ids.size() == types.size());

    adapters::decoded said;
    REQUIRE(adapter->decode({adapters::pulled_suffix, none, read->items[0]}, read->items[0], said).has_value());
    CHECK(said.events[0].scene == "web_order");
    CHECK(said.events[0].welcome_code == "kwcDEMO00000001");
    CHECK(said.events[0].from_person);
    REQUIRE(adapter->decode({adapters::pulled_suffix, none, read->items[8]}, read->items[8], said).has_value());
    CHECK(said.events[0].is_outbound);
    CHECK(said.events[0].from.id == "zhaolei");
    CHECK(said.events[0].to.id == "wmDemoAAAAcust000000000000000001");
    CHECK(said.events[0].moves == control_moves::to_platform);
}

TEST_CASE("Pages that are none, empty ones, and hostile ones", "[adapters][kf]") {
    const auto way = adapters::find_kind("wecom", "kf")->sends(kf());
    adapters::verdict why;
    const auto empty = way->page_of(R"({"errcode":0,"errmsg":"ok","next_cursor":"cDEMO0003","has_more":1,"msg_list":[]})", why);
    REQUIRE(empty.has_value());
    CHECK(empty->items.empty());
    CHECK(empty->has_more);
    CHECK(way->page_of(R"({"errcode":95007,"errmsg":"invalid msg token"})", why).has_error());
    CHECK(why.code == 95007);
    CHECK(way->page_of("<html>", why).has_error());
    CHECK(why.what == adapters::fate::again);
    const auto odd = way->page_of(R"({"errcode":0,"msg_list":[1,[{"msgid":"x"}],null,{"msgid":"a","in":{"deep":[{}]}}],"more":[{"msgid":"y"}]})", why);
    REQUIRE(odd.has_value());
    REQUIRE(odd->items.size() == 1);
    CHECK(odd->items[0] == R"({"msgid":"a","in":{"deep":[{}]}})");
    // Nobody outside can hand one in.
    const auto adapter = test::adapter_of(kf());
    std::string buffer;
    const query none;
    CHECK(adapter->open({adapters::pulled_suffix, none, "{}"}, buffer).has_error());
}
