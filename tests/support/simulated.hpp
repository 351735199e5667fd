#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "simulator/server.hpp"
#include "tests/support/running.hpp"

namespace yizhan::test {

/// The platforms' APIs on a port of this machine, for the three accounts of `running`; from another thread.
class simulated {
public:
    simulated();
    ~simulated();

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
    /// An account that is played here, for `running`'s `more_accounts`: kf, component, suite, customer_contact.
    account played(const std::string& id) const;
    account kf_account() const;
    /// Lets the station call us.
    void attach(running& station, const std::string& more_of_all = "") const;

    /// Looks at, or changes, what is played; on its thread.
    template <class Work>
    auto with(Work work) {
        std::packaged_task<decltype(work(std::declval<simulator::platforms&>()))()> task([&] { return work(plays_); });
        auto done = task.get_future();
        boost::asio::post(context_, [&task] { task(); });
        return done.get();
    }
    /// What stands on a customer's phone of ours.
    std::vector<std::string> shown(const std::string& account, const std::string& customer);
    void plan(simulator::platforms::trouble what) {
        with([&](simulator::platforms& all) { all.plan(what); });
    }

private:
    boost::asio::io_context context_{1};
    simulator::platforms plays_;
    std::unique_ptr<simulator::server> server_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    std::thread thread_;
};

}  // namespace yizhan::test
