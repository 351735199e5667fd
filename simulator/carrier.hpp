#pragma once
#include <cstdint>
#include <string>

#include "core/account.hpp"
#include "net/http_client.hpp"
#include "simulator/forge.hpp"

namespace yizhan::simulator {

/// Brings a callback to a gateway as the platforms do: five seconds for an answer, three tries, each signed anew.
class carrier {
public:
    /// `gateway`: such as http://127.0.0.1:8080.
    carrier(net::http_client& client, std::string gateway) : client_(client), gateway_(std::move(gateway)) {}

    void go_to(std::string gateway) { gateway_ = std::move(gateway); }

    struct delivery {
        int tries = 0;
        unsigned status = 0;  // Of the last answer; 0: there was none.
        std::string answer;   // Its clear text.
    };
    net::task<delivery> bring(const account& to, forge_request what);

private:
    net::http_client& client_;
    std::string gateway_;
    std::uint64_t serial_ = 0;
};

}  // namespace yizhan::simulator
