// conformance [FILE]: examines the adapter that the file's account names, or, without a file, all there are.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "simulator/forge.hpp"
#include "tests/conformance/kit.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;

namespace {

std::uint64_t serial = 1;

conformance::request sealed(const account& to, const std::string& name, const std::string& clear,
                            bool is_notice) {
    simulator::forge_request what;
    what.now_s = 1767225600, what.serial = ++serial;
    what.type = is_notice ? "info." : "";
    what.tenant = to.kind == "suite" ? "wpDemoAAAAcorp0000000000000000001" : "";
    const auto sent = simulator::wrap(to, clear, what).value();
    return {name, sent.suffix, sent.query, sent.body, clear, ""};
}

/// The bodies of the catalogue, signed and sealed as the platform would.
conformance::fixtures of_catalogue(const adapters::adapter_kind& kind) {
    conformance::fixtures made;
    made.settings = test::account_of(std::string(kind.channel), std::string(kind.kind));
    std::stringstream lines(test::data_file(std::string(kind.channel) + "/catalogue.tsv"));
    const auto add = [&](const std::string& file, bool is_notice) {
        made.requests.push_back(
            sealed(made.settings, file, test::data_file(std::string(kind.channel) + "/" + file), is_notice));
    };
    for (std::string line; std::getline(lines, line);) {
        std::stringstream cells(line);
        std::string section, its_kind, key, files;
        std::getline(cells, section, '\t'), std::getline(cells, its_kind, '\t'),
            std::getline(cells, key, '\t'), std::getline(cells, files, '\t');
        std::stringstream names(files);
        for (std::string file; its_kind == kind.kind && names >> file;) add(file, key.starts_with("info."));
    }
    if (kind.kind == "component")  // Its merchants send what official accounts do.
        for (const char* file : {"F1.xml", "F9.xml", "J2.json"}) add(file, false);
    if (kind.kind == "suite")
        for (const char* file : {"F01.xml", "F08.xml", "F10.xml"}) add(file, false);
    const account settings = made.settings;
    made.again = [settings](const conformance::request& of) {
        return sealed(settings, of.name, of.clear, of.suffix == "/command");
    };
    made.open_answer = [settings](const conformance::request& to, const std::string& answer) {
        const auto clear = simulator::open_answer(settings, answer, to.suffix);
        return clear ? *clear : "not opened: " + clear.error().message();
    };
    return made;
}

bool report(const adapters::adapter_kind& kind, const conformance::fixtures& with) {
    const conformance::outcome found = conformance::examine(kind, with);
    std::printf("%s %s: %zu requests, %zu checks, %zu broken\n", std::string(kind.channel).c_str(),
                std::string(kind.kind).c_str(), with.requests.size(), found.checks, found.broken.size());
    for (const std::string& each : found.broken) std::printf("  BROKEN %s\n", each.c_str());
    return found.broken.empty() && !with.requests.empty();
}

}  // namespace

int main(int count, char** words) {
    try {
        bool all_kept = true;
        if (count > 1) {
            const auto with = conformance::read_fixtures(words[1]);
            const auto* kind = adapters::find_kind(with.settings.channel, with.settings.kind);
            if (!kind)
                throw std::runtime_error("there is no " + with.settings.channel + " " + with.settings.kind);
            return report(*kind, with) ? 0 : 1;
        }
        for (const adapters::adapter_kind& kind : adapters::all_kinds()) {
            const std::string own = YIZHAN_ROOT "/tests/data/" + std::string(kind.channel) + "/" +
                                    std::string(kind.kind) + ".requests.json";
            all_kept &=
                report(kind, std::ifstream(own) ? conformance::read_fixtures(own) : of_catalogue(kind));
        }
        return all_kept ? 0 : 1;
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "conformance: %s\n", failed.what());
        return 2;
    }
}
