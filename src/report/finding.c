/* SPDX-License-Identifier: MIT */
/* What a report says in sentences. */
#include "report/finding.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/number.h"

/* Bets that disagree and are named; the others are counted. */
#define NAMED_MAX 8

/* Adds to a text of FINDING_SIZE, which it does not exceed. */
__attribute__((format(printf, 2, 3))) static void add(char *text, const char *format, ...)
{
    const size_t size = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + size, FINDING_SIZE - size, format, arguments);
    va_end(arguments);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

unsigned finding_decimals(double error)
{
    if (!isfinite(error) || error <= 0)
        return 2;
    const double decimals = 1 - floor(log10(error));
    return decimals < 0 ? 0 : decimals > 4 ? 4 : (unsigned)decimals;
}

char *finding_play(const struct result_setting *setting, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    text[0] = '\0';
    add(text, "%s session%s", number_count(setting->sessions, number), plural(setting->sessions));
    add(text, " of %s ", number_count(setting->length, number));
    switch (setting->horizon) {
    case RESULT_HORIZON_ROLLS:
        add(text, "roll%s", plural(setting->length));
        break;
    case RESULT_HORIZON_SHOOTERS:
        add(text, "shooter%s", plural(setting->length));
        break;
    }
    if (setting->hours > 0)
        add(text, " (%s hour%s)", number_brief(setting->hours, number),
            setting->hours == 1 ? "" : "s");
    add(text, ", each with %s chips", number_whole(setting->bankroll, number));
    add(text, " in units of %s", number_whole(setting->unit, number));
    if (setting->win_goal > 0)
        add(text, ", stopping %s ahead", number_whole(setting->win_goal, number));
    if (setting->loss_limit > 0)
        add(text, "%s %s behind", setting->win_goal > 0 ? " or" : ", stopping",
            number_whole(setting->loss_limit, number));
    add(text, ".");
    return text;
}

char *finding_house(const struct result_setting *setting, char text[static FINDING_SIZE])
{
    text[0] = '\0';
    add(text, "%s%s%s", setting->preset, *setting->house == '\0' ? "" : ", with ", setting->house);
    return text;
}

char *finding_limits(const struct result_setting *setting, char text[static FINDING_SIZE])
{
    static const char *const names[CRAPS_LIMIT_COUNT] = {
        [CRAPS_LIMIT_LINE] = "line",   [CRAPS_LIMIT_ODDS] = "odds",
        [CRAPS_LIMIT_BOX] = "box",     [CRAPS_LIMIT_FIELD] = "field",
        [CRAPS_LIMIT_HAND] = "a hand", [CRAPS_LIMIT_PROPOSITION] = "propositions",
    };
    char number[NUMBER_SIZE];
    text[0] = '\0';
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        const struct craps_limit *limit = &setting->rules.limits[i];
        add(text, "%s%s %s", i > 0 ? ", " : "", names[i], number_whole(limit->min, number));
        add(text, " to %s", number_whole(limit->max, number));
    }
    add(text, ".");
    return text;
}

char *finding_interrupted(const struct result *results, size_t count,
                          char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    text[0] = '\0';
    if (count == 0 || !results[0].setting->interrupted)
        return text;
    for (size_t i = 0; i < count; i++) {
        least = results[i].sessions < least ? results[i].sessions : least;
        most = results[i].sessions > most ? results[i].sessions : most;
    }
    add(text, "Interrupted: %s", number_count(least, number));
    if (most > least)
        add(text, " to %s", number_count(most, number));
    add(text, " of %s sessions were played", number_count(results[0].setting->sessions, number));
    add(text, "%s.", count > 1 ? " by each strategy" : "");
    return text;
}

char *finding_speed(const struct result_setting *setting, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    text[0] = '\0';
    add(text, "%s roll%s", number_count(setting->rolls, number), plural(setting->rolls));
    add(text, " in %s", number_seconds(setting->seconds, number));
    if (setting->rolls_per_second > 0)
        add(text, ": %s a second", number_decimal(setting->rolls_per_second, 0, number));
    add(text, " on %u thread%s of %u core%s.", setting->jobs, plural(setting->jobs), setting->cores,
        plural(setting->cores));
    return text;
}

bool finding_sound(const struct result *results, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!results[i].sound)
            return false;
    return true;
}

/* Names the bets of all results that disagree. */
static void add_disagreeing(char *text, const struct result *results, size_t count)
{
    char number[NUMBER_SIZE];
    size_t named = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < results[i].bets_count; k++) {
            const struct result_bet *bet = &results[i].bets[k];
            if (bet->check != RESULT_CHECK_DISAGREES)
                continue;
            if (++named > NAMED_MAX)
                continue;
            add(text, "%s %s", named > 1 ? ";" : "", bet->name);
            if (count > 1)
                add(text, " of %s", results[i].name);
            add(text, ": %s", number_percent(bet->edge, 3, number));
            add(text, " instead of %s", number_percent(bet->exact, 3, number));
            add(text, " (z = %s)", number_signed(bet->z, 2, number));
        }
    if (named > NAMED_MAX)
        add(text, "; and %zu more", named - NAMED_MAX);
    if (named == 0)
        add(text, " a strategy was found unsound");
}

char *finding_check(const struct result *results, size_t count, char text[static FINDING_SIZE])
{
    size_t checks[RESULT_CHECK_NONE + 1] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < results[i].bets_count; k++)
            checks[results[i].bets[k].check]++;
    const size_t compared = checks[RESULT_CHECK_AGREES] + checks[RESULT_CHECK_DISAGREES];
    text[0] = '\0';
    if (!finding_sound(results, count)) {
        add(text, "SELF CHECK FAILED: do not trust this simulation. More than 4 standard errors "
                  "from the exact edge:");
        add_disagreeing(text, results, count);
        add(text, ". This is a fault of the program, or chance: 1 in 16,000 for a bet.");
        return text;
    }
    if (compared == 0) {
        add(text,
            "Self check: no bet was decided often enough to be compared with its exact edge.");
        return text;
    }
    if (compared == 1)
        add(text, "Self check passed: the actual edge is within 4 standard errors of the exact one "
                  "(1 bet");
    else
        add(text,
            "Self check passed: each actual edge is within 4 standard errors of the exact "
            "one (%zu bets",
            compared);
    if (checks[RESULT_CHECK_FEW] > 0)
        add(text, ", %zu decided too seldom", checks[RESULT_CHECK_FEW]);
    if (checks[RESULT_CHECK_NONE] > 0)
        add(text, ", %zu without one edge", checks[RESULT_CHECK_NONE]);
    add(text, ").");
    return text;
}

char *finding_outcome(const struct result *result, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    const struct result_spread *won = &result->winnings;
    text[0] = '\0';
    if (won->count == 0) {
        add(text, "No session was played to its end.");
        return text;
    }
    const unsigned decimals = finding_decimals(won->mean_error);
    if (fabs(won->mean) < 2 * won->mean_error || won->mean == 0)
        add(text, "About even: %s chips a session on average",
            number_signed(won->mean, decimals, number));
    else
        add(text, "A session %s %s chips on average", won->mean < 0 ? "loses" : "wins",
            number_decimal(fabs(won->mean), decimals, number));
    if (won->count > 1 && isfinite(won->mean_error))
        add(text, " (standard error %s)", number_decimal(won->mean_error, decimals, number));
    if (result->handle > 0) {
        add(text, ": %s of the", number_percent(fabs(result->edge), 2, number));
        add(text, " %s chips that it bets",
            number_decimal((double)result->handle / (double)won->count, 0, number));
    }
    add(text, ".");
    return text;
}

char *finding_ruin(const struct result *result, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    text[0] = '\0';
    if (result->sessions == 0)
        return text;
    if (result->bust_count == 0) {
        add(text, "No session went bust");
        /* The rule of three: 0 of n leaves up to 3/n with 95 % confidence. */
        if (result->sessions >= 30)
            add(text, " (so fewer than %s would, with 95 %% confidence)",
                number_percent(3.0 / (double)result->sessions, 3, number));
        add(text, ".");
        return text;
    }
    add(text, "%s of sessions", number_percent(result->bust, 2, number));
    add(text, " (%s) went bust", number_count(result->bust_count, number));
    if (result->bust_rolls.count > 0) {
        add(text, ", after %s rolls on average",
            number_decimal(result->bust_rolls.mean, 1, number));
        add(text, " and %s in the middle",
            number_whole(result->bust_rolls.at[RESULT_MEDIAN], number));
    }
    add(text, ".");
    return text;
}

char *finding_needed(const struct result *result, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    text[0] = '\0';
    if (result->sessions == 0)
        return text;
    if (result->needed_95 > 0)
        add(text, "95 %% of these sessions would have survived with %s chips",
            number_whole(result->needed_95, number));
    else
        add(text, "For 95 %% of sessions to survive, more than this bankroll is needed");
    if (result->needed_99 > 0)
        add(text, "%s %s", result->needed_95 > 0 ? ", 99 % with" : "; for 99 %:",
            number_whole(result->needed_99, number));
    else if (result->needed_95 > 0)
        add(text, "; for 99 %% more than this bankroll is needed");
    add(text, ".");
    return text;
}

char *finding_stops(const struct result *result, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    const struct {
        uint64_t count;
        const char *why;
    } stops[] = {{result->goal_count, "at the win goal"},
                 {result->limit_count, "at the loss limit"},
                 {result->quit_count, "because the strategy said so"}};
    bool first = true;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        if (stops[i].count == 0 || result->sessions == 0)
            continue;
        add(text, "%s%s", first ? "Stopped early: " : ", ",
            number_percent((double)stops[i].count / (double)result->sessions, 1, number));
        add(text, " %s", stops[i].why);
        first = false;
    }
    if (!first)
        add(text, ".");
    return text;
}

/* How unusual a probability is, in words. */
static const char *judgement(double p)
{
    if (p < 0.0001)
        return "fair dice hardly ever do so";
    if (p < 0.01)
        return "unusual, but fair dice do so now and then";
    if (p > 0.9999)
        return "closer to the expected than fair dice come by chance";
    return "as fair dice do";
}

char *finding_dice(const struct result_dice *dice, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    text[0] = '\0';
    if (dice->rolls == 0) {
        add(text, "No dice were thrown.");
        return text;
    }
    /* The usual condition of the approximation: five expected in each of the 36 cells. */
    if (dice->rolls < 180) {
        add(text, "Too few rolls (%s) for a chi-square.", number_count(dice->rolls, number));
        return text;
    }
    add(text, "36 outcomes: chi-square %s", number_decimal(dice->chi_square_outcomes, 1, number));
    add(text, " with 35 degrees of freedom, p = %s,", number_decimal(dice->p_outcomes, 4, number));
    add(text, " %s. Totals:", judgement(dice->p_outcomes));
    add(text, " chi-square %s", number_decimal(dice->chi_square_totals, 1, number));
    add(text, " with 10, p = %s,", number_decimal(dice->p_totals, 4, number));
    add(text, " %s.", judgement(dice->p_totals));
    return text;
}

char *finding_steps(const struct result *result, char text[static FINDING_SIZE])
{
    char number[NUMBER_SIZE];
    const chips width =
        result->final.width > result->drawdown.width ? result->final.width : result->drawdown.width;
    text[0] = '\0';
    if (width > 1)
        add(text, "Percentiles are lower ends of steps of up to %s chips.",
            number_whole(width, number));
    return text;
}
