#include "gateway/command_line.hpp"

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include <iostream>

#include "core/json_text.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/log.hpp"
#include "gateway/station.hpp"

namespace yizhan::gateway {
namespace {

constexpr int done = 0, cannot_start = 1, wrong_usage = 2;

void print_faults(const faults& found, bool as_json) {
    if (!as_json) {
        for (const fault& each : found) std::cerr << to_text(each) << "\n";
        return;
    }
    std::string out = "{\"faults\":[";
    for (const fault& each : found) {
        if (out.back() != '[') out += ',';
        out += "{\"file\":" + json::quoted(each.file) + ",\"line\":" + std::to_string(each.line) +
               ",\"column\":" + std::to_string(each.column) + ",\"text\":" + json::quoted(each.text) + "}";
    }
    std::cout << out << "]}\n";
}

int serve(config settings, const std::string& file) {
    log::start();
    log::set_level(settings.log_level);
    int status = cannot_start;
    try {
        status = run_station(std::move(settings), file);
    } catch (const std::exception& failed) {
        std::cerr << "yizhan: " << failed.what() << "\n";
    }
    log::stop();
    return status;
}

}  // namespace

int run_command(int count, char** words) {
    ::umask(077);  // What we keep is nobody else's.
    CLI::App app(
        "Yizhan takes the callbacks of WeChat, WeCom and Weibo, keeps each before it answers, and routes "
        "them.");
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Help of all commands");
    std::string file = "yizhan.yaml";
    bool as_json = false, reference = false;
    const auto with_config = [&](CLI::App* command) {
        command->add_option("-c,--config", file, "The configuration file")->capture_default_str();
        command->add_flag("--json", as_json, "Print JSON");
        return command;
    };

    CLI::App* serve_it =
        with_config(app.add_subcommand("serve", "Run the server; SIGTERM drains, SIGHUP reloads"));
    serve_it->footer([] { return "\nThe configuration:\n\n" + settings_reference(); });
    CLI::App* check_it =
        with_config(app.add_subcommand("check", "Name every fault of configuration and rules"));
    check_it->add_flag("--reference", reference, "Print the reference page of all settings");

    send_options sending;
    CLI::App* send_it =
        with_config(app.add_subcommand("send", "Forge a genuine callback from an account and post it"));
    send_it->add_option("-a,--account", sending.account, "The account it is for")->required();
    send_it->add_option("-t,--type", sending.type, "As the platform says it: text, event.subscribe, …")
        ->capture_default_str();
    send_it->add_flag("--list", sending.list, "List the types there is a sample of");
    send_it->add_option("--text", sending.text, "What the customer says");
    send_it->add_option("--from", sending.from, "The customer's id");
    send_it->add_option("--set", sending.set, "FIELD=VALUE of the message; a dot reaches inside");
    send_it->add_option("--body", sending.body_file,
                        "File with the clear text to send instead of a sample; --type info.… sends it to the "
                        "command address");
    send_it->add_option("--tenant", sending.tenant,
                        "Components and suites: the AppId or corporation it is from");
    send_it->add_flag("--as-json", sending.as_json, "Send JSON where the account can get either form");
    send_it->add_option("--message-id", sending.message_id, "The platform's message id");
    send_it->add_option("--url", sending.url, "Where to; without it the configured listener");
    send_it->add_option("--repeat", sending.repeat, "How many different ones")->capture_default_str();
    send_it->add_option("--duplicate", sending.duplicate,
                        "How often each is sent again, as a platform retries");
    send_it->add_option("--tamper", sending.tamper, "What is wrong with it")
        ->check(CLI::IsMember({"signature", "body", "receive-id", "timestamp"}));
    send_it->add_flag("--check", sending.check, "Send the platform's check of the address instead (GET)");
    send_it->add_flag("--explain", sending.explain,
                      "Ask the API what became of it, and take and end its task");
    send_it->add_option("--api", sending.api_url, "The API's address, with --explain");
    send_it->add_option("--key-file", sending.key_file, "File with an admin's API key, with --explain");
    send_it->add_flag("--insecure", sending.insecure, "Do not verify the server's certificate");

    decrypt_options opening;
    CLI::App* decrypt_it =
        with_config(app.add_subcommand("decrypt", "Say step by step what of a callback verifies"));
    decrypt_it->add_option("-a,--account", opening.account, "The account it came for")->required();
    decrypt_it->add_option("-q,--query", opening.query, "The URL's query, or the whole URL")->required();
    decrypt_it->add_option("-b,--body", opening.body_file,
                           "File with the body; - for standard input; none for a check (GET)");
    decrypt_it->add_option("-p,--path", opening.suffix,
                           "What followed the account in the path, such as /command or /message/wx…");

    doctor_options curing;
    CLI::App* doctor_it = with_config(app.add_subcommand(
        "doctor", "Say what is wrong with this machine and configuration, or with a refused callback"));
    CLI::Option* const of_account =
        doctor_it->add_option("-a,--account", curing.account, "The account that refused a callback");
    CLI::Option* const with_query =
        doctor_it->add_option("-q,--query", curing.query, "The URL's query, or the whole URL");
    of_account->needs(with_query);
    with_query->needs(of_account);
    doctor_it->add_option("-b,--body", curing.body_file,
                          "File with the body; - for standard input; none for a check (GET)")->needs(with_query);
    doctor_it->add_option("-p,--path", curing.suffix, "What followed the account in the path")->needs(with_query);
    doctor_it->add_option("--at", curing.at, "When it came: seconds since 1970, or 2026-11-22T08:00:00Z")
        ->needs(with_query);

    events_options listing;
    CLI::App* events_it = with_config(app.add_subcommand("events", "Print the events of the journal"));
    events_it->add_option("--after", listing.after, "Cursor to begin behind");
    events_it->add_option("--account", listing.account, "Of this account only");
    events_it->add_option("--type", listing.type, "Of these types only, such as message.*");
    events_it->add_option("--limit", listing.limit, "At most so many");
    events_it->add_flag("--follow", listing.follow, "Wait for more");

    dlq_options burying;
    CLI::App* dlq_it = app.add_subcommand("dlq", "Dead letters: what gave up and waits for a person");
    dlq_it->require_subcommand(1);
    const std::pair<const char*, dlq_options::action> dlq_actions[] = {
        {"ls",    dlq_options::action::ls   },
        {"show",  dlq_options::action::show },
        {"retry", dlq_options::action::retry},
        {"drop",  dlq_options::action::drop },
    };
    const char* const dlq_says[] = {"List them, oldest first", "Show one with its events",
                                    "Try one again, from the first attempt on", "Drop one"};
    for (std::size_t at = 0; at < std::size(dlq_actions); ++at) {
        const auto& [name, action] = dlq_actions[at];
        CLI::App* each = with_config(dlq_it->add_subcommand(name, dlq_says[at]));
        if (action != dlq_options::action::ls)
            each->add_option("id", burying.id, "Its id, such as t7 or r1234")->required();
        each->add_option("--api", burying.api_url, "The API's address; without it the configured one");
        each->add_option("--key-file", burying.key_file, "File with an admin's or supervisor's API key");
        each->add_flag("--insecure", burying.insecure, "Do not verify the server's certificate");
        each->callback([&burying, action = action] { burying.what = action; });
    }

    sinks_options handing;
    CLI::App* sinks_it = app.add_subcommand("sinks", "Consumers outside: Redis streams, webhooks, files");
    sinks_it->require_subcommand(1);
    struct sinks_action {
        const char *name, *says;
        sinks_options::action what;
    };
    for (const sinks_action& action : {
             sinks_action{"ls",     "List them, and how far each is",                      sinks_options::action::ls    },
             sinks_action{"pause",  "Deliver nothing to one until it is resumed",          sinks_options::action::pause },
             sinks_action{"resume", "Deliver to one again, also if it was disabled",       sinks_options::action::resume},
             sinks_action{"test",   "Say whether its receiver can be reached",             sinks_options::action::test  },
             sinks_action{"retry",  "Try again what gave up, from the first attempt on",   sinks_options::action::retry },
    }) {
        CLI::App* each = with_config(sinks_it->add_subcommand(action.name, action.says));
        if (action.what != sinks_options::action::ls) each->add_option("name", handing.name, "The sink's name")->required();
        each->add_option("--api", handing.api_url, "The API's address; without it the configured one");
        each->add_option("--key-file", handing.key_file, "File with an admin's or integration's API key");
        each->add_flag("--insecure", handing.insecure, "Do not verify the server's certificate");
        each->callback([&handing, what = action.what] { handing.what = what; });
    }

    journal_options reading;
    CLI::App* journal_it = app.add_subcommand("journal", "Look at the journal's files");
    journal_it->require_subcommand(1);
    with_config(journal_it->add_subcommand("inspect", "Say what each file holds"))->callback([&reading] {
        reading.what = journal_options::action::inspect;
    });
    with_config(journal_it->add_subcommand("verify", "Read every record; exit 1 when something is damaged"))
        ->callback([&reading] { reading.what = journal_options::action::verify; });

    backup_options copying;
    CLI::App* backup_it = with_config(app.add_subcommand("backup", "Copy state and journal, also while the server runs"));
    backup_it->add_option("--to", copying.directory, "A directory that is not there yet")->required();
    CLI::App* restore_it = with_config(app.add_subcommand("restore", "Put a backup where nothing is yet"));
    restore_it->add_option("--from", copying.directory, "The backup")->required();

    replay_options replaying;
    CLI::App* replay_it = with_config(app.add_subcommand(
        "replay", "Make the state anew from the journal, or see what the rules of today would decide; sends nothing"));
    replay_it->add_option("--since", replaying.since, "With --dry-run: from then on; 2026-11-26T08:00:00Z, or 2h for two hours ago");
    replay_it->add_option("--until", replaying.until, "With --dry-run: until then");
    replay_it->add_option("--filter", replaying.filter, "With --dry-run: only these, account=ID or type=GLOB");
    replay_it->add_option("--base", replaying.base, "A backup to begin with, when the journal does not reach back to its first record");
    replay_it->add_flag("--dry-run", replaying.dry_run, "Say which decisions would differ under the configured rules");
    replay_it->add_flag("--check", replaying.check, "Compare the state with the one made anew, and change nothing");

    types_options naming;
    CLI::App* types_it =
        app.add_subcommand("types", "List the types of events, and what platforms send for each");
    types_it->add_option("--schema", naming.schema_of, "Print the JSON Schema of this type");
    types_it->add_option("--write", naming.write_to, "Write events.md and schema/ into this directory");
    types_it->add_flag("--json", naming.json, "Print JSON");

    CLI::App* version_it = app.add_subcommand("version", "Say which version this is");
    version_it->add_flag("--json", as_json, "Print JSON");

    try {
        app.parse(count, words);
    } catch (const CLI::ParseError& stopped) {
        const int status = app.exit(stopped);
        return status == 0 ? done : wrong_usage;
    }
    if (version_it->parsed()) {
        if (as_json)
            std::cout << version_json() << "\n";
        else
            std::cout << "yizhan " << YIZHAN_VERSION << " (" << YIZHAN_COMMIT << ")\n";
        return done;
    }
    if (types_it->parsed()) {
        try {
            return types_command(naming);
        } catch (const std::exception& failed) {
            std::cerr << "yizhan: " << failed.what() << "\n";
            return cannot_start;
        }
    }
    if (reference) {
        std::cout << settings_reference();
        return done;
    }

    loaded read = load_config(file);
    if (doctor_it->parsed()) {
        curing.json = as_json;
        return doctor_command(read, file, curing);
    }
    if (check_it->parsed() && as_json) {
        print_faults(read.found, true);
        return read.settings ? done : cannot_start;
    }
    print_faults(read.found, false);
    if (!read.settings) return cannot_start;
    if (check_it->parsed()) {
        std::cout << file << ": no faults; " << read.settings->accounts.size() << " accounts, "
                  << read.settings->rules->size() << " rules\n";
        return done;
    }
    if (serve_it->parsed()) return serve(std::move(*read.settings), file);
    sending.json = opening.json = listing.json = as_json;
    handing.json = as_json;
    burying.json = reading.json = copying.json = replaying.json = as_json;
    try {
        if (send_it->parsed()) return send_command(*read.settings, sending);
        if (decrypt_it->parsed()) return decrypt_command(*read.settings, opening);
        if (events_it->parsed()) return events_command(*read.settings, listing);
        if (dlq_it->parsed()) return dlq_command(*read.settings, burying);
        if (sinks_it->parsed()) return sinks_command(*read.settings, handing);
        if (journal_it->parsed()) return journal_command(*read.settings, reading);
        if (backup_it->parsed()) return backup_command(*read.settings, copying);
        if (restore_it->parsed()) return restore_command(*read.settings, copying);
        if (replay_it->parsed()) return replay_command(*read.settings, replaying);
    } catch (const std::exception& failed) {
        std::cerr << "yizhan: " << failed.what() << "\n";
    }
    return cannot_start;
}

}  // namespace yizhan::gateway
