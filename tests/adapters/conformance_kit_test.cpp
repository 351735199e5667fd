// The kit itself can say no: an adapter that breaks one promise is found out.
#include <catch2/catch.hpp>

#include "tests/conformance/kit.hpp"
#include "tests/support/accounts.hpp"

using namespace yizhan;
using namespace yizhan::adapters;

namespace {

enum class flaw {
    none,
    forgets_fields,
    counts,
    new_id_each_time,
    trusts_everybody,
    odd_error,
    mute,
    tells_all_the_same
};

flaw flaw_now = flaw::none;

/// A good adapter with one thing wrong.
class flawed final : public adapter {
public:
    explicit flawed(std::unique_ptr<adapter> good) : good_(std::move(good)) {}

    result<opening> verify(const callback& received, std::string& buffer) override {
        return good_->verify(received, buffer);
    }
    result<opening> open(const callback& received, std::string& buffer) override {
        auto opened = good_->open(received, buffer);
        if (!opened && flaw_now == flaw::trusts_everybody)
            return opening{received.body, 0, 0, 0, false, true};
        return opened;
    }
    result<void> decode(const callback& received, std::string_view clear, decoded& into) override {
        if (flaw_now == flaw::forgets_fields) {
            less_ = clear;
            if (const std::size_t at = less_.find(",\"to\":\"shop\""); at != std::string::npos)
                less_.erase(at, 12);
            clear = less_;
        }
        const auto done = good_->decode(received, clear, into);
        if (!done && flaw_now == flaw::odd_error) return errc::not_found;
        if (!done) return done;
        if (flaw_now == flaw::counts) into.patience_ms = ++count_;
        if (flaw_now == flaw::new_id_each_time)
            into.events.front().id[0] = static_cast<unsigned char>(received.query["nonce"].back());
        if (flaw_now == flaw::tells_all_the_same) into.events.front().type = "message.text";
        return done;
    }
    std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const override {
        return good_->cannot_say(all, to, with);
    }
    std::string answer(const decoded& all, const event& to, const reply& with,
                       const moment& at) const override {
        return flaw_now == flaw::mute ? "" : good_->answer(all, to, with, at);
    }
    std::string receipt(const decoded& of, const moment& at) const override { return good_->receipt(of, at); }
    bool is_silence(std::string_view clear) const override { return good_->is_silence(clear); }
    std::string seal(const callback& to, const opening& how, std::string_view clear,
                     const moment& at) override {
        return good_->seal(to, how, clear, at);
    }

private:
    std::unique_ptr<adapter> good_;
    std::string less_;
    std::int64_t count_ = 0;
};

result<std::unique_ptr<adapter>> make_flawed(const account& settings) {
    return std::make_unique<flawed>(find_kind("webhook", "signed_json")->make(settings).value());
}

}  // namespace

TEST_CASE("The conformance kit finds every broken promise", "[adapters][conformance]") {
    const auto with = conformance::read_fixtures(YIZHAN_ROOT "/tests/data/webhook/signed_json.requests.json");
    adapter_kind kind = *find_kind("webhook", "signed_json");
    kind.make = make_flawed;
    flaw_now = flaw::none;
    CHECK(conformance::examine(kind, with).broken.empty());
    for (const flaw each : {flaw::forgets_fields, flaw::counts, flaw::new_id_each_time,
                            flaw::trusts_everybody, flaw::odd_error, flaw::mute, flaw::tells_all_the_same}) {
        CAPTURE(static_cast<int>(each));
        flaw_now = each;
        CHECK_FALSE(conformance::examine(kind, with).broken.empty());
    }
    flaw_now = flaw::none;
}
