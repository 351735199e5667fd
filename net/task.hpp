#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>

namespace yizhan::net {

namespace asio = boost::asio;

template <class T = void>
using task = asio::awaitable<T>;

/// I/O that hands back its error_code instead of throwing it.
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Ends every co_spawn: an exception that leaves a coroutine is told to `note`, never swallowed.
inline auto log_failure(std::function<void(std::string)> note) {
    return [note = std::move(note)](std::exception_ptr failed) {
        if (!failed) return;
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& what) {
            note(what.what());
        }
    };
}

namespace detail {
template <class Work>
task<std::invoke_result_t<Work>> called(Work work) {
    co_return work();
}
}  // namespace detail

/// Runs blocking work elsewhere and comes back to where it was asked for.
template <class Executor, class Work>
task<std::invoke_result_t<Work>> run_on(Executor where, Work work) {
    co_return co_await asio::co_spawn(where, detail::called(std::move(work)), asio::use_awaitable);
}

}  // namespace yizhan::net
