#include <catch2/catch.hpp>

#include <fstream>

#include "desk/media_store.hpp"
#include "desk/pace.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

TEST_CASE("A file is kept once, under what is in it, and whole", "[desk][media]") {
    test::temporary_directory directory;
    const desk::media_store store(directory.path() / "media");
    const std::string name = store.keep("hello");
    CHECK(name == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    CHECK(store.keep("hello") == name);
    CHECK(store.read(name) == "hello");
    CHECK(!store.read(std::string(64, '0')));
    const std::string other = store.keep(std::string(1 << 20, 'x'));
    std::ofstream(directory.path() / "media" / "2c" / ".part-1-1") << "half";
    store.sweep([&](const std::string& each) { return each == other; });
    CHECK(!store.read(name));
    CHECK(store.read(other)->size() == 1 << 20);
    CHECK(!std::filesystem::exists(directory.path() / "media" / "2c" / ".part-1-1"));
    store.remove(other);
    CHECK(!store.read(other));
}

TEST_CASE("What bytes are, their beginning says", "[desk][media]") {
    using desk::type_of_bytes;
    CHECK(type_of_bytes("\xff\xd8\xff\xe0") == "image/jpeg");
    CHECK(type_of_bytes("\x89PNG\r\n\x1a\n.") == "image/png");
    CHECK(type_of_bytes("RIFF....WEBP") == "image/webp");
    CHECK(type_of_bytes("#!AMR\n") == "audio/amr");
    CHECK(type_of_bytes("<script>alert(1)</script>") == "application/octet-stream");
    CHECK(type_of_bytes("") == "application/octet-stream");
}

TEST_CASE("So many a minute, evenly, a second's worth at once", "[desk]") {
    desk::pace its;
    CHECK(its.wait_ms(0) == 0);  // No bound.
    its.set(600);                // One in 100 ms, ten at once.
    int sent = 0;
    for (std::int64_t now = 1000; now < 61000; now += 10)
        for (; its.wait_ms(now) == 0; ++sent) its.take(now);
    CHECK(sent >= 600);
    CHECK(sent <= 611);
    desk::pace slow;
    slow.set(6);
    slow.take(5000);
    CHECK(slow.wait_ms(5000) >= 10000);
    CHECK(slow.wait_ms(15001) == 0);
}
