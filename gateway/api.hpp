#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/query.hpp"
#include "crm/applier.hpp"
#include "crm/state.hpp"
#include "desk/media_store.hpp"
#include "desk/uploader.hpp"
#include "gateway/config.hpp"
#include "gateway/sink_store.hpp"
#include "gateway/speaker.hpp"
#include "net/task.hpp"
#include "stream/feed.hpp"
#include "stream/file_journal.hpp"
#include "stream/sinks/sinks.hpp"

namespace yizhan::gateway {

struct api_request {
    std::string method, path, body;
    std::shared_ptr<const std::string> raw_query;  // What `query` has views into.
    yizhan::query query;
    std::string last_event_id, idempotency_key;
    std::string id;  // Part of the path, such as the `7` of /v1/tasks/t7/ack.
    const api_key* key = nullptr;
    std::function<bool()> gone = [] { return false; };  // Whether whoever asked has left.
};

struct api_response {
    unsigned status = 200;
    std::string body;
    std::string type = "application/json";
    std::string allow = {};
    std::string disposition = {};  // Content-Disposition.
};

/// `application/problem+json` after RFC 9457.
api_response problem(unsigned status, std::string_view title, std::string_view detail = {});

/// What the API says (docs/api.md). One thread, that of `executor`; questions to disk and state go to another
/// and come back.
class api {
public:
    struct parts {
        net::asio::any_io_executor executor;
        stream::file_journal& journal;
        crm::applier& applier;
        crm::state_reader& state;
        std::function<net::task<speaker::answer>(speaker::request)> speak;
        std::function<net::task<desk::upload_end>(desk::upload)> upload;
        const desk::media_store& files;
        stream::sinks& sinks;
        sink_store& api_sinks;
        std::function<void()> sinks_changed;  // Those of `api_sinks`.
        std::function<std::string()> metrics_text;
        std::function<std::string_view()> not_ready;  // Why callbacks are not accepted; empty: they are.
        std::string version;
    };
    explicit api(parts with);
    ~api();

    /// Keys and rules from now on.
    void serve(const config& settings);

    net::task<api_response> answer(api_request request);

    /// Gives back tasks whose consumer left before they came.
    void take_back(std::string_view claimed);

    /// The key that this Authorization header carries; null if none does.
    const api_key* key_of(std::string_view authorization) const;
    static bool may(role who, std::string_view method, std::string_view path);
    /// How long a body may be for whoever asks this.
    std::size_t body_max(const api_key* key, std::string_view method, std::string_view path) const;

    /// One piece of the live stream, as server-sent events; nothing when there was none for a while.
    net::task<std::string> next_events(std::shared_ptr<stream::journal_reader> from,
                                       stream::feed_filter filter);
    std::shared_ptr<stream::journal_reader> reader_from(std::uint64_t sequence);
    /// Errors: not_found when the cursor is older than what is kept or newer than what there is, malformed_message when
    /// it is none of ours.
    result<std::uint64_t> start_of(std::string_view cursor) const;
    /// What to say to either.
    api_response no_start(const error_code& why) const;
    /// Whether a key that was good when a stream began still is.
    bool still_good(const api_key& key, std::string_view path) const;

    /// These queues have something new. On our thread.
    void wake(const std::vector<std::string>& queues);
    /// The journal has something new; from any thread.
    void notice_durable();
    /// Ends what waits.
    void stop();

private:
    struct waiter;
    using handler = net::task<api_response> (api::*)(api_request);
    struct route;
    static std::span<const route> routes();
    static const route* find_route(std::string_view method, std::string_view path, std::string* id,
                                   bool* path_known);
    friend std::string openapi_document();

    net::task<api_response> list_events(api_request request);
    net::task<api_response> list_queues(api_request request);
    net::task<api_response> claim(api_request request);
    net::task<api_response> acknowledge(api_request request);
    net::task<api_response> give_back(api_request request);
    net::task<api_response> extend(api_request request);
    net::task<api_response> get_contact(api_request request);
    net::task<api_response> get_timeline(api_request request);
    net::task<api_response> find_contacts(api_request request);
    net::task<api_response> erase_contact(api_request request);
    net::task<api_response> say(api_request request);
    net::task<api_response> list_messages(api_request request);
    net::task<api_response> get_budget(api_request request);
    net::task<api_response> get_media(api_request request);
    net::task<api_response> upload_media(api_request request);
    net::task<api_response> get_metrics(api_request request);
    net::task<api_response> get_live(api_request request);
    net::task<api_response> get_ready(api_request request);
    net::task<api_response> get_version(api_request request);
    net::task<api_response> list_dead_letters(api_request request);
    net::task<api_response> get_dead_letter(api_request request);
    net::task<api_response> retry_dead_letter(api_request request);
    net::task<api_response> drop_dead_letter(api_request request);
    net::task<api_response> list_accounts(api_request request);
    net::task<api_response> list_grants(api_request request);
    net::task<api_response> list_sinks(api_request request);
    net::task<api_response> get_sink(api_request request);
    net::task<api_response> put_sink(api_request request);
    net::task<api_response> drop_sink(api_request request);
    net::task<api_response> list_deliveries(api_request request);
    net::task<api_response> pause_sink(api_request request);
    net::task<api_response> resume_sink(api_request request);
    net::task<api_response> test_sink(api_request request);
    net::task<api_response> retry_sink(api_request request);
    net::task<api_response> list_schemas(api_request request);
    net::task<api_response> get_schema(api_request request);
    net::task<api_response> get_openapi(api_request request);

    net::task<api_response> on_sink(std::string name, std::function<void(stream::sink&)> change);
    bool has_ready(const std::string& queue) const;
    net::task<crm::outcome> command(crm::command what);
    net::task<api_response> on_task(std::string id, std::string wrong, crm::command what);
    net::task<api_response> on_dead_letter(std::string id, crm::act what);
    struct seen {
        std::optional<crm::counterpart> with;
        api_response refused;
    };
    net::task<seen> see_conversation(const api_request& request);
    bool has_windows(const crm::counterpart& with) const;
    net::task<> wait_for_said();
    net::task<bool> sees_contact(const api_key* key, std::int64_t contact);
    template <class Work>
    auto ask(Work work) {
        return net::run_on(disk_.get_executor(), std::move(work));
    }

    parts with_;
    net::asio::thread_pool disk_{1};
    std::vector<account> accounts_;
    std::vector<api_key> keys_;
    std::vector<std::string> queues_, configured_sinks_;
    std::size_t media_max_ = 0;
    int uploads_ = 0;
    std::uint64_t last_said_ = 0;  // What is left of a window counts what was said before.
    std::multimap<std::string, waiter*> claims_;  // Long polls, by queue.
    std::vector<waiter*> listeners_;              // Live streams.
    std::atomic<bool> wants_news_{false};         // One of them has come since the last were woken.
    bool stopping_ = false;
};

/// The OpenAPI 3.1 document of all calls.
std::string openapi_document();

}  // namespace yizhan::gateway
