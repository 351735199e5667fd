// Row 15: bodies that are wrong by construction, thousands of them: refused at once, none acknowledged, no
// crash.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>

#include "core/time.hpp"
#include "crypto/base64.hpp"
#include "crypto/signature.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/running.hpp"
#include "tests/support/vectors.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;

namespace {

constexpr double within_s = 0.01;

struct wrong_one {
    const char* family;
    std::string bytes;  // Of the request.
};

/// Makes wrong bodies of a right one. What is inside an envelope is sealed and signed as it should be.
class forger {
public:
    explicit forger(std::vector<wrong_one>& into) : into_(into) {}

    void all_of(const account& to, int rounds) {
        to_ = &to;
        for (int round = 0; round < rounds; ++round) {
            json_ = to.channel == "weibo";
            const std::string clear = right().clear;
            for (const auto& [family, wrong] : wrong_clears(clear)) add(family, sealed(wrong));
            if (!json_) {
                envelopes();
                ciphertexts(clear);
            }
        }
    }

private:
    simulator::forge_request request() {
        simulator::forge_request what;
        what.now_s = what.created_s = now_ms() / 1000;
        what.serial = ++serial_;
        what.fields = {
            {"Content", "第 " + std::to_string(serial_) + " 封"}
        };
        return what;
    }
    simulator::forged right() { return simulator::forge(*to_, request()).value(); }
    simulator::forged sealed(std::string clear) {
        return simulator::wrap(*to_, std::move(clear), request()).value();
    }
    void add(const char* family, const simulator::forged& sent) {
        into_.push_back({family, test::request_bytes(to_->id, sent)});
    }
    std::size_t below(std::size_t limit) { return limit ? dice_() % limit : 0; }

    using named = std::vector<std::pair<const char*, std::string>>;
    named wrong_clears(const std::string& clear) { return json_ ? wrong_json(clear) : wrong_xml(clear); }

    static std::string put_before(std::string into, const std::string& mark, const std::string& what) {
        return into.insert(std::min(into.rfind(mark), into.size()), what);
    }

    named wrong_xml(const std::string& clear) {
        named made;
        const std::string close = "</xml>";
        const std::size_t length = clear.find(close);
        for (int each = 0; each < 8; ++each) made.emplace_back("XML cut", clear.substr(0, below(length)));
        made.emplace_back("nothing", "");
        made.emplace_back("blanks", std::string(1 + below(50), ' '));
        made.emplace_back("NUL", std::string(1 + below(50), '\0'));
        const std::string bomb =
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
            "\"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
        made.emplace_back("entity bomb", bomb + clear);
        made.emplace_back("external entity",
                          "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" + clear);
        made.emplace_back("doctype", "<!DOCTYPE xml>" + clear);
        std::string deep;
        const std::size_t depth = 40 + below(200);
        for (std::size_t at = 0; at < depth; ++at) deep += "<a>";
        for (std::size_t at = 0; at < depth; ++at) deep += "</a>";
        made.emplace_back("too deep", put_before(clear, close, deep));
        std::string broad;
        for (std::size_t at = 0; at < 1100 + below(500); ++at) broad += "<a/>";
        made.emplace_back("too many elements", put_before(clear, close, broad));
        made.emplace_back("end tag of another", put_before(clear, close, "<a></b>"));
        made.emplace_back("never closed", put_before(clear, close, "<a>"));
        made.emplace_back("CDATA never closed", put_before(clear, close, "<a><![CDATA[x"));
        made.emplace_back("comment never closed", put_before(clear, close, "<!-- x"));
        made.emplace_back("attribute cut", put_before(clear, close, "<a b=\"</a>"));
        made.emplace_back("attribute unquoted", put_before(clear, close, "<a b=c></a>"));
        made.emplace_back("bad UTF-8 in a name", put_before(clear, close,
                                                            "<\xff\xfe"
                                                            "a></\xff\xfe"
                                                            "a>")
                                                     .substr(0, below(length)));
        made.emplace_back("no kind",
                          "<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName><Content>" +
                              std::to_string(serial_) + "</Content></xml>");
        made.emplace_back("JSON instead", "{\"a\":[" + std::string(below(100), '['));
        return made;
    }

    named wrong_json(const std::string& clear) {
        named made;
        for (int each = 0; each < 24; ++each)
            made.emplace_back("JSON cut", clear.substr(0, below(clear.size() - 1)));
        made.emplace_back("nothing", "");
        made.emplace_back("NUL", std::string(1 + below(50), '\0'));
        made.emplace_back("JSON and more", clear + "x");
        made.emplace_back("two", clear + clear);
        made.emplace_back("too deep", std::string(5000 + below(5000), '['));
        made.emplace_back("too deep, closed",
                          "{\"a\":" + std::string(400, '[') + std::string(400, ']') + "," + clear.substr(1));
        made.emplace_back("a number", std::to_string(serial_));
        made.emplace_back("a list", "[" + clear + "]");
        made.emplace_back("a text", "\"" + std::to_string(serial_) + "\"");
        made.emplace_back("no kind", "{\"receiver_id\":9000000001,\"sender_id\":1,\"text\":\"" +
                                         std::to_string(serial_) + "\"}");
        made.emplace_back("comma behind", clear.substr(0, clear.rfind('}')) + ",}");
        made.emplace_back("key unquoted", "{a:1," + clear.substr(1));
        made.emplace_back("quotes of another kind", "{'a':1," + clear.substr(1));
        made.emplace_back("bad escape", "{\"a\":\"\\x\"," + clear.substr(1));
        made.emplace_back("half a surrogate", "{\"a\":\"\\ud800\"," + clear.substr(1));
        made.emplace_back("control character", "{\"a\":\"\x01\"," + clear.substr(1));
        made.emplace_back("not a number", "{\"a\":NaN," + clear.substr(1));
        made.emplace_back("leading zero", "{\"a\":01," + clear.substr(1));
        made.emplace_back("comment", "{/* x */" + clear.substr(1));
        made.emplace_back("XML cut", "<xml><type>text</type>");
        made.emplace_back("wrong receiver",
                          "{\"type\":\"text\",\"receiver_id\":1,\"sender_id\":2,\"created_at\":\"Mon Jul 16 "
                          "18:09:20 +0800 2012\",\"text\":\"x\"}");
        return made;
    }

    /// Around the ciphertext: nothing of it can be found, or not all.
    void envelopes() {
        for (int each = 0; each < 6; ++each) {
            simulator::forged sent = right();
            sent.body = sent.body.substr(0, below(sent.body.find("</Encrypt>")));
            add("envelope cut", sent);
        }
        simulator::forged none = right();
        none.body = "<xml><ToUserName>a</ToUserName></xml>";
        add("no ciphertext", none);
        simulator::forged two = right();
        two.body.insert(two.body.find("</xml>"), "<Encrypt>AAAA</Encrypt>");
        add("two ciphertexts", two);
        simulator::forged typed = right();
        typed.body = "<!DOCTYPE xml [<!ENTITY a \"b\">]>" + typed.body;
        add("doctype outside", typed);
    }

    /// A request whose signature covers a ciphertext of our own making.
    void signed_around(const char* family, const std::string& ciphertext) {
        const std::string timestamp = std::to_string(now_ms() / 1000), nonce = std::to_string(++serial_);
        const std::array<std::string_view, 4> parts{to_->tokens[0], timestamp, nonce, ciphertext};
        const crypto::signature by = crypto::sign(hasher_, parts);
        simulator::forged sent;
        sent.query = "signature=x&msg_signature=" + std::string(crypto::text_of(by)) +
                     "&timestamp=" + timestamp + "&nonce=" + nonce + "&encrypt_type=aes";
        sent.body = "<xml><ToUserName>a</ToUserName><Encrypt>" + ciphertext + "</Encrypt></xml>";
        add(family, sent);
    }

    void ciphertexts(const std::string& clear) {
        const std::string own_id = to_->channel == "wecom" ? to_->corp_id : to_->app_id;
        const auto plain = [&](const std::string& message, std::uint32_t length, const std::string& id) {
            std::string made(16, 'r');
            for (int shift = 24; shift >= 0; shift -= 8) made += static_cast<char>(length >> shift & 255);
            return made + message + id;
        };
        const auto padded = [](std::string what) {
            const std::size_t pad = 32 - what.size() % 32;
            return what.append(pad, static_cast<char>(pad));
        };
        const auto cipher = [&](const std::string& what) {
            return test::aes_256_cbc_base64(to_->aes_keys[0], what);
        };
        const auto size = static_cast<std::uint32_t>(clear.size());
        const std::string whole = plain(clear, size, own_id);
        const std::string good = cipher(padded(whole));

        for (int each = 0; each < 4; ++each) {
            std::string bad = good;
            bad[below(bad.size() - 4)] = "!*?%\x80 \x01-"[below(8)];
            signed_around("bad base64", bad);
            signed_around("ciphertext cut", good.substr(0, 1 + below(good.size() - 2)));
            std::string last = good;
            char& in_last_blocks = last[last.size() - 30 + below(20)];
            in_last_blocks = in_last_blocks == 'A' ? 'B' : 'A';
            signed_around("ciphertext flipped", last);
            std::string wrong_pad = padded(whole);
            wrong_pad.back() = static_cast<char>(each < 2 ? 0 : 33 + below(200));
            signed_around("wrong padding", cipher(wrong_pad));
        }
        std::string uneven = padded(whole);
        if (uneven.back() > 1) {
            uneven[uneven.size() - 2] = static_cast<char>(uneven.back() + 1);
            signed_around("padding of two minds", cipher(uneven));
        }
        for (const std::uint32_t length : {size + 1, size + 1000, 0u, 0xffffffffu, 0x7fffffffu, 0x80000000u,
                                           size - 1 - static_cast<std::uint32_t>(below(size - 1))})
            signed_around("wrong inner length", cipher(padded(plain(clear, length, own_id))));
        signed_around("wrong receive-id", cipher(padded(plain(clear, size, own_id + "x"))));
        signed_around("no receive-id", cipher(padded(plain(clear, size, ""))));
        signed_around("other receive-id", cipher(padded(plain(clear, size, "wx0000000000000000"))));
        signed_around("nothing inside", cipher(padded("")));
        signed_around("less than a head", cipher(padded(std::string(below(20), 'r'))));
        signed_around("empty", "");
    }

    std::vector<wrong_one>& into_;
    const account* to_ = nullptr;
    bool json_ = false;
    std::uint64_t serial_ = static_cast<std::uint64_t>(now_us());
    std::mt19937_64 dice_{20261122};
    crypto::hasher hasher_;
};

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    std::vector<wrong_one> all;
    forger makes(all);
    for (const char* id : {"shop", "corp", "fans"}) makes.all_of(station.of(id), arguments.pick(35, 350));

    std::size_t acknowledged = 0, server_errors = 0, unanswered = 0, slow = 0;
    std::vector<double> took;
    std::map<std::string, std::size_t> families;
    std::string first_wrong;
    std::optional<test::wire> connection(std::in_place, station.callback_port());
    for (const wrong_one& each : all) {
        if (!connection->is_open()) connection.emplace(station.callback_port());
        const auto got = connection->ask(each.bytes);
        took.push_back(got.took_s);
        ++families[each.family];
        acknowledged += got.status == 200;
        server_errors += got.status >= 500;
        unanswered += got.status == 0;
        slow += got.took_s > within_s;
        if ((got.status == 200 || got.status == 0 || got.status >= 500) && first_wrong.empty())
            first_wrong = std::string("; first: ") + each.family + " got " + std::to_string(got.status) +
                          ": " + each.bytes;
    }
    const double p50 = test::quantile(took, 0.5), p99 = test::quantile(took, 0.99), longest = took.back();
    const bool alive = station.send("shop", test::text("还在吗")).status == 200;
    const std::size_t kept = station.event_ids().size();
    const int status = station.stop();
    const bool held = all.size() >= 5000 && acknowledged + server_errors + unanswered == 0 && alive &&
                      kept == 1 && status == 0 && p99 <= within_s;
    char line[300];
    std::snprintf(line, sizeof line,
                  "%zu malformed bodies of %zu families: %zu acknowledged, %zu with 5xx, %zu without an "
                  "answer, %zu kept beside "
                  "the one good; median %.2f ms, p99 %.2f ms, slowest %.2f ms, %zu over 10 ms; ended with %d",
                  all.size(), families.size(), acknowledged, server_errors, unanswered, kept - alive,
                  1000 * p50, 1000 * p99, 1000 * longest, slow, status);
    return test::report_row("15", held, line + first_wrong);
}
