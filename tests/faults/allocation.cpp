// Row 19: whichever allocation of a request fails, ours or Asio's, nothing crashes, nothing is acknowledged without its
// record, and the request itself, the next one and the platform's retry are served: by the memory that is kept back for
// such a moment. When that is gone too, still nothing is acknowledged without its record, and nothing kept twice.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <new>
#include <thread>

#include "core/memory_reserve.hpp"
#include "core/time.hpp"
#include "gateway/callback_listener.hpp"
#include "router/hours.hpp"
#include "stream/file_journal.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wire.hpp"

namespace {

// Only the thread that asks for it runs out of memory: the door's. 0: never.
thread_local std::size_t fails_at = 0, allocations = 0;

/// As `operator new` does it.
void* allocate(std::size_t bytes, std::size_t alignment) {
    bool fails = fails_at != 0 && ++allocations == fails_at;
    for (;; fails = false) {
        void* const made = fails                                      ? nullptr
                           : alignment <= alignof(std::max_align_t) ? std::malloc(bytes ? bytes : 1)
                                                                      : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
        if (made) return made;
        const std::new_handler handler = std::get_new_handler();
        if (!handler) throw std::bad_alloc();
        handler();
    }
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t by) {
    return allocate(bytes, static_cast<std::size_t>(by));
}
void operator delete(void* what) noexcept { std::free(what); }
void operator delete(void* what, std::size_t) noexcept { std::free(what); }
void operator delete(void* what, std::align_val_t) noexcept { std::free(what); }
void operator delete(void* what, std::size_t, std::align_val_t) noexcept { std::free(what); }

using namespace yizhan;
namespace asio = net::asio;

namespace {

gateway::config settings_of(const std::vector<account>& accounts) {
    gateway::config made;
    made.callbacks.host = "127.0.0.1";
    made.accounts = accounts;
    faults none;
    made.rules = router::rules::compile(
        "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general, tags: [seen] } } ]", "rules",
        router::time_zone::named("Asia/Shanghai"), none);
    return made;
}

/// The door and the listener as they are in the product, over a journal on disk, on this thread.
class station {
public:
    explicit station(const std::vector<account>& accounts, std::chrono::milliseconds patience = std::chrono::seconds(2))
        : patience_(patience), counted_("test", ""),
          journal_(options(), [](auto...) {}),
          door_({context_.get_executor(), journal_, counted_, [] { return std::int64_t{0}; },
                 [](std::string, bool, std::function<void(std::optional<crm::person_facts>)> tell) {
                     tell(std::nullopt);
                 },
                 [](auto...) {}},
                stream::dedup_index({})) {
        const gateway::config settings = settings_of(accounts);
        door_.serve(settings);
        listener_ = std::make_unique<gateway::callback_listener>(context_, settings, door_, counted_);
        listener_->start();
    }
    ~station() {
        journal_.stop();
        context_.stop();
    }

    std::uint64_t records() const { return journal_.durable(); }

    /// The status of the answer; 0: none. Directly at the door; `fail_at` 0: all goes well.
    unsigned ask_door(const simulator::forged& sent, const std::string& account, std::size_t fail_at) {
        const std::string target = "/callback/" + account + "?" + sent.query;
        gateway::callback_request request;
        request.is_post = true;
        request.target = target, request.body = sent.body, request.address = "127.0.0.1";
        request.read_at_ms = now_ms();
        request.wait_for = [](std::int64_t) {};
        unsigned status = 0;
        bool ended = false;
        const auto note = [&ended](std::exception_ptr) { ended = true; };
        auto begun = answer_at(door_, std::move(request), status);
        asio::co_spawn(context_, std::move(begun), note);
        run_until([&] { return ended; }, fail_at);
        hung_ += !ended;
        return status;
    }

    /// The same over a connection of its own.
    unsigned ask_listener(const simulator::forged& sent, const std::string& account, std::size_t fail_at) {
        test::wire client(listener_->port());
        client.send(test::request_bytes(account, sent, "Connection: close\r\n"));
        test::wire::answer got;
        run_until([&] { return (got = client.receive(0)).status != 0 || got.closed; }, fail_at);
        hung_ += got.status == 0 && !got.closed;
        return got.status;
    }

    std::size_t failures() const { return failures_; }  // That really happened.
    std::size_t escaped() const {
        return escaped_;
    }  // Out of the event loop: in the product that ends the process.
    std::size_t hung() const { return hung_; }  // Neither answered nor closed in time.
    bool failed_last() const { return failed_last_; }

private:
    stream::file_journal::options options() {
        stream::file_journal::options made;
        made.directory = directory_.path();
        made.segment_bytes = std::size_t{4} << 20;
        made.deliver_to = [this](std::vector<stream::append_outcome> outcomes) {
            asio::post(context_, [outcomes = std::move(outcomes)]() mutable {
                for (stream::append_outcome& each : outcomes) each.tell();
            });
        };
        return made;
    }

    static net::task<> answer_at(gateway::door& door, gateway::callback_request request, unsigned& status) {
        const gateway::callback_answer got = co_await door.answer(std::move(request));
        status = got.close_silently ? 0 : got.status;
    }

    template <class Condition>
    void run_until(Condition is_over, std::size_t fail_at) {
        const auto until = std::chrono::steady_clock::now() + patience_;
        allocations = 0;
        while (!is_over() && std::chrono::steady_clock::now() < until) {
            context_.restart();
            fails_at = fail_at;
            try {
                context_.run_one_for(std::chrono::milliseconds(5));
            } catch (const std::exception&) {
                ++escaped_;
            }
            fails_at = 0;
        }
        failed_last_ = fail_at != 0 && allocations >= fail_at;
        failures_ += failed_last_;
    }

    std::chrono::milliseconds patience_;
    test::temporary_directory directory_;
    asio::io_context context_{1};
    gateway::metrics counted_;
    stream::file_journal journal_;
    gateway::door door_;
    std::unique_ptr<gateway::callback_listener> listener_;
    std::size_t failures_ = 0, escaped_ = 0, hung_ = 0;
    bool failed_last_ = false;
};

struct tally {
    std::size_t hung = 0, escaped = 0, unkept = 0, refused = 0, next_refused = 0, retry_refused = 0, doubled = 0, bare = 0;
    std::string first;
    void note(std::size_t& which, bool wrong, const char* what, std::size_t n) {
        which += wrong;
        if (wrong && first.empty())
            first = std::string("; first: ") + what + ", allocation " + std::to_string(n);
    }
    std::size_t faults() const { return unkept + refused + next_refused + retry_refused + doubled; }
};

simulator::forged letter_to(const account& to) {
    static std::uint64_t serial = static_cast<std::uint64_t>(now_us());
    simulator::forge_request what;
    what.now_s = what.created_s = now_ms() / 1000;
    what.serial = ++serial;
    what.fields = {
        {"Content", "第 " + std::to_string(what.serial) + " 封"}
    };
    return simulator::forge(to, what).value();
}

using way_in = unsigned (station::*)(const simulator::forged&, const std::string&, std::size_t);

/// Lets the first, the second, … allocation fail, until a request needs fewer. False when one never passed.
bool try_all(station& at, way_in ask, const account& to, tally& into) {
    for (int warm = 0; warm < 3; ++warm) (at.*ask)(letter_to(to), to.id, 0);
    for (std::size_t n = 1; n <= 10000; ++n) {
        const simulator::forged sent = letter_to(to);
        const std::uint64_t before = at.records();
        const unsigned status = (at.*ask)(sent, to.id, n);
        const bool failed = at.failed_last();
        into.note(into.unkept, status == 200 && at.records() == before, "acknowledged without a record", n);
        if (!failed) return status == 200;
        into.note(into.refused, status != 200, "not served itself", n);
        const std::uint64_t between = at.records();
        const bool is_next_served = (at.*ask)(letter_to(to), to.id, 0) == 200 && at.records() > between;
        into.note(into.next_refused, !is_next_served, "the next one not served", n);
        into.note(into.retry_refused, (at.*ask)(sent, to.id, 0) != 200, "the retry not served", n);
        into.note(into.doubled, at.records() > before + 2, "kept twice", n);
        into.note(into.hung, at.hung() > into.hung, "neither answered nor closed", n);
        into.note(into.escaped, at.escaped() > into.escaped, "ended the event loop", n);
        if (at.hung() > 10) return false;  // It does not come back.
    }
    return false;
}

/// The same with nothing kept back. Then the process may end, or not come back; what is acknowledged must be kept all the
/// same, and once. Each failure has a process of its own.
void try_bare(const account& to, tally& into) {
    enum outcome { fine = 0, unkept = 1, doubled = 2, needs_fewer = 3 };
    for (std::size_t n = 1; n <= 10000; ++n) {
        const test::temporary_directory room;  // The child removes nothing.
        const pid_t child = ::fork();
        if (child == 0) {
            ::setenv("TMPDIR", room.path().c_str(), 1);
            std::set_new_handler(nullptr);
            std::set_terminate([] { ::_exit(fine); });  // The product ends so, and begins anew.
            station here({to}, std::chrono::milliseconds(300));
            here.ask_door(letter_to(to), to.id, 0);  // No more: some buffers are made by the second.
            const std::uint64_t before = here.records();
            const unsigned status = here.ask_door(letter_to(to), to.id, n);
            const std::uint64_t kept = here.records() - before;
            ::_exit(status == 200 && kept == 0 ? unkept : kept > 1 ? doubled : here.failed_last() ? fine : needs_fewer);
        }
        int how = 0;
        ::waitpid(child, &how, 0);
        const int said = WIFEXITED(how) ? WEXITSTATUS(how) : fine;
        if (said == needs_fewer) return;
        into.note(into.unkept, said == unkept, "acknowledged without a record, with nothing kept back", n);
        into.note(into.doubled, said == doubled, "kept twice, with nothing kept back", n);
        ++into.bare;
    }
}

/// How much one thread gets of what another has kept back anew, when really nothing is left.
std::size_t reserve_for_others() {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return 0;
    const pid_t child = ::fork();
    if (child == 0) {
        for (int round = 0; round < 3; ++round)
            std::thread([] {
                std::get_new_handler()();
                memory_reserve::renew();
            }).join();
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const struct rlimit as_it_is {pages * 4096, RLIM_INFINITY};
        ::setrlimit(RLIMIT_AS, &as_it_is);
        const std::size_t before = memory_reserve::times_spent();
        std::size_t got = 0;
        try {
            constexpr std::size_t piece = 64 * 1024;
            for (;;) {
                volatile const void* const kept = ::operator new(piece);
                static_cast<void>(kept);
                if (memory_reserve::times_spent() > before) got += piece;
            }
        } catch (const std::bad_alloc&) {
        }
        const ssize_t told = ::write(pipe_ends[1], &got, sizeof got);
        ::_exit(told != sizeof got);
    }
    std::size_t got = 0;
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[1]);
    const ssize_t heard = ::read(pipe_ends[0], &got, sizeof got);
    ::close(pipe_ends[0]);
    return heard == sizeof got ? got : 0;
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    const std::vector<account> accounts = {test::wechat_account(encryption::required), test::wecom_account(),
                                           test::weibo_account()};
    memory_reserve::keep();
    tally seen;
    // First, while there is one thread to be forked.
    for (const account& each : accounts) try_bare(each, seen);
    const std::size_t for_others = test::measures_count ? reserve_for_others() : 0;  // A sanitizer needs memory itself.
    station here(accounts);
    bool all_passed = true;
    for (int round = 0; round < arguments.pick(1, 5); ++round)
        for (const account& each : accounts)
            for (const way_in ask : {&station::ask_door, &station::ask_listener})
                all_passed = try_all(here, ask, each, seen) && all_passed;
    const bool is_for_all = !test::measures_count || for_others > memory_reserve::bytes / 2;
    const bool held = is_for_all && all_passed && seen.faults() + here.escaped() + here.hung() == 0 && here.failures() > 50 && seen.bare > 20;
    char line[500];
    std::snprintf(line, sizeof line,
                  "%zu allocations failed, three platforms, at the door and through the listener, and %zu with nothing kept "
                  "back: %zu acknowledged without a record, %zu kept twice; %zu not served, %zu next requests not served, %zu "
                  "retries not served, %zu ended the event loop, %zu neither answered nor closed; %zu KiB of what one thread keeps "
                  "back were there for another%s",
                  here.failures(), seen.bare, seen.unkept, seen.doubled, seen.refused, seen.next_refused, seen.retry_refused,
                  here.escaped(), here.hung(), for_others / 1024, all_passed ? "" : "; and one that needs none did not pass");
    return test::report_row("19", held, line + seen.first);
}
