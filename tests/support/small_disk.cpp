#include "tests/support/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

namespace yizhan::test {
namespace {

// EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are one number; 2: the file system's own log is not flushed either.
constexpr unsigned long shutdown_request = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t without_flush = 2;

/// What is mounted from now on, only this process and those that it starts see; it is gone with the last of
/// them, however they end.
bool mount_for_us_alone() {
    static const bool done =
        ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return done;
}

bool run(const std::string& command) { return std::system((command + " > /dev/null 2>&1").c_str()) == 0; }

}  // namespace

small_disk::small_disk(format as, std::size_t bytes) : mounted_at_(directory_.path() / "mounted") {
    const std::string image = directory_.path() / "image";
    std::ofstream(image).close();
    std::filesystem::resize_file(image, bytes);
    std::filesystem::create_directory(mounted_at_);
    if (::geteuid() != 0) throw cannot_mount("mounting needs root");
    if (!mount_for_us_alone()) throw cannot_mount("mounts of our own are not allowed");
    const std::string make = as == format::ext4 ? "mkfs.ext4 -q -F -m 0 " : "mkfs.xfs -q -f ";
    if (!run(make + image)) throw cannot_mount("no " + make.substr(0, make.find(' ')) + ", or it fails");
    mount();
}

small_disk::~small_disk() {
    if (is_mounted_ && !unmount()) ::umount2(mounted_at_.c_str(), MNT_DETACH);
}

void small_disk::mount() {
    if (!run("mount -o loop " + (directory_.path() / "image").string() + " " + mounted_at_.string()))
        throw cannot_mount("no loop devices, or they may not be used");
    is_mounted_ = true;
}

/// Whoever was killed may take a moment to let go.
bool small_disk::unmount() {
    for (int tries = 0; tries < 200; ++tries) {
        if (::umount(mounted_at_.c_str()) == 0) return is_mounted_ = false, true;
        if (errno != EBUSY) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

void small_disk::cut_power() {
    const int opened = ::open(mounted_at_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::uint32_t how = without_flush;
    const bool done = opened >= 0 && ::ioctl(opened, shutdown_request, &how) == 0;
    const std::string why = std::strerror(errno);
    if (opened >= 0) ::close(opened);
    if (!done) throw std::runtime_error("the file system cannot be shut down: " + why);
}

void small_disk::mount_again() {
    if (!unmount()) throw std::runtime_error("cannot unmount: " + std::string(std::strerror(errno)));
    mount();
}

void small_disk::fill() {
    const int opened = ::open((mounted_at_ / "ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0) throw std::runtime_error("cannot fill the disk: " + std::string(std::strerror(errno)));
    off_t size = 0;
    for (off_t piece = off_t{64} << 20; piece > 0; piece /= 2)  // In ever smaller pieces, to the last byte.
        while (::fallocate(opened, 0, size, piece) == 0) size += piece;
    ::fsync(opened);
    ::close(opened);
}

void small_disk::empty() { std::filesystem::remove(mounted_at_ / "ballast"); }

}  // namespace yizhan::test
