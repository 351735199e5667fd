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
    CHECK(speaks->answer(nothing_more, followed, news(3), at).find("<ArticleCount>3</ArticleCount>") != std::string::npos);
    CHECK(speaks->answer(nothing_more, about, {reply_kind::text, std::string(3000, 'x'), "", {}}, at).size() < 2300);
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
        const std::string clear = speaks->answer(nothing_more, text_of(to), {reply_kind::text, "您好", "", {}}, at);
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
