#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include "router/keywords.hpp"

using namespace yizhan;

namespace {

/// A character of one to four bytes, of few that there are, so that words meet texts.
std::string some_character(std::mt19937& random) {
    static const std::vector<std::string> all{"a", "t", "7", " ", "é", "ß", "退", "款", "投", "诉", "好", "😀", "🎉"};
    return all[random() % all.size()];
}

std::string some_text(std::mt19937& random, std::size_t characters) {
    std::string text;
    while (characters-- > 0) text += some_character(random);
    return text;
}

}  // namespace

TEST_CASE("Keywords are found wherever they stand, and nothing else is", "[router][keywords]") {
    std::mt19937 random(20261126);
    std::size_t hits = 0, misses = 0;
    for (const std::size_t least : {1, 2, 3}) {
        for (int round = 0; round < 60; ++round) {
            std::vector<std::string> words(1 + random() % 40);
            for (std::string& each : words) each = some_text(random, least + random() % 5);
            const router::keywords all(words);
            router::keywords::searcher searcher(all);
            for (int at = 0; at < 40; ++at) {
                const std::string text = some_text(random, random() % 12);
                std::vector<std::uint32_t> expected;
                for (std::uint32_t word = 0; word < words.size(); ++word)
                    if (text.find(words[word]) != std::string::npos) expected.push_back(word);
                CHECK(searcher.find(text) == expected);
                ++(expected.empty() ? misses : hits);
            }
        }
    }
    CHECK(hits > 500);
    CHECK(misses > 500);
}

TEST_CASE("Most texts without a keyword are told without the automaton, however many keywords there are", "[router][keywords]") {
    const auto character = [](std::mt19937& random) {
        const unsigned code = 0x4E00 + random() % 3000;
        return std::string{static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
                           static_cast<char>(0x80 | (code & 0x3F))};
    };
    std::mt19937 random(7);
    std::vector<std::string> words(10000);
    for (std::string& each : words)
        for (std::size_t left = 2 + random() % 5; left > 0; --left) each += character(random);
    const router::literal_filter filter(words);
    for (const std::string& each : words) CHECK(filter.may_hold("前" + each + "后"));
    int passed = 0;
    for (int at = 0; at < 1000; ++at) {
        std::string text;
        for (int left = 60; left > 0; --left) text += character(random);
        passed += filter.may_hold(text);
    }
    CHECK(passed < 250);
}
