/* SPDX-License-Identifier: MIT */
/* A result as a tree of JSON, and the leaves of that tree as lines. */
#include "simulate/document.h"

#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static json_t *whole(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* What is meant by 0: nothing. */
static json_t *whole_or_null(chips value)
{
    return value == 0 ? json_null() : json_integer(value);
}

/* Somebody's text: what is no UTF-8 is no JSON either, and loses all that is not ASCII. */
static json_t *words(const char *text)
{
    json_t *out = json_string(text);
    char *copy = out ? NULL : strdup(text);
    for (char *at = copy; at && *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    if (copy)
        out = json_string(copy);
    free(copy);
    return out;
}

static json_t *percentiles(const chips at[static RESULT_PERCENTILES])
{
    json_t *out = json_object();
    for (size_t i = 0; i < RESULT_PERCENTILES; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%u", RESULT_PERCENTILE[i]);
        json_object_set_new(out, name, json_integer(at[i]));
    }
    return out;
}

static json_t *spread(const struct result_spread *spread)
{
    if (spread->count == 0)
        return json_null();
    return json_pack("{s:o, s:f, s:f, s:f, s:I, s:I, s:I, s:o}", "count", whole(spread->count),
                     "mean", spread->mean, "standard_error", spread->mean_error,
                     "standard_deviation", spread->deviation, "least", (json_int_t)spread->least,
                     "most", (json_int_t)spread->most, "percentile_width",
                     (json_int_t)spread->width, "percentiles", percentiles(spread->at));
}

static json_t *points(const struct result *result)
{
    json_t *out = json_array();
    for (size_t i = 0; i < result->points_count; i++) {
        const struct result_point *point = &result->points[i];
        json_array_append_new(out, json_pack("{s:o, s:f, s:f, s:o}", "roll", whole(point->roll),
                                             "mean", point->mean, "alive", point->alive,
                                             "percentiles", percentiles(point->at)));
    }
    return out;
}

static json_t *paths(const struct result *result)
{
    json_t *out = json_array();
    for (size_t i = 0; i < result->paths_count; i++) {
        json_t *bankroll = json_array();
        for (size_t j = 0; j < result->points_count; j++)
            json_array_append_new(bankroll, json_integer(result->paths[i].bankroll[j]));
        json_array_append_new(out,
                              json_pack("{s:o, s:o}", "session", whole(result->paths[i].session),
                                        "bankroll", bankroll));
    }
    return out;
}

static json_t *histogram(const struct result_histogram *histogram)
{
    json_t *bars = json_array();
    for (size_t i = 0; i < histogram->count; i++)
        json_array_append_new(bars,
                              json_pack("{s:I, s:o}", "from", (json_int_t)histogram->bars[i].from,
                                        "count", whole(histogram->bars[i].count)));
    return json_pack("{s:I, s:o}", "width", (json_int_t)histogram->width, "bars", bars);
}

static const char *check_name(enum result_check check)
{
    switch (check) {
    case RESULT_CHECK_AGREES:
        return "agrees";
    case RESULT_CHECK_DISAGREES:
        return "disagrees";
    case RESULT_CHECK_FEW:
        return "few";
    case RESULT_CHECK_NONE:
        return "none";
    }
    return "none";
}

static json_t *bet(const struct result_bet *bet)
{
    const bool decided = bet->decided > 0;
    const bool known = bet->check != RESULT_CHECK_NONE;
    json_t *out = json_pack(
        "{s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:s}", "bet", bet->name, "placed",
        whole(bet->placed), "placed_chips", (json_int_t)bet->placed_chips, "decided",
        whole(bet->decided), "won", whole(bet->won), "lost", whole(bet->lost), "pushed",
        whole(bet->pushed), "returned", whole(bet->returned), "handle", (json_int_t)bet->handle,
        "vig", (json_int_t)bet->vig, "net", (json_int_t)bet->net, "check", check_name(bet->check));
    json_object_set_new(out, "edge", decided ? json_real(bet->edge) : json_null());
    json_object_set_new(out, "edge_error", decided ? json_real(bet->edge_error) : json_null());
    json_object_set_new(out, "variance", decided ? json_real(bet->variance) : json_null());
    json_object_set_new(out, "exact_edge", known ? json_real(bet->exact) : json_null());
    json_object_set_new(out, "exact_fraction",
                        known && *bet->exact_text ? json_string(bet->exact_text) : json_null());
    json_object_set_new(out, "z", known && decided ? json_real(bet->z) : json_null());
    return out;
}

static json_t *bets(const struct result *result)
{
    json_t *out = json_array();
    for (size_t i = 0; i < result->bets_count; i++)
        json_array_append_new(out, bet(&result->bets[i]));
    return out;
}

static json_t *dice(const struct result_dice *dice)
{
    json_t *outcomes = json_array();
    json_t *totals = json_object();
    for (unsigned first = 0; first < 6; first++) {
        json_t *row = json_array();
        for (unsigned second = 0; second < 6; second++)
            json_array_append_new(row, whole(dice->outcomes[first][second]));
        json_array_append_new(outcomes, row);
    }
    for (unsigned total = 2; total <= 12; total++) {
        char name[4];
        snprintf(name, sizeof name, "%u", total);
        json_object_set_new(totals, name, whole(dice->totals[total]));
    }
    return json_pack("{s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:f}",
                     "rolls", whole(dice->rolls), "outcomes", outcomes, "totals", totals,
                     "chi_square_outcomes", dice->chi_square_outcomes, "p_outcomes",
                     dice->p_outcomes, "chi_square_totals", dice->chi_square_totals, "p_totals",
                     dice->p_totals, "hands", whole(dice->hands), "hand_rolls",
                     whole(dice->hand_rolls), "longest_hand", whole(dice->longest_hand),
                     "points_set", whole(dice->points_set), "points_made", whole(dice->points_made),
                     "rolls_per_hand", dice->rolls_per_hand, "points_made_per_hand",
                     dice->points_made_per_hand, "seven_out_rate", dice->seven_out_rate);
}

static json_t *ruin(const struct result *result)
{
    return json_pack("{s:f, s:o, s:o, s:f, s:o, s:o, s:o, s:o, s:o}", "bust", result->bust,
                     "bust_count", whole(result->bust_count), "bust_rolls",
                     spread(&result->bust_rolls), "doubled", result->doubled, "doubled_count",
                     whole(result->doubled_count), "needed_95", whole_or_null(result->needed_95),
                     "needed_99", whole_or_null(result->needed_99), "drawdown",
                     spread(&result->drawdown), "peak", spread(&result->peak));
}

static json_t *action(const struct result *result)
{
    return json_pack(
        "{s:o, s:o, s:f, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:f, s:f, s:f, s:f, s:b, s:o}", "rolls",
        whole(result->rolls), "session_rolls", spread(&result->session_rolls), "rolls_per_hand",
        result->dice.rolls_per_hand, "handle", (json_int_t)result->handle, "placed_chips",
        (json_int_t)result->placed_chips, "vig", (json_int_t)result->vig, "bet_per_roll",
        result->bet_per_roll, "at_risk_mean", result->risk_mean, "at_risk_most",
        (json_int_t)result->risk_most, "decisions", whole(result->decisions), "rolls_per_decision",
        result->rolls_per_decision, "edge", result->edge, "edge_error", result->edge_error,
        "exact_edge", result->exact_edge, "exact_edge_complete", (int)result->exact_complete,
        "skipped", whole(result->skipped));
}

static json_t *strategy(const struct result *result)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:o}",
        "name", words(result->name), "description", words(result->description), "text",
        words(result->text), "sessions", whole(result->sessions), "sound", (int)result->sound,
        "final", spread(&result->final), "winnings", spread(&result->winnings), "winnings_per_roll",
        result->winnings_per_roll, "winnings_per_hour", result->winnings_per_hour, "ahead",
        result->ahead, "even", result->even, "behind", result->behind, "stopped_at_goal",
        whole(result->goal_count), "stopped_at_limit", whole(result->limit_count),
        "stopped_by_strategy", whole(result->quit_count), "ruin", ruin(result), "action",
        action(result), "bets", bets(result), "dice", dice(&result->dice), "points", points(result),
        "paths", paths(result), "histogram", histogram(&result->histogram));
}

static json_t *setting(const struct result_setting *setting)
{
    const char *horizon = setting->horizon == RESULT_HORIZON_ROLLS ? "rolls" : "shooters";
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "preset", setting->preset,
        "house", setting->house, "card", setting->card, "bankroll", (json_int_t)setting->bankroll,
        "unit", (json_int_t)setting->unit, "seed", whole(setting->seed), "sessions",
        whole(setting->sessions), "horizon", horizon, "length", whole(setting->length), "hours",
        setting->hours > 0 ? json_real(setting->hours) : json_null(), "win_goal",
        whole_or_null(setting->win_goal), "loss_limit", whole_or_null(setting->loss_limit));
}

json_t *document_json(const struct result *results, size_t count)
{
    const struct result_setting *shared = results[0].setting;
    bool sound = true;
    json_t *strategies = json_array();
    for (size_t i = 0; i < count; i++) {
        sound = sound && results[i].sound;
        if (json_array_append_new(strategies, strategy(&results[i])) < 0) {
            json_decref(strategies);
            return NULL;
        }
    }
    json_t *timing = json_pack("{s:I, s:I, s:f, s:f}", "jobs", (json_int_t)shared->jobs, "cores",
                               (json_int_t)shared->cores, "seconds", shared->seconds,
                               "rolls_per_second", shared->rolls_per_second);
    return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o, s:o}", "schema", "bitcraps.simulate/1",
                     "setting", setting(shared), "interrupted", (int)shared->interrupted, "sound",
                     (int)sound, "rolls", whole(shared->rolls), "strategies", strategies, "timing",
                     timing);
}

/* ---- Lines ---- */

#define PATH_SIZE 256

/* A field: in quotes, with those within doubled, when it needs them. */
static void write_field(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void write_leaf(FILE *out, const char *name, const char *path, const json_t *value)
{
    char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    write_field(out, name);
    putc(',', out);
    write_field(out, path);
    putc(',', out);
    if (json_is_string(value))
        write_field(out, json_string_value(value));
    else if (number && !json_is_null(value))
        fputs(number, out);
    fputs("\r\n", out);
    free(number);
}

/* The words for an item of a list. */
static void name_item(const json_t *item, size_t index, char *name, size_t size)
{
    const char *bet_name = json_string_value(json_object_get(item, "bet"));
    if (bet_name)
        snprintf(name, size, "%s", bet_name);
    else
        snprintf(name, size, "%zu", index);
}

/* Writes all leaves of a value. Values are as deep as document_json() makes them. */
static void write_leaves(FILE *out, const char *name, const char *path, json_t *value)
{
    const char *dot = *path != '\0' ? "." : "";
    char longer[PATH_SIZE];
    if (json_is_object(value)) {
        const char *key;
        json_t *part;
        json_object_foreach(value, key, part)
        {
            if (*path == '\0' && strcmp(key, "text") == 0)
                continue;
            snprintf(longer, sizeof longer, "%s%s%s", path, dot, key);
            write_leaves(out, name, longer, part);
        }
    } else if (json_is_array(value)) {
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item)
        {
            char word[CRAPS_BET_NAME_SIZE];
            name_item(item, index, word, sizeof word);
            snprintf(longer, sizeof longer, "%s%s%s", path, dot, word);
            write_leaves(out, name, longer, item);
        }
    } else {
        write_leaf(out, name, path, value);
    }
}

bool document_csv(FILE *out, const struct result *results, size_t count)
{
    fputs("strategy,quantity,value\r\n", out);
    for (size_t i = 0; i < count; i++) {
        json_t *value = strategy(&results[i]);
        if (!value)
            return false;
        write_leaves(out, results[i].name, "", value);
        json_decref(value);
    }
    return true;
}
