// Ten thousand keywords in the rules against one: time per message.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "router/rules.hpp"

namespace {

using namespace yizhan;
using steady = std::chrono::steady_clock;

std::string characters(std::mt19937& random, std::size_t count) {
    std::string out;
    for (std::size_t at = 0; at < count; ++at) {
        const unsigned code = 0x4E00 + random() % 3000;
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
    return out;
}

std::shared_ptr<const router::rules> rules_with(std::size_t keywords, std::mt19937& random) {
    std::string text = "rules:\n";
    for (std::size_t at = 0; at < keywords; ++at)
        text += "  - { name: r" + std::to_string(at) + ", when: { text: { any_of: [" +
                characters(random, 2 + random() % 5) + "] } }, then: { queue: q } }\n";
    text += "  - { name: rest, then: { queue: general } }\n";
    faults found;
    return router::rules::compile(text, "rules", router::time_zone::named("UTC"), found);
}

}  // namespace

int main() {
    std::mt19937 random(7);
    const auto one = rules_with(1, random), many = rules_with(10000, random);
    auto workspace_one = one->make_workspace(), workspace_many = many->make_workspace();
    std::vector<std::string> messages;
    for (int at = 0; at < 2000; ++at) messages.push_back(characters(random, 60));
    const facts nobody;
    std::size_t sink = 0;
    const auto timed = [&](const router::rules& with, router::rules::workspace& space) {
        const auto begun = steady::now();
        for (const std::string& text : messages) {
            event about;
            about.type = "message.text", about.text = text;
            sink += with.decide(about, {"wechat", "shop"}, &nobody, 0, space).queue.size();
        }
        return std::chrono::duration<double, std::nano>(steady::now() - begun).count() /
               static_cast<double>(messages.size());
    };
    timed(*one, workspace_one), timed(*many, workspace_many);
    std::vector<double> ones, manys, ratios;
    for (int run = 0; run < 9; ++run) {
        ones.push_back(timed(*one, workspace_one)), manys.push_back(timed(*many, workspace_many));
        ratios.push_back(manys.back() / ones.back());
    }
    const auto median = [](std::vector<double> of) { return std::ranges::sort(of), of[of.size() / 2]; };
    std::printf("%.3f %.0f %.0f %.3f %.3f\n", median(ratios), median(manys), median(ones),
                *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
    return sink == 0;
}
