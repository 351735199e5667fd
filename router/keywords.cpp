#include "router/keywords.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <stdexcept>

namespace yizhan::router {

keywords::keywords(const std::vector<std::string>& all) : filter_(all) {
    if (all.empty()) return;
    std::vector<const char*> texts;
    std::vector<unsigned> flags(all.size(), HS_FLAG_SINGLEMATCH), ids(all.size());
    std::vector<std::size_t> lengths;
    for (std::size_t at = 0; at < all.size(); ++at) {
        texts.push_back(all[at].data());
        lengths.push_back(all[at].size());
        ids[at] = static_cast<unsigned>(at);
    }
    hs_compile_error_t* failed = nullptr;
    if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(),
                             static_cast<unsigned>(all.size()), HS_MODE_BLOCK, nullptr, &automaton_,
                             &failed) != HS_SUCCESS) {
        const std::string why = failed && failed->message ? failed->message : "unknown";
        hs_free_compile_error(failed);
        throw std::runtime_error("the keywords cannot be compiled: " + why);
    }
}

keywords::~keywords() { hs_free_database(automaton_); }

keywords::searcher::searcher(const keywords& in) : in_(in) {
    if (in_.automaton_ && hs_alloc_scratch(in_.automaton_, &scratch_) != HS_SUCCESS)
        throw std::runtime_error("no memory to search keywords");
}

keywords::searcher::~searcher() { hs_free_scratch(scratch_); }

const std::vector<std::uint32_t>& keywords::searcher::find(const std::string& text) {
    found_.clear();
    if (!in_.automaton_ || text.empty() || !in_.filter_.may_hold(text)) return found_;
    const auto note = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* into) {
        static_cast<std::vector<std::uint32_t>*>(into)->push_back(id);
        return 0;
    };
    hs_scan(in_.automaton_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_, note, &found_);
    std::ranges::sort(found_);
    return found_;
}

}  // namespace yizhan::router
