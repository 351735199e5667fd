// What an operator does with what is kept: looks, copies, puts back, makes anew, and deals with what gave up.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/running.hpp"

using namespace yizhan;
using test::running;
using test::text;

namespace {

const std::string two_queues =
    "rules:\n"
    "  - { name: complaint, when: { text: { any_of: [投诉] } }, then: { queue: complaints, tags: [angry] } }\n"
    "  - { name: rest, then: { reply: { text: 收到 }, queue: general } }\n";

}  // namespace

TEST_CASE("What gave up can be listed, shown, tried again and dropped", "[scenario][dlq]") {
    running station;
    REQUIRE(station.start());
    for (int at = 1; at <= 2; ++at) station.send("corp", text("第" + std::to_string(at), "user" + std::to_string(at)));
    station.settle();
    for (int attempt = 1; attempt <= 5; ++attempt)
        for (const std::string& id : test::all_of(station.ask("POST", "/v1/queues/general/claim", R"({"max":10})").body, "id"))
            if (id.starts_with("t"))
                CHECK(station.ask("POST", "/v1/tasks/" + id + "/nack", R"({"reason":"no printer"})").status == 204);
    const std::string api = " --api http://127.0.0.1:" + std::to_string(station.api_port());
    int status = 0;
    const std::string listed = station.command("dlq ls" + api, &status);
    CHECK(status == 0);
    CHECK(listed.find("t1  task  ") != std::string::npos);
    CHECK(listed.find("5 attempts  general  message.text  no printer") != std::string::npos);
    CHECK(station.command("dlq show t1 --json" + api, &status).find("第1") != std::string::npos);
    CHECK(station.ask("GET", "/metrics", "", "").has("yizhan_dead_letters 2"));
    CHECK(station.ask("GET", "/v1/dead-letters", "", "desk").status == 403);
    CHECK(station.ask("GET", "/v1/dead-letters", "", "boss").status == 200);

    station.command("dlq retry t1" + api, &status);
    CHECK(status == 0);
    station.command("dlq drop t2" + api, &status);
    CHECK(status == 0);
    CHECK(station.command("dlq retry t2" + api, &status).find("404") != std::string::npos);
    CHECK(status == 1);
    CHECK(station.command("dlq show nothing" + api, &status).find("404") != std::string::npos);
    CHECK(station.command("dlq ls" + api, &status).empty());
    const auto again = station.ask("POST", "/v1/queues/general/claim", R"({"max":10})");
    CHECK(again.has(R"("id":"t1","queue":"general","priority":0,"attempt":1)"));
    CHECK_FALSE(again.has(R"("id":"t2")"));
    CHECK(station.stop() == 0);
}

TEST_CASE("The journal's files can be looked at, and damage is named", "[scenario][journal]") {
    running station;
    REQUIRE(station.start());
    for (int at = 1; at <= 20; ++at) station.send("corp", text("x", "user" + std::to_string(at)));
    int status = 0;
    CHECK(station.command("journal verify", &status).find("20 callbacks with 20 events, 0 commands") != std::string::npos);
    CHECK(status == 0);
    CHECK(station.command("journal inspect", &status).find("00000001.journal  1 to 20  20 records") != std::string::npos);
    CHECK(station.stop() == 0);
    const std::filesystem::path file = station.directory() / "data/journal/00000001.journal";
    std::fstream opened(file, std::ios::binary | std::ios::in | std::ios::out);
    opened.seekp(2000);
    opened.put('!');
    opened.close();
    const std::string said = station.command("journal verify --json", &status);
    CHECK(status == 1);
    CHECK(said.find(R"("whole":false)") != std::string::npos);
    CHECK(said.find(R"("damages":[{"first":)") != std::string::npos);
}

TEST_CASE("A backup taken while it runs is put back elsewhere and is the same", "[scenario][backup]") {
    running station({.rules = two_queues});
    REQUIRE(station.start());
    for (int at = 1; at <= 30; ++at) station.send("shop", text(at % 3 ? "你好" : "投诉", "o" + std::to_string(at % 7)));
    station.settle();
    for (const std::string& id : test::all_of(station.ask("POST", "/v1/queues/general/claim", R"({"max":4})").body, "id"))
        if (id.starts_with("t")) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
    CHECK(station.ask("DELETE", "/v1/contacts/c1").status == 200);
    int status = 0;
    const std::string made = station.command("backup --to copy", &status);
    CAPTURE(made);
    REQUIRE(status == 0);
    CHECK(station.command("backup --to copy", &status).find("is not empty") != std::string::npos);
    CHECK(status == 1);
    const std::string queues = station.ask("GET", "/v1/queues").body;
    const auto events = station.event_ids();
    CHECK(station.command("restore --from copy", &status).find("in use by another yizhan") != std::string::npos);
    CHECK(station.stop() == 0);
    CHECK(station.command("restore --from copy", &status).find("is there already") != std::string::npos);

    std::filesystem::rename(station.directory() / "data", station.directory() / "lost");
    const std::string restored = station.command("restore --from copy", &status);
    CAPTURE(restored);
    REQUIRE(status == 0);
    const auto digest_in = [](const std::string& said) { return said.substr(said.find("digest ") + 7, 32); };
    CHECK(digest_in(restored) == digest_in(made));
    const std::string checked = station.command("replay --check", &status);
    CAPTURE(checked);
    CHECK(status == 0);
    REQUIRE(station.start());
    CHECK(station.event_ids() == events);
    const auto without_age = [](std::string text) {
        for (std::size_t at = 0; (at = text.find("\"oldest_s\":", at)) != std::string::npos; at += 11)
            text.erase(at + 11, text.find('}', at) - at - 11);
        return text;
    };
    CHECK(without_age(station.ask("GET", "/v1/queues").body) == without_age(queues));
    CHECK(station.ask("GET", "/v1/contacts/c1").status == 404);
    CHECK(station.stop() == 0);

    std::ofstream(station.directory() / "copy/state.db", std::ios::app) << "x";
    std::filesystem::remove_all(station.directory() / "data");
    CHECK(station.command("restore --from copy", &status).find("is not as it was") != std::string::npos);
    CHECK(status == 1);
}

TEST_CASE("The state is made anew from the journal, agents' work and erasures included", "[scenario][replay]") {
    running station({.rules = two_queues});
    REQUIRE(station.start());
    for (int at = 1; at <= 20; ++at) station.send("shop", text(at % 3 ? "你好" : "投诉", "o" + std::to_string(at % 5)));
    station.settle();
    station.ask("POST", "/v1/queues/general/claim", R"({"max":3,"ack_wait_s":1})");
    CHECK(station.ask("DELETE", "/v1/contacts/c2").status == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(1600));  // The claims run out.
    CHECK(station.ask("POST", "/v1/tasks/t1/ack", "{}").status == 409);
    CHECK(station.stop() == 0);
    int status = 0;
    const std::string checked = station.command("replay --check", &status);
    CAPTURE(checked);
    CHECK(status == 0);
    CHECK(checked.find("equal") != std::string::npos);

    // A state that is lost or wrong is replaced.
    std::filesystem::resize_file(station.directory() / "data/state.db", 0);
    for (const char* each : {"state.db-wal", "state.db-shm"}) std::filesystem::remove(station.directory() / "data" / each);
    const std::string different = station.command("replay --check", &status);
    CHECK(station.command("replay", &status).find("state made anew") != std::string::npos);
    CHECK(status == 0);
    REQUIRE(station.start());
    CHECK(station.command("replay", &status).find("in use") != std::string::npos);
    CHECK(station.ask("GET", "/v1/contacts/c2").status == 404);
    CHECK(station.ask("POST", "/v1/queues/general/claim", R"({"max":1})").has(R"("attempt":2)"));
    CHECK(station.stop() == 0);
}

TEST_CASE("What the rules of today would decide can be seen before they are used", "[scenario][replay]") {
    running station({.rules = two_queues});
    REQUIRE(station.start());
    for (int at = 1; at <= 9; ++at) station.send("shop", text(at % 3 ? "你好" : "退款", "o" + std::to_string(at)));
    station.settle();
    int status = 0;
    CHECK(station.command("replay --dry-run", &status).find("9 events, 0 would be decided otherwise") != std::string::npos);
    CHECK(status == 0);
    std::string rules = two_queues;
    rules.replace(rules.find("[投诉]"), std::string("[投诉]").size(), "[投诉, 退款]");
    station.write_rules(rules);
    const std::string said = station.command("replay --dry-run --filter type=message.* --since 1h", &status);
    CAPTURE(said);
    CHECK(said.find("9 events, 3 would be decided otherwise") != std::string::npos);
    CHECK(said.find(R"(was      {"rule":"rest","reply":"text","queue":"general")") != std::string::npos);
    CHECK(said.find(R"(would be {"rule":"complaint","queue":"complaints")") != std::string::npos);
    CHECK(station.command("replay --dry-run --filter type=contact.*", &status).find("0 events") != std::string::npos);
    CHECK(station.command("replay --dry-run --until 1h", &status).find("0 events") != std::string::npos);
    CHECK(station.command("replay --since 1h", &status).find("go with --dry-run") != std::string::npos);
    CHECK(status == 1);
    CHECK(station.event_ids().size() == 9);
    CHECK(station.stop() == 0);
}
