#pragma once
#include <string>
#include <string_view>

namespace yizhan::router {

/// Unicode NFKC and case folding, so that Ａ and a, １ and 1, ﾊﾝ and ハン meet. Replaces `out`. Ill-formed
/// UTF-8 stays as it is, ASCII letters folded.
void normalise(std::string_view text, std::string& out);

/// The same for a regular expression: what a character stands for changes, what is syntax stays syntax.
std::string normalise_pattern(std::string_view pattern);

}  // namespace yizhan::router
