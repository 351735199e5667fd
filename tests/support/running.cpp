#include "tests/support/running.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "core/time.hpp"
#include "stream/feed.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/schema.hpp"

namespace yizhan::test {
namespace {

const std::map<std::string, std::string> keys = {
    {"admin", "admin-admin-admin-admin" },
    {"desk",  "desk-desk-desk-desk-desk"},
    {"crm",   "crm-crm-crm-crm-crm-crm" },
    {"boss",  "boss-boss-boss-boss-boss"}
};

std::uint64_t next_serial() {
    static std::atomic<std::uint64_t> serial{static_cast<std::uint64_t>(now_us())};
    return ++serial;
}

std::string yaml_of(const std::vector<account>& accounts) {
    std::string out;
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) out += std::string(", ") + key + ": \"" + value + "\"";
    };
    const auto first = [](const std::vector<std::string>& all) {
        return all.empty() ? std::string() : all.front();
    };
    for (const account& each : accounts) {
        out += "  - { id: " + each.id + ", channel: " + each.channel + ", kind: " + each.kind;
        if (each.channel == "wechat") add("app_id", each.app_id);
        if (each.channel == "wecom") add("corp_id", each.corp_id), add("suite_id", each.suite_id);
        add("uid", first(each.uids)), add("token", first(each.tokens)), add("aes_key", first(each.aes_keys));
        add(each.channel == "wecom" ? "secret" : "app_secret", first(each.app_secrets));
        add("open_kfid", each.open_kfid), add("api", each.api);
        if (!each.keeps_media.empty()) out += ", keep_media: all";
        if (each.keeps_profiles) out += ", keep_profiles: true";
        if (each.history_s >= 0) add("history", each.history_s ? std::to_string(each.history_s) + "s" : "skip");
        out += " }\n";
    }
    return out;
}

/// As systemd hands listening sockets over, in the process that is to become the server.
void hand_over(const std::vector<std::pair<std::string, int>>& sockets) {
    if (sockets.empty()) return;
    std::string names;
    int next = 100;  // Out of the way first, so that none is overwritten.
    for (const auto& [name, socket] : sockets) ::dup2(socket, next++);
    for (std::size_t at = 0; at < sockets.size(); ++at) {
        ::dup2(100 + static_cast<int>(at), 3 + static_cast<int>(at));
        names.append(names.empty() ? "" : ":").append(sockets[at].first);
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

}  // namespace

running::running(running_settings with) : with_(std::move(with)) {
    write_rules(with_.rules);
    write_config(config_text());
}

running::~running() {
    if (process_ <= 0) return;
    signal(SIGKILL);
    wait();
}

std::string running::config_text() const {
    const account shop = of("shop"), corp = of("corp"), fans = of("fans");
    return "listen: { callbacks: \"127.0.0.1:0\", api: \"127.0.0.1:0\" }\ndata_dir: ./data\naccounts:\n"
           "  - { id: shop, channel: wechat, kind: official_account, app_id: " +
           shop.app_id + ", original_id: " + shop.original_id + ", token: " + shop.tokens[0] +
           ", aes_key: " + shop.aes_keys[0] + ", encryption: " + with_.shop_encryption + with_.account_more +
           " }\n"
           "  - { id: corp, channel: wecom, kind: app, corp_id: " +
           corp.corp_id + ", agent_id: 1000002, token: " + corp.tokens[0] + ", aes_key: " + corp.aes_keys[0] +
           with_.account_more +
           " }\n"
           "  - { id: fans, channel: weibo, kind: fans_service, uid: 9000000001, app_secret: " +
           fans.app_secrets[0] + with_.account_more + " }\n" + yaml_of(with_.more_accounts) +
           "api_keys:\n"
           "  - { name: admin, role: admin, key: " +
           keys.at("admin") + " }\n  - { name: desk, role: agent, key: " + keys.at("desk") +
           " }\n"
           "  - { name: crm, role: integration, key: " +
           keys.at("crm") + " }\n  - { name: boss, role: supervisor, key: " + keys.at("boss") +
           " }\n"
           "rules: rules.yaml\nlimits: { segment: 4MiB }\n" +
           with_.more;
}

void running::write_rules(const std::string& rules) { std::ofstream(directory() / "rules.yaml") << rules; }
void running::write_config(const std::string& text) { std::ofstream(directory() / "yizhan.yaml") << text; }

account running::of(const std::string& id) const {
    for (const account& each : with_.more_accounts)
        if (each.id == id) return each;
    if (id == "corp") return wecom_account();
    if (id == "fans") return weibo_account();
    account shop = wechat_account();
    if (with_.shop_encryption == "plaintext") shop.encryption = encryption::plaintext;
    if (with_.shop_encryption == "compatible") shop.encryption = encryption::compatible;
    return shop;
}

std::string running::output() const {
    std::ifstream opened(directory() / "output");
    return {std::istreambuf_iterator<char>(opened), {}};
}

bool running::says(const std::string& text) const {
    for (int tries = 0; tries < 500 && output().find(text) == std::string::npos; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return output().find(text) != std::string::npos;
}

bool running::start() {
    const std::string output_file = directory() / "output", config_file = directory() / "yizhan.yaml";
    std::filesystem::remove(output_file);  // What an earlier run said must not be taken for this one's.
    process_ = ::fork();
    if (process_ == 0) {
        const int to = ::open(output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(to, 1);
        ::dup2(to, 2);
        hand_over(with_.sockets);
        for (const auto& [name, value] : with_.environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::execl(YIZHAN_BINARY, YIZHAN_BINARY, "serve", "-c", config_file.c_str(),
                static_cast<char*>(nullptr));
        ::_exit(127);
    }
    for (int tries = 0; tries < 3000; ++tries) {
        const std::string said = output();
        const std::size_t at = said.find("\"message\":\"listening\"");
        if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
            const auto port = [&](const std::string& name) {
                const std::size_t begin = said.find("\"" + name + "\":\"127.0.0.1:", at) + name.size() + 14;
                return static_cast<std::uint16_t>(std::strtoul(said.c_str() + begin, nullptr, 10));
            };
            callback_port_ = port("callbacks");
            api_port_ = port("api");
            return true;
        }
        int status = 0;
        if (::waitpid(process_, &status, WNOHANG) == process_) {
            process_ = -1;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the server neither listens nor ends");
}

void running::signal(int number) { ::kill(process_, number); }

int running::wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int running::stop(int number) {
    if (number == SIGTERM) check_events();
    signal(number);
    const int status = wait();
    check_secrets("its output", output());
    return status;
}

std::string running::secret_in(const std::string& text) const {
    std::vector<account> accounts = with_.more_accounts;
    for (const char* id : {"shop", "corp", "fans"}) accounts.push_back(of(id));
    std::vector<std::string> secrets;
    for (const account& each : accounts)
        for (const auto* of_one : {&each.tokens, &each.aes_keys, &each.app_secrets})
            secrets.insert(secrets.end(), of_one->begin(), of_one->end());
    for (const auto& [name, key] : keys) secrets.push_back(key);
    for (const std::string& each : secrets)
        if (text.find(each) != std::string::npos) return each;
    return "";
}

void running::check_secrets(const std::string& where, const std::string& text) const {
    if (const std::string secret = secret_in(text); !secret.empty())
        throw std::runtime_error("a secret stands in " + where + ": " + secret);
}

running::answer running::send(const std::string& id, simulator::forge_request what) {
    if (what.now_s == 0) what.now_s = now_ms() / 1000;
    if (what.created_s == 0) what.created_s = what.now_s;
    if (what.serial == 0) what.serial = next_serial();
    return send_raw(id, simulator::forge(of(id), what).value());
}

running::answer running::send_raw(const std::string& id, const simulator::forged& sent,
                                  const std::string& method) {
    net::fetch_request request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(callback_port_) + "/callback/" + id + sent.suffix +
                  "?" + sent.query;
    request.body = method == "GET" ? "" : sent.body;
    const auto got = net::fetch(request);
    if (!got) return {};
    answer made{got->status, got->body, ""};
    if (const auto clear = simulator::open_answer(of(id), got->body, sent.suffix)) made.clear = *clear;
    return made;
}

std::string running::exchange(const std::string& bytes, int patience_ms) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(callback_port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string got;
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t sent = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
            if (sent <= 0) break;
            at += static_cast<std::size_t>(sent);
        }
        for (;;) {
            pollfd waits{socket, POLLIN, 0};
            char piece[4096];
            if (::poll(&waits, 1, patience_ms) != 1) break;
            const ssize_t length = ::recv(socket, piece, sizeof piece, 0);
            if (length <= 0) break;
            got.append(piece, static_cast<std::size_t>(length));
        }
    }
    ::close(socket);
    return got;
}

running::api_answer running::ask(const std::string& method, const std::string& path, const std::string& body,
                                 const std::string& key, const std::string& idempotency_key) const {
    net::fetch_request request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(api_port_) + path;
    request.body = body;
    request.patience = std::chrono::seconds(70);
    if (!key.empty())
        request.fields = {
            {"Authorization", "Bearer " + (keys.count(key) ? keys.at(key) : key)}
        };
    if (!idempotency_key.empty()) request.fields.emplace_back("Idempotency-Key", idempotency_key);
    const auto got = net::fetch(request);
    if (!got) return {};
    if (got->status >= 400 || path == "/metrics") check_secrets("what the API says", got->body);
    return {got->status, got->body};
}

void running::settle() const {
    for (int tries = 0; tries < 1000; ++tries) {
        const std::string body = ask("GET", "/readyz?verbose", "", "").body;
        const auto number = [&](const std::string& name) {
            const std::size_t at = body.find(name);
            return at == std::string::npos ? 0 : std::strtoull(body.c_str() + at + name.size(), nullptr, 10);
        };
        if (body.find("durable: ") != std::string::npos && number("durable: ") <= number("applied: ")) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the state does not catch up");
}

std::vector<std::string> running::event_ids() const {
    std::vector<std::string> all;
    std::string cursor;
    for (;;) {
        const auto page = ask("GET", "/v1/events?limit=1000" + (cursor.empty() ? "" : "&after=" + cursor));
        if (page.status != 200) throw std::runtime_error("the feed answers " + std::to_string(page.status));
        for (std::size_t at = 0;
             (at = page.body.find("\"specversion\":\"1.0\",\"id\":\"", at)) != std::string::npos; at += 26)
            all.push_back(page.body.substr(at + 26, 32));
        const std::string next = all_of(page.body, "next").back();
        if (next == cursor) return all;
        cursor = next;
    }
}

/// Every event that was made is what its schema promises.
void running::check_events() const {
    std::string cursor;
    for (;;) {
        const auto page = ask("GET", "/v1/events?limit=1000" + (cursor.empty() ? "" : "&after=" + cursor));
        if (page.status != 200) return;  // It does not serve at the moment; that is for the test to judge.
        rapidjson::Document whole;
        whole.Parse(page.body.data(), page.body.size());
        for (const auto& each : whole["events"].GetArray()) {
            rapidjson::StringBuffer text;
            rapidjson::Writer<rapidjson::StringBuffer> writer(text);
            each.Accept(writer);
            if (const std::string fault = schema_fault(text.GetString()); !fault.empty())
                throw std::runtime_error("an event is not as promised: " + fault);
        }
        const std::string next = whole["next"].GetString();
        if (next == cursor) return;
        cursor = next;
    }
}

std::string running::command(const std::string& words, int* status) const {
    const std::string line = "cd " + directory().string() + " && " YIZHAN_BINARY " " + words + " 2>&1";
    std::FILE* const opened = ::popen(line.c_str(), "r");
    std::string out;
    char piece[4096];
    for (std::size_t length; (length = std::fread(piece, 1, sizeof piece, opened)) > 0;)
        out.append(piece, length);
    const int ended = ::pclose(opened);
    if (status) *status = WEXITSTATUS(ended);
    return out;
}

simulator::forge_request text(const std::string& says, const std::string& from,
                              const std::string& message_id) {
    simulator::forge_request what;
    what.fields = {
        {"Content", says}
    };
    what.from = from;
    what.message_id = message_id;
    return what;
}

std::vector<std::string> all_of(const std::string& json_text, const std::string& name) {
    std::vector<std::string> all;
    const std::string key = "\"" + name + "\":\"";
    for (std::size_t at = 0; (at = json_text.find(key, at)) != std::string::npos;) {
        at += key.size();
        all.push_back(json_text.substr(at, json_text.find('"', at) - at));
    }
    return all;
}

}  // namespace yizhan::test
