#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapters/adapter.hpp"
#include "core/account.hpp"

/// Whether an adapter keeps what adapters/adapter.hpp promises. It takes any kind of account and requests
/// that its platform would send; it knows no platform itself.
namespace yizhan::conformance {

struct request {
    std::string name;
    std::string suffix, query, body;
    std::string clear;  // What it says, where the body is sealed; else empty.
    std::string type;   // Expected; empty: whatever docs/events.md lists.
};

struct fixtures {
    account settings;
    std::vector<request> requests;
    /// The same request as a platform's retry brings it, with another nonce; empty when it cannot be made.
    std::function<request(const request&)> again;
    /// The clear text of an answer, as the platform would open it.
    std::function<std::string(const request&, const std::string& answer)> open_answer;
};

/// Reads the requests of a JSON file (docs/adding-a-channel.md says what stands in it). Throws when it
/// cannot.
fixtures read_fixtures(const std::string& file);

struct outcome {
    std::size_t checks = 0;
    std::vector<std::string> broken;  // Each promise that was not kept, and where.
};
outcome examine(const adapters::adapter_kind& kind, const fixtures& with);

}  // namespace yizhan::conformance
