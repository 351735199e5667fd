#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crm/applying_mark.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

namespace {

/// A process that ends while it applies the seventh record; by its own abort, or by somebody else's signal.
void die_at_seven(const std::filesystem::path& file, int from_outside) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        crm::applying_mark mark(file);
        mark.begin(7, 7);
        if (from_outside == 0) ::abort();
        if (::write(ready[1], "x", 1) == 1) ::pause();
        ::_exit(1);
    }
    char byte = 0;
    if (from_outside != 0 && ::read(ready[0], &byte, 1) == 1) ::kill(child, from_outside);
    int how = 0;
    ::waitpid(child, &how, 0);
    CHECK(WIFSIGNALED(how));
    ::close(ready[0]);
    ::close(ready[1]);
}

}  // namespace

TEST_CASE("A crash blames what was being applied; being killed from outside blames nobody", "[crm]") {
    for (const int number : {SIGABRT, SIGSEGV}) ::signal(number, SIG_DFL);  // Nobody else listens for crashes here.
    test::temporary_directory directory;
    const std::filesystem::path file = directory.path() / "applying";
    for (const int number : {SIGKILL, SIGABRT, SIGSEGV}) {
        die_at_seven(file, number);
        CHECK(crm::applying_mark(file).left_behind().first == 0);
    }
    die_at_seven(file, 0);
    die_at_seven(file, 0);
    const crm::applying_mark after(file);
    CHECK(after.left_behind().first == 7);
    CHECK(after.left_behind().deaths == 2);
}
