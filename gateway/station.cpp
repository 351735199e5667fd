#include "gateway/station.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include "core/memory_reserve.hpp"
#include "core/thread_name.hpp"
#include "core/time.hpp"
#include "crm/applier.hpp"
#include "crm/sqlite_state.hpp"
#include "desk/authoriser.hpp"
#include "desk/dispatcher.hpp"
#include "desk/fetcher.hpp"
#include "desk/puller.hpp"
#include "desk/uploader.hpp"
#include "gateway/api.hpp"
#include "gateway/api_listener.hpp"
#include "gateway/callback_listener.hpp"
#include "gateway/door.hpp"
#include "gateway/log.hpp"
#include "gateway/notify.hpp"
#include "gateway/sink_store.hpp"
#include "gateway/speaker.hpp"
#include "stream/sinks/sinks.hpp"

namespace yizhan::gateway {
namespace asio = net::asio;

namespace {

// Left by `yizhan restore`: what the backup had still to send may have been sent since.
constexpr const char* restored_mark = "restored";
constexpr auto drain_patience = std::chrono::seconds(8);
constexpr std::int64_t applier_patience_ms = 1500, dispatcher_patience_ms = 1000;
constexpr auto sinks_patience = std::chrono::milliseconds(500);
constexpr auto housekeeping_every = std::chrono::seconds(5);
constexpr int heartbeat_every = 2;  // Times of housekeeping.
constexpr std::size_t facts_at_start_max = 200000;
constexpr int questions_max = 256;

/// Asks for as many descriptors as the connections need, and for what else there is to open.
void allow_descriptors(std::size_t connections) {
    rlimit now{};
    if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return;
    const rlim_t wanted = connections + 1024;
    rlimit raised{std::min(std::max(now.rlim_cur, wanted), now.rlim_max), now.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &raised);
    if (raised.rlim_cur < wanted)
        log::warn("fewer open files are allowed than `limits.connections` may need",
                  {
                      {"allowed", raised.rlim_cur},
                      {"wanted",  wanted         }
        });
}

class station {
public:
    station(config settings, std::filesystem::path config_file)
        : config_file_(std::move(config_file)),
          settings_(std::move(settings)),
          lock_(stream::lock_directory(settings_.data_dir)),
          count_(YIZHAN_VERSION, YIZHAN_COMMIT) {
        for (const int each : {SIGTERM, SIGINT, SIGHUP}) signals_.add(each);
        std::signal(SIGPIPE, SIG_IGN);
        allow_descriptors(settings_.limits.connections);
        notify("STATUS=reading the journal\nEXTEND_TIMEOUT_USEC=300000000");
        auto writer = crm::open_sqlite_writer(settings_.data_dir / "state.db");
        api_state_ = crm::open_sqlite_reader(settings_.data_dir / "state.db");
        door_state_ = crm::open_sqlite_reader(settings_.data_dir / "state.db");
        out_state_ = crm::open_sqlite_reader(settings_.data_dir / "state.db");
        fetch_state_ = crm::open_sqlite_reader(settings_.data_dir / "state.db");
        open_journal(writer->applied());
        open_sinks();
        open_applier(std::move(writer));
        for (const account& each : settings_.accounts) advise(each);
        open_way_out();
        door_->serve(settings_);
        speaker_->serve(settings_);
        serve_out(settings_);
        serve_sinks(settings_.sinks);
        api_->serve(settings_);
        callbacks_ = std::make_unique<callback_listener>(door_context_, settings_, *door_, count_);
        calls_ = std::make_unique<api_listener>(api_context_, settings_.api, *api_);
    }

    int run();

private:
    void open_journal(std::uint64_t applied);
    void open_applier(std::unique_ptr<crm::state_writer> writer);
    void open_sinks();
    void open_way_out();
    void serve_sinks(std::vector<stream::sink_settings> configured);
    void serve_out(const config& settings);
    net::task<desk::upload_end> upload(desk::upload what);
    void ask_state(std::string person, bool with_budget, std::function<void(std::optional<crm::person_facts>)> tell);
    net::task<speaker::answer> speak(speaker::request what);
    static void advise(const account& about);
    desk::grant_store granted();
    std::uint64_t restored_to();
    void end_sinks(std::thread& of);
    void listen_to_signals();
    void keep_house();
    void beat();
    void reload();
    void drain();
    void end(int status);
    std::string metrics_text();
    std::string_view not_ready() const;

    std::filesystem::path config_file_;
    config settings_;
    stream::file lock_;

    asio::io_context control_{1}, door_context_{1}, api_context_{1}, out_context_{1}, sinks_context_{1};
    asio::signal_set signals_{control_};
    asio::steady_timer patience_{control_}, housekeeping_{control_};
    asio::thread_pool door_disk_{1};

    std::unique_ptr<crm::state_reader> api_state_, door_state_, out_state_, fetch_state_;
    metrics count_;
    std::unique_ptr<stream::file_journal> journal_;
    std::unique_ptr<door> door_;
    std::unique_ptr<crm::applier> applier_;
    std::unique_ptr<speaker> speaker_;
    net::http_client client_{out_context_.get_executor(), {}};
    desk::token_authority tokens_{out_context_.get_executor(), client_, granted()};
    desk::caller caller_{client_, tokens_};
    desk::media_store files_{settings_.data_dir / "media"};
    std::unique_ptr<desk::routes> routes_;
    std::unique_ptr<desk::dispatcher> dispatcher_;
    std::unique_ptr<desk::puller> puller_;
    std::unique_ptr<desk::authoriser> authoriser_;
    std::unique_ptr<desk::fetcher> fetcher_;
    std::unique_ptr<sink_store> api_sinks_;
    std::unique_ptr<stream::sinks> sinks_;
    std::unique_ptr<api> api_;
    std::unique_ptr<callback_listener> callbacks_;
    std::unique_ptr<api_listener> calls_;

    std::atomic<bool> draining_{false};
    std::atomic<std::size_t> known_ids_{0}, facts_cached_{0};
    std::atomic<std::int64_t> horizon_us_{0};
    std::atomic<int> questions_{0};
    std::vector<stream::sink_settings> configured_sinks_;  // The sinks' thread's.
    const std::int64_t started_us_ = steady_us();
    /// From the newest record to our start. Nothing grows old in it: it may be a pause, or a clock that was set wrong.
    std::int64_t pause_us_ = 0;
    int times_kept_ = 0;  // The door's.
    std::int64_t watchdog_us_ = watchdog_interval_us(), watched_us_ = 0;
    int status_ = 0;
    bool ended_ = false;
};

void station::open_journal(std::uint64_t applied) {
    stream::dedup_index known({std::int64_t{24} * 3600 * 1000000, settings_.limits.dedup});
    stream::file_journal::options options;
    options.directory = settings_.data_dir / "journal";
    options.segment_bytes = settings_.limits.segment;
    options.waiting_bytes_max = settings_.limits.memory / 8;
    options.scan_window_us = known.window_us();
    options.scan_from_sequence = applied + 1;
    options.deliver_to = [this](std::vector<stream::append_outcome> outcomes) {
        asio::post(door_context_, [outcomes = std::move(outcomes)]() mutable {
            for (stream::append_outcome& each : outcomes) each.tell();
        });
    };
    options.on_failure = [this](const std::string& why) {
        log::error("the journal failed; nothing is accepted any more", {
                                                                           {"reason", why}
        });
        asio::post(control_, [this] { end(3); });
    };
    options.on_notice = [](const std::string& what) {
        log::warn("journal", {
                                 {"notice", what}
        });
    };
    options.on_durable = [this] {  // Nothing is appended before everybody is there.
        applier_->notice();
        api_->notice_durable();
        sinks_->notice_durable();
    };
    options.on_sync = [this](double seconds, std::size_t records) { count_.synced(seconds, records); };
    options.on_turn = [this, told = std::size_t{0}]() mutable {
        memory_reserve::renew();
        if (const std::size_t before = std::exchange(told, memory_reserve::times_spent()); told != before)
            log::error("memory ran out", {
                                             {"times", told}
            });
        if (watchdog_us_ == 0 || steady_us() - watched_us_ < watchdog_us_) return;
        watched_us_ = steady_us();
        notify("WATCHDOG=1");
    };
    options.ids_of = [](const stream::record& each, std::vector<event_id>& ids) {
        thread_local stream::kept_callback kept;
        if (each.kind != stream::kind_callback || stream::read_kept(each.payload, kept)) return;
        for (const stream::effects& happened : kept.events) ids.push_back(happened.id);
    };
    const auto remember = [&](const stream::record& each, std::span<const event_id> ids, stream::place at) {
        for (const event_id& id : ids) known.insert(id, at, each.time_us);
    };
    journal_ = std::make_unique<stream::file_journal>(std::move(options), remember);
    if (journal_->newest_us()) pause_us_ = std::max<std::int64_t>(0, started_us_ - journal_->newest_us());
    for (const stream::damage& each : journal_->damages())
        log::error("the journal is damaged",
                   {
                       {"first", each.first},
                       {"last",  each.last },
                       {"where", each.where}
        });

    door::parts parts{door_context_.get_executor(), *journal_, count_,
                      [this] { return applier_->unapplied_since_us(); },
                      [this](std::string person, bool with_budget, std::function<void(std::optional<crm::person_facts>)> tell) {
                          ask_state(std::move(person), with_budget, std::move(tell));
                      },
                      [this](std::string account, std::string token) { puller_->ring(std::move(account), std::move(token)); }};
    door_ = std::make_unique<door>(std::move(parts), std::move(known));
    speaker_ = std::make_unique<speaker>(door_context_.get_executor(), *journal_, door_->known_ids());
    std::vector<crm::person_facts> special = door_state_->special_facts(facts_at_start_max);
    if (special.size() >= facts_at_start_max) door_->contact_facts().mark_incomplete();
    for (crm::person_facts& each : special) door_->contact_facts().update(std::move(each));
}

/// Reads what is known of a person, away from the door's thread. When too many are asked for, or the state
/// cannot be read, the door goes on without.
void station::ask_state(std::string person, bool with_budget, std::function<void(std::optional<crm::person_facts>)> tell) {
    if (questions_ >= questions_max) return tell(std::nullopt);
    ++questions_;
    asio::post(door_disk_, [this, person = std::move(person), with_budget, tell = std::move(tell)] {
        std::optional<crm::person_facts> found;
        try {
            found = door_state_->facts_of(person, with_budget ? steady_ms() : 0);
            if (!found) found.emplace().person = person;
        } catch (const std::runtime_error& failed) {
            log::warn("the state cannot be read", {
                                                      {"reason", failed.what()}
            });
        }
        --questions_;
        asio::post(door_context_, [tell, found = std::move(found)] { tell(found); });
    });
}

/// Before anything is told to them: whoever reads the journal must be known before it is shortened.
void station::open_sinks() {
    const std::filesystem::path directory = settings_.data_dir / "sinks";
    stream::sinks::parts parts{.executor = sinks_context_.get_executor(),
                               .journal = *journal_,
                               .directory = directory,
                               .origin = stream::begin_epoch(directory, now_ms(), journal_->durable()),
                               .count = [this](std::string_view sink, std::string_view result) { count_.handed_over(sink, result); },
                               .warn =
                                   [](const std::string& what, const std::string& sink, const std::string& why) {
                                       log::warn(what, {
                                                           {"sink",   sink},
                                                           {"reason", why }
                                       });
                                   }};
    sinks_ = std::make_unique<stream::sinks>(std::move(parts));
    api_sinks_ = std::make_unique<sink_store>(directory);
}

/// Those of the configuration, and those that were made through the API under names that it does not have. On the sinks'
/// thread, or before it is there.
void station::serve_sinks(std::vector<stream::sink_settings> configured) {
    configured_sinks_ = configured;
    for (stream::sink_settings& each : api_sinks_->all())
        if (std::ranges::find(configured_sinks_, each.name, &stream::sink_settings::name) == configured_sinks_.end())
            configured.push_back(std::move(each));
    sinks_->serve(std::move(configured));
}

void station::open_applier(std::unique_ptr<crm::state_writer> writer) {
    crm::applier::options options;
    options.publish = [this](std::vector<crm::person_facts> changed, std::function<void()> current) {
        asio::post(door_context_,
                   [this, changed = std::move(changed), current = std::move(current)]() mutable {
                       for (crm::person_facts& each : changed) door_->contact_facts().update(std::move(each));
                       current();
                   });
    };
    options.wake = [this](std::vector<std::string> queues) {
        asio::post(api_context_, [this, queues = std::move(queues)] { api_->wake(queues); });
    };
    options.send_errands = [this](crm::errands left) {
        if (left.messages) dispatcher_->wake();
        if (left.codes) authoriser_->wake();
        if (left.fetches) fetcher_->wake();
        if (!left.freed.empty()) fetcher_->remove(std::move(left.freed));
    };
    options.on_trouble = [](const std::string& why) {
        log::error("the state cannot be written", {
                                                      {"reason", why}
        });
    };
    options.on_stuck = [](std::uint64_t sequence) { log::error("the journal cannot be read", {{"sequence", sequence}}); };
    options.mark_file = settings_.data_dir / "applying";
    options.on_set_aside = [](std::uint64_t sequence, const std::string& why) {
        log::error("a record is set aside", {
                                                {"sequence", sequence},
                                                {"reason",   why     }
        });
    };
    options.on_batch = [this](std::size_t records, double seconds) { count_.applied(records, seconds); };
    applier_ = std::make_unique<crm::applier>(*journal_, std::move(writer), std::move(options));
    api::parts parts{api_context_.get_executor(),
                     *journal_,
                     *applier_,
                     *api_state_,
                     [this](speaker::request what) { return speak(std::move(what)); },
                     [this](desk::upload what) { return upload(std::move(what)); },
                     files_,
                     *sinks_,
                     *api_sinks_,
                     [this] { asio::post(sinks_context_, [this] { serve_sinks(configured_sinks_); }); },
                     [this] { return metrics_text(); },
                     [this] { return not_ready(); },
                     version_json()};
    api_ = std::make_unique<api>(std::move(parts));
}

void station::open_way_out() {
    const auto warn = [](const std::string& what, const std::string& account, const std::string& why) {
        log::warn(what, {
                            {"account", account},
                            {"reason",  why    }
        });
    };
    routes_ = std::make_unique<desk::routes>(*out_state_);
    desk::dispatcher::parts parts{.executor = out_context_.get_executor(),
                                  .client = client_,
                                  .tokens = tokens_,
                                  .ways = *routes_,
                                  .journal = *journal_,
                                  .applier = *applier_,
                                  .state = *out_state_,
                                  .begin_behind = journal_->durable(),
                                  .restored_to = restored_to(),
                                  .settled = [this] { std::filesystem::remove(settings_.data_dir / restored_mark); },
                                  .count = [this](std::string_view result) { count_.attempted(result); },
                                  .warn = warn};
    dispatcher_ = std::make_unique<desk::dispatcher>(std::move(parts));
    // An item is decided and kept on the door's thread; the puller hears of it on its own.
    const auto take_in = [this](std::string account, std::string item, std::int64_t not_before_ms) -> net::task<error_code> {
        return asio::co_spawn(door_context_, door_->take_in(std::move(account), std::move(item), not_before_ms), asio::use_awaitable);
    };
    puller_ = std::make_unique<desk::puller>(desk::puller::parts{.executor = out_context_.get_executor(),
                                                                 .client = client_,
                                                                 .tokens = tokens_,
                                                                 .applier = *applier_,
                                                                 .state = *out_state_,
                                                                 .begin_behind = journal_->durable(),
                                                                 .take_in = take_in,
                                                                 .warn = warn});
    authoriser_ = std::make_unique<desk::authoriser>(desk::authoriser::parts{.executor = out_context_.get_executor(),
                                                                             .client = client_,
                                                                             .tokens = tokens_,
                                                                             .applier = *applier_,
                                                                             .state = *out_state_,
                                                                             .ways = *routes_,
                                                                             .begin_behind = journal_->durable(),
                                                                             .warn = warn});
    fetcher_ = std::make_unique<desk::fetcher>(desk::fetcher::parts{.executor = out_context_.get_executor(),
                                                                    .client = client_,
                                                                    .tokens = tokens_,
                                                                    .applier = *applier_,
                                                                    .state = *fetch_state_,
                                                                    .ways = *routes_,
                                                                    .files = files_,
                                                                    .begin_behind = journal_->durable(),
                                                                    .count = [this](std::string_view what, std::string_view result) { count_.fetched(what, result); },
                                                                    .warn = warn});
}

/// How far what is there is a backup's: all that was there at the first start behind `restore`; 0: nothing is.
std::uint64_t station::restored_to() {
    const std::filesystem::path mark = settings_.data_dir / restored_mark;
    if (!std::filesystem::exists(mark)) return 0;
    std::uint64_t last = 0;
    if (std::ifstream(mark) >> last) return last;
    last = journal_->durable();
    const std::filesystem::path fresh = settings_.data_dir / "restored.new", written = settings_.data_dir / "restored.part";
    std::ofstream(written) << last << "\n";
    std::filesystem::remove(fresh);
    stream::copy_synced(written, fresh);
    std::filesystem::rename(fresh, mark);
    std::filesystem::remove(written);
    stream::sync_directory(settings_.data_dir);
    return last;
}

/// What the platforms handed over: from the state, and into it.
desk::grant_store station::granted() {
    const auto find = [this](const adapters::grant_name& of) -> std::optional<std::string> {
        auto found = out_state_->find_grant(of.account, of.kind, of.party);
        if (!found) return std::nullopt;
        return std::move(found->value);
    };
    const auto renew = [this](adapters::grant_name of, std::string value, std::string instead_of) {
        return desk::authoriser::renew(out_context_.get_executor(), *applier_, std::move(of), std::move(value), std::move(instead_of));
    };
    return {find, renew};
}

/// On the thread of the way out, or before it is there.
void station::serve_out(const config& settings) {
    routes_->serve(settings.accounts);
    dispatcher_->serve(settings.accounts);
    puller_->serve(settings.accounts);
    authoriser_->wake();
    fetcher_->serve(settings.limits.media, settings.media_retention_s);
}

net::task<desk::upload_end> station::upload(desk::upload what) {
    return asio::co_spawn(out_context_, desk::bring(caller_, *routes_, std::move(what)), asio::use_awaitable);
}

/// On the door's thread, whose the known ids are; the answer comes back to whoever asked.
net::task<speaker::answer> station::speak(speaker::request what) {
    return asio::co_spawn(door_context_, speaker_->say(std::move(what)), asio::use_awaitable);
}

void station::advise(const account& about) {
    if (body_is_unsigned(about) && about.allow_from.empty())
        log::warn("signatures of this account do not cover the body: `allow_from` is recommended",
                  {
                      {"account", about.id}
        });
}

std::string_view station::not_ready() const {
    if (draining_) return "draining";
    const error_code why = journal_->refuses();
    return why ? yizhan::name_of(why) : std::string_view{};
}

std::string station::metrics_text() {
    const std::uint64_t durable = journal_->durable(), applied = applier_->applied();
    metrics::gauges now;
    now.lag_events = durable > applied ? static_cast<double>(durable - applied) : 0;
    now.journal_bytes = static_cast<double>(journal_->bytes());
    const auto kept = static_cast<double>(durable + 1 - std::min(durable, journal_->oldest()));
    now.unapplied_bytes = kept > 0 ? now.journal_bytes * now.lag_events / kept : 0;
    now.dead_letters = static_cast<double>(api_state_->count_dead_letters());
    now.damaged_ranges = static_cast<double>(journal_->damages().size());
    now.dedup_entries = static_cast<double>(known_ids_.load());
    now.dedup_horizon_seconds = horizon_us_ ? static_cast<double>(steady_us() - horizon_us_) / 1e6 : 86400;
    now.connections = static_cast<double>(callbacks_->connections());
    now.log_lines_dropped = static_cast<double>(log::dropped());
    now.applied_last_success_seconds = static_cast<double>(applier_->last_success_us()) / 1e6;
    const std::int64_t heard_us = std::max(applier_->heartbeat_us(), started_us_);
    now.heartbeat_age_seconds = static_cast<double>(steady_us() - heard_us) / 1e6;
    now.facts_cached = static_cast<double>(facts_cached_.load());
    now.ready = not_ready().empty() ? 1 : 0;
    now.sinks = sinks_->look();
    now.durable = durable;
    return count_.text(now);
}

void station::listen_to_signals() {
    signals_.async_wait([this](error_code failed, int signal) {
        if (failed) return;
        if (signal == SIGHUP)
            reload();
        else if (draining_)
            ::_exit(1);  // Told twice. What was acknowledged is safe: it is on disk.
        else
            drain();
        listen_to_signals();
    });
}

void station::keep_house() {
    follow_clock();
    const std::int64_t now = steady_us();
    // What was there when we began has not grown old in the pause before.
    const auto older_than = [this, now](std::int64_t age_us) {
        return now - age_us > started_us_ ? now - age_us : now - age_us - pause_us_;
    };
    for (const stream::retention_step& each : stream::retention_steps(settings_.retention_s, applier_->applied(), sinks_->claims()))
        journal_->retain(older_than(each.age_s * 1000000), each.passed);
    asio::post(door_context_, [this, older_than] {
        stream::dedup_index& known = door_->known_ids();
        known.forget_before(older_than(known.window_us()));
        known_ids_ = known.size();
        horizon_us_ = known.horizon_us();
        facts_cached_ = door_->contact_facts().size();
        if (++times_kept_ % heartbeat_every == 0 && !journal_->refuses()) beat();
    });
    housekeeping_.expires_after(housekeeping_every);
    housekeeping_.async_wait([this](error_code failed) {
        if (!failed) keep_house();
    });
}

/// Goes the way of a callback, from the door through the journal into the state.
void station::beat() {
    struct unheard final : stream::append_waiter {
        void kept(error_code, const stream::appended&, std::string) override { delete this; }
    };
    stream::append_request request;
    request.kind = stream::kind_heartbeat;
    request.waiter = new unheard;
    journal_->append(std::move(request));
}

/// The new file, or the old one on when the new has faults: then it says why.
void station::reload() {
    notify_reloading();
    loaded fresh = load_config(config_file_);
    for (const fault& each : fresh.found)
        log::error("the new configuration is not used", {
                                                            {"fault", to_text(each)}
        });
    if (fresh.settings) {
        const config& next = *fresh.settings;
        const auto moved = [](const listener_settings& one, const listener_settings& other) {
            return one.host != other.host || one.port != other.port || one.cert_file != other.cert_file ||
                   one.key_file != other.key_file;
        };
        if (moved(next.callbacks, settings_.callbacks) || moved(next.api, settings_.api) ||
            next.data_dir != settings_.data_dir)
            log::warn("`listen` and `data_dir` change with a restart only");
        if (next.limits.memory != settings_.limits.memory || next.limits.dedup != settings_.limits.dedup ||
            next.limits.segment != settings_.limits.segment)
            log::warn("`limits.memory`, `limits.dedup` and `limits.segment` change with a restart only");
        settings_ = std::move(*fresh.settings);
        log::set_level(settings_.log_level);
        auto shared = std::make_shared<const config>(settings_);
        asio::post(door_context_, [this, shared] {
            door_->serve(*shared);
            speaker_->serve(*shared);
            callbacks_->reload(*shared);
            log::info("configuration reloaded",
                      {
                          {"accounts", shared->accounts.size()},
                          {"rules",    shared->rules->size()  }
            });
        });
        asio::post(api_context_, [this, shared] { api_->serve(*shared); });
        asio::post(out_context_, [this, shared] { serve_out(*shared); });
        asio::post(sinks_context_, [this, shared] { serve_sinks(shared->sinks); });
    }
    count_.reloaded(fresh.found.empty());
    notify("READY=1");
}

void station::drain() {
    draining_ = true;
    notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000");
    log::info("draining");
    asio::post(door_context_,
               [this] { callbacks_->drain([this] { asio::post(control_, [this] { end(0); }); }); });
    patience_.expires_after(drain_patience);
    patience_.async_wait([this](error_code failed) {
        if (!failed) end(0);
    });
}

void station::end(int status) {
    if (std::exchange(ended_, true)) return;
    status_ = status;
    draining_ = true;
    patience_.cancel();
    housekeeping_.cancel();
    signals_.cancel();
    control_.stop();
}

int station::run() {
    listen_to_signals();
    keep_house();
    auto door_work = asio::make_work_guard(door_context_);
    auto api_work = asio::make_work_guard(api_context_);
    auto out_work = asio::make_work_guard(out_context_);
    auto sinks_work = asio::make_work_guard(sinks_context_);
    applier_->start();
    dispatcher_->start();
    puller_->start();
    authoriser_->start();
    fetcher_->start();
    callbacks_->start();
    calls_->start();
    std::thread door_thread([this] {
        name_thread("door");
        door_context_.run();
    });
    std::thread api_thread([this] {
        name_thread("api");
        api_context_.run();
    });
    std::thread out_thread([this] {
        name_thread("dispatcher");
        out_context_.run();
    });
    std::thread sinks_thread([this] {
        name_thread("sinks");
        step_back();
        sinks_context_.run();
    });
    const auto address = [](const listener_settings& of, std::uint16_t port) {
        return of.host + ":" + std::to_string(port);
    };
    log::info("listening", {
                               {"callbacks",                address(settings_.callbacks, callbacks_->port())},
                               {"api",                          address(settings_.api,                                                 calls_->port())},
                               {"accounts",           settings_.accounts.size()},
                               {"rules",settings_.rules->size()                            },
                               {"durable",             journal_->durable()           },
                               {"applied",applier_->applied()          }
    });
    notify("READY=1\nSTATUS=accepting callbacks");
    control_.run();

    // What is being sent has a moment to end: its end is a record too.
    std::promise<void> sent;
    puller_->stop();
    authoriser_->stop();
    fetcher_->stop();
    dispatcher_->stop(status_ == 0 ? dispatcher_patience_ms : 0, [&] { sent.set_value(); });
    sent.get_future().wait();
    asio::post(out_context_, [this] { out_context_.stop(); });
    out_thread.join();

    // From here on nothing is accepted; what was, is written, told, applied as far as time allows.
    if (status_ != 0) asio::post(door_context_, [this] { callbacks_->drain([] {}); });
    journal_->stop();
    end_sinks(sinks_thread);
    if (journal_->refuses() == errc::storage_failed) status_ = 3;
    asio::post(api_context_, [this] {
        api_->stop();
        calls_->stop();
    });
    const bool all_applied = applier_->stop(status_ == 0 ? applier_patience_ms : 0);
    asio::post(door_context_, [this] { door_context_.stop(); });
    asio::post(api_context_, [this] { api_context_.stop(); });
    door_thread.join();
    api_thread.join();
    door_disk_.join();
    for (asio::io_context* each : {&door_context_, &api_context_}) {
        each->restart();
        each->run_for(std::chrono::milliseconds(100));  // Longer than anybody of theirs waits for the state.
    }
    const std::uint64_t durable = journal_->durable();
    // Whoever reads the state goes before the one who writes it: the last to close takes the WAL in.
    calls_.reset();
    api_.reset();
    callbacks_.reset();
    sinks_.reset();
    fetcher_.reset();
    authoriser_.reset();
    puller_.reset();
    dispatcher_.reset();
    api_state_.reset();
    door_state_.reset();
    out_state_.reset();
    fetch_state_.reset();
    applier_.reset();
    log::info("ended", {
                           {"status",      status_                                  },
                           {"durable",     durable                                  },
                           {"all_applied", all_applied ? "yes" : "at the next start"}
    });
    return status_;
}

/// What is being handed over has a moment to end; after it, it is handed over again at the next start.
void station::end_sinks(std::thread& of) {
    const auto ended = std::make_shared<std::promise<void>>();
    sinks_->stop([ended] { ended->set_value(); });
    ended->get_future().wait_for(sinks_patience);
    sinks_context_.stop();
    of.join();
}

}  // namespace

int run_station(config settings, const std::filesystem::path& config_file) {
    memory_reserve::keep();
    station all(std::move(settings), config_file);
    return all.run();
}

std::string version_json() {
    return std::string(R"({"name":"yizhan","version":")") + YIZHAN_VERSION + R"(","commit":")" +
           YIZHAN_COMMIT + "\"}";
}

}  // namespace yizhan::gateway
