#include "desk/caller.hpp"

namespace yizhan::desk {

net::task<caller::end> caller::ask(question what) {
    end made;
    for (int tries = 0; tries < 2; ++tries) {
        std::string token;
        if (what.whose) {
            const auto got = co_await tokens_.get(what.whose, what.api, made.said);
            if (!got) co_return made;
            token = *got;
        }
        net::http_request request = request_of(what.call, what.api, token);
        request.patience = what.patience;
        request.body_max = what.body_max;
        net::http_outcome outcome = co_await client_.call(std::move(request));
        if (outcome.failed) {
            made.was_answered = false;
            made.failed = outcome.failed;
            made.may_have_arrived = outcome.may_have_arrived;
            made.said = {adapters::fate::again, 0, "no answer: " + outcome.failed.message(), 0, ""};
            co_return made;
        }
        made.said = what.judge(outcome.response);
        made.response = std::move(outcome.response);
        if (made.said.what != adapters::fate::token_refused || !what.whose) co_return made;
        tokens_.refuse(what.whose->name(), token);
    }
    co_return made;
}

}  // namespace yizhan::desk
