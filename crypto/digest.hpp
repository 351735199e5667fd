#pragma once
#include <array>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace yizhan::crypto {

using sha1_digest = std::array<unsigned char, 20>;
using sha256_digest = std::array<unsigned char, 32>;

/// SHA-1 and SHA-256 with the algorithms fetched once and one context reused. Not for two threads at once.
class hasher {
public:
    hasher();
    ~hasher();
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;

    /// Of the parts one after the other, as if they were one.
    sha1_digest sha1(std::span<const std::string_view> parts);
    sha256_digest sha256(std::span<const std::string_view> parts);

private:
    struct freer {
        void operator()(evp_md_st*) const;
        void operator()(evp_md_ctx_st*) const;
    };
    void run(evp_md_st* algorithm, std::span<const std::string_view> parts, unsigned char* out);

    std::unique_ptr<evp_md_st, freer> sha1_, sha256_;
    std::unique_ptr<evp_md_ctx_st, freer> context_;
};

/// Fills with bytes nobody can foresee.
void fill_random(std::span<unsigned char> out);

}  // namespace yizhan::crypto
