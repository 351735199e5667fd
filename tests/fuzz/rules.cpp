// A rules file: faults with their places, or rules that can be asked.
#include "router/rule.hpp"
#include "router/rules.hpp"

#include "tests/fuzz/target.hpp"

using namespace yizhan;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto zone = router::time_zone::named("Asia/Shanghai");
    faults found;
    static std::uint64_t count = 0;
    if (++count % 256 != 0) {  // The keyword automaton takes a thousand times as long as everything else.
        for (const router::rule& each : router::read_rules(std::string(text_of(bytes, size)), "fuzzed", found))
            promise(found.empty() ? !each.name.empty() : true, "a rule has a name");
        for (const fault& each : found) promise(!each.text.empty(), "a fault says what is wrong");
        return 0;
    }
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
