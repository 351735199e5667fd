#include "net/fetch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace yizhan::net {

result<http_response> fetch(http_request what) {
    what.body_max = std::size_t{1} << 30;
    asio::io_context context(1);
    http_client client(context.get_executor(), {});
    http_outcome outcome;
    const auto note = [&](std::exception_ptr thrown, http_outcome its) {
        if (thrown) std::rethrow_exception(thrown);
        outcome = std::move(its);
        client.stop();
    };
    asio::co_spawn(context, client.call(std::move(what)), note);
    context.run();
    if (outcome.failed) return outcome.failed;
    return std::move(outcome.response);
}

}  // namespace yizhan::net
