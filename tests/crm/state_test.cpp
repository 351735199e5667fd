#include <catch2/catch.hpp>

#include <sqlite3.h>

#include "crm/facts_cache.hpp"
#include "crm/sqlite_schema.hpp"
#include "crm/sqlite_state.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

namespace {

/// One event to come; what is not said is usual.
struct arrival {
    std::string person = "o1", account = "shop", queue = "general", kind = "openid", scope = "shop",
                stage = {};
    int priority = 0;
    std::vector<std::string_view> tags = {};
    bool to_platform_desk = false;
    std::uint64_t id = 0;  // 0: a new one.
    std::string event = "n";
    std::string media = {};
    bool wants_profile = false;
    yizhan::stream::granted_secret granted = {};
    std::int64_t at_ms = 0;
};

/// A state with a clock of its own.
struct desk {
    desk()
        : writer(crm::open_sqlite_writer(directory.path() / "state.db")),
          reader(crm::open_sqlite_reader(directory.path() / "state.db")) {}

    void reopen() {
        reader.reset();
        writer.reset();
        writer = crm::open_sqlite_writer(directory.path() / "state.db");
        reader = crm::open_sqlite_reader(directory.path() / "state.db");
    }

    /// From now on events with this in them cannot be written.
    void refuse(const std::string& word) {
        sqlite3* direct = nullptr;
        sqlite3_open((directory.path() / "state.db").c_str(), &direct);
        const std::string sql = "DROP TRIGGER IF EXISTS refuse; CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.json LIKE '%" +
                                word + "%' BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
        sqlite3_exec(direct, sql.c_str(), nullptr, nullptr, nullptr);
        sqlite3_close(direct);
    }

    /// As the applier does it.
    enum class arriving { as_usual, set_aside_for_good };
    std::vector<crm::person_facts> apply(const arrival& what = {}, arriving how = arriving::as_usual) {
        const std::uint64_t sequence = ++last;
        stream::kept_callback kept{what.account, "wechat", "clear", "success", {}};
        stream::effects each;
        const std::uint64_t number = what.id ? what.id : sequence + 1000000;
        for (int at = 0; at < 8; ++at)
            each.id[static_cast<std::size_t>(at)] = static_cast<unsigned char>(number >> 8 * at);
        each.type = "message.text";
        each.person_kind = what.kind, each.person_id = what.person, each.person_scope = what.scope;
        each.queue = what.queue, each.priority = what.priority, each.tags = what.tags,
        each.stage = what.stage;
        each.to_platform_desk = what.to_platform_desk;
        each.media.id = what.media, each.wants_profile = what.wants_profile, each.granted = what.granted;
        each.at_ms = what.at_ms;
        const std::string json = R"({"id":")" + std::to_string(number) + R"(","data":{")" + what.event + R"(":1}})";
        each.event_json = json;
        kept.events.push_back(each);
        std::string payload;
        stream::append_kept(payload, kept);
        const stream::record from{sequence, now_ms * 1000, stream::kind_callback, 1, payload, 0};
        writer->begin();
        if (how == arriving::set_aside_for_good) {
            writer->set_aside(from, "it ended the process", crm::state_writer::aside::for_good);
            writer->pass(sequence);
            return writer->commit();
        }
        try {
            writer->apply(from, kept);
        } catch (const crm::state_refuses& why) {
            writer->roll_back();
            writer->begin();
            writer->set_aside(from, why.what(), crm::state_writer::aside::for_a_while);
            writer->pass(sequence);
        }
        return writer->commit();
    }
    std::vector<crm::task> claim(const std::string& queue = "general", std::size_t max = 10,
                                 std::vector<crm::person_facts>* changed = nullptr) {
        writer->begin();
        auto taken = writer->claim({queue, "me", "desk", max, 30000}, now_ms);
        auto facts = writer->commit();
        if (changed) *changed = facts;
        return taken;
    }
    error_code acknowledge(std::int64_t task, int attempt = 0) {
        writer->begin();
        const error_code outcome = writer->acknowledge(task, attempt);
        writer->commit();
        return outcome;
    }
    error_code give_back(std::int64_t task, std::int64_t delay_ms = 0) {
        writer->begin();
        const error_code outcome = writer->give_back(task, 0, delay_ms, now_ms, "");
        writer->commit();
        return outcome;
    }
    void pass_time(std::int64_t ms) {
        now_ms += ms;
        writer->begin();
        writer->expire(now_ms, crm::trying::allowed);
        writer->commit();
    }

    test::temporary_directory directory;
    std::unique_ptr<crm::state_writer> writer;
    std::unique_ptr<crm::state_reader> reader;
    std::uint64_t last = 0;
    std::int64_t now_ms = 1767225600000;
};

}  // namespace

TEST_CASE("One contact, one conversation, one task an event, and nothing the second time", "[crm]") {
    desk here;
    here.apply({.id = 7});
    here.apply({.id = 7});  // The same event again, under a new sequence.
    here.apply();
    CHECK(here.writer->applied() == 3);
    const auto found = here.reader->find_identity("openid", "o1");
    REQUIRE(found.size() == 1);
    const auto who = here.reader->find_contact(found[0]).value();
    CHECK(who.identities.size() == 1);
    CHECK(who.identities[0].account == "shop");
    CHECK(who.conversations.size() == 1);
    CHECK(here.reader->timeline(who.id, {}, 10).events.size() == 2);
    CHECK(here.reader->queues()[0].pending == 2);
    here.reopen();
    CHECK(here.writer->applied() == 3);
    CHECK(here.claim().size() == 1);
}

TEST_CASE("Higher priority first, then oldest, one task of a conversation at a time", "[crm][queue]") {
    desk here;
    here.apply({.person = "a"});                 // t1
    here.apply({.person = "b", .priority = 5});  // t2
    here.apply({.person = "a", .priority = 9});  // t3: behind t1 of the same conversation.
    here.apply({.person = "c"});                 // t4
    const auto first = here.claim("general", 10);
    REQUIRE(first.size() == 3);
    CHECK(first[0].id == 2);
    CHECK(first[1].id == 1);
    CHECK(first[2].id == 4);
    CHECK(first[0].attempt == 1);
    CHECK(here.claim().empty());
    CHECK_FALSE(here.acknowledge(1));
    const auto second = here.claim();
    REQUIRE(second.size() == 1);
    CHECK(second[0].id == 3);
    CHECK(here.claim("other").empty());
}

TEST_CASE("A conversation is nobody else's while somebody has a task of it, whatever the queue",
          "[crm][queue]") {
    desk here;
    here.apply({.person = "a", .queue = "general"});
    here.apply({.person = "a", .queue = "complaints"});
    REQUIRE(here.claim("general").size() == 1);
    CHECK(here.claim("complaints").empty());
    here.writer->woken_queues();
    CHECK_FALSE(here.acknowledge(1));
    CHECK(here.writer->woken_queues() == std::vector<std::string>{"complaints"});
    CHECK(here.claim("complaints").size() == 1);
}

TEST_CASE("A claim that is not acknowledged returns, and dies after five attempts", "[crm][queue]") {
    desk here;
    here.apply();
    for (int attempt = 1; attempt <= 5; ++attempt) {
        const auto taken = here.claim();
        REQUIRE(taken.size() == 1);
        CHECK(taken[0].attempt == attempt);
        here.pass_time(29999);
        CHECK(here.claim().empty());
        here.pass_time(1);
    }
    CHECK(here.claim().empty());
    CHECK(here.reader->count_dead_letters() == 1);
    CHECK(here.reader->queues().empty());
}

TEST_CASE("Acknowledging, giving back and extending ask whose claim it is", "[crm][queue]") {
    desk here;
    here.apply();
    CHECK(here.acknowledge(1) == errc::conflict);
    CHECK(here.acknowledge(99) == errc::not_found);
    here.claim();
    CHECK(here.acknowledge(1, 2) == errc::conflict);
    CHECK_FALSE(here.give_back(1, 5000));
    CHECK(here.claim().empty());
    here.now_ms += 5000;
    REQUIRE(here.claim().size() == 1);
    CHECK(here.acknowledge(1, 1) == errc::conflict);
    here.writer->begin();
    CHECK_FALSE(here.writer->extend(1, 2, 100000, here.now_ms));
    here.writer->commit();
    here.pass_time(99999);
    CHECK_FALSE(here.acknowledge(1, 2));
    CHECK(here.acknowledge(1, 2) == errc::conflict);
    here.apply({.person = "z"});
    REQUIRE(here.claim().size() == 1);
    here.writer->begin();
    here.writer->unclaim(2, 1);
    here.writer->commit();
    CHECK(here.claim()[0].attempt == 1);
}

TEST_CASE("Who holds a conversation is a fact that follows its tasks", "[crm][facts]") {
    desk here;
    CHECK(here.apply().empty());  // Nothing special to know.
    std::vector<crm::person_facts> changed;
    here.claim("general", 1, &changed);
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].special);
    CHECK(crm::facts_for(changed[0], "shop").control == control::agent);
    CHECK(crm::facts_for(changed[0], "other").control == control::rule);
    here.writer->begin();
    here.writer->acknowledge(1, 0);
    changed = here.writer->commit();
    REQUIRE(changed.size() == 1);
    CHECK_FALSE(changed[0].special);

    changed = here.apply({.queue = "", .stage = "lead", .tags = {"vip"}});
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].tags == std::vector<std::string>{"vip"});
    CHECK(changed[0].stage == "lead");
    CHECK(here.reader->facts_of(crm::person_key("openid", "shop", "o1"))->stage == "lead");
    CHECK(here.reader->special_facts(10).size() == 1);

    changed = here.apply({.person = "o2", .queue = "", .to_platform_desk = true});
    REQUIRE(changed.size() == 1);
    const facts handed = crm::facts_for(changed[0], "shop");
    CHECK(handed.control_at(here.now_ms) == control::platform);
    CHECK(handed.control_at(here.now_ms + 31 * 60000) == control::rule);
    here.pass_time(31 * 60000);
    CHECK_FALSE(here.reader->facts_of(crm::person_key("openid", "shop", "o2"))->special);
}

TEST_CASE("WeCom's userids are one whatever their letter case", "[crm]") {
    desk here;
    here.apply({.person = "Wang.Fang", .account = "corp", .kind = "userid", .scope = "ww1"});
    here.apply({.person = "wang.fang", .account = "corp2", .kind = "userid", .scope = "ww1"});
    here.apply({.person = "wang.fang", .account = "corp3", .kind = "userid", .scope = "ww2"});
    CHECK(here.reader->find_identity("userid", "WANG.FANG").size() == 2);
    CHECK(here.reader->find_identity("", "wang.Fang").size() == 2);
    CHECK(here.reader->find_identity("openid", "wang.fang").empty());
    const auto who = here.reader->find_contact(here.reader->find_identity("userid", "wang.fang")[0]).value();
    CHECK(who.conversations.size() == 2);
    here.apply({.person = "oABC"});
    CHECK(here.reader->find_identity("", "oabc").empty());
    CHECK(here.reader->find_identity("", "oABC").size() == 1);
}

TEST_CASE("An erased contact leaves nothing but the fact that its events were handled", "[crm]") {
    desk here;
    here.apply({.tags = {"vip"}, .id = 5});
    here.apply({.person = "other"});
    const std::int64_t id = here.reader->find_identity("openid", "o1")[0];
    here.writer->begin();
    CHECK_FALSE(here.writer->erase_contact(id));
    const auto changed = here.writer->commit();
    REQUIRE(changed.size() == 1);
    CHECK_FALSE(changed[0].special);
    CHECK_FALSE(here.reader->find_contact(id));
    CHECK(here.reader->find_identity("openid", "o1").empty());
    CHECK(here.reader->timeline(id, {}, 10).events.empty());
    CHECK(here.claim().size() == 1);
    here.apply({.id = 5});
    CHECK(here.reader->find_identity("openid", "o1").empty());
    here.writer->begin();
    CHECK(here.writer->erase_contact(id) == errc::not_found);
    here.writer->commit();
}

TEST_CASE("A transaction that is rolled back has not happened", "[crm]") {
    desk here;
    stream::kept_callback kept{"shop", "wechat", "", "", {}};
    stream::effects each;
    each.type = "message.text", each.person_kind = "openid", each.person_id = "o9",
    each.person_scope = "shop", each.queue = "general";
    each.event_json = R"({"data":{}})";
    kept.events.push_back(each);
    here.writer->begin();
    here.writer->apply({1, 1, stream::kind_callback, 1, "", 0}, kept);
    here.writer->roll_back();
    CHECK(here.writer->applied() == 0);
    CHECK(here.reader->queues().empty());
    here.writer->begin();
    here.writer->apply({1, 1, stream::kind_callback, 1, "", 0}, kept);
    here.writer->commit();
    CHECK(here.writer->applied() == 1);
    CHECK(here.reader->find_identity("openid", "o9").size() == 1);
}

TEST_CASE("A timeline pages from the newest to the oldest", "[crm]") {
    desk here;
    for (int at = 0; at < 25; ++at) here.apply();
    const std::int64_t id = here.reader->find_identity("openid", "o1")[0];
    crm::state_reader::positions before;
    std::size_t seen = 0;
    for (int page = 0; page < 3; ++page) {
        const auto some = here.reader->timeline(id, before, 10);
        seen += some.events.size();
        before = some.next;
    }
    CHECK(seen == 25);
    CHECK(before.empty());
}

TEST_CASE("A timeline has the events of all conversations, in their order, on pages of any size", "[crm]") {
    desk here;
    for (int at = 0; at < 20; ++at) here.apply({.account = at % 3 == 0 ? "shop" : "other", .event = "n" + std::to_string(at)});
    const std::int64_t id = here.reader->find_identity("openid", "o1")[0];
    REQUIRE(here.reader->find_contact(id)->conversations.size() == 2);
    for (const std::size_t size : {1, 3, 7, 20, 50}) {
        std::vector<std::string> seen;
        crm::state_reader::positions next;
        do {
            const auto page = here.reader->timeline(id, next, size);
            CHECK(page.events.size() <= size);
            seen.insert(seen.end(), page.events.begin(), page.events.end());
            next = page.next;
        } while (!next.empty());
        REQUIRE(seen.size() == 20);
        for (int at = 0; at < 20; ++at)
            CHECK(seen[static_cast<std::size_t>(at)].find("\"n" + std::to_string(19 - at) + "\"") != std::string::npos);
    }
}

TEST_CASE("Of a conversation's line the oldest is ready, whatever became of those before it", "[crm]") {
    desk here;
    here.apply({.queue = "a"}), here.apply({.queue = "b"}), here.apply({.queue = "a"}), here.apply({.queue = "a"});
    const auto take = [&](const std::string& queue) {
        here.writer->begin();
        auto taken = here.writer->claim({queue, "c", "key", 10, 1000}, 5000);
        here.writer->commit();
        std::vector<std::int64_t> ids;
        for (const crm::task& each : taken) ids.push_back(each.id);
        return ids;
    };
    const auto change = [&](auto how) {
        here.writer->begin();
        how();
        here.writer->commit();
    };
    using ids = std::vector<std::int64_t>;
    CHECK(take("a") == ids{1});
    CHECK(take("b").empty());  // Somebody is at work on the conversation.
    change([&] { here.writer->give_back(1, 0, 0, 5000, ""); });
    CHECK(take("b") == ids{2});
    change([&] { here.writer->acknowledge(2, 0); });
    for (int attempt = 0; attempt < 4; ++attempt) {
        CHECK(take("a") == ids{1});
        change([&] { here.writer->give_back(1, 0, 0, 5000, ""); });
    }
    CHECK(here.reader->count_dead_letters() == 1);
    CHECK(take("a") == ids{3});
    change([&] { CHECK(!here.writer->retry_dead_letter(crm::letter_kind::task, 1, 5000)); });
    CHECK(take("a").empty());
    change([&] { here.writer->give_back(3, 0, 0, 5000, ""); });
    CHECK(take("a") == ids{1});  // The older one is first again.
    const auto figures = here.reader->queues();
    REQUIRE(figures.size() == 1);
    CHECK(figures[0].pending == 2);
    CHECK(figures[0].claimed == 1);
    change([&] { here.writer->acknowledge(1, 0); });
    CHECK(take("a") == ids{3});
    change([&] { here.writer->acknowledge(3, 0); });
    here.reopen();
    CHECK(take("a") == ids{4});
    change([&] { here.writer->acknowledge(4, 0); });
    CHECK(here.reader->queues().empty());
}

TEST_CASE("A copy of a state is equal, whatever its pages are like", "[crm]") {
    const test::temporary_directory directory;
    const std::string size = GENERATE("4096", "8192");
    const std::string path = (directory.path() / "state.db").string(), copy = (directory.path() / "copy.db").string();
    sqlite3* direct = nullptr;
    sqlite3_open(path.c_str(), &direct);
    REQUIRE(sqlite3_exec(direct, ("PRAGMA page_size = " + size + "; CREATE TABLE t(a); DROP TABLE t").c_str(), nullptr, nullptr,
                         nullptr) == SQLITE_OK);
    sqlite3_close(direct);
    const auto writer = crm::open_sqlite_writer(path);
    writer->begin();
    writer->move_cursor("shop", "messages", "c17");
    writer->pass(7);
    writer->commit();
    crm::copy_sqlite(path, copy);
    CHECK(crm::digest_of_sqlite(copy) == crm::digest_of_sqlite(path));
    CHECK(crm::digest_of_sqlite(copy).applied == 7);
    CHECK(crm::open_sqlite_writer(copy)->applied() == 7);
}

TEST_CASE("A state of the version before has its threads and lines too", "[crm]") {
    const test::temporary_directory directory;
    const std::string path = (directory.path() / "state.db").string();
    sqlite3* direct = nullptr;
    sqlite3_open(path.c_str(), &direct);
    const auto run = [&](const std::string& sql) {
        REQUIRE(sqlite3_exec(direct, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    };
    for (int step = 0; step < 2; ++step) run(crm::sqlite_schema[step]);
    run("PRAGMA user_version = 2");
    run("INSERT INTO contact(id, created_ms) VALUES(1, 1)");
    run("INSERT INTO identity VALUES('o1', 'openid', 'wx1', 'o1', 'shop', 1)");
    run("INSERT INTO conversation(id, contact, account, last_ms) VALUES(1, 1, 'shop', 5), (2, 1, 'other', 6)");
    for (int at = 1; at <= 6; ++at)
        run("INSERT INTO event VALUES(" + std::to_string(at) + ", 1, x'0" + std::to_string(at) + "', 1, " +
            std::to_string(at % 3) + ", 'e" + std::to_string(at) + "')");
    run("INSERT INTO task(id, queue, priority, skills, contact, conversation, sequence, status, enqueued_ms) VALUES"
        "(1, 'a', 0, '', 1, 1, 1, 2, 1), (2, 'a', 0, '', 1, 1, 1, 0, 2), (3, 'a', 0, '', 1, 1, 1, 0, 3),"
        "(4, 'b', 0, '', 1, 1, 1, 0, 4), (5, 'a', 0, '', 1, 2, 2, 0, 5)");
    sqlite3_close(direct);

    const auto writer = crm::open_sqlite_writer(path);
    const auto reader = crm::open_sqlite_reader(path);
    crm::state_reader::positions next;
    std::string seen;
    do {
        const auto page = reader->timeline(1, next, 2);
        for (const std::string& each : page.events) seen += each;
        next = page.next;
    } while (!next.empty());
    CHECK(seen == "e6e5e4e3e2e1");
    writer->begin();
    const auto taken = writer->claim({"a", "c", "key", 10, 1000}, 5000);
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].id == 2);
    CHECK(taken[1].id == 5);
    CHECK(!writer->acknowledge(2, 0));
    CHECK(writer->claim({"b", "c", "key", 10, 1000}, 5000).at(0).id == 4);
    CHECK(!writer->acknowledge(4, 0));
    CHECK(writer->claim({"a", "c", "key", 10, 1000}, 5000).at(0).id == 3);
    writer->commit();
}

TEST_CASE("The cache knows when it does not know", "[crm][facts]") {
    crm::facts_cache cache(2);
    facts into;
    CHECK(cache.find("a", "shop", into) == crm::facts_cache::answer::plain);
    const auto special = [](std::string person) {
        crm::person_facts about;
        about.person = std::move(person), about.special = true, about.stage = "lead";
        return about;
    };
    cache.update(special("a"));
    cache.update(special("b"));
    CHECK(cache.find("a", "shop", into) == crm::facts_cache::answer::known);
    CHECK(into.stage == "lead");
    cache.update(special("c"));  // Puts b out, which was asked for least recently.
    CHECK(cache.find("b", "shop", into) == crm::facts_cache::answer::unknown);
    CHECK(cache.find("x", "shop", into) == crm::facts_cache::answer::unknown);
    CHECK(cache.find("a", "shop", into) == crm::facts_cache::answer::known);
    crm::person_facts plain;
    plain.person = "x";
    cache.update(plain);
    CHECK(cache.find("x", "shop", into) == crm::facts_cache::answer::known);
    CHECK(cache.size() == 2);
}

TEST_CASE("A record that the state refuses is set aside, and nobody else waits for it", "[crm][aside]") {
    desk here;
    here.refuse("poison");
    here.apply({.person = "a", .event = "good"});
    here.apply({.person = "b", .event = "poison"});
    for (int at = 0; at < 3; ++at) here.apply({.person = "b", .event = "good"});  // Behind the one before.
    here.apply({.person = "c", .event = "good"});
    CHECK(here.writer->applied() == 6);
    CHECK(here.reader->queues()[0].pending == 2);
    CHECK(here.reader->find_identity("openid", "b").empty());
    CHECK(here.reader->count_dead_letters() == 0);
    int attempts = 1;
    for (; here.reader->count_dead_letters() == 0 && attempts < 20; ++attempts) {
        here.pass_time(3999);
        here.pass_time(1);
    }
    CHECK(attempts <= 5);
    // It has given up: all that waited behind it go on, one after the other.
    here.pass_time(1);
    CHECK(here.reader->queues()[0].pending == 5);
    CHECK_FALSE(here.writer->due(here.now_ms + 100000));
    CHECK(here.reader->timeline(here.reader->find_identity("openid", "b")[0], {}, 10).events.size() == 3);
    CHECK(here.reader->find_identity("openid", "b").size() == 1);
    const auto letters = here.reader->dead_letters(10);
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].kind == crm::letter_kind::record);
    CHECK(letters[0].id == 2);
    CHECK(letters[0].attempt == crm::attempts_max);
    CHECK(letters[0].reason.find("refused by the test") != std::string::npos);
    REQUIRE(letters[0].events.size() == 1);
    CHECK(letters[0].events[0].find("poison") != std::string::npos);
    here.reopen();
    CHECK(here.reader->find_dead_letter(crm::letter_kind::record, 2).has_value());
    CHECK_FALSE(here.reader->find_dead_letter(crm::letter_kind::task, 2).has_value());

    // Whatever was wrong is mended, and somebody asks for it to be tried again.
    here.refuse("nothing");
    here.writer->begin();
    CHECK(here.writer->retry_dead_letter(crm::letter_kind::record, 3, here.now_ms) == errc::not_found);
    CHECK_FALSE(here.writer->retry_dead_letter(crm::letter_kind::record, 2, here.now_ms));
    here.writer->commit();
    here.pass_time(1);
    CHECK(here.reader->count_dead_letters() == 0);
    CHECK(here.reader->queues()[0].pending == 6);
}

TEST_CASE("Of a chain of refused records each has its attempts, and an erased person's are gone", "[crm][aside]") {
    desk here;
    here.refuse("poison");
    here.apply({.person = "p", .event = "good"});
    here.apply({.person = "p", .event = "poison"});
    here.apply({.person = "p", .event = "poison"});
    here.apply({.person = "p", .event = "good"});
    here.apply({.person = "q", .event = "poison"});
    for (int at = 0; at < 30; ++at) here.pass_time(4000);
    CHECK(here.reader->count_dead_letters() == 3);
    const std::int64_t who = here.reader->find_identity("openid", "p")[0];
    CHECK(here.reader->timeline(who, {}, 10).events.size() == 2);
    here.writer->begin();
    CHECK_FALSE(here.writer->erase_contact(who));
    here.writer->commit();
    CHECK(here.reader->count_dead_letters() == 1);  // Somebody else's.
}

TEST_CASE("Whoever is erased and met again in one transaction has what is new", "[crm][facts]") {
    desk here;
    here.apply({.tags = {"old"}});
    const std::int64_t who = here.reader->find_identity("openid", "o1")[0];
    stream::kept_callback kept{"shop", "wechat", "", "", {}};
    stream::effects each;
    each.id[0] = 77, each.type = "message.text", each.person_kind = "openid", each.person_id = "o1";
    each.person_scope = "shop", each.event_json = R"({"data":{}})", each.tags = {"new"};
    kept.events.push_back(each);
    here.writer->begin();
    here.writer->erase_contact(who);
    here.writer->apply({2, here.now_ms * 1000, stream::kind_callback, 1, "", 0}, kept);
    const auto changed = here.writer->commit();
    REQUIRE_FALSE(changed.empty());
    CHECK(changed.back().special);
    CHECK(changed.back().tags == std::vector<std::string>{"new"});
}

TEST_CASE("What ended the process is not tried again by itself", "[crm][aside]") {
    desk here;
    here.apply({.person = "b", .event = "poison"}, desk::arriving::set_aside_for_good);
    CHECK(here.reader->count_dead_letters() == 1);
    here.pass_time(100000);
    CHECK(here.reader->count_dead_letters() == 1);
    here.writer->begin();
    CHECK_FALSE(here.writer->retry_dead_letter(crm::letter_kind::record, 1, here.now_ms));
    here.writer->commit();
    here.writer->begin();
    here.writer->expire(here.now_ms, crm::trying::blamed);  // It did it again.
    here.writer->commit();
    CHECK(here.reader->count_dead_letters() == 1);
    here.writer->begin();
    CHECK_FALSE(here.writer->drop_dead_letter(crm::letter_kind::record, 1));
    CHECK(here.writer->drop_dead_letter(crm::letter_kind::record, 1) == errc::not_found);
    here.writer->commit();
    CHECK(here.reader->count_dead_letters() == 0);
}

TEST_CASE("A task that gave up says why, and can be tried again", "[crm][dead]") {
    desk here;
    here.apply();
    for (int attempt = 1; attempt <= crm::attempts_max; ++attempt) {
        REQUIRE(here.claim().size() == 1);
        here.writer->begin();
        here.writer->give_back(1, 0, 0, here.now_ms, attempt == 5 ? "the printer is on fire" : "");
        here.writer->commit();
    }
    CHECK(here.claim().empty());
    const auto letters = here.reader->dead_letters(10);
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].kind == crm::letter_kind::task);
    CHECK(letters[0].reason == "the printer is on fire");
    CHECK(letters[0].queue == "general");
    here.writer->begin();
    CHECK_FALSE(here.writer->retry_dead_letter(crm::letter_kind::task, 1, here.now_ms));
    here.writer->commit();
    CHECK(here.writer->woken_queues() == std::vector<std::string>{"general"});
    const auto again = here.claim();
    REQUIRE(again.size() == 1);
    CHECK(again[0].attempt == 1);
}

TEST_CASE("Media are wanted until they are kept or gone, and what nobody has any more is said", "[crm][fetch]") {
    desk here;
    const auto change = [&](auto what) {
        here.writer->begin();
        what(*here.writer);
        here.writer->commit();
        return here.writer->take_errands();
    };
    for (const char* each : {"a", "b"}) here.apply({.person = each, .media = "m1", .at_ms = 5000});
    here.apply({.person = "a", .media = "m2", .at_ms = 9000});
    CHECK(here.writer->take_errands().fetches);
    REQUIRE(here.reader->wanted_media(0, 10).size() == 3);
    const auto first = here.reader->wanted_media(0, 10).front();
    CHECK(first.id == "m1");
    CHECK(first.account == "shop");

    change([&](crm::state_writer& state) {
        CHECK(!state.keep_media(1, "d1", "image/png", 7));
        CHECK(!state.keep_media(2, "d1", "image/png", 7));
        CHECK(!state.fetch_media_later(3, 60000, "busy"));
        CHECK(state.keep_media(1, "d9", "image/png", 7) == errc::not_found);  // It is kept already.
    });
    CHECK(here.reader->wanted_media(0, 10).empty());
    CHECK(here.reader->next_fetch_ms(0) == 60000);
    CHECK(here.reader->wanted_media(60000, 10).front().attempt == 1);
    change([&](crm::state_writer& state) { CHECK(!state.give_media_up(3, "gone")); });
    CHECK(here.reader->next_fetch_ms(0) == 0);
    CHECK(here.reader->is_media_kept("d1"));

    // The same file is somebody else's too.
    const std::int64_t a = here.reader->find_identity("", "a").front(), b = here.reader->find_identity("", "b").front();
    CHECK(change([&](crm::state_writer& state) { state.erase_contact(a); }).freed.empty());
    CHECK(change([&](crm::state_writer& state) { state.erase_contact(b); }).freed == std::vector<std::string>{"d1"});
    CHECK(!here.reader->is_media_kept("d1"));

    here.apply({.person = "c", .media = "m3", .at_ms = 5000});
    CHECK(here.reader->has_media_before(5001));
    CHECK(!here.reader->has_media_before(5000));
    change([&](crm::state_writer& state) { state.forget_media(5001); });
    CHECK(!here.reader->has_media_before(5001));
}

TEST_CASE("Whoever writes is asked for once a day, and is found by what the platform says", "[crm][fetch]") {
    desk here;
    const auto wanted = [&] { return here.reader->wanted_profiles(here.now_ms, 10).size(); };
    for (int at = 0; at < 3; ++at) here.apply({.wants_profile = true});
    REQUIRE(wanted() == 1);
    const auto one = here.reader->wanted_profiles(here.now_ms, 10).front();
    CHECK(one.id == "o1");
    here.writer->begin();
    CHECK(!here.writer->keep_profile(one.contact, "shop", "张三", "u1", R"({"unionid":"u1"})", here.now_ms));
    const auto changed = here.writer->commit();
    REQUIRE(!changed.empty());
    CHECK(changed.front().name == "张三");
    CHECK(wanted() == 0);
    CHECK(here.reader->find_identity("unionid", "u1") == std::vector<std::int64_t>{one.contact});
    REQUIRE(here.reader->find_contact(one.contact)->profiles.size() == 1);
    CHECK(here.reader->find_conversation(1)->kind == "openid");  // Nobody is written to by a unionid.
    here.apply({.wants_profile = true});
    CHECK(wanted() == 0);
    here.now_ms += std::int64_t{25} * 3600 * 1000;
    here.apply({.wants_profile = true});
    CHECK(wanted() == 1);
}

TEST_CASE("What is granted for good is replaced, belongs to whoever serves, and ends with its revocation", "[crm][grant]") {
    desk here;
    here.writer->begin();
    here.writer->keep_grant({"component", "refresh_token", "wx1", "r1", 1000, 0});
    CHECK(!here.writer->renew_grant({"component", "refresh_token", "wx1", "r2", 0, 0}, "r1"));  // As old as the first.
    CHECK(here.writer->renew_grant({"component", "refresh_token", "wx1", "r9", 0, 0}, "r1") == errc::conflict);
    here.writer->keep_grant({"component", "refresh_token", "wx2", "r3", 1000, 0});
    here.writer->commit();
    REQUIRE(here.reader->grants_of("wx1").size() == 1);
    CHECK(here.reader->grants_of("wx1").front().value == "r2");
    CHECK(here.reader->grants_of("wx1").front().at_ms == 1000);
    CHECK(here.reader->find_grant("component", "refresh_token", "wx2")->value == "r3");
    here.apply({.account = "component", .granted = {"revoked", "wx1", "", 0}, .at_ms = 999});  // Of an authorisation before.
    CHECK(here.reader->grants_of("wx1").size() == 1);
    here.apply({.account = "component", .granted = {"revoked", "wx1", "", 0}, .at_ms = 1000});
    CHECK(here.reader->grants_of("wx1").empty());
    CHECK(here.reader->grants_of("wx2").size() == 1);
    here.writer->begin();
    CHECK(here.writer->keep_grant({"component", "refresh_token", "wx1", "r5", 1000, 0}) == errc::conflict);  // Exchanged too late.
    CHECK(here.writer->renew_grant({"component", "refresh_token", "wx1", "r6", 0, 0}, "r2") == errc::conflict);
    CHECK(!here.writer->keep_grant({"component", "refresh_token", "wx1", "r7", 2000, 0}));  // Authorised again.
    here.writer->commit();
    CHECK(here.reader->grants_of("wx1").front().value == "r7");
}
