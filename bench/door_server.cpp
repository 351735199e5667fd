// The callback listener and the door as they are in the product, over a journal that keeps nothing and says
// yes at once: what keeping costs shows beside it. Takes the configuration; prints its port.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <iostream>

#include "core/time.hpp"
#include "gateway/callback_listener.hpp"

namespace {

using namespace yizhan;

class no_journal final : public stream::journal {
public:
    explicit no_journal(boost::asio::io_context& context) : context_(context) {}
    void append(stream::append_request what) override {
        stream::append_outcome outcome{
            what.waiter, {       },
             { ++sequence_, now_us(), {1, 64}},
             std::move(what.payload)
        };
        boost::asio::post(context_, [outcome = std::move(outcome)]() mutable { outcome.tell(); });
    }
    error_code refuses() const override { return {}; }
    result<std::string> read(stream::place) const override { return errc::not_found; }

private:
    boost::asio::io_context& context_;
    std::uint64_t sequence_ = 0;
};

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    const gateway::loaded read = gateway::load_config(words[1]);
    for (const fault& each : read.found) std::cerr << to_text(each) << "\n";
    if (!read.settings) return 1;
    boost::asio::io_context context(1);
    no_journal journal(context);
    gateway::metrics counted("bench", "");
    gateway::door::parts parts{context.get_executor(), journal, counted, [] { return std::int64_t{0}; },
                               [](auto...) {}, [](auto...) {}};
    gateway::door door(std::move(parts), stream::dedup_index({}));
    door.serve(*read.settings);
    gateway::callback_listener listener(context, *read.settings, door, counted);
    std::cout << listener.port() << std::endl;
    listener.start();
    context.run();
}
