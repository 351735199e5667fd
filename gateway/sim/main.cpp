// yizhan-sim: the platforms, played for the accounts of a configuration.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "gateway/config.hpp"
#include "simulator/script.hpp"
#include "simulator/server.hpp"

using namespace yizhan;

namespace {

struct place {
    std::string host = "127.0.0.1", gateway;
    std::uint16_t port = 9080;
};

int serve(const std::string& config_file, const place& at) {
    const gateway::loaded read = gateway::load_config(config_file);
    for (const fault& each : read.found) std::fprintf(stderr, "%s\n", to_text(each).c_str());
    if (!read.settings) return 1;
    net::asio::io_context context(1);
    simulator::platforms plays(read.settings->accounts);
    net::asio::signal_set signals(context, SIGINT, SIGTERM);
    simulator::server server({context.get_executor(), plays, at.host, at.port, at.gateway});
    server.start();
    std::printf("playing %zu accounts at http://%s:%u\n", plays.accounts().size(), at.host.c_str(), server.port());
    std::fflush(stdout);
    signals.async_wait([&](error_code, int) {
        server.stop();
        context.stop();
    });
    context.run();
    return 0;
}

std::int64_t at_share(const std::vector<std::int64_t>& ascending, double share) {
    return ascending.empty() ? 0 : ascending[static_cast<std::size_t>(share * static_cast<double>(ascending.size() - 1))];
}

/// Serves while the customers of a file have their day; then says what became of it. 3: something expected did not come.
int play(const std::string& config_file, const place& at, const std::string& customers_file, double speed) {
    gateway::loaded read = gateway::load_config(config_file);
    std::ifstream opened(customers_file, std::ios::binary);
    if (!opened) read.found.push_back({customers_file, 0, 0, "cannot be read"});
    const std::string text{std::istreambuf_iterator<char>(opened), {}};
    net::asio::io_context context(1);
    simulator::platforms plays(read.settings ? read.settings->accounts : std::vector<account>{});
    std::vector<simulator::script> scripts;
    if (read.settings && opened) scripts = simulator::read_scripts(text, customers_file, plays, read.found);
    for (const fault& each : read.found) std::fprintf(stderr, "%s\n", to_text(each).c_str());
    if (!read.found.empty()) return 1;
    simulator::server server({context.get_executor(), plays, at.host, at.port, at.gateway});
    server.start();
    std::printf("playing %zu accounts at http://%s:%u\n", plays.accounts().size(), at.host.c_str(), server.port());
    std::fflush(stdout);
    simulator::played done;
    auto all = simulator::play(context.get_executor(), plays, server.crowd(), std::move(scripts), speed);
    net::asio::co_spawn(context, std::move(all), [&](const std::exception_ptr& failed, simulator::played its) {
        done = std::move(its);
        if (failed) done.misses.push_back("the play could not go on"), ++done.unmet;
        server.stop();
        context.stop();
    });
    context.run();
    for (const std::string& each : done.misses) std::printf("%s\n", each.c_str());
    std::printf("%lld customers, %lld steps; expected: %lld came, %lld did not; half within %lld ms, 99 of 100 within %lld ms\n",
                static_cast<long long>(done.customers), static_cast<long long>(done.steps), static_cast<long long>(done.met),
                static_cast<long long>(done.unmet), static_cast<long long>(at_share(done.waited_ms, 0.5)),
                static_cast<long long>(at_share(done.waited_ms, 0.99)));
    return done.unmet == 0 ? 0 : 3;
}

}  // namespace

int main(int count, char** words) {
    CLI::App app("Plays the APIs of WeChat, WeCom and Weibo for the accounts of a configuration, and their customers: docs/simulator.md");
    app.require_subcommand(1);
    CLI::App* const serving = app.add_subcommand("serve", "Serves the APIs; a page with the customers' phones is at /");
    std::string config_file;
    place at;
    serving->add_option("-c,--config", config_file, "The gateway's configuration: its accounts are played")->required();
    serving->add_option("--host", at.host, "Address to listen on")->capture_default_str();
    serving->add_option("--port", at.port, "Port; 0: any that is free")->capture_default_str();
    serving->add_option("--gateway", at.gateway, "Where callbacks go, such as http://127.0.0.1:8080");
    CLI::App* const playing = app.add_subcommand("play", "Serves the APIs while customers do what a file says; ends with them");
    std::string customers_file;
    double speed = 1;
    playing->add_option("-c,--config", config_file, "The gateway's configuration")->required();
    playing->add_option("--customers", customers_file, "The customers: docs/simulator.md")->required();
    playing->add_option("--gateway", at.gateway, "Where callbacks go")->required();
    playing->add_option("--speed", speed, "So many times as fast as the file says")->check(CLI::Range(0.001, 1e6))->capture_default_str();
    playing->add_option("--host", at.host, "Address to listen on")->capture_default_str();
    playing->add_option("--port", at.port, "Port; 0: any that is free")->capture_default_str();
    try {
        app.parse(count, words);
    } catch (const CLI::ParseError& wrong) {
        const int status = app.exit(wrong);
        return status == 0 ? 0 : 2;
    }
    try {
        return playing->parsed() ? play(config_file, at, customers_file, speed) : serve(config_file, at);
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "%s\n", failed.what());
        return 1;
    }
}
