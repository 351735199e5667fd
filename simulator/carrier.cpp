#include "simulator/carrier.hpp"

#include "core/time.hpp"

namespace yizhan::simulator {
namespace {

constexpr int tries_max = 3;
constexpr std::chrono::seconds patience{5};

}  // namespace

net::task<carrier::delivery> carrier::bring(const account& to, forge_request what) {
    delivery made;
    if (what.created_s == 0) what.created_s = now_ms() / 1000;
    if (what.serial == 0) what.serial = static_cast<std::uint64_t>(now_us()) * 16 + ++serial_ % 16;
    if (what.message_id.empty()) what.message_id = std::to_string(what.serial);
    while (made.tries < tries_max) {
        ++made.tries;
        what.now_s = now_ms() / 1000;
        ++what.serial;  // Another nonce; the message is the same.
        const auto letter = forge(to, what);
        if (!letter) co_return made;
        net::http_request request;
        request.method = "POST";
        request.url = gateway_ + "/callback/" + to.id + letter->suffix + "?" + letter->query;
        request.body = letter->body;
        request.fields = {{"Content-Type", letter->body.starts_with('{') ? "application/json" : "text/xml"}};
        request.patience = patience;
        const net::http_outcome outcome = co_await client_.call(std::move(request));
        if (outcome.failed) continue;
        made.status = outcome.response.status;
        if (made.status != 200) continue;
        const auto clear = open_answer(to, outcome.response.body, letter->suffix);
        made.answer = clear ? *clear : outcome.response.body;
        break;
    }
    co_return made;
}

}  // namespace yizhan::simulator
