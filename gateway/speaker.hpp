#pragma once
#include <map>
#include <string>

#include "core/reply.hpp"
#include "crm/state.hpp"
#include "gateway/config.hpp"
#include "net/task.hpp"
#include "stream/dedup.hpp"
#include "stream/journal.hpp"

namespace yizhan::gateway {

/// Lays what somebody says to a customer down in the journal; from there the dispatcher takes it. Whoever asks again with
/// the same key, within the time that ids are known, is told of the same message.
///
/// One thread, that of the door, whose index of known ids it shares.
class speaker {
public:
    speaker(net::asio::any_io_executor executor, stream::journal& journal, stream::dedup_index& known)
        : executor_(executor), journal_(journal), known_(known) {}

    void serve(const config& settings) { accounts_ = settings.accounts; }

    struct request {
        crm::counterpart to;
        reply what;
        std::string key;      // Of whoever asks (Idempotency-Key); empty: each time another message.
        std::string key_name;  // The API key's name.
        std::string not_now;   // Why the customer cannot be written to, for a new message; empty: they can.
    };
    struct answer {
        /// unknown_account: no such account any more; malformed_message: it cannot send this, as `why` says; conflict: the
        /// key was used for something else; past_deadline: the same is just being kept; not_found: `not_now`; and the journal's.
        error_code failed;
        std::string why;
        event_id id{};
        bool is_new = true;
        std::uint64_t sequence = 0;  // Of a new one.
    };
    net::task<answer> say(request what);

private:
    net::asio::any_io_executor executor_;
    stream::journal& journal_;
    stream::dedup_index& known_;
    std::vector<account> accounts_;
    std::map<event_id, bool> under_way_;
};

}  // namespace yizhan::gateway
