#include <catch2/catch.hpp>

#include <array>
#include <cstring>

#include "crypto/base64.hpp"
#include "crypto/envelope.hpp"
#include "crypto/signature.hpp"
#include "tests/support/vectors.hpp"

using namespace yizhan;
using namespace yizhan::crypto;

namespace {

std::string signature_of(std::initializer_list<std::string_view> parts) {
    hasher with;
    return std::string(text_of(sign(with, std::vector<std::string_view>(parts))));
}

salt salt_of(std::string_view text) {
    salt made{};
    std::memcpy(made.data(), text.data(), made.size());
    return made;
}

const std::string key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

}  // namespace

TEST_CASE("Three-part signatures match every known answer", "[crypto][vectors]") {
    const auto [token, timestamp, nonce, expected] = GENERATE(values<std::array<std::string, 4>>({
        {"AAAAA",                         "1714036504",    "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"},
        {"AAAAA",                         "1714037059",    "486452656",  "899cf89e464efb63f54ddac96b0a0a235f53aa78"},
        {"AAAAA",                         "1714112445",    "415670741",  "6c5c811b55cc85e0e1b54100749188c20beb3f5d"},
        {"spamtest",                      "1409735669",    "1320562132", "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"},
        {"gwFixtureToken01",              "1760000002",    "882346175",  "3e23960bcd463149360feffbf74d2a11383eec39"},
        {"xyz123xyz",                     "1397022061823", "57155157",   "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"},
        {"demo",                          "1639017506000", "57155157",   "233dae8d74f45a1ad1f5671a974c485ccd1ac3c5"},
        {"appsecretEnF5leY4V",            "1416794721093", "213674821",  "4281a145e46aa978f0140e45ae2853c10b82e2c9"},
        {"f1x7ureSecretWeiboGateway0001", "1709618829123", "1099511627",
         "5100f887a4999d39bc8cc5ad7455218ffa7ba293"                                                                },
        {"0f1x7ureSecretWeiboGateway",    "1709618829123", "840021",     "e9747d98ae432106ea500bb5dbbec3f96ed2e480"},
        {"3cf1x7ureSecret",               "1709618829123", "840021",     "9de45be8ff3b69fac3ed68b356328c7057ad5104"},
        {"Zf1x7ureSecret",                "1709618829123", "aQ9k2",      "ee7ad67072fd23f158ece4e16e4986c269edfa0a"},
    }));
    CAPTURE(token);
    CHECK(signature_of({token, timestamp, nonce}) == expected);
    hasher with;
    const std::string_view parts[] = {token, timestamp, nonce};
    const auto computed = sign(with, parts);
    std::string upper = expected;
    for (char& letter : upper) letter = static_cast<char>(std::toupper(letter));
    CHECK(same(computed, expected));
    CHECK(same(computed, upper));
    std::string wrong = expected;
    wrong[39] = wrong[39] == '0' ? '1' : '0';
    CHECK_FALSE(same(computed, wrong));
    CHECK_FALSE(same(computed, expected.substr(1)));
    CHECK_FALSE(same(computed, ""));
}

TEST_CASE("Every sealed known answer opens, and its signature holds", "[crypto][vectors]") {
    for (const test::sealed_vector& each : test::sealed_vectors()) {
        CAPTURE(each.name);
        if (!each.signature.empty())
            CHECK(signature_of({each.token, each.timestamp, each.nonce, each.encrypt}) == each.signature);
        auto opener = envelope::with_key(each.key);
        REQUIRE(opener.has_value());
        std::string buffer;
        const auto letter = opener->open(each.encrypt, buffer);
        REQUIRE(letter.has_value());
        if (!each.message.empty() || each.message_length == 0) CHECK(letter->message == each.message);
        CHECK(letter->message.size() == each.message_length);
        CHECK(letter->receive_id == each.receive_id);
        // Sealing the same with the same random bytes gives the same ciphertext.
        if (!each.random.empty())
            CHECK(opener->seal(letter->message, letter->receive_id, salt_of(each.random)) == each.encrypt);
    }
    CHECK(test::sealed_vectors().size() >= 20);
}

TEST_CASE("A key must be 43 characters of base64, canonical or not", "[crypto][envelope]") {
    CHECK(envelope::with_key("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
              .has_value());  // Ends in surplus bits.
    CHECK(envelope::with_key("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR").has_value());
    CHECK(envelope::with_key(key.substr(1)).error() == errc::bad_key);
    CHECK(envelope::with_key(key + "A").error() == errc::bad_key);
    CHECK(envelope::with_key("!" + key.substr(1)).error() == errc::bad_key);
    CHECK(envelope::with_key("").error() == errc::bad_key);
}

TEST_CASE("What was not sealed right is refused for what is wrong with it", "[crypto][envelope]") {
    auto opener = envelope::with_key(key).value();
    std::string buffer;
    const std::string head = "0123456789abcdef";
    const auto open = [&](const std::string& plain) {
        return opener.open(test::aes_256_cbc_base64(key, plain), buffer).error();
    };
    const auto padded = [](std::string plain, std::size_t count) {
        return plain + std::string(count, static_cast<char>(count));
    };
    const std::string twelve = head + std::string("\0\0\0\0", 4);  // Message of 0 bytes: 20 in all.

    CHECK_FALSE(open(padded(twelve, 12)));
    CHECK(open(twelve + std::string(12, '\0')) == errc::bad_padding);  // 0
    CHECK(open(padded(head + std::string("\0\0\0\0", 4) + std::string(11, 'x'), 33)) ==
          errc::bad_padding);                                                          // 33
    CHECK(open(twelve + std::string(12, '\xff')) == errc::bad_padding);                // 255
    CHECK(open(twelve + std::string(11, 'x') + '\x0c') == errc::bad_padding);          // Not uniform.
    CHECK(open(padded(head + std::string("\0\0\0\x01", 4), 12)) == errc::bad_length);  // One byte too many.
    CHECK(open(padded(head + std::string("\xff\xff\xff\xff", 4), 12)) == errc::bad_length);
    CHECK(open(padded(head, 16)) == errc::bad_length);  // No room for a length.

    const std::string good = opener.seal("hello", "ww1", salt_of(head));
    CHECK(opener.open(good, buffer).has_value());
    CHECK(opener.open(good.substr(0, good.size() - 4), buffer).error() ==
          errc::bad_length);  // Cut inside a block.
    CHECK(opener.open(good.substr(1), buffer).error() == errc::bad_base64);
    CHECK(opener.open("", buffer).error() == errc::bad_base64);
    CHECK(opener.open(" " + good.substr(1), buffer).error() == errc::bad_base64);
    CHECK(opener.open(good.substr(0, 20) + "\n" + good.substr(21), buffer).error() == errc::bad_base64);
    CHECK(opener.open("AAAAAAAAAAAAAAAAAAAAAA==", buffer).error() ==
          errc::bad_length);  // One cipher block only.
}

TEST_CASE("Base64 is decoded strictly", "[crypto][base64]") {
    std::string out;
    const auto [text, expected] = GENERATE(values<std::pair<std::string, std::string>>({
        {"TQ==", "M"           },
        {"TWE=", "Ma"          },
        {"TWFu", "Man"         },
        {"++//", "\xfb\xef\xff"}
    }));
    REQUIRE(decode_base64(text, out).has_value());
    CHECK(out == expected);
    const std::string bad = GENERATE("T", "TQ=", "TQ", "T===", "====", "=AAA", "A=AA", "TQ==TQ==", "TWF-",
                                     "TWF_", "TW u", "TWFu\n");
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad, out).has_value());
}

TEST_CASE("Any message and receive-id come back as they were sealed", "[crypto][envelope]") {
    auto opener = envelope::with_key(key).value();
    std::string buffer;
    for (std::size_t length = 0; length < 200; ++length) {
        const std::string message(length, static_cast<char>('a' + length % 26)), id(length % 40, 'w');
        salt random;
        fill_random(random);
        const std::string sealed = opener.seal(message, id, random);
        const auto letter = opener.open(sealed, buffer);
        REQUIRE(letter.has_value());
        CHECK(letter->message == message);
        CHECK(letter->receive_id == id);
    }
}
