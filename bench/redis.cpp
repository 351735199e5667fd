// Appends to a Redis stream, 64 on their way at once: our client against a plain loop through hiredis, with the same script
// and the same events, one after the other in turns.
//   bench_redis PORT [ROUNDS]
#include <hiredis/hiredis.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "stream/redis/client.hpp"
#include "stream/sinks/redis_scripts.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr int depth = 64, appends = 20000;
const std::string event(1024, 'e'), id(32, 'a');

double seconds_since(steady::time_point begun) { return std::chrono::duration<double>(steady::now() - begun).count(); }

/// The arguments of one append, of one event, good until the next. Each run writes under a name of its own, and so begins anew.
struct append_words {
    std::string script, origin, before, now;
    std::vector<std::string_view> of(int sequence) {
        before = std::to_string(sequence - 1), now = std::to_string(sequence);
        return {"EVALSHA", script, "2", "bench", "{bench}:origins", origin, "1", before, now, now, id, "message.text", event};
    }
};

/// Appends a second through hiredis: as many on their way, each reply read before the next goes out.
double plain(redisContext* redis, append_words words) {
    const auto send = [&](int sequence) {
        const auto all = words.of(sequence);
        std::vector<const char*> texts;
        std::vector<std::size_t> lengths;
        for (const auto& each : all) texts.push_back(each.data()), lengths.push_back(each.size());
        redisAppendCommandArgv(redis, static_cast<int>(all.size()), texts.data(), lengths.data());
    };
    const auto begun = steady::now();
    int sent = 0, got = 0;
    while (sent < depth) send(++sent);
    while (got < appends) {
        void* answer = nullptr;
        if (redisGetReply(redis, &answer) != REDIS_OK) std::exit(1);
        freeReplyObject(answer);
        ++got;
        // What has come is read first, and as many go out together: the loop's way to use the connection well.
        void* more = nullptr;
        while (got < appends && redisReaderGetReply(redis->reader, &more) == REDIS_OK && more) freeReplyObject(std::exchange(more, nullptr)), ++got;
        while (sent < appends && sent - got < depth) send(++sent);
    }
    return appends / seconds_since(begun);
}

/// The same through our client.
double ours(stream::redis::client& client, net::asio::io_context& context, append_words words, std::size_t& most_bytes) {
    const auto begun = steady::now();
    int sent = 0, got = 0;
    std::function<void(stream::redis::call_end)> next = [&](stream::redis::call_end end) {
        if (end.failed || end.reply.elements.size() != 2) std::exit(1);
        ++got;
        if (sent < appends) ++sent, client.send(words.of(sent), next);
        most_bytes = std::max(most_bytes, client.waiting_bytes());
    };
    while (sent < depth) ++sent, client.send(words.of(sent), next);
    while (got < appends) context.run_one();
    return appends / seconds_since(begun);
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) return std::fprintf(stderr, "usage: bench_redis PORT [ROUNDS]\n"), 2;
    const int port = std::atoi(words[1]), rounds = count > 2 ? std::atoi(words[2]) : 7;
    redisContext* const redis = redisConnect("127.0.0.1", port);
    if (!redis || redis->err) return std::fprintf(stderr, "no Redis there\n"), 1;
    const auto load = [&](std::string_view script) {
        auto* answer = static_cast<redisReply*>(redisCommand(redis, "SCRIPT LOAD %b", script.data(), script.size()));
        if (!answer || answer->type != REDIS_REPLY_STRING) std::exit(1);
        std::string hash(answer->str, answer->len);
        freeReplyObject(answer);
        return hash;
    };
    const std::string append = load(std::string(stream::scripts::look).append(stream::scripts::append));
    net::asio::io_context context{1};
    stream::redis::client_settings with;
    with.at.push_back(*stream::redis::address_of("redis://127.0.0.1:" + std::string(words[1])));
    stream::redis::client client(context.get_executor(), with);
    client.start();
    while (!client.is_up()) context.run_one();
    std::vector<double> ratios, plain_rates, our_rates;
    std::size_t most_bytes = 0;
    int number = 0;
    const auto begin = [&] {
        append_words made{append, "origin" + std::to_string(number++), {}, {}};
        freeReplyObject(redisCommand(redis, "DEL bench {bench}:origins"));
        freeReplyObject(redisCommand(redis, "HSET {bench}:origins %s 1:0", made.origin.c_str()));
        return made;
    };
    for (int round = 0; round < rounds; ++round) {
        const auto first = begin();
        plain_rates.push_back(plain(redis, first));
        const auto second = begin();
        our_rates.push_back(ours(client, context, second, most_bytes));
        ratios.push_back(our_rates.back() / plain_rates.back());
    }
    freeReplyObject(redisCommand(redis, "DEL bench {bench}:origins"));
    const auto middle = [](std::vector<double>& all) { return std::ranges::sort(all), all[all.size() / 2]; };
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const double ratio = middle(ratios);
    std::printf("%.3f %.3f %.3f %.0f %.0f %zu %ld\n", ratio, ratios.front(), ratios.back(), middle(our_rates), middle(plain_rates), most_bytes, used.ru_maxrss / 1024);
    client.stop();
    redisFree(redis);
    return 0;
}
