#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/adapter.hpp"
#include "adapters/way_out.hpp"
#include "crm/state.hpp"

namespace yizhan::desk {

/// How the customers of one account are reached: of a configured one, or of one that a configured one serves (a merchant
/// of a component, a corporation of a suite).
struct route {
    account from;                                // The configured one.
    std::shared_ptr<const adapters::way_out> way;  // Null: it has nothing to send with.
    std::string api;                             // The server.
};

/// The server that an account's calls go to.
std::string api_of(const account& settings, std::string_view usual);

/// One thread, whose the state's reader is.
class routes {
public:
    explicit routes(crm::state_reader& state) : state_(state) {}

    void serve(const std::vector<account>& accounts);

    /// By the account that events and conversations name; null: nobody serves it (any more).
    std::shared_ptr<const route> find(const std::string& account) const;
    std::shared_ptr<const adapters::provider> provider_of(const std::string& account) const;

private:
    struct place {
        std::shared_ptr<const route> own;
        std::shared_ptr<const adapters::provider> serves;
    };
    crm::state_reader& state_;
    std::map<std::string, place> places_;
};

}  // namespace yizhan::desk
