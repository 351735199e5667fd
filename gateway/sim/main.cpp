// yizhan-sim: the platforms, played for the accounts of a configuration.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>

#include "gateway/config.hpp"
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
    try {
        app.parse(count, words);
    } catch (const CLI::ParseError& wrong) {
        const int status = app.exit(wrong);
        return status == 0 ? 0 : 2;
    }
    try {
        return serve(config_file, at);
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "%s\n", failed.what());
        return 1;
    }
}
