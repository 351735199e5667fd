#include <catch2/catch.hpp>

#include "router/normalise.hpp"
#include "router/rules.hpp"

using namespace yizhan;

namespace {

constexpr std::int64_t monday_10 = 1795399200000;  // 2026-11-23 10:00 in Shanghai, a Monday.
constexpr std::int64_t hour = 3600000;

struct station {
    explicit station(const std::string& text) {
        all = router::rules::compile(text, "rules.yaml", router::time_zone::named("Asia/Shanghai"), found);
        if (all) space.emplace(all->make_workspace());
    }
    router::decision decide(std::string_view type, std::string_view text = "", facts who = {},
                            std::int64_t now_ms = monday_10) {
        event about;
        about.type = type;
        about.text = text;
        return all->decide(about, through, &who, now_ms, *space);
    }
    std::string rule(std::string_view type, std::string_view text = "", facts who = {},
                     std::int64_t now_ms = monday_10) {
        const router::decision said = decide(type, text, std::move(who), now_ms);
        return said.matched.empty() ? "" : std::string(all->name_of(said.matched.back()));
    }
    faults found;
    std::shared_ptr<const router::rules> all;
    std::optional<router::rules::workspace> space;
    origin through{"wechat", "shop"};
};

const std::string of_the_design = R"(
hours: { office: { days: mon-fri, from: "09:00", to: "18:00", holidays: [2026-10-01] } }
rules:
  - name: complaint
    when: { type: message.text, text: { any_of: [投诉, 退款], matches: "订单.{0,4}没到" } }
    then: { queue: complaints, priority: 10, tags: [complaint] }
  - name: hello
    when: { type: contact.followed, channel: wechat }
    then: { reply: { text: "您好，{{contact.name | 朋友}}，欢迎关注。" } }
  - name: night
    when: { type: message.*, outside: office }
    then: { reply: { text: "客服时间 9:00 到 18:00，已为您留言。" }, queue: general }
  - name: rest
    then: { queue: general }
)";

}  // namespace

TEST_CASE("The first rule that matches decides", "[router]") {
    station here(of_the_design);
    REQUIRE(here.found.empty());
    CHECK(here.rule("message.text", "我要投诉，订单还没到") == "complaint");
    CHECK(here.rule("message.text", "我要投诉") == "rest");  // `any_of` and `matches` both.
    CHECK(here.rule("message.image") == "rest");
    CHECK(here.rule("message.text", "你好", {}, monday_10 + 9 * hour) == "night");
    CHECK(here.rule("contact.followed") == "hello");
    CHECK(here.decide("contact.followed").reply->text == "您好，朋友，欢迎关注。");
    facts known;
    known.name = "小王";
    CHECK(here.decide("contact.followed", "", known).reply->text == "您好，小王，欢迎关注。");
    here.through.channel = "weibo";
    CHECK(here.rule("contact.followed") == "rest");
    const auto said = here.decide("message.text", "退款!订单5没到");
    CHECK(said.queue == "complaints");
    CHECK(said.priority == 10);
    CHECK(said.tags == std::vector<std::string_view>{"complaint"});
    std::string out;
    here.all->append_json(out, said);
    CHECK(
        out ==
        R"({"rule":"complaint","tried":["complaint"],"reason":"type message.text, text any_of 退款, text matches","queue":"complaints","priority":10,"tags":["complaint"]})");
    CHECK(here.all->queues() == std::vector<std::string>{"complaints", "general"});
}

TEST_CASE("Nothing matches: nothing follows, and that is said", "[router]") {
    station here("rules:\n  - { name: a, when: { type: menu.clicked }, then: { queue: q } }\n");
    const auto said = here.decide("message.text", "x");
    CHECK(said.matched.empty());
    CHECK(said.queue.empty());
    std::string out;
    here.all->append_json(out, said);
    CHECK(out == R"({"rule":null,"tried":["a"],"reason":"no rule matched"})");
    station none("");
    CHECK(none.found.empty());
    CHECK(none.rule("message.text") == "");
}

TEST_CASE("Texts meet after NFKC and case folding", "[router]") {
    station here(
        "rules:\n"
        "  - { name: vip, when: { text: { any_of: [ＶＩＰ卡] } }, then: { queue: q } }\n"
        "  - { name: whole, when: { text: { equals: [ＯＫ, 好的] } }, then: { queue: q } }\n"
        "  - { name: both, when: { text: { all_of: [Order, 123] } }, then: { queue: q } }\n"
        "  - { name: pattern, when: { text: { matches: '^\\Dtel（\\d+）$' } }, then: { queue: q } }\n"
        "  - { name: kana, when: { text: { any_of: [ハンバーグ] } }, then: { queue: q } }\n");
    REQUIRE(here.found.empty());
    CHECK(here.rule("message.text", "我的vip卡") == "vip");
    CHECK(here.rule("message.text", "我的ＶiＰ卡！") == "vip");
    CHECK(here.rule("message.text", "ok") == "whole");
    CHECK(here.rule("message.text", "ok!") == "");
    CHECK(here.rule("message.text", "好的") == "whole");
    CHECK(here.rule("message.text", "ORDER no. １２３") == "both");
    CHECK(here.rule("message.text", "order") == "");
    CHECK(here.rule("message.text", "电TEL（１２）") == "pattern");
    CHECK(here.rule("message.text", "ﾊﾝﾊﾞｰｸﾞ") == "kana");
    CHECK(here.rule("message.text", "\xff\xfe broken") == "");
    std::string out;
    router::normalise("Ａ😀，。ｂ Straße ①", out);
    CHECK(out == "a😀,。b strasse 1");
}

TEST_CASE("With continue the first reply and queue win and tags unite", "[router]") {
    station here(
        "rules:\n"
        "  - { name: tag, then: { tags: [a, b], continue: true } }\n"
        "  - { name: first, when: { type: 'message.*' }, then: { reply: { text: one }, queue: q1, priority: "
        "3, skills: [zh], tags: [b, c], continue: true } }\n"
        "  - { name: second, then: { reply: { text: two }, queue: q2, priority: 9, stage: lead } }\n"
        "  - { name: never, then: { queue: q3 } }\n");
    REQUIRE(here.found.empty());
    const auto said = here.decide("message.text", "x");
    CHECK(said.matched == std::vector<std::uint32_t>{0, 1, 2});
    CHECK(said.reply->text == "one");
    CHECK(said.queue == "q1");
    CHECK(said.priority == 3);
    CHECK(said.skills == std::vector<std::string_view>{"zh"});
    CHECK(said.tags == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(said.stage == "lead");
    CHECK(here.decide("menu.clicked").queue == "q2");
}

TEST_CASE("Every condition counts", "[router]") {
    station here(
        "rules:\n"
        "  - { name: account, when: { account: [other] }, then: { queue: q } }\n"
        "  - { name: key, when: { event_key: 'MENU_*' }, then: { queue: q } }\n"
        "  - { name: scene, when: { scene: [store_1] }, then: { queue: q } }\n"
        "  - { name: tags, when: { contact: { tags: [vip, gold] } }, then: { queue: q } }\n"
        "  - { name: stage, when: { contact: { stage: lead } }, then: { queue: q } }\n"
        "  - { name: control, when: { control: [agent, platform] }, then: { drop: true } }\n");
    REQUIRE(here.found.empty());
    CHECK(here.rule("message.text") == "");
    here.through.account = "other";
    CHECK(here.rule("message.text") == "account");
    here.through.account = "shop";
    facts who;
    who.tags = {"gold"};
    CHECK(here.rule("message.text", "", who) == "tags");
    who = {}, who.stage = "lead";
    CHECK(here.rule("message.text", "", who) == "stage");
    who = {}, who.control = control::agent;
    CHECK(here.rule("message.text", "", who) == "control");
    CHECK(here.decide("message.text", "", who).drop);
    std::string kept;
    here.all->append_json(kept, here.decide("message.text", "", who));
    CHECK(kept.find(R"("facts":{"control":"agent"})") != std::string::npos);
    who.control_until_ms = monday_10 - 1;
    CHECK(here.rule("message.text", "", who) == "");
    event about;
    about.type = "menu.clicked", about.event_key = "MENU_A";
    const facts nobody;
    CHECK(here.all->name_of(here.all->decide(about, here.through, &nobody, 0, *here.space).matched.at(0)) ==
          "key");
    about.event_key = "", about.scene = "store_1";
    CHECK(here.all->name_of(here.all->decide(about, here.through, &nobody, 0, *here.space).matched.at(0)) ==
          "scene");
}

TEST_CASE("Without facts the rules ask for them only when it matters", "[router]") {
    station here(
        "rules:\n"
        "  - { name: plain, when: { type: menu.clicked }, then: { queue: q } }\n"
        "  - { name: says, when: { type: message.text }, then: { reply: { text: hi } } }\n"
        "  - { name: asks, when: { contact: { tags: vip } }, then: { queue: q } }\n");
    event about;
    const auto wants = [&](std::string_view type) {
        about.type = type;
        return here.all->decide(about, here.through, nullptr, 0, *here.space).wants_facts;
    };
    CHECK_FALSE(wants("menu.clicked"));
    CHECK(wants("message.text"));
    CHECK(wants("message.image"));
}

TEST_CASE("Hours know weekdays, holidays, make-up days and midnight", "[router][hours]") {
    const auto zone = router::time_zone::named("Asia/Shanghai");
    router::hours office;
    office.weekdays = 0x1f, office.from_minute = 9 * 60, office.to_minute = 18 * 60;
    CHECK(office.open_at(monday_10, *zone));
    CHECK(office.open_at(monday_10 - hour, *zone));
    CHECK_FALSE(office.open_at(monday_10 - hour - 1, *zone));
    CHECK_FALSE(office.open_at(monday_10 + 8 * hour, *zone));
    CHECK_FALSE(office.open_at(monday_10 - 24 * hour, *zone));  // Sunday.
    const std::int64_t day = monday_10 / 86400000;
    office.workdays = {day - 1};
    CHECK(office.open_at(monday_10 - 24 * hour, *zone));
    office.holidays = {day};
    CHECK_FALSE(office.open_at(monday_10, *zone));
    router::hours night;
    night.weekdays = 1, night.from_minute = 22 * 60, night.to_minute = 6 * 60;  // Monday's night.
    CHECK(night.open_at(monday_10 + 13 * hour, *zone));
    CHECK(night.open_at(monday_10 + 19 * hour, *zone));
    CHECK_FALSE(night.open_at(monday_10 + 20 * hour, *zone));
    CHECK_FALSE(night.open_at(monday_10 - 5 * hour, *zone));
    CHECK_FALSE(router::time_zone::named("Mars/Olympus"));
}

TEST_CASE("All faults of a rules file are named at once with their places", "[router][faults]") {
    station here(
        "hours: { office: { days: mon-fry, from: 25:00, opens: 1, holidays: [2026-02-30] } }\n"
        "rules:\n"
        "  - { nmae: a, then: { queue: q } }\n"
        "  - { name: b, when: { txet: { any_of: [x] }, hours: ofice }, then: { reply: { text: "
        "'{{contact.nam}}' } } }\n"
        "  - { name: b, when: { text: { matches: '(' } }, then: { priority: 5 } }\n"
        "  - { name: c, name: d, when: { control: boss, account: [] }, then: { reply: { text: a, image: b } "
        "} }\n"
        "  - { name: e }\n");
    CHECK_FALSE(here.all);
    std::string all;
    for (const fault& each : here.found) {
        all += to_text(each) + "\n";
        CHECK(each.line > 0);
        CHECK(each.column > 0);
    }
    CAPTURE(all);
    for (const char* expected :
         {"rules.yaml:1:26: \"mon-fry\" is no weekday", "\"25:00\" is no time", "unknown key \"opens\"",
          "\"2026-02-30\" is no date",
          "rules.yaml:3:7: unknown key \"nmae\" in rule 1; did you mean \"name\"?", "rule 1 has no name",
          "unknown key \"txet\" in `when`; did you mean \"text\"?",
          "no hours are called \"ofice\"; did you mean \"office\"?",
          "nothing is called \"contact.nam\"; did you mean \"contact.name\"?", "two rules are called \"b\"",
          "`matches` is no regular expression", "`priority` and `skills` need a `queue`",
          "\"name\" stands twice in rule 4", "control is one of", "`account` with nothing in it",
          "`reply` is exactly one of", "rule 5 says nothing under `then`"}) {
        CAPTURE(expected);
        CHECK(all.find(expected) != std::string::npos);
    }
    station broken("rules: [\n");
    REQUIRE(broken.found.size() == 1);
    CHECK(broken.found[0].text.find("not YAML") == 0);
}

TEST_CASE("Ten thousand keywords find what one keyword finds", "[router][keywords]") {
    std::string text = "rules:\n";
    for (int at = 0; at < 10000; ++at)
        text += "  - { name: r" + std::to_string(at) + ", when: { text: { any_of: [词" + std::to_string(at) +
                "号] } }, then: { queue: q } }\n";
    station here(text);
    REQUIRE(here.found.empty());
    CHECK(here.rule("message.text", "请看词4321号") == "r4321");
    CHECK(here.rule("message.text", "词9999号和词12号") == "r12");
    CHECK(here.rule("message.text", "词号") == "");
    const auto said = here.decide("message.text", "词9999号");
    std::string out;
    here.all->append_json(out, said);
    CHECK(out.find("\"tried_count\":10000") != std::string::npos);
}
