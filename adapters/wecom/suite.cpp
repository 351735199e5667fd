#include <algorithm>

#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/wecom/event_table.hpp"
#include "adapters/wecom/messages.hpp"
#include "adapters/wecom/way_out.hpp"

namespace yizhan::adapters::wecom {
namespace {

constexpr std::string_view command = "/command", data_prefix = "/data/";

/// A suite of a provider: tickets, authorisations and changes at `/command`; at `/data/{corpid}` the messages
/// of one authorising corporation, which is an account of ours by its id. The platform puts the id where the
/// configured address says `$CORPID$`.
class suite_adapter final : public adapter {
public:
    suite_adapter(const account& settings, sealed_callbacks sealed)
        : id_(settings.id),
          command_ids_{settings.suite_id},
          check_ids_{settings.corp_id},
          sealed_(std::move(sealed)) {
        // The notices to a provider carry its own id, or so the documents leave it open.
        if (!settings.corp_id.empty()) command_ids_.push_back(settings.corp_id);
    }

    /// Both addresses are checked with the provider's own corporation, not the suite's or the customer's.
    result<opening> verify(const callback& received, std::string& buffer) override {
        if (!is_address(received.suffix)) return errc::unknown_account;
        return verify_echo(received, [&](std::string_view echo) {
            return sealed_.open(received, echo, check_ids_, buffer);
        });
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!is_address(received.suffix)) return errc::unknown_account;
        if (received.suffix == command) return sealed_.open_body(received, command_ids_, buffer);
        const std::vector<std::string> corporation{std::string(corporation_of(received.suffix))};
        return sealed_.open_body(received, corporation, buffer);
    }

    result<void> decode(const callback& received, std::string_view clear, decoded& into) override {
        into.clear();
        into.suffix = received.suffix;
        const bool is_command = received.suffix == command;
        const std::string_view corporation =
            is_command ? std::string_view{} : corporation_of(received.suffix);
        // Two corporations may have the same userid, and nothing promises that their message ids differ.
        const std::string scope = is_command ? id_ : id_ + "/" + std::string(corporation);
        if (const auto read = read_message(sealed_.hasher(), clear, scope, corporation, into); !read)
            return read.error();
        const std::string_view named = into.events.front().scope;
        // Which number the app has there is needed to write to its people.
        if (const std::string_view agent = into.content.word("AgentID"); !is_command && !agent.empty() && !into.events.front().grant)
            into.events.front().grant = grant{"agent_id", corporation, agent, 0};
        if (!is_command)
            into.tenant = corporation;
        else if (into.is_of_corporation && is_id(named))
            into.tenant = named;
        return {};
    }

    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        if (all.suffix == command) return "the command address is only told what happens";
        return cannot_show(all, to, with);
    }

    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        return passive_reply(all, to, with, at);
    }

    std::string receipt(const decoded& of, const moment&) const override {
        return of.suffix == command ? "success" : "";
    }
    bool is_silence(std::string_view clear) const override { return clear.empty() || clear == "success"; }

    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        if (is_silence(clear)) return std::string(clear);
        return sealed_.seal(how, to.query["nonce"], clear, corporation_of(to.suffix), at);
    }

private:
    static std::string_view corporation_of(std::string_view suffix) {
        return suffix.substr(data_prefix.size());
    }

    static bool is_address(std::string_view suffix) {
        if (suffix == command) return true;
        if (!suffix.starts_with(data_prefix)) return false;
        return is_id(corporation_of(suffix));
    }

    static bool is_id(std::string_view text) {
        const auto is_plain = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';
        };
        return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_plain);
    }

    std::string id_;
    std::vector<std::string> command_ids_, check_ids_;
    sealed_callbacks sealed_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    auto sealed = sealed_callbacks::of(settings);
    if (!sealed) return sealed.error();
    return std::make_unique<suite_adapter>(settings, std::move(*sealed));
}

}  // namespace

const adapter_kind suite{"wecom", "suite",    "suite_id corp_id token aes_key", "第三方应用、代开发应用",
                         make,    event_table, nullptr, nullptr, suite_provider};

}  // namespace yizhan::adapters::wecom
