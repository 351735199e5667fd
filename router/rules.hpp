#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/facts.hpp"
#include "core/fault.hpp"
#include "core/reply.hpp"
#include "router/hours.hpp"

namespace yizhan::router {

/// What the rules said of one event, and why. Views into the rules.
struct decision {
    bool wants_facts = false;  // Nothing is decided yet: it depends on what is known of the contact.
    std::optional<yizhan::reply> reply;
    std::string_view
        reply_refused;  // Why the reply is not given, though a rule asked for it; set by the caller.
    bool goes_out = false;  // The reply is a message of its own, not the answer to the callback; set by the caller.
    std::string_view queue, stage;
    std::int32_t priority = 0;
    std::vector<std::string_view> skills, tags;
    bool drop = false;
    std::vector<std::uint32_t> matched;  // The rules that decided, in order.
    std::uint32_t tried = 0;             // How many rules were looked at, from the first on.
    std::string why;                     // What made the last of them match.
    std::string facts;                   // What was known of the contact, as JSON; empty: nothing special.
};

/// The rules of one file (docs/rules.md), compiled. Immutable; any number of threads, each with its own
/// `workspace`.
class rules {
public:
    /// What one thread needs to decide.
    class workspace {
    public:
        ~workspace();
        workspace(workspace&&) noexcept;
        workspace& operator=(workspace&&) noexcept;

    private:
        friend class rules;
        workspace();
        struct parts;
        std::unique_ptr<parts> parts_;
    };

    /// Nothing when there are faults; all of them are noted. `zone` may be null after a fault of its own.
    static std::shared_ptr<const rules> compile(const std::string& text, const std::string& file,
                                                std::shared_ptr<const time_zone> zone, faults& into);
    ~rules();

    workspace make_workspace() const;

    /// Pure. `known`: what is known of the contact, or null when that would have to be read first; then the
    /// decision may come back as `wants_facts`.
    decision decide(const event& about, const origin& through, const facts* known, std::int64_t now_ms,
                    workspace& with) const;

    /// The decision as the JSON that is kept with the event: names of the rules tried and matched, why, and
    /// what follows.
    void append_json(std::string& out, const decision& what) const;

    /// Whether what is decided depends on how a customer may be written to.
    bool asks_of_budget() const;

    std::string_view name_of(std::uint32_t rule) const;
    std::size_t size() const;
    /// Every queue that a rule names, each once.
    const std::vector<std::string>& queues() const;

private:
    rules();
    struct compiled;
    std::unique_ptr<compiled> compiled_;
};

}  // namespace yizhan::router
