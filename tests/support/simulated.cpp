#include "tests/support/simulated.hpp"

#include <stdexcept>

#include "tests/support/accounts.hpp"

namespace yizhan::test {
namespace {

account simulated_kf() {
    account kf = account_of("wecom", "kf");
    kf.app_secrets = {"simulated-kf-secret"};
    kf.open_kfid = "wkSimulated0001";
    return kf;
}

std::vector<account> all_accounts() {
    account shop = wechat_account(), corp = wecom_account(), fans = weibo_account();
    shop.app_secrets = {"simulated-shop-secret"};
    corp.app_secrets = {"simulated-corp-secret"};
    fans.access_tokens = {"simulated-fans-token"};
    std::vector<account> all{shop, corp, fans, simulated_kf()};
    for (const auto& [channel, kind] : {std::pair("wechat", "component"), std::pair("wecom", "suite"), std::pair("wecom", "customer_contact")}) {
        account& each = all.emplace_back(account_of(channel, kind));
        each.app_secrets = {"simulated-" + each.id + "-secret"};
    }
    return all;
}

}  // namespace

simulated::simulated() : plays_(all_accounts()) {
    server_ = std::make_unique<simulator::server>(
        simulator::server::parts{.executor = context_.get_executor(), .plays = plays_, .gateway = ""});
    server_->start();
    thread_ = std::thread([this] { context_.run(); });
}

simulated::~simulated() {
    boost::asio::post(context_, [this] { server_->stop(); });
    work_.reset();
    boost::asio::post(context_, [this] { context_.stop(); });
    thread_.join();
}

account simulated::played(const std::string& id) const {
    for (account each : all_accounts()) {
        if (each.id != id) continue;
        each.api = url();
        return each;
    }
    throw std::runtime_error("no such account is played");
}

account simulated::kf_account() const { return played("kf"); }

void simulated::attach(running& station, const std::string& more_of_all) const {
    std::string text = station.config_text();
    const auto add = [&](const std::string& behind, const std::string& more) {
        text.insert(text.find(behind) + behind.size(), " api: \"" + url() + "\", " + more + more_of_all + ",");
    };
    add("kind: official_account,", "app_secret: simulated-shop-secret");
    add("kind: app,", "secret: simulated-corp-secret");
    add("kind: fans_service,", "access_token: simulated-fans-token");
    station.write_config(text);
}

std::vector<std::string> simulated::shown(const std::string& account, const std::string& customer) {
    return with([&](simulator::platforms& all) {
        std::vector<std::string> texts;
        for (const auto& line : all.customers().of(account, customer).lines)
            if (line.is_ours) texts.push_back(line.text);
        return texts;
    });
}

}  // namespace yizhan::test
