#include "stream/append_task.hpp"

#include <boost/asio/post.hpp>

#include <memory>

namespace yizhan::stream {
namespace {

template <class Handler>
struct coming_back final : append_waiter {
    coming_back(Handler its, net::asio::any_io_executor on) : resume(std::make_shared<Handler>(std::move(its))), executor(on) {}
    void kept(error_code failed, const appended& where, std::string) override {
        net::asio::post(executor, [then = resume, failed, where] { std::move (*then)(failed, where); });
        delete this;
    }
    std::shared_ptr<Handler> resume;
    net::asio::any_io_executor executor;
};

}  // namespace

net::task<append_end> append(net::asio::any_io_executor executor, journal& to, std::string payload, std::uint16_t kind,
                             std::uint16_t span) {
    const auto begin = [&](auto handler) {
        to.append({std::move(payload), kind, span, new coming_back<decltype(handler)>(std::move(handler), executor)});
    };
    const auto [failed, where] =
        co_await net::asio::async_initiate<const decltype(net::as_result), void(error_code, appended)>(begin, net::as_result);
    co_return append_end{failed, where};
}

}  // namespace yizhan::stream
