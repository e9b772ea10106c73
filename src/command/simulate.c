/* SPDX-License-Identifier: MIT */
/* Strategies played by themselves, many sessions each, without a daemon. */
#include "config.h"

#include "command/catalog.h"
#include "command/command.h"
#include "command/speech.h"
#include "craps/house.h"
#include "craps/sign.h"
#include "odds/odds.h"
#include "report/report.h"
#include "simulate/document.h"
#include "simulate/simulate.h"
#include "strategy/library.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSIONS_DEFAULT 10000
#define HOURS_DEFAULT    1.0
#define SEED_DEFAULT     1
#define UNITS_DEFAULT    100 /* Of the bankroll. */

/* A strategy that was read, with what its entry points to. */
struct script {
    struct strategy strategy;
    char text[STRATEGY_TEXT_SIZE_MAX + 1];
};

/* All of one run of the command. */
struct run {
    struct result_setting setting;
    char house[CRAPS_HOUSE_TEXT_SIZE];
    char *card;
    size_t count;
    struct script *scripts[SIMULATE_STRATEGIES_MAX];
    struct simulate_entry entries[SIMULATE_STRATEGIES_MAX];
    struct result results[SIMULATE_STRATEGIES_MAX];
    FILE *csv; /* NULL unless asked for. */
    FILE *html;
    bool shown; /* A progress line is on the terminal. */
};

static struct bytes view_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* ---- What is asked ----------------------------------------------------------------------------
 */

static bool read_hours(const char *text, double *hours)
{
    const double most = (double)SIMULATE_ROLLS_MAX / SIMULATE_ROLLS_PER_HOUR;
    char *end;
    *hours = strtod(text, &end);
    if (end != text && *end == '\0' && *hours * SIMULATE_ROLLS_PER_HOUR >= 1 && *hours <= most)
        return true;
    command_fail(COMMAND_USAGE, "--hours is a number like 2.5, from one roll to %.0f, not '%s'",
                 floor(most), text);
    return false;
}

/* The horizon: one of three options, or none. */
static bool read_horizon(const struct invocation *invocation, struct result_setting *setting)
{
    const char *hours = command_option(invocation, "hours");
    const bool rolls = command_option(invocation, "rolls") != NULL;
    const bool shooters = command_option(invocation, "shooters") != NULL;
    json_int_t length = 0;
    setting->horizon = shooters ? RESULT_HORIZON_SHOOTERS : RESULT_HORIZON_ROLLS;
    if ((hours != NULL) + rolls + shooters > 1) {
        command_fail(COMMAND_USAGE,
                     "a session has one length: give --rolls, --shooters or --hours");
        return false;
    }
    if (!command_option_number(invocation, "rolls", 1, (json_int_t)SIMULATE_ROLLS_MAX, &length) ||
        !command_option_number(invocation, "shooters", 1, (json_int_t)SIMULATE_SHOOTERS_MAX,
                               &length))
        return false;
    if (!rolls && !shooters) {
        setting->hours = HOURS_DEFAULT;
        if (hours && !read_hours(hours, &setting->hours))
            return false;
        length = (json_int_t)llround(setting->hours * SIMULATE_ROLLS_PER_HOUR);
    }
    setting->length = (uint64_t)length;
    return true;
}

/* The house: a preset, and what --house changes of it. */
static bool read_rules(const struct invocation *invocation, struct run *run)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    struct result_setting *setting = &run->setting;
    const char *name = command_option(invocation, "preset");
    setting->preset = name ? name : "casino";
    setting->rules = craps_rules_casino();
    bool good = craps_house_preset(&setting->rules, view_of(setting->preset), sentence);
    const struct craps_rules preset = setting->rules;
    for (int i = 0; i < invocation->repeated_count && good; i++)
        good = craps_house_set_pair(&setting->rules, view_of(invocation->repeated[i]), sentence);
    if (!good) {
        command_fail(COMMAND_USAGE, "%s", sentence);
        return false;
    }
    craps_house_differences(&setting->rules, &preset, run->house);
    setting->house = run->house;
    return true;
}

static bool read_setting(const struct invocation *invocation, struct run *run)
{
    struct result_setting *setting = &run->setting;
    if (!read_rules(invocation, run) || !read_horizon(invocation, setting))
        return false;
    json_int_t unit = setting->rules.limits[CRAPS_LIMIT_LINE].min;
    json_int_t sessions = SESSIONS_DEFAULT, seed = SEED_DEFAULT, jobs = 0, goal = 0, limit = 0;
    if (!command_option_number(invocation, "unit", 1, CRAPS_STAKE_MAX, &unit))
        return false;
    json_int_t bankroll = UNITS_DEFAULT * unit;
    if (!command_option_number(invocation, "bankroll", 1, SIMULATE_BANKROLL_MAX, &bankroll) ||
        !command_option_number(invocation, "sessions", 1, (json_int_t)SIMULATE_SESSIONS_MAX,
                               &sessions) ||
        !command_option_number(invocation, "seed", 0, INT64_MAX, &seed) ||
        !command_option_number(invocation, "jobs", 1, SIMULATE_JOBS_MAX, &jobs) ||
        !command_option_number(invocation, "win-goal", 1, SIMULATE_BANKROLL_MAX, &goal) ||
        !command_option_number(invocation, "loss-limit", 1, SIMULATE_BANKROLL_MAX, &limit))
        return false;
    if (bankroll < unit) {
        command_fail(COMMAND_USAGE,
                     "a bankroll of %lld chips is less than a unit of %lld: raise --bankroll or "
                     "lower --unit",
                     (long long)bankroll, (long long)unit);
        return false;
    }
    setting->bankroll = bankroll;
    setting->unit = unit;
    setting->sessions = (uint64_t)sessions;
    setting->seed = (uint64_t)seed;
    setting->jobs = (unsigned)jobs;
    setting->win_goal = goal;
    setting->loss_limit = limit;
    return true;
}

/* The rules in words, on the heap; NULL without memory. */
static char *write_card(const struct craps_rules *rules)
{
    static const char *const classes[CRAPS_LIMIT_COUNT] = {
        [CRAPS_LIMIT_LINE] = "line", [CRAPS_LIMIT_ODDS] = "odds",
        [CRAPS_LIMIT_BOX] = "box",   [CRAPS_LIMIT_FIELD] = "field",
        [CRAPS_LIMIT_HAND] = "hand", [CRAPS_LIMIT_PROPOSITION] = "propositions",
    };
    char *card = NULL;
    size_t size = 0;
    char words[CRAPS_SIGN_SIZE];
    FILE *out = open_memstream(&card, &size);
    if (!out)
        return NULL;
    fputs("limits:", out);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
        fprintf(out, "%s %s %lld to %lld", i > 0 ? "," : "", classes[i],
                (long long)rules->limits[i].min, (long long)rules->limits[i].max);
    craps_sign_odds(rules, words);
    fprintf(out, "\nodds: %s\n", words);
    craps_sign_vig(rules, words);
    fprintf(out, "vig: %s\n", words);
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        struct craps_sign sign;
        if (craps_sign(rules, kind, &sign))
            fprintf(out, "%s: %s%s%s\n", sign.name, sign.pays, *sign.facts ? "; " : "", sign.facts);
    }
    return fclose(out) == 0 ? card : NULL;
}

/* ---- Strategies -------------------------------------------------------------------------------
 */

/* The text of a file into memory for STRATEGY_TEXT_SIZE_MAX bytes and a zero. */
static enum command_exit read_file(const char *path, char *text, size_t *size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return command_fail(COMMAND_FAILED, "cannot read '%s': %s", path, strerror(errno));
    *size = fread(text, 1, STRATEGY_TEXT_SIZE_MAX + 1, file);
    const int wrong = ferror(file) ? errno : 0;
    fclose(file);
    if (wrong != 0)
        return command_fail(COMMAND_FAILED, "cannot read '%s': %s", path, strerror(wrong));
    if (*size > STRATEGY_TEXT_SIZE_MAX)
        return command_fail(COMMAND_USAGE, "'%s' is no strategy: one has at most %d bytes", path,
                            STRATEGY_TEXT_SIZE_MAX);
    if (memchr(text, '\0', *size))
        return command_fail(COMMAND_USAGE, "'%s' is no strategy: it is not a text", path);
    text[*size] = '\0';
    return COMMAND_DONE;
}

static enum command_exit unknown_strategy(const char *name)
{
    const char *best = NULL;
    for (size_t i = 0; strategy_library_at(i); i++)
        best = catalog_nearer(name, strategy_library_at(i)->name, best);
    return command_fail(COMMAND_USAGE,
                        "no strategy and no file is called '%s'%s%s%s: 'bitcraps strategies' lists "
                        "them",
                        name, best ? " (did you mean '" : "", best ? best : "", best ? "'?)" : "");
}

/* Reads a strategy of the library, or else a file, as entry number run->count. */
static enum command_exit read_strategy(struct run *run, const char *name)
{
    const struct strategy_source *source = strategy_library_find(view_of(name));
    struct script *script = calloc(1, sizeof *script);
    struct strategy_error error;
    size_t size = source ? source->text.size : 0;
    if (!script)
        return command_fail(COMMAND_FAILED, "not enough memory for the strategy '%s'", name);
    run->scripts[run->count] = script;
    if (source) {
        memcpy(script->text, source->text.at, size);
    } else if (access(name, F_OK) != 0 && !strchr(name, '/')) {
        return unknown_strategy(name);
    } else {
        const enum command_exit code = read_file(name, script->text, &size);
        if (code != COMMAND_DONE)
            return code;
    }
    const struct bytes text = {(const uint8_t *)script->text, size};
    if (!strategy_parse(text, &script->strategy, &error)) {
        speech_clean_text(error.sentence);
        return command_fail(COMMAND_USAGE, "%s:%u:%u: %s", name, error.line, error.column,
                            error.sentence);
    }
    run->entries[run->count++] =
        (struct simulate_entry){.strategy = &script->strategy,
                                .name = source ? source->name : name,
                                .description = script->strategy.description,
                                .text = script->text};
    return COMMAND_DONE;
}

/* ---- Output -----------------------------------------------------------------------------------
 */

/* Opens the file of an option, before hours are spent on what nobody could read. */
static enum command_exit open_output(const struct invocation *invocation, const char *name,
                                     FILE **out)
{
    const char *path = command_option(invocation, name);
    if (!path)
        return COMMAND_DONE;
    *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    return *out ? COMMAND_DONE
                : command_fail(COMMAND_FAILED, "cannot create '%s': %s", path, strerror(errno));
}

static enum command_exit close_output(const struct invocation *invocation, const char *name,
                                      FILE *out)
{
    if (!out || out == stdout) /* Of standard output command_main() sees the end. */
        return COMMAND_DONE;
    const bool wrong = ferror(out) != 0;
    if (fclose(out) == 0 && !wrong)
        return COMMAND_DONE;
    return command_fail(COMMAND_FAILED, "cannot write '%s': %s", command_option(invocation, name),
                        errno != 0 ? strerror(errno) : "the disk may be full");
}

static void clear_progress(struct run *run)
{
    if (run->shown)
        fprintf(stderr, "\r%*s\r", 70, "");
    run->shown = false;
}

/* One line, written over again: how far, how fast, how long still. */
static bool show_progress(void *context, const struct simulate_progress *progress)
{
    struct run *run = context;
    const double share = (double)progress->sessions / (double)progress->sessions_asked;
    const double rate = progress->seconds > 0 ? (double)progress->rolls / progress->seconds : 0;
    if (!isatty(STDERR_FILENO))
        return !command_interrupted();
    char bar[21] = "                    ";
    for (int i = 0; i < (int)(share * 20); i++)
        bar[i] = '#';
    char left[32] = "";
    if (share > 0 && progress->seconds >= 1)
        snprintf(left, sizeof left, ", %.0f s left", progress->seconds * (1 - share) / share);
    char line[100];
    snprintf(line, sizeof line, "[%s] %3.0f %%, %.1fM rolls/s%s", bar, share * 100, rate / 1e6,
             left);
    fprintf(stderr, "\r%-69.69s", line);
    fflush(stderr);
    run->shown = true;
    return !command_interrupted();
}

static enum command_exit print_json(const struct run *run)
{
    json_t *value = document_json(run->results, run->count);
    if (!value)
        return command_fail(COMMAND_FAILED, "not enough memory for the answer");
    command_print_json(value);
    json_decref(value);
    return COMMAND_DONE;
}

/* The text; a report draws what it is given, so that without plots it gets no curves. */
static enum command_exit print_text(const struct run *run, const struct report_options *options,
                                    bool plots)
{
    struct result *shown = malloc(run->count * sizeof *shown);
    if (!shown)
        return command_fail(COMMAND_FAILED, "not enough memory for the report");
    for (size_t i = 0; i < run->count; i++) {
        shown[i] = run->results[i];
        if (!plots) {
            shown[i].points_count = 0;
            shown[i].histogram.count = 0;
        }
    }
    report_text(stdout, shown, run->count, options);
    free(shown);
    return COMMAND_DONE;
}

static enum command_exit print_results(const struct invocation *invocation, struct run *run)
{
    const bool plain = command_option(invocation, "plain") != NULL;
    struct report_options options = report_options_for(stdout, plain);
    enum command_exit code = COMMAND_DONE;
    options.program = "BitCraps " PACKAGE_VERSION;
    if (invocation->json)
        code = print_json(run);
    else if (run->csv != stdout && run->html != stdout)
        code = print_text(run, &options, command_option(invocation, "no-plots") == NULL);
    if (run->html)
        report_html(run->html, run->results, run->count, &options);
    if (run->csv && !document_csv(run->csv, run->results, run->count))
        code = command_fail(COMMAND_FAILED, "not enough memory for the table");
    return code;
}

/* Says what is wrong with the results themselves. */
static enum command_exit judge(const struct run *run)
{
    char sentence[ODDS_SENTENCE_SIZE];
    if (run->house[0] != '\0' && odds_fault(&run->setting.rules, sentence))
        command_fail(COMMAND_DONE, "no table can be opened by these rules: %s", sentence);
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];
        if (result->bets_count == 0)
            command_fail(COMMAND_DONE,
                         "%s never bet: see what '%s' takes, its limits and your --bankroll",
                         result->name, run->setting.preset);
        for (size_t j = 0; j < result->bets_count; j++) {
            const struct result_bet *bet = &result->bets[j];
            if (bet->check == RESULT_CHECK_DISAGREES)
                return command_fail(COMMAND_FAILED,
                                    "the edge of '%s' by %s is %.1f standard errors from the exact "
                                    "one: believe none of this, and report it with its seed",
                                    bet->name, result->name, bet->z);
        }
    }
    return run->setting.interrupted
               ? command_fail(COMMAND_INTERRUPTED,
                              "interrupted: that is of %" PRIu64 " of %" PRIu64 " sessions",
                              run->results[0].sessions, run->setting.sessions)
               : COMMAND_DONE;
}

/* ---- The commands -----------------------------------------------------------------------------
 */

static enum command_exit play(const struct invocation *invocation, struct run *run)
{
    command_catch_signals();
    const int result =
        simulate_run(&run->setting, run->entries, run->count, show_progress, run, run->results);
    clear_progress(run);
    if (result < 0)
        return command_fail(COMMAND_FAILED, "cannot simulate: %s: try a smaller --jobs",
                            strerror(-result));
    enum command_exit code = COMMAND_DONE;
    if (run->results[run->count - 1].sessions == 0)
        code = command_fail(COMMAND_INTERRUPTED, "interrupted before the first session ended");
    else
        code = print_results(invocation, run);
    if (code == COMMAND_DONE)
        code = judge(run);
    for (size_t i = 0; i < run->count; i++)
        result_clear(&run->results[i]);
    return code;
}

static enum command_exit prepare(struct invocation *invocation, struct run *run)
{
    if (sodium_init() < 0)
        return command_fail(COMMAND_FAILED, "libsodium does not start: is /dev/urandom there?");
    if (!read_setting(invocation, run))
        return COMMAND_USAGE;
    run->card = write_card(&run->setting.rules);
    run->setting.card = run->card ? run->card : "";
    enum command_exit code = COMMAND_DONE;
    for (int i = 0; i < invocation->count && code == COMMAND_DONE; i++)
        code = read_strategy(run, command_argument(invocation, i));
    if (code == COMMAND_DONE)
        code = open_output(invocation, "csv", &run->csv);
    if (code == COMMAND_DONE)
        code = open_output(invocation, "html", &run->html);
    if (code == COMMAND_DONE && invocation->json + (run->csv == stdout) + (run->html == stdout) > 1)
        code = command_fail(COMMAND_USAGE,
                            "standard output takes one of --json, --csv - and --html -");
    return code;
}

enum command_exit command_simulate(struct invocation *invocation)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return command_fail(COMMAND_FAILED, "not enough memory");
    enum command_exit code = prepare(invocation, run);
    if (code == COMMAND_DONE)
        code = play(invocation, run);
    enum command_exit closed = close_output(invocation, "csv", run->csv);
    code = code == COMMAND_DONE ? closed : code;
    closed = close_output(invocation, "html", run->html);
    code = code == COMMAND_DONE ? closed : code;
    for (size_t i = 0; i < SIMULATE_STRATEGIES_MAX; i++)
        free(run->scripts[i]);
    free(run->card);
    free(run);
    return code;
}

/* One strategy of the library as JSON, or a line of a list. */
static void tell_strategy(const struct strategy_source *source, json_t *list)
{
    struct strategy strategy;
    struct strategy_error error;
    if (!strategy_parse(source->text, &strategy, &error))
        strategy.description[0] = '\0'; /* The program's own tests do not let that be. */
    if (list)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s%}", "name", source->name,
                                              "description", strategy.description, "text",
                                              (const char *)source->text.at, source->text.size));
    else
        printf("%-24s %s\n", source->name, strategy.description);
}

enum command_exit command_strategies(struct invocation *invocation)
{
    const char *name = command_argument(invocation, 0);
    const struct strategy_source *one = name ? strategy_library_find(view_of(name)) : NULL;
    if (name && !one)
        return unknown_strategy(name);
    json_t *list = invocation->json ? json_array() : NULL;
    for (size_t i = 0; strategy_library_at(i) && (!one || list); i++) {
        if (!one || strategy_library_at(i) == one)
            tell_strategy(strategy_library_at(i), list);
    }
    if (one && !list)
        fwrite(one->text.at, 1, one->text.size, stdout);
    if (list) {
        json_t *answer =
            json_pack("{s:s, s:o}", "schema", "bitcraps.strategies/1", "strategies", list);
        command_print_json(answer);
        json_decref(answer);
    }
    return COMMAND_DONE;
}
