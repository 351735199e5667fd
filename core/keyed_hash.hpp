#pragma once
#include <cstddef>
#include <string_view>

namespace yizhan {

/// For tables whose keys outsiders choose: keyed with a secret of this process, so that nobody can aim at one
/// bucket. The same within the process only; never to be stored.
struct keyed_hash {
    std::size_t operator()(std::string_view bytes) const noexcept;
};

}  // namespace yizhan
