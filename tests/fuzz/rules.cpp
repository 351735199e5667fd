// A rules file: faults with their places, or rules that can be asked.
#include "router/rules.hpp"

#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto zone = router::time_zone::named("Asia/Shanghai");
    faults found;
    const auto made = router::rules::compile(std::string(text_of(bytes, size)), "fuzzed", zone, found);
    for (const fault& each : found) promise(!each.text.empty(), "a fault says what is wrong");
    if (!made || !found.empty()) return 0;
    auto workspace = made->make_workspace();
    event about;
    about.type = "message.text", about.text = "我要投诉", about.from = {"openid", "o1"};
    facts known;
    std::string json;
    made->append_json(json, made->decide(about, {"wechat", "shop"}, &known, 1767225600000, workspace));
    promise(!json.empty(), "a decision can be written down");
    return 0;
}
