#include "simulator/script.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <memory>

#include "core/time.hpp"

namespace yizhan::simulator {
namespace asio = net::asio;
namespace {

constexpr std::int64_t expected_within_ms = 10000;
constexpr std::chrono::milliseconds look_every{20};
constexpr std::size_t misses_max = 20;

/// Notes what is wrong, with its place.
class reader {
public:
    reader(std::string file, faults& into) : file_(std::move(file)), into_(into) {}

    void note(const YAML::Node& at, std::string what) {
        const YAML::Mark mark = at.Mark();
        into_.push_back({file_, mark.line + 1, mark.column + 1, std::move(what)});
    }
    std::string text(const YAML::Node& from) {
        if (from.IsScalar()) return from.Scalar();
        note(from, "a text is wanted here");
        return {};
    }
    /// `500ms`, `10s`, `5m`, `2h`.
    std::int64_t duration_ms(const YAML::Node& from) {
        const std::string all = text(from);
        const std::size_t digits = std::min(all.find_first_not_of("0123456789"), all.size());
        const std::string unit = all.substr(digits);
        const std::int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60000 : unit == "h" ? 3600000 : 0;
        if (digits > 0 && digits < 10 && factor != 0) return std::stoll(all.substr(0, digits)) * factor;
        note(from, "\"" + all + "\" is no duration such as 500ms, 10s, 5m or 2h");
        return 0;
    }
    std::int64_t number(const YAML::Node& from) {
        const auto value = decimal(text(from));
        if (value && *value > 0 && *value <= 1000000) return *value;
        note(from, "a number from 1 to 1000000 is wanted here");
        return 1;
    }
    template <class Field>
    void map(const YAML::Node& from, const char* what, Field field) {
        if (!from.IsMap()) return note(from, std::string(what) + " is a map");
        for (const auto& each : from)
            if (!field(each.first.Scalar(), each.second)) note(each.first, std::string(what) + " has no \"" + each.first.Scalar() + "\"");
    }

private:
    std::string file_;
    faults& into_;
};

step read_step(reader& from, const YAML::Node& node) {
    step made;
    if (!node.IsMap() || node.size() != 1) {
        from.note(node, "a step is one of say, tap, picture, follow, enter, wait, expect, quiet");
        return made;
    }
    const std::string name = node.begin()->first.Scalar();
    const YAML::Node value = node.begin()->second;
    using enum step::kind;
    if (name == "say") {
        made.what = say, made.text = from.text(value);
    } else if (name == "enter") {
        made.what = enter, made.text = from.text(value);
    } else if (name == "follow" || name == "picture") {
        made.what = name == "follow" ? follow : picture;
    } else if (name == "wait" || name == "quiet") {
        made.what = name == "wait" ? wait : quiet, made.for_ms = from.duration_ms(value);
    } else if (name == "tap") {
        made.what = tap;
        from.map(value, "a tap", [&](const std::string& key, const YAML::Node& of) {
            if (key == "id") made.option = from.text(of);
            else if (key == "text") made.text = from.text(of);
            return key == "id" || key == "text";
        });
        if (made.option.empty()) from.note(value, "a tap needs the `id` of the option");
    } else if (name == "expect") {
        made.what = expect, made.for_ms = expected_within_ms;
        if (value.IsScalar()) {
            made.text = value.Scalar();
        } else {
            from.map(value, "what is expected", [&](const std::string& key, const YAML::Node& of) {
                if (key == "text") made.text = from.text(of);
                else if (key == "within") made.for_ms = from.duration_ms(of);
                return key == "text" || key == "within";
            });
        }
    } else {
        from.note(node, "there is no step \"" + name + "\": say, tap, picture, follow, enter, wait, expect, quiet");
    }
    return made;
}

/// One customer while their day is played.
struct day {
    asio::any_io_executor executor;
    platforms& plays;
    customers& by;
    const account& to;
    std::string customer;
    double speed;
    played& into;
    std::size_t seen = 0;  // Lines of their phone that were expected and came.

    net::task<> rest(std::int64_t ms) {
        asio::steady_timer timer(executor, std::chrono::milliseconds(ms));
        co_await timer.async_wait(net::as_result);
    }
    void miss(const step& what, std::string how) {
        ++into.unmet;
        if (into.misses.size() < misses_max) into.misses.push_back(to.id + " " + customer + ": " + std::move(how) + (what.text.empty() ? "" : " \"" + what.text + "\""));
    }
    net::task<> expect(const step& what);
    net::task<> quiet(const step& what);
    net::task<> take(const step& what);
};

net::task<> day::expect(const step& what) {
    const std::int64_t begun_ms = steady_ms();
    for (;;) {
        const std::vector<phones::line>& lines = plays.customers().of(to.id, customer).lines;
        for (std::size_t at = seen; at < lines.size(); ++at) {
            if (!lines[at].is_ours || lines[at].text.find(what.text) == std::string::npos) continue;
            seen = at + 1;
            ++into.met;
            into.waited_ms.push_back(steady_ms() - begun_ms);
            co_return;
        }
        if (steady_ms() - begun_ms > what.for_ms) co_return miss(what, "this did not come:");
        co_await rest(look_every.count());
    }
}

net::task<> day::quiet(const step& what) {
    co_await rest(static_cast<std::int64_t>(static_cast<double>(what.for_ms) / speed));
    const std::vector<phones::line>& lines = plays.customers().of(to.id, customer).lines;
    for (std::size_t at = seen; at < lines.size(); ++at) {
        if (!lines[at].is_ours) continue;
        seen = at + 1;
        co_return miss(what, "this came unasked: " + lines[at].text);
    }
    ++into.met;
}

net::task<> day::take(const step& what) {
    ++into.steps;
    carrier::delivery brought;
    brought.status = 200;
    switch (what.what) {
        case step::kind::say:
            brought = co_await by.say(to, customer, what.text);
            break;
        case step::kind::tap:
            brought = co_await by.say(to, customer, what.text, what.option);
            break;
        case step::kind::picture:
            brought = co_await by.send_picture(to, customer, "\x89PNG\r\n\x1a\n" + customer);
            break;
        case step::kind::follow:
            brought = co_await by.follow(to, customer);
            break;
        case step::kind::enter:
            brought = co_await by.enter(to, customer, what.text);
            break;
        case step::kind::wait:
            co_await rest(static_cast<std::int64_t>(static_cast<double>(what.for_ms) / speed));
            break;
        case step::kind::expect:
            co_await expect(what);
            break;
        case step::kind::quiet:
            co_await quiet(what);
            break;
    }
    if (brought.status != 200) miss(what, "the gateway answered " + std::to_string(brought.status) + " to");
}

net::task<> play_one(std::shared_ptr<day> its, const script& of, std::int64_t begins_ms) {
    co_await its->rest(static_cast<std::int64_t>(static_cast<double>(begins_ms) / its->speed));
    for (const step& each : of.steps) co_await its->take(each);
    ++its->into.customers;
}

}  // namespace

std::vector<script> read_scripts(const std::string& text, const std::string& file, const platforms& plays, faults& into) {
    std::vector<script> all;
    reader from(file, into);
    YAML::Node root;
    try {
        root = YAML::Load(text);
    } catch (const YAML::Exception& failed) {
        into.push_back({file, failed.mark.line + 1, failed.mark.column + 1, failed.msg});
        return all;
    }
    if (!root.IsMap() || !root["customers"] || !root["customers"].IsSequence() || root.size() != 1) {
        from.note(root, "the file is a map with `customers`, a list");
        return all;
    }
    for (const auto& item : root["customers"]) {
        script& one = all.emplace_back();
        from.map(item, "a customer", [&](const std::string& key, const YAML::Node& value) {
            if (key == "name") one.name = from.text(value);
            else if (key == "account") one.account = from.text(value);
            else if (key == "count") one.count = from.number(value);
            else if (key == "every") one.every_ms = from.duration_ms(value);
            else if (key == "after") one.after_ms = from.duration_ms(value);
            else if (key != "script") return false;
            if (key != "script") return true;
            if (!value.IsSequence()) from.note(value, "`script` is a list of steps");
            else for (const auto& each : value) one.steps.push_back(read_step(from, each));
            return true;
        });
        if (one.name.empty()) from.note(item, "a customer needs a `name`");
        if (!plays.find(one.account)) from.note(item, "no account is called \"" + one.account + "\"");
        if (one.steps.empty()) from.note(item, "a customer without a `script` does nothing");
    }
    return all;
}

net::task<played> play(asio::any_io_executor executor, platforms& plays, customers& by, std::vector<script> all, double speed) {
    played made;
    std::int64_t open = 0;
    asio::steady_timer ends(executor, asio::steady_timer::time_point::max());
    for (const script& each : all) {
        for (std::int64_t at = 0; at < each.count; ++at) {
            const account& to = *plays.find(each.account);
            std::string customer = each.count == 1 ? each.name : each.name + std::to_string(at + 1);
            auto its = std::make_shared<day>(day{executor, plays, by, to, std::move(customer), speed, made});
            ++open;
            asio::co_spawn(executor, play_one(std::move(its), each, each.after_ms + at * each.every_ms), [&](const std::exception_ptr& failed) {
                if (failed) ++made.unmet, made.misses.push_back("a customer's day ended in the middle");
                if (--open == 0) ends.cancel();
            });
        }
    }
    if (open > 0) co_await ends.async_wait(net::as_result);
    std::ranges::sort(made.waited_ms);
    co_return made;
}

}  // namespace yizhan::simulator
