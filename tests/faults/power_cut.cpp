// Row 2: the power cut again and again under load, on ext4 and on XFS, nothing acknowledged is lost, doubled
// or invented.
#include <csignal>
#include <random>

#include "tests/support/fault_program.hpp"
#include "tests/support/letter_writers.hpp"
#include "tests/support/small_disk.hpp"

using namespace yizhan;

namespace {

int cut_under_load(test::small_disk::format format, const std::string& name, int cuts) {
    test::small_disk disk(format, std::size_t{320} << 20);
    test::running station(
        {.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    std::string config = station.config_text();
    config.replace(config.find("./data"), 6, disk.path() / "data");
    station.write_config(config);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    test::oracle judge;
    std::mt19937 random(std::random_device{}());
    test::letter_writers writers(station, judge);
    for (int done = 0; done < cuts; ++done) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 400));
        disk.cut_power();
        station.stop(SIGKILL);
        disk.mount_again();
        if (!station.start())
            return std::printf("it did not start again:\n%s", station.output().c_str()), test::fault_broke;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    writers.stop();
    const auto verdict = judge.judge(station);
    station.stop(SIGKILL);
    return test::report_row("2", verdict.good(),
                            name + ", " + std::to_string(cuts) + " cuts, " + verdict.text());
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    int status = test::fault_held;
    try {
        status |= cut_under_load(test::small_disk::format::ext4, "ext4", form.pick(3, 100));
        status |= cut_under_load(test::small_disk::format::xfs, "XFS", form.pick(2, 100));
    } catch (const test::cannot_mount& why) {
        if (status != test::fault_held) return status;
        return test::skip_row("2", why.what());
    }
    return status;
}
