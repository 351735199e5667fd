#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan::simulator {

/// Hands out access tokens as the platforms do, each kind with its own rules of what becomes of the token before.
/// Times are Unix milliseconds.
class token_server {
public:
    enum class kind {
        stable,   // /cgi-bin/stable_token: the same one while it is good; two in its last five minutes.
        plain,    // /cgi-bin/token: a new one each time; the one before goes on for five minutes.
        lasting,  // gettoken of WeCom: the same one while it is good.
    };
    struct token {
        std::string value;
        std::int64_t expires_ms = 0;
        std::int64_t left_s(std::int64_t now_ms) const { return (expires_ms - now_ms) / 1000; }
    };

    explicit token_server(std::int64_t lifetime_s = 7200) : lifetime_ms_(lifetime_s * 1000) {}

    /// A token for a credential, such as an AppId or a corporation's agent.
    token get(const std::string& credential, kind how, std::int64_t now_ms);
    /// A new one at once; those before are worth nothing from now on.
    token force(const std::string& credential, kind how, std::int64_t now_ms);

    enum class standing { good, unknown, replaced, expired };
    standing look(std::string_view value, const std::string& credential, std::int64_t now_ms) const;

    /// All that were given out are worth nothing from now on, as when somebody else had asked for one.
    void revoke_all();
    void set_lifetime(std::int64_t lifetime_s) { lifetime_ms_ = lifetime_s * 1000; }
    std::int64_t given_out() const { return given_out_; }

private:
    struct given {
        std::string credential;
        kind how;
        std::int64_t expires_ms, replaced_ms;
    };
    token give(const std::string& credential, kind how, std::int64_t now_ms);

    std::int64_t lifetime_ms_;
    std::map<std::string, given, std::less<>> all_;
    std::map<std::string, std::string> newest_;  // By credential and kind.
    std::int64_t given_out_ = 0;
};

}  // namespace yizhan::simulator
