// Row 34: documents that ask for files, hosts and entities are decoded by every adapter without one such
// call, and nothing in them grows.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>

#include "adapters/adapter.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"

using namespace yizhan;

namespace {

constexpr int outcome_calls = 10, outcome_expanded = 11, outcome_fine = 0;
const std::string mark = "ZZMARKZZ";

/// From here on, whoever opens, connects or starts anything is killed.
bool forbid_outside_calls() {
    constexpr unsigned forbidden[] = {
#ifdef SYS_open
        SYS_open,
#endif
        SYS_openat, SYS_openat2, SYS_socket, SYS_connect, SYS_execve, SYS_execveat};
    std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const unsigned each : forbidden) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, each, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

std::string message_with(const std::string& before, const std::string& inside,
                         const std::string& attributes = "") {
    return before + "<xml" + attributes +
           "><ToUserName>gh_0a1b2c3d4e5f</ToUserName><FromUserName>oA</FromUserName><CreateTime>1760000000" +
           "</CreateTime><MsgType>text</MsgType><MsgId>7</MsgId><AgentID>1</AgentID><Content>" + inside +
           "</Content></xml>";
}

std::vector<std::string> documents() {
    const std::string places[] = {"file:///etc/passwd",
                                  "http://127.0.0.1:9/x",
                                  "https://localhost/x",
                                  "ftp://127.0.0.1/x",
                                  "//127.0.0.1/share/x",
                                  "/etc/hostname",
                                  "expect://id",
                                  "php://filter/resource=/etc/passwd",
                                  "jar:http://127.0.0.1!/x"};
    std::vector<std::string> all;
    for (const std::string& where : places) {
        all.push_back(message_with("<!DOCTYPE x [<!ENTITY e SYSTEM \"" + where + "\">]>", "&e;"));
        all.push_back(message_with("<!DOCTYPE x [<!ENTITY e PUBLIC \"p\" \"" + where + "\">]>", "&e;"));
        all.push_back(message_with("<!DOCTYPE x [<!ENTITY % p SYSTEM \"" + where + "\"> %p;]>", "&e;"));
        all.push_back(message_with("<!DOCTYPE x SYSTEM \"" + where + "\">", "x"));
        all.push_back(message_with("<!doctype x SYSTEM \"" + where + "\">", "&e;"));
        all.push_back(message_with(
            "", "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" parse=\"text\" href=\"" + where +
                    "\"/>"));
        all.push_back(message_with(
            "", "x",
            " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"" +
                where + "\""));
        all.push_back(message_with(
            "", "x",
            " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x " + where +
                "\""));
        all.push_back(message_with(
            "<?xml version=\"1.0\"?><?xml-stylesheet type=\"text/xsl\" href=\"" + where + "\"?>", "x"));
        all.push_back(message_with("", "&e;<!-- " + where + " -->"));
    }
    std::string bomb = "<!DOCTYPE x [<!ENTITY e0 \"" + mark + "\">";
    for (int at = 1; at < 10; ++at) {
        bomb += "<!ENTITY e" + std::to_string(at) + " \"";
        for (int each = 0; each < 10; ++each) bomb += "&e" + std::to_string(at - 1) + ";";
        bomb += "\">";
    }
    all.push_back(message_with(bomb + "]>", "&e9;"));
    all.push_back(message_with("<!DOCTYPE x [<!ENTITY a \"" + std::string(20000, 'a') + mark + "\">]>",
                               "&a;&a;&a;&a;"));
    all.push_back(message_with("<!DOCTYPE x [<!ENTITY a \"&b;\"><!ENTITY b \"&a;" + mark + "\">]>", "&a;"));
    all.push_back(message_with(
        "<?xml version=\"1.0\"?>\n<!-- x --><!DOCTYPE x [<!ENTITY a \"" + mark + "\">]>", "&a;&a;"));
    all.push_back("{\"$ref\":\"file:///etc/passwd\",\"type\":\"text\",\"text\":\"" + mark +
                  "\",\"sender_id\":1,\"receiver_id\":9000000001}");
    return all;
}

std::size_t marks_in(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += mark.size()) ++count;
    return count;
}

/// Whether anything grew: more marks than were sent, or a file's lines.
bool expands(adapters::adapter& by, const std::string& suffix, const std::string& document,
             std::size_t& decoded_count) {
    const query nothing("");
    const adapters::callback received{suffix, nothing, document};
    std::string buffer, json;
    static_cast<void>(by.open(received, buffer));  // Nothing is signed; the envelope is read all the same.
    adapters::decoded into;
    std::string clear = document;
    if (!by.decode(received, clear, into)) return false;
    ++decoded_count;
    for (std::size_t at = 0; at < into.events.size(); ++at) into.append_platform(json, at);
    return marks_in(json) > marks_in(document) || json.find("root:") != std::string::npos ||
           json.size() > 4 * document.size();
}

/// Everything in a process of its own, since the filter stays; its exit status.
template <class Work>
int in_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status)            ? WEXITSTATUS(status)
           : WTERMSIG(status) == SIGSYS ? outcome_calls
                                        : -WTERMSIG(status);
}

}  // namespace

int main() {
    const int filter_works = in_child([] {
        if (!forbid_outside_calls()) return 1;
        const int opened = ::open("/etc/hostname", O_RDONLY);
        return opened >= 0 ? 2 : 3;
    });
    if (filter_works == 1) return test::skip_row("34", "the kernel allows no filter of system calls");
    if (filter_works != outcome_calls)
        return test::report_row("34", false, "the filter does not see an open");

    const std::vector<std::string> all = documents();
    std::size_t adapters_tried = 0, calls = 0, expanded = 0, others = 0;
    for (const adapters::adapter_kind& each : adapters::all_kinds()) {
        account settings = test::account_of(std::string(each.channel), std::string(each.kind));
        settings.channel = each.channel;
        const std::string suffix = test::suffix_of(settings.channel, settings.kind, false);
        const int outcome = in_child([&] {
            const auto by = test::adapter_of(settings);
            std::size_t decoded = 0;
            expands(*by, suffix, message_with("", "warm"), decoded);
            if (!forbid_outside_calls()) return 1;
            for (const std::string& document : all)
                if (expands(*by, suffix, document, decoded)) return outcome_expanded;
            return outcome_fine;
        });
        ++adapters_tried;
        calls += outcome == outcome_calls;
        expanded += outcome == outcome_expanded;
        others += outcome != outcome_calls && outcome != outcome_expanded && outcome != outcome_fine;
    }
    return test::report_row("34", calls + expanded + others == 0 && all.size() >= 60,
                            std::to_string(all.size()) + " documents through " +
                                std::to_string(adapters_tried) + " adapters: " + std::to_string(calls) +
                                " killed for a call outside, " + std::to_string(expanded) + " expanded, " +
                                std::to_string(others) + " ended otherwise; the filter kills an open");
}
