#pragma once
#include <functional>
#include <memory>
#include <string>

#include "crm/applier.hpp"
#include "crm/state.hpp"
#include "desk/routes.hpp"
#include "desk/token_authority.hpp"

namespace yizhan::desk {

/// Exchanges the codes with which merchants and corporations authorise a provider of ours for what is good until they take
/// it back. A code is good for some minutes and works once; what came of it is kept before the code is let go.
///
/// One thread, that of the executor.
class authoriser {
public:
    struct parts {
        net::asio::any_io_executor executor;
        net::http_client& client;
        token_authority& tokens;
        crm::applier& applier;
        crm::state_reader& state;
        const routes& ways;
        std::uint64_t begin_behind = 0;  // Waits until the state has this sequence.
        std::function<void(std::string what, std::string account, std::string why)> warn;
    };
    explicit authoriser(parts with);
    ~authoriser();

    void start();
    /// Something was handed over. From any thread.
    void wake();
    void stop();

    /// Keeps what was handed over in the place of what it replaces, unless that has been replaced or taken back meanwhile.
    static net::task<> renew(net::asio::any_io_executor executor, crm::applier& applier, adapters::grant_name of, std::string value,
                             std::string instead_of);

private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

}  // namespace yizhan::desk
