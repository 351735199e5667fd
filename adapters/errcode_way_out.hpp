#pragma once
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "adapters/way_out.hpp"
#include "core/query.hpp"

namespace yizhan::adapters {

/// What WeChat's and WeCom's APIs have in common: answers with an `errcode`, and media by their ids.
class errcode_way_out : public way_out {
public:
    errcode_way_out(std::shared_ptr<const adapters::credential> whose, std::span<const code_row> codes)
        : whose_(std::move(whose)), codes_(codes) {}

    std::shared_ptr<const adapters::credential> credential() const override { return whose_; }
    verdict judge(const sending&, unsigned status, std::string_view answer) const override { return judge_errcode(status, answer, codes_); }

    std::optional<api_call> media_call(std::string_view id) const override {
        return api_call{"GET", "/cgi-bin/media/get?access_token={token}&media_id=" + percent_encoded(id), "", ""};
    }
    verdict judge_media(std::string_view answer, std::string&) const override {
        verdict its = judge_errcode(200, answer, codes_);
        if (its.what == fate::done) its = {fate::never, 0, "the answer has no media", 0, ""};
        return its;
    }
    result<std::string> uploaded(std::string_view answer, verdict& why) const override { return upload_in(answer, codes_, why); }

private:
    std::shared_ptr<const adapters::credential> whose_;
    std::span<const code_row> codes_;
};

}  // namespace yizhan::adapters
