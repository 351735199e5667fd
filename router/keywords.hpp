#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "router/literal_filter.hpp"

struct hs_database;
struct hs_scratch;

namespace yizhan::router {

/// All keywords of all rules as one automaton: a text is looked at once, however many keywords there are, and most texts
/// that hold none are told by less.
class keywords {
public:
    /// Texts already normalised, none empty. Throws std::runtime_error when the automaton cannot be built.
    explicit keywords(const std::vector<std::string>& all);
    ~keywords();

    /// What one thread needs to search.
    class searcher {
    public:
        explicit searcher(const keywords& in);
        ~searcher();
        searcher(const searcher&) = delete;

        /// Indices of the keywords that stand in the text, each once, ascending. Valid until the next call.
        const std::vector<std::uint32_t>& find(const std::string& text);

    private:
        const keywords& in_;
        hs_scratch* scratch_ = nullptr;
        std::vector<std::uint32_t> found_;
    };

private:
    friend class searcher;
    hs_database* automaton_ = nullptr;
    literal_filter filter_;  // The automaton of many words costs several times that of one.
};

}  // namespace yizhan::router
