// Row 14: every hostile head and body of the corpus, whole and split at every byte: 400 and closed, or just
// closed, and what follows on the connection is never taken for a request.
#include <rapidjson/document.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "crypto/base64.hpp"
#include "gateway/framing.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/running.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;
using namespace std::string_literals;

namespace {

struct framing_case {
    std::string name, bytes;
    bool is_hostile = true;
};

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

std::vector<framing_case> heads() {
    std::ifstream file(std::string(YIZHAN_ROOT) + "/tests/vectors/framing.json", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    rapidjson::Document whole;
    whole.Parse(text.data(), text.size());
    std::vector<framing_case> made;
    for (const auto& each : whole["cases"].GetArray()) {
        framing_case one{each["name"].GetString(), "", std::string_view(each["expect"].GetString()) != "ok"};
        if (each.HasMember("head"))
            one.bytes.assign(each["head"].GetString(), each["head"].GetStringLength());
        else if (!crypto::decode_base64(each["head_base64"].GetString(), one.bytes))
            continue;
        const auto frame = gateway::examine(one.bytes);
        if (!one.is_hostile && frame)
            one.bytes += frame->chunked ? "5\r\nhello\r\n0\r\n\r\n"
                                        : std::string("hello").substr(0, frame->content_length);
        made.push_back(std::move(one));
    }
    return made;
}

/// Bodies in chunks whose end two readers could see at different places.
std::vector<framing_case> chunked_bodies() {
    const std::string head =
        "POST /callback/shop?signature=0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    // clang-format off
    const std::pair<const char*, std::string> bodies[] = {
        {"chunk-size-hex-prefix",   "0x5\r\nhello\r\n0\r\n\r\n"                  },
        {"chunk-size-plus",         "+5\r\nhello\r\n0\r\n\r\n"                   },
        {"chunk-size-minus",        "-5\r\nhello\r\n0\r\n\r\n"                   },
        {"chunk-size-blank-before", " 5\r\nhello\r\n0\r\n\r\n"                   },
        {"chunk-size-letters",      "five\r\nhello\r\n0\r\n\r\n"                 },
        {"chunk-size-empty",        "\r\nhello\r\n0\r\n\r\n"                     },
        {"chunk-size-wraps",        "10000000000000005\r\nhello\r\n0\r\n\r\n"    },
        {"chunk-size-huge",         "ffffffffffffffff\r\nhello\r\n0\r\n\r\n"     },
        {"chunk-size-max",          "7fffffffffffffff\r\nhello\r\n0\r\n\r\n"     },
        {"chunk-size-bare-lf",      "5\nhello\r\n0\r\n\r\n"                      },
        {"chunk-size-nul",          "5\0\r\nhello\r\n0\r\n\r\n"s                 },
        {"chunk-size-bare-cr",      "5\rhello\r\n0\r\n\r\n"                      },
        {"chunk-longer-than-size",  "4\r\nhello\r\n0\r\n\r\n"                    },
        {"chunk-no-end",            "5\r\nhello0\r\n\r\n"                        },
        {"chunk-bare-lf-end",       "5\r\nhello\n0\r\n\r\n"                      },
        {"chunk-bare-cr-end",       "5\r\nhello\r0\r\n\r\n"                      },
        {"chunk-extension-bare-lf", "5;a=b\nhello\r\n0\r\n\r\n"                  },
        {"chunk-extension-nul",     "5;\0=b\r\nhello\r\n0\r\n\r\n"s               },
        {"trailer-bare-lf",         "5\r\nhello\r\n0\r\nX: a\n\r\n"              },
        {"trailer-nul",             "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"s           },
        {"chunks-too-long",         "10001\r\n" + std::string(0x10001, 'x') + "\r\n0\r\n\r\n"},
    };
    // clang-format on
    std::vector<framing_case> made;
    for (const auto& [name, body] : bodies) made.push_back({name, head + body, true});
    return made;
}

struct conversation {
    std::string heard;
    bool closed = false;
};

/// Sends one piece, after a moment the other, and listens until the end.
conversation converse(std::uint16_t port, const std::string& first, const std::string& second,
                      std::size_t address) {
    test::wire connection(port, address);
    conversation had;
    connection.send(first);
    if (!second.empty()) {
        std::this_thread::sleep_for(std::chrono::microseconds(1500));
        connection.send(second);
    }
    had.heard = connection.listen(7000);
    had.closed = !connection.is_open();
    return had;
}

std::size_t responses(const std::string& heard) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = heard.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++count;
    return count;
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    const std::size_t step = arguments.pick(5, 1);
    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    std::vector<framing_case> cases = heads();
    for (framing_case& each : chunked_bodies()) cases.push_back(std::move(each));
    const auto hostile = static_cast<std::size_t>(std::ranges::count_if(cases, &framing_case::is_hostile));

    struct exchange {
        const framing_case* of;
        std::size_t split;
    };
    std::vector<exchange> all;
    for (const framing_case& each : cases) {
        all.push_back({&each, 0});
        // Of a long body only the head and the beginning are worth splitting at each byte.
        for (std::size_t at = 1 + all.size() % step; at < std::min<std::size_t>(each.bytes.size(), 400);
             at += step)
            all.push_back({&each, at});
    }
    std::atomic<std::size_t> next{0}, taken{0}, left_open{0}, second_answers{0}, refused_good{0}, silent{0};
    std::mutex mutex;
    std::string first_wrong;
    const auto work = [&](std::size_t address) {
        for (std::size_t at; (at = next++) < all.size();) {
            const auto& [of, split] = all[at];
            const std::string bytes = of->bytes + smuggled;
            const conversation had =
                converse(station.callback_port(), bytes.substr(0, split ? split : bytes.size()),
                         split ? bytes.substr(split) : "", address);
            const unsigned status = test::response_status(had.heard);
            const std::size_t answers = responses(had.heard);
            bool wrong = !had.closed;
            left_open += wrong;
            if (of->is_hostile) {
                silent += answers == 0;
                const bool is_refused = answers == 0 || status == 400 || status == 413;
                taken += !is_refused;
                second_answers += answers > 1;
                wrong = wrong || !is_refused || answers > 1;
            } else {
                const bool good = status != 400 && status != 0;
                refused_good += !good;
                wrong = wrong || !good;
            }
            const std::lock_guard lock(mutex);
            if (wrong && first_wrong.empty())
                first_wrong =
                    "; first: " + of->name + " split at " + std::to_string(split) + " got: " + had.heard;
        }
    };
    std::vector<std::thread> workers;
    for (std::size_t each = 0; each < 32; ++each) workers.emplace_back(work, each);
    for (std::thread& each : workers) each.join();
    const bool alive = station.send("shop", test::text("还在吗")).status == 200;
    const bool held = hostile >= 100 && alive && taken + left_open + second_answers + refused_good == 0;
    return test::report_row(
        "14", held,
        std::to_string(hostile) + " hostile and " + std::to_string(cases.size() - hostile) +
            " good cases in " + std::to_string(all.size()) + " conversations: " + std::to_string(taken) +
            " hostile taken, " + std::to_string(second_answers) + " with a second answer, " +
            std::to_string(left_open) + " left open, " + std::to_string(silent) + " closed without a word, " +
            std::to_string(refused_good) + " good ones refused" + first_wrong);
}
