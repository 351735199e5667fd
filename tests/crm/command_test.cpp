#include "crm/command.hpp"

#include <catch2/catch.hpp>

using namespace yizhan;

TEST_CASE("A command survives the journal", "[crm][command]") {
    crm::command what;
    what.what = crm::act::give_back;
    what.at_ms = 1767225600123, what.subject = 7, what.attempt = 2, what.duration_ms = 30000, what.count_max = 5;
    what.queue = "投诉", what.consumer = "lina", what.key_name = "desk", what.reason = "客户不在";
    what.letter = crm::letter_kind::record, what.ticket = 99;
    std::string payload;
    append_command(payload, what);
    const auto back = crm::command_of(payload);
    REQUIRE(back.has_value());
    CHECK(back->what == what.what);
    CHECK(back->at_ms == what.at_ms);
    CHECK(back->subject == 7);
    CHECK(back->attempt == 2);
    CHECK(back->duration_ms == 30000);
    CHECK(back->count_max == 5);
    CHECK(back->queue == what.queue);
    CHECK(back->consumer == what.consumer);
    CHECK(back->key_name == what.key_name);
    CHECK(back->reason == what.reason);
    CHECK(back->letter == what.letter);
    CHECK(back->ticket == 99);
    for (std::size_t length = 0; length < payload.size(); ++length)
        CHECK(crm::command_of(std::string_view(payload).substr(0, length)).has_error());
    payload[0] = 77;  // A version to come.
    CHECK(crm::command_of(payload).has_error());
}
