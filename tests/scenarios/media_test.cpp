#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "core/time.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;
using test::running;
using test::simulated;

namespace {

constexpr const char* rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n";
const std::string picture = std::string("\x89PNG\r\n\x1a\n", 8) + std::string(5000, '\7') + "end";

struct shop {
    simulated platform;
    running station;

    shop() : station({.rules = rules}) {
        platform.attach(station, ", keep_media: all, keep_profiles: true");
    }

    std::string add(const std::string& bytes, const std::string& type = "image/png") {
        return platform.with([&](simulator::platforms& all) { return all.add_media(bytes, type, now_ms()); });
    }
    /// A picture comes in; the event's id.
    std::string send_picture(const std::string& account, const std::string& customer, const std::string& media, const std::string& url = "") {
        simulator::forge_request what;
        what.type = "image", what.from = customer;
        if (account == "fans") what.fields = {{"data.tovfid", media}};
        else what.fields = {{"MediaId", media}, {"PicUrl", url}};
        CHECK(station.send(account, what).status == 200);
        const auto ids = station.event_ids();
        return ids.empty() ? "" : ids.back();
    }
    running::api_answer get(const std::string& event, unsigned wanted, const std::string& key = "admin") {
        running::api_answer got;
        for (int tries = 0; tries < 1000; ++tries) {
            got = station.ask("GET", "/v1/events/" + event + "/media", "", key);
            if (got.status == wanted) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return got;
    }
    std::size_t files() {
        std::size_t count = 0;
        std::error_code none;
        for (std::filesystem::recursive_directory_iterator each(station.directory() / "data" / "media", none), end; !none && each != end; each.increment(none))
            count += each->is_regular_file();
        return count;
    }
};

std::string contact_of(const running& station, const std::string& identity) {
    const auto all = test::all_of(station.ask("GET", "/v1/contacts?identity=" + identity).body, "id");
    return all.empty() ? "" : all.front();
}

}  // namespace

TEST_CASE("What customers send is fetched and given to whoever serves them", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    for (const auto& [account, customer] : std::vector<std::pair<std::string, std::string>>{{"shop", "oPictures1"}, {"corp", "zhaolei"}, {"fans", "7000000009"}}) {
        INFO(account);
        const std::string event = here.send_picture(account, customer, here.add(picture));
        const auto got = here.get(event, 200);
        CHECK(got.status == 200);
        CHECK(got.body == picture);
    }
    CHECK(here.files() == 1);  // The same picture, once.

    // An agent sees what the customers of their tasks sent, and nothing else.
    const std::string event = here.send_picture("shop", "oPictures2", here.add(picture + "2"));
    REQUIRE(here.get(event, 200).status == 200);
    CHECK(here.station.ask("GET", "/v1/events/" + event + "/media", "", "desk").status == 403);
    while (here.station.ask("POST", "/v1/queues/general/claim", R"({"max":100})", "desk").has("\"tasks\":[{")) {}
    CHECK(here.station.ask("GET", "/v1/events/" + event + "/media", "", "desk").status == 200);
    CHECK(here.station.ask("GET", "/v1/events/00000000000000000000000000000000/media").status == 404);

    // Erasure takes the file too, when nobody else sent the same.
    CHECK(here.files() == 2);
    CHECK(here.station.ask("DELETE", "/v1/contacts/" + contact_of(here.station, "oPictures2")).status == 200);
    for (int tries = 0; tries < 1000 && here.files() != 1; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(here.files() == 1);
    CHECK(here.station.ask("GET", "/v1/events/" + event + "/media").status == 404);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("Media that cannot be had now are fetched later, and those that are gone are said to be", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.platform.plan({.path = "/cgi-bin/media/get", .code = -1, .times = 2});
    const std::string late = here.send_picture("shop", "oPictures3", here.add(picture));
    CHECK(here.get(late, 200).body == picture);
    const std::string gone = here.send_picture("shop", "oPictures3", "simmedia-nobody-has");
    const auto said = here.get(gone, 410);
    CHECK(said.has("the media is gone or never was"));
    // It may still be where the message says; but nothing inside our own network is called for that.
    const std::string inside = here.send_picture("shop", "oPictures3", "simmedia-nobody-has", "http://127.0.0.1:1/secret");
    CHECK(here.get(inside, 410).has("not an address that is called"));
    const std::string huge = here.send_picture("shop", "oPictures3", here.add(std::string(21 << 20, 'x')));
    CHECK(here.get(huge, 410).has("larger than limits.media"));
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A film is fetched from where the platform says it is", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    const std::string film = std::string("\0\0\0\x18" "ftypmp42", 12) + std::string(9000, '\1');
    const std::string id = here.add(film, "video/mp4");
    const std::string pointing = here.add("{\"video_url\":\"" + here.platform.url() + "/2/mss/msget?fid=" + id + "\"}", "application/json");
    simulator::forge_request what;
    what.type = "video", what.from = "oFilms1";
    what.fields = {{"MediaId", pointing}};
    CHECK(here.station.send("shop", what).status == 200);
    CHECK(here.get(here.station.event_ids().back(), 200).body == film);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("Killed while media are fetched, each is there in the end", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    here.platform.plan({.path = "/cgi-bin/media/get", .times = 1000000, .delay_ms = 20});
    std::vector<std::string> events;
    for (int at = 0; at < 40; ++at) {
        events.push_back(here.send_picture("shop", "oPictures4", here.add(picture + std::to_string(at))));
        if (at % 10 != 9) continue;
        here.station.stop(SIGKILL);
        REQUIRE(here.station.start());
    }
    for (std::size_t at = 0; at < events.size(); ++at) CHECK(here.get(events[at], 200).body == picture + std::to_string(at));
    CHECK(here.files() == 40);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("A backup has what customers sent", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    const std::string event = here.send_picture("shop", "oPictures6", here.add(picture));
    REQUIRE(here.get(event, 200).status == 200);
    const std::string copy = (here.station.directory() / "copy").string();
    int status = -1;
    INFO(here.station.command("backup --to " + copy, &status));
    REQUIRE(status == 0);
    CHECK(here.station.stop() == 0);
    std::filesystem::remove_all(here.station.directory() / "data");
    INFO(here.station.command("restore --from " + copy, &status));
    REQUIRE(status == 0);
    REQUIRE(here.station.start());
    CHECK(here.get(event, 200).body == picture);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("Who customers are is asked for at their platform, once", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    for (const auto& [account, customer, says] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"shop", "oPeople1", R"("unionid":"union-oPeople1")"}, {"fans", "7000001234", R"("followers_count":1234)"}}) {
        INFO(account);
        here.platform.with([account = account, customer = customer](simulator::platforms& all) { all.said(*all.find(account), customer, "在吗", now_ms()); });
        for (int at = 0; at < 3; ++at) CHECK(here.station.send(account, test::text("在吗", customer)).status == 200);
        here.station.settle();
        running::api_answer got;
        for (int tries = 0; tries < 1000 && !got.has(says); ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            got = here.station.ask("GET", "/v1/contacts?identity=" + customer);
        }
        CHECK(got.has(says));
        if (account == "fans") CHECK(got.has(R"("name":"客户1234")"));
        if (account == "shop") CHECK(here.station.ask("GET", "/v1/contacts?identity=unionid:union-oPeople1").has("oPeople1"));
    }
    const auto calls = here.platform.with([](simulator::platforms& all) { return all.counted().calls; });
    CHECK(calls.at("/cgi-bin/user/info") == 1);
    CHECK(calls.at("/2/users/show.json") == 1);
    CHECK(here.station.stop() == 0);
}

TEST_CASE("An agent uploads a picture and sends it", "[scenario][media]") {
    shop here;
    REQUIRE(here.station.start());
    INFO(here.station.output());
    here.platform.with([](simulator::platforms& all) { all.said(*all.find("shop"), "oPictures5", "在吗", now_ms()); });
    CHECK(here.station.send("shop", test::text("在吗", "oPictures5")).status == 200);
    const auto claimed = here.station.ask("POST", "/v1/queues/general/claim", R"({"wait_s":5})", "desk");
    const std::string large = picture + std::string(3 << 20, 'x');  // Larger than other bodies may be.
    const auto up = here.station.ask("POST", "/v1/accounts/shop/media?kind=image&name=%E5%9B%BE.png", large, "desk");
    REQUIRE(up.status == 200);
    const std::string id = test::all_of(up.body, "media_id").at(0);
    const std::string path = "/v1/conversations/" + test::all_of(claimed.body, "conversation").at(0) + "/messages";
    CHECK(here.station.ask("POST", path, R"({"image":")" + id + "\"}", "desk").status == 202);
    const std::vector<std::string> shown{R"({"media_id":")" + id + "\"}"};
    for (int tries = 0; tries < 1000 && here.platform.shown("shop", "oPictures5") != shown; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(here.platform.shown("shop", "oPictures5") == shown);
    CHECK(here.station.ask("POST", "/v1/accounts/fans/media?kind=image", picture, "desk").status == 422);
    CHECK(here.station.ask("POST", "/v1/accounts/shop/media?kind=image", std::string(21 << 20, 'x'), "desk").status == 413);
    CHECK(here.station.ask("POST", "/v1/queues/general/claim", std::string(2 << 20, ' '), "desk").status == 413);
    CHECK(here.station.stop() == 0);
}
