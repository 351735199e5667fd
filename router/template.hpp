#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/facts.hpp"

namespace yizhan::router {

/// A text with places to fill in: `您好，{{contact.name | 朋友}}`. Behind the bar stands what is said when
/// there is nothing to fill in.
class text_template {
public:
    /// On a fault, `fault` says what is wrong.
    static std::optional<text_template> compile(std::string_view text, std::string& fault);

    std::string render(const event& about, const origin& through, const facts* known) const;
    /// The same where the text is JSON and the places stand inside its strings.
    std::string render_json(const event& about, const origin& through, const facts* known) const;
    bool needs_contact() const;

    static const std::vector<std::string_view>& variables();

private:
    struct piece {
        std::string text;   // As it is, or what is said instead of an empty variable.
        int variable = -1;  // Index into `variables`, or a plain text.
    };
    std::vector<piece> pieces_;
};

}  // namespace yizhan::router
