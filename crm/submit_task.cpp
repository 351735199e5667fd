#include "crm/submit_task.hpp"

#include <boost/asio/post.hpp>

#include <memory>

namespace yizhan::crm {

net::task<outcome> submit(net::asio::any_io_executor executor, applier& to, command what) {
    const auto begin = [&](auto handler) {
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        to.submit(std::move(what), [resume, executor](outcome its) {
            auto told = std::make_shared<outcome>(std::move(its));
            net::asio::post(executor, [resume, told] { std::move (*resume)(told); });
        });
    };
    const std::shared_ptr<outcome> told =
        co_await net::asio::async_initiate<const net::asio::use_awaitable_t<>, void(std::shared_ptr<outcome>)>(begin, net::asio::use_awaitable);
    co_return std::move(*told);
}

}  // namespace yizhan::crm
