#include "desk/uploader.hpp"

#include "desk/media_store.hpp"

namespace yizhan::desk {
namespace {

constexpr std::chrono::milliseconds patience{60000};

}  // namespace

net::task<upload_end> bring(caller& by, const routes& ways, upload what) {
    upload_end made;
    made.said = {adapters::fate::never, 0, "the account's platform takes no such media", 0, ""};
    const auto through = ways.find(what.account);
    const adapters::media_file file{what.name, type_of_bytes(what.bytes), what.bytes};
    const auto call = through && through->way ? through->way->upload_call(what.kind, file) : std::nullopt;
    if (!call) co_return made;
    caller::question asks;
    asks.whose = through->way->credential();
    asks.api = through->api;
    asks.call = *call;
    asks.patience = patience;
    asks.judge = [&](const net::http_response& of) {
        adapters::verdict its;
        if (auto id = through->way->uploaded(of.body, its)) made.media_id = std::move(*id);
        return its;
    };
    const caller::end its = co_await by.ask(std::move(asks));
    made.said = its.said;
    co_return made;
}

}  // namespace yizhan::desk
