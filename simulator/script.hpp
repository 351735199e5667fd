#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/fault.hpp"
#include "net/task.hpp"
#include "simulator/customers.hpp"

namespace yizhan::simulator {

/// One thing in a customer's day. Times are milliseconds of the script, which a speed makes shorter.
struct step {
    enum class kind { say, tap, picture, follow, enter, wait, expect, quiet };
    kind what = kind::wait;
    std::string text;         // say, tap: what stands there. expect: what has to stand in what comes. enter: the scene.
    std::string option;       // tap: its id.
    std::int64_t for_ms = 0;  // wait, quiet: so long. expect: within so long, in real time.
};

/// So many customers with the same day, one after the other.
struct script {
    std::string name, account;
    std::int64_t count = 1, every_ms = 0, after_ms = 0;
    std::vector<step> steps;
};

/// Customers as a YAML file describes them (docs/simulator.md). Every fault is noted, with its place.
std::vector<script> read_scripts(const std::string& text, const std::string& file, const platforms& plays, faults& into);

struct played {
    std::int64_t customers = 0, steps = 0, met = 0, unmet = 0;
    std::vector<std::int64_t> waited_ms;  // How long what was expected took, ascending.
    std::vector<std::string> misses;      // The first of what did not come, for people.
};

/// Plays them all; comes back when the last has come to an end. `speed`: so many times as fast as the script says.
net::task<played> play(net::asio::any_io_executor executor, platforms& plays, customers& by, std::vector<script> all, double speed);

}  // namespace yizhan::simulator
