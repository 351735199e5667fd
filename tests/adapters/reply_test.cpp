#include <catch2/catch.hpp>

#include "simulator/forge.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;

namespace {

event text_of(const account& to) {
    event about;
    about.type = "message.text";
    about.shows = shown::replies;
    if (to.channel == "weibo")
        about.from = {"uid", "9000000017"}, about.to = {"uid", "9000000001"};
    else if (to.channel == "wecom")
        about.from = {"userid", "lina"}, about.to = {"corp_id", "ww5a1c0de5a1c0de01"};
    else
        about.from = {"openid", "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE"},
        about.to = {"original_id", "gh_0a1b2c3d4e5f"};
    return about;
}

reply news(std::size_t count) {
    reply made;
    made.kind = reply_kind::news;
    for (std::size_t at = 0; at < count; ++at)
        made.articles.push_back({"售后政策", "七天无理由", "https://www.example.test/policy?a=1&b=2",
                                 "https://cdn.example.test/p.png"});
    return made;
}

const adapters::moment at{1760000003000, {}};
const adapters::decoded nothing_more;

}  // namespace

TEST_CASE("WeChat replies have the documented shape", "[adapters][wechat][reply]") {
    const account to = test::wechat_account();
    const auto speaks = test::adapter_of(to);
    const event about = text_of(to);
    const std::string head =
        "<xml><ToUserName><![CDATA[oFx9T5k2VbQ7nLw3RzHc8YdUjMsE]]></"
        "ToUserName><FromUserName><![CDATA[gh_0a1b2c3d4e5f]]></FromUserName><CreateTime>1760000003</"
        "CreateTime>";
    CHECK(speaks->answer(nothing_more, about, {reply_kind::text, "已收到", "", {}}, at) ==
          head + "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[已收到]]></Content></xml>");
    CHECK(speaks->answer(nothing_more, about, {reply_kind::text, "a]]>b", "", {}}, at) ==
          head + "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a]]]]><![CDATA[>b]]></Content></xml>");
    CHECK(speaks->answer(nothing_more, about, {reply_kind::image, "", "M1", {}}, at) ==
          head +
              "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[M1]]></MediaId></Image></xml>");
    CHECK(speaks->answer(nothing_more, about, {reply_kind::platform_desk, "anna@fixturebiz", "", {}}, at) ==
          head +
              "<MsgType><![CDATA[transfer_customer_service]]></"
              "MsgType><TransInfo><KfAccount><![CDATA[anna@fixturebiz]]></KfAccount></TransInfo></xml>");
    const std::string one =
        "<item><Title><![CDATA[售后政策]]></Title><Description><![CDATA[七天无理由]]></"
        "Description><PicUrl><![CDATA[https://cdn.example.test/p.png]]></PicUrl><Url><![CDATA[https://"
        "www.example.test/policy?a=1&b=2]]></Url></item>";
    CHECK(speaks->answer(nothing_more, about, news(3), at) ==
          head + "<MsgType><![CDATA[news]]></MsgType><ArticleCount>1</ArticleCount><Articles>" + one +
              "</Articles></xml>");
    event followed = about;
    followed.type = "contact.followed";
    CHECK(speaks->answer(nothing_more, followed, news(3), at).find("<ArticleCount>3</ArticleCount>") !=
          std::string::npos);
    CHECK(speaks->answer(nothing_more, about, {reply_kind::text, std::string(3000, 'x'), "", {}}, at).size() <
          2300);
}

TEST_CASE("The vector of an encrypted reply comes out to the byte", "[adapters][wechat][vectors]") {
    account demo = test::wechat_account();
    demo.app_id = "wxba5fad812f8e6fb9", demo.tokens = {"AAAAA"}, demo.aes_keys = {std::string(43, 'A')};
    const auto speaks = test::adapter_of(demo);
    adapters::moment when{1713424427000, {}};
    std::copy_n("707722b803182950", 16, when.salt.begin());
    adapters::opening how;
    how.sealed = how.json = true;
    CHECK(
        speaks->seal({"", query("nonce=415670741"), ""}, how, R"({"demo_resp":"good luck"})", when) ==
        R"({"Encrypt":"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==","MsgSignature":"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1","TimeStamp":1713424427,"Nonce":"415670741"})");
}

TEST_CASE("What is sealed for a platform is what the platform opens", "[adapters][reply]") {
    for (const account& to : {test::wechat_account(), test::wecom_account()}) {
        const auto speaks = test::adapter_of(to);
        adapters::opening how;
        how.sealed = true;
        const std::string clear =
            speaks->answer(nothing_more, text_of(to), {reply_kind::text, "您好", "", {}}, at);
        const std::string sealed = speaks->seal({"", query("nonce=n%221"), ""}, how, clear, at);
        CHECK(sealed.find("您好") == std::string::npos);
        CHECK(simulator::open_answer(to, sealed).value() == clear);
        const std::string silence = speaks->receipt(nothing_more, at);
        CHECK(speaks->is_silence(silence));
        CHECK(speaks->seal({"", query("nonce=n"), ""}, how, silence, at) == silence);
    }
}

TEST_CASE("Weibo replies swap the two and encode the data once", "[adapters][weibo][reply]") {
    const account to = test::weibo_account();
    const auto speaks = test::adapter_of(to);
    const event about = text_of(to);
    CHECK(
        speaks->answer(nothing_more, about, {reply_kind::text, "您好,已收到", "", {}}, at) ==
        R"({"result":true,"sender_id":9000000001,"receiver_id":9000000017,"type":"text","data":"%7B%22text%22%3A%22%E6%82%A8%E5%A5%BD%2C%E5%B7%B2%E6%94%B6%E5%88%B0%22%7D"})");
    reply spring;
    spring.kind = reply_kind::news;
    spring.articles = {
        {"春季新品", "三款新品到店", "https://shop.example.com/a?id=1&s=wb",
         "https://img.example.com/p/1.jpg"}
    };
    event followed = about;
    followed.from.id = "9000000042";
    CHECK(
        speaks->answer(nothing_more, followed, spring, at) ==
        R"({"result":true,"sender_id":9000000001,"receiver_id":9000000042,"type":"articles","data":"%7B%22articles%22%3A%5B%7B%22display_name%22%3A%22%E6%98%A5%E5%AD%A3%E6%96%B0%E5%93%81%22%2C%22summary%22%3A%22%E4%B8%89%E6%AC%BE%E6%96%B0%E5%93%81%E5%88%B0%E5%BA%97%22%2C%22image%22%3A%22https%3A%2F%2Fimg.example.com%2Fp%2F1.jpg%22%2C%22url%22%3A%22https%3A%2F%2Fshop.example.com%2Fa%3Fid%3D1%26s%3Dwb%22%7D%5D%7D"})");
    CHECK(speaks->receipt(nothing_more, at) == "");
}

TEST_CASE("Weibo answers with positions too, and in WeChat's shape who is switched to it", "[adapters][weibo][reply]") {
    const auto speaks = test::adapter_of(test::weibo_account());
    reply there;
    there.kind = reply_kind::location, there.longitude = "121.473701", there.latitude = "31.230416";
    adapters::decoded said;
    const std::string json = test::data_file("weibo/F08.json"), xml = test::data_file("weibo/F22.xml");
    REQUIRE(speaks->decode({"", query(), ""}, json, said));
    CHECK(speaks->cannot_say(said, said.events.front(), there).empty());
    CHECK(speaks->answer(said, said.events.front(), there, at).find(
              R"("type":"position","data":"%7B%22longitude%22%3A%22121.473701%22%2C%22latitude%22%3A%2231.230416%22%7D"})") != std::string::npos);
    REQUIRE(speaks->decode({"", query(), ""}, xml, said));
    CHECK_FALSE(speaks->cannot_say(said, said.events.front(), there).empty());
    CHECK(speaks->answer(said, said.events.front(), {reply_kind::text, "已收到", "", {}}, at) ==
          "<xml><ToUserName><![CDATA[9000000017]]></ToUserName><FromUserName><![CDATA[9000000001]]></FromUserName><CreateTime>1760000003</CreateTime><MsgType><![CDATA["
          "text]]></MsgType><Content><![CDATA[已收到]]></Content></xml>");
}

TEST_CASE("A reply that cannot be shown says why", "[adapters][reply]") {
    const auto why = [](const account& to, std::string_view type, bool shows, reply_kind kind) {
        event about = text_of(to);
        about.type = type;
        about.shows = shows ? shown::replies : shown::nothing;
        reply with;
        with.kind = kind;
        return !test::adapter_of(to)->cannot_say(nothing_more, about, with).empty();
    };
    CHECK_FALSE(why(test::wechat_account(), "message.text", true, reply_kind::text));
    CHECK(why(test::wechat_account(), "contact.unfollowed", false, reply_kind::text));
    CHECK_FALSE(why(test::wechat_account(), "message.text", true, reply_kind::platform_desk));
    CHECK(why(test::wechat_account(), "contact.followed", true, reply_kind::platform_desk));
    CHECK(why(test::wecom_account(), "message.text", true, reply_kind::platform_desk));
    CHECK_FALSE(why(test::wecom_account(), "message.text", true, reply_kind::news));
    CHECK(why(test::weibo_account(), "message.text", true, reply_kind::image));
    CHECK_FALSE(why(test::weibo_account(), "message.text", true, reply_kind::news));
}

TEST_CASE("Every passive reply has its documented shape and limits", "[adapters][reply]") {
    const account wechat = test::wechat_account(), wecom = test::wecom_account();
    const auto of_wechat = test::adapter_of(wechat), of_wecom = test::adapter_of(wecom);
    const auto body = [](const std::string& whole) { return whole.substr(whole.find("<MsgType>")); };
    reply with;
    with.kind = reply_kind::voice, with.media_id = "M1";
    CHECK(body(of_wechat->answer(nothing_more, text_of(wechat), with, at)) ==
          "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[M1]]></MediaId></Voice></xml>");
    with.kind = reply_kind::video, with.title = "标题", with.description = "说明";
    CHECK(body(of_wechat->answer(nothing_more, text_of(wechat), with, at)) ==
          "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[M1]]></"
          "MediaId><Title><![CDATA[标题]]></Title><Description><![CDATA[说明]]></"
          "Description></Video></xml>");
    with.kind = reply_kind::music, with.url = "https://m.example.test/1",
    with.hq_url = "https://m.example.test/2";
    CHECK(body(of_wechat->answer(nothing_more, text_of(wechat), with, at)) ==
          "<MsgType><![CDATA[music]]></MsgType><Music><Title><![CDATA[标题]]></"
          "Title><Description><![CDATA[说明]]></Description><MusicUrl><![CDATA[https://"
          "m.example.test/1]]></MusicUrl><HQMusicUrl><![CDATA[https://m.example.test/2]]></"
          "HQMusicUrl><ThumbMediaId><![CDATA[M1]]></ThumbMediaId></Music></xml>");
    CHECK_FALSE(of_wecom->cannot_say(nothing_more, text_of(wecom), with).empty());
    // WeCom cuts titles at 128 bytes and descriptions at 512, at a whole character.
    with.kind = reply_kind::video, with.title.clear(), with.description.clear();
    for (int each = 0; each < 200; ++each) with.title += "标", with.description += "说";
    const std::string cut = of_wecom->answer(nothing_more, text_of(wecom), with, at);
    const auto between = [&](const std::string& name) {
        const std::size_t begin = cut.find("<" + name + "><![CDATA[") + name.size() + 11;
        return cut.substr(begin, cut.find("]]>", begin) - begin);
    };
    CHECK(between("Title").size() == 126);
    CHECK(between("Description").size() == 510);
}

TEST_CASE("A tapped template card is changed as the platform wants it", "[adapters][wecom][reply]") {
    const account wecom = test::wecom_account();
    const auto speaks = test::adapter_of(wecom);
    const std::string clear = test::data_file("wecom/F10.xml");
    adapters::decoded tapped;
    REQUIRE(speaks->decode({"", query(), ""}, clear, tapped));
    const event& tap = tapped.events.front();
    reply with;
    CHECK_FALSE(speaks->cannot_say(tapped, tap, with).empty());
    with.kind = reply_kind::card_button, with.text = "已领取";
    CHECK(speaks->cannot_say(tapped, tap, with).empty());
    CHECK(speaks->answer(tapped, tap, with, at)
              .find("<MsgType><![CDATA[update_button]]></MsgType><Button><ReplaceName><![CDATA[已领取]]></"
                    "ReplaceName></Button></xml>") != std::string::npos);
    with.kind = reply_kind::card;
    with.card =
        R"({"card_type":"text_notice","main_title":{"title":"工单","desc":"已领取"},"horizontal_content_list":[{"keyname":"客服","value":"李娜","type":3,"userid":"lina"},{"keyname":"订单","value":"A-1029"}],"jump_list":[{"type":2,"appid":"wx1","pagepath":"p/1"}],"card_action":{"type":1,"url":"https://a.example.test/?a=1&b=2"}})";
    const std::string changed = speaks->answer(tapped, tap, with, at);
    CAPTURE(changed);
    CHECK(changed.find("<MsgType><![CDATA[update_template_card]]></"
                       "MsgType><TemplateCard><CardType><![CDATA[text_notice]]></"
                       "CardType><MainTitle><Title><![CDATA[工单]]></"
                       "Title><Desc><![CDATA[已领取]]></Desc></"
                       "MainTitle><HorizontalContentList><KeyName><![CDATA[客服]]></KeyName>") !=
          std::string::npos);
    CHECK(changed.find("<UserId><![CDATA[lina]]></UserId></"
                       "HorizontalContentList><HorizontalContentList><KeyName><![CDATA[订单]]>") !=
          std::string::npos);
    CHECK(changed.find("<JumpList><Type><![CDATA[2]]></Type><AppId><![CDATA[wx1]]></"
                       "AppId><PagePath><![CDATA[p/1]]></PagePath></JumpList>") != std::string::npos);
    CHECK(changed.find("<TaskId><![CDATA[ticket-20260101-0007]]></TaskId></TemplateCard></xml>") !=
          std::string::npos);
}

TEST_CASE("A bot answers with streams, texts and cards, in an envelope of small letters",
          "[adapters][wecom][reply]") {
    const account bot = test::account_of("wecom", "aibot");
    const auto speaks = test::adapter_of(bot);
    adapters::decoded said;
    const auto answer_to = [&](const std::string& file, const reply& with) {
        static std::string clear;
        clear = test::data_file(file);
        REQUIRE(speaks->decode({"", query(), ""}, clear, said));
        const event& to = said.events.front();
        return speaks->cannot_say(said, to, with).empty() ? speaks->answer(said, to, with, at) : "";
    };
    reply text;
    text.text = "您好\"";
    const std::string streamed = answer_to("wecom/B01.json", text);
    CHECK(streamed == R"({"msgtype":"stream","stream":{"id":")" + hex(said.events.front().id) +
                          R"(","finish":true,"content":"您好\""}})");
    CHECK(answer_to("wecom/B04.json", text) == R"({"msgtype":"text","text":{"content":"您好\""}})");
    CHECK(answer_to("wecom/B05.json", text) == "");
    CHECK(answer_to("wecom/B06.json", text) == "");
    reply card;
    card.kind = reply_kind::card, card.card = R"({"card_type":"text_notice"})";
    CHECK(answer_to("wecom/B01.json", card) ==
          R"({"msgtype":"template_card","template_card":{"card_type":"text_notice"}})");
    CHECK(
        answer_to("wecom/B05.json", card) ==
        R"({"response_type":"update_template_card","template_card":{"card_type":"text_notice","task_id":"csat-0007"}})");
    adapters::opening how;
    how.sealed = how.json = true;
    const query request("nonce=1985211417");
    const std::string sealed = speaks->seal({"", request, ""}, how, streamed, at);
    CHECK(sealed.starts_with("{\"encrypt\":\""));
    CHECK(sealed.find("\"msgsignature\":\"") != std::string::npos);
    CHECK(sealed.find("\"timestamp\":1760000003,\"nonce\":\"1985211417\"}") != std::string::npos);
    CHECK(simulator::open_answer(bot, sealed).value() == streamed);
    // A refresh asks for what was said to the message it belongs to.
    const std::string refresh =
        R"({"msgid":"r1","aibotid":"a","from":{"userid":"lina"},"msgtype":"stream","stream":{"id":"00112233445566778899aabbccddeeff"}})";
    REQUIRE(speaks->decode({"", query(), ""}, refresh, said));
    REQUIRE(said.asks_again);
    CHECK(hex(*said.asks_again) == "00112233445566778899aabbccddeeff");
    CHECK_FALSE(said.events.front().deduplicated);
}

TEST_CASE("A mini program is handed to its desk in the form it wrote in", "[adapters][wechat][reply]") {
    const auto speaks = test::adapter_of(test::account_of("wechat", "mini_program"));
    adapters::decoded said;
    const std::string json = test::data_file("wechat/J1.json"), xml = test::data_file("wechat/F1.xml");
    REQUIRE(speaks->decode({"", query(), ""}, json, said));
    CHECK_FALSE(speaks->cannot_say(said, said.events.front(), {}).empty());
    reply desk;
    desk.kind = reply_kind::platform_desk, desk.text = "anna@fixturebiz";
    CHECK(speaks->cannot_say(said, said.events.front(), desk).empty());
    CHECK(
        speaks->answer(said, said.events.front(), desk, at) ==
        R"({"ToUserName":"oFx9T5k2VbQ7nLw3RzHc8YdUjMsE","FromUserName":"gh_5e4d3c2b1a0f","CreateTime":1760000003,"MsgType":"transfer_customer_service","TransInfo":{"KfAccount":"anna@fixturebiz"}})");
    REQUIRE(speaks->decode({"", query(), ""}, xml, said));
    CHECK(speaks->answer(said, said.events.front(), desk, at).starts_with("<xml>"));
    const auto store = test::adapter_of(test::account_of("wechat", "store"));
    CHECK_FALSE(store->cannot_say(said, said.events.front(), desk).empty());
}

TEST_CASE("Callbacks that want to be told more are told it", "[adapters][wechat]") {
    const auto speaks = test::adapter_of(test::account_of("wechat", "mini_program"));
    adapters::decoded said;
    const std::string json =
        R"({"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1,"MsgType":"event","Event":"xpay_goods_deliver_notify","OpenId":"o2"})";
    const std::string xml =
        "<xml><ToUserName>gh_1</ToUserName><MsgType>event</MsgType><Event>xpay_coin_pay_notify</Event></xml>";
    REQUIRE(speaks->decode({"", query(), ""}, json, said));
    CHECK(speaks->receipt(said, at) == R"({"ErrCode":0,"ErrMsg":"success"})");
    CHECK(said.events.front().from.id == "o2");
    REQUIRE(speaks->decode({"", query(), ""}, xml, said));
    CHECK(speaks->receipt(said, at) == "<xml><ErrCode>0</ErrCode><ErrMsg><![CDATA[success]]></ErrMsg></xml>");
    CHECK_FALSE(speaks->is_silence(speaks->receipt(said, at)));

    // "全网发布接入检测": what a component must answer before it goes public.
    const auto component = test::adapter_of(test::account_of("wechat", "component"));
    const auto trial = [&](const std::string& text, const std::string& appid) {
        static std::string clear, suffix;
        suffix = "/message/" + appid;
        clear =
            "<xml><ToUserName>gh_3c884a361561</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</"
            "CreateTime><MsgType>text</MsgType><Content>" +
            text + "</Content><MsgId>1</MsgId></xml>";
        REQUIRE(component->decode({suffix, query(), ""}, clear, said));
        return component->receipt(said, at);
    };
    CHECK(trial("TESTCOMPONENT_MSG_TYPE_TEXT", "wx570bc396a51b8ff8")
              .find("<Content><![CDATA[TESTCOMPONENT_MSG_TYPE_TEXT_callback]]></Content>") !=
          std::string::npos);
    CHECK(trial("QUERY_AUTH_CODE:queryauthcode@@@1", "wx570bc396a51b8ff8") == "");
    CHECK_FALSE(component->cannot_say(said, said.events.front(), {}).empty());
    REQUIRE(said.events.front().grant);
    CHECK(said.events.front().grant->value == "queryauthcode@@@1");
    std::string platform;
    said.append_platform(platform, 0);
    CHECK(platform.find("queryauthcode") == std::string::npos);
    CHECK(trial("TESTCOMPONENT_MSG_TYPE_TEXT", "wx5f1e2d3c4b5a6978") == "success");
}
