/* SPDX-License-Identifier: MIT */
/* The rules card of a house: a preset's, or that of a table the daemon knows. */
#include "config.h"

#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"
#include "craps/house.h"
#include "craps/sign.h"

#include <bitcraps/craps.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_COLUMN 22 /* Where what a bet pays begins. */

static const char *const classes[CRAPS_LIMIT_COUNT] = {
    [CRAPS_LIMIT_LINE] = "line", [CRAPS_LIMIT_ODDS] = "odds",
    [CRAPS_LIMIT_BOX] = "box",   [CRAPS_LIMIT_FIELD] = "field",
    [CRAPS_LIMIT_HAND] = "hand", [CRAPS_LIMIT_PROPOSITION] = "propositions",
};

static const char *const headings[CRAPS_LIMIT_COUNT] = {
    [CRAPS_LIMIT_LINE] = "LINE BETS",      [CRAPS_LIMIT_ODDS] = "ODDS",
    [CRAPS_LIMIT_BOX] = "BOX NUMBERS",     [CRAPS_LIMIT_FIELD] = "FIELD",
    [CRAPS_LIMIT_HAND] = "BETS ON A HAND", [CRAPS_LIMIT_PROPOSITION] = "PROPOSITIONS",
};

static struct bytes view_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* ---- Which house -----------------------------------------------------------------------------
 */

/* Sets "name=value" after "name=value", with a blank between. */
static bool set_all(struct craps_rules *rules, const char *words,
                    char sentence[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    for (const char *at = words + strspn(words, " "); *at != '\0'; at += strspn(at, " ")) {
        const size_t size = strcspn(at, " ");
        if (!craps_house_set_pair(rules, (struct bytes){(const uint8_t *)at, size}, sentence))
            return false;
        at += size;
    }
    return true;
}

static enum command_exit table_rules(struct invocation *invocation, const char *table,
                                     struct craps_rules *rules)
{
    json_t *show;
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    const enum command_exit code =
        command_call(invocation, "table.show", tables_params(invocation, table), &show);
    if (code != COMMAND_DONE)
        return code;
    const bool known = craps_house_preset(rules, view_of(speech_text(show, "preset")), sentence) &&
                       set_all(rules, speech_text(show, "house"), sentence);
    json_decref(show);
    return known ? COMMAND_DONE
                 : command_fail(COMMAND_FAILED,
                                "the daemon tells of rules that this program does not know: use "
                                "the same version of both");
}

/* The rules of a table of that name; what is said when there is none knows of houses too. */
static enum command_exit named_rules(struct invocation *invocation, const char *name,
                                     struct craps_rules *rules)
{
    char presets[128], sentence[320];
    size_t used = 0;
    for (size_t i = 0; craps_preset_at(i) != NULL && used < sizeof presets; i++)
        used += (size_t)snprintf(presets + used, sizeof presets - used, "%s%s", i > 0 ? ", " : "",
                                 craps_preset_at(i)->name);
    const int opened = client_open(invocation->state_directory, &invocation->client);
    invocation->connected = opened == 0;
    if (opened < 0 && opened != -EACCES && opened != -EPERM)
        return command_fail(COMMAND_NO_DAEMON,
                            "no house is called '%s' (%s are), and no daemon that may know such a "
                            "table answers at %s/control.sock",
                            name, presets, invocation->state_directory);
    snprintf(sentence, sizeof sentence,
             "no house is called '%.80s' (%s are), and no table: see 'bitcraps table list'", name,
             presets);
    invocation->not_found = sentence;
    const enum command_exit code = table_rules(invocation, name, rules);
    invocation->not_found = NULL;
    return code;
}

/* The house that is meant: by --preset, or by an argument which may be a preset or a table. */
static enum command_exit find_house(struct invocation *invocation, struct craps_rules *rules)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    const char *argument = command_argument(invocation, 0);
    const char *table = command_option(invocation, "table");
    const char *preset = command_option(invocation, "preset");
    if (preset != NULL && (argument != NULL || table != NULL))
        return command_fail(COMMAND_USAGE, "'%s' and --preset name two houses: name one",
                            argument != NULL ? argument : table);
    if (preset != NULL)
        return craps_house_preset(rules, view_of(preset), sentence)
                   ? COMMAND_DONE
                   : command_fail(COMMAND_USAGE, "%s", sentence);
    if (argument != NULL && craps_preset_find(view_of(argument)) != NULL) {
        *rules = craps_preset_find(view_of(argument))->rules();
        return COMMAND_DONE;
    }
    if (argument != NULL)
        return named_rules(invocation, argument, rules);
    if (table != NULL)
        return table_rules(invocation, NULL, rules);
    *rules = craps_rules_casino();
    return COMMAND_DONE;
}

/* The same with what --house changes. */
static enum command_exit find_rules(struct invocation *invocation, struct craps_rules *rules)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    const enum command_exit code = find_house(invocation, rules);
    for (int i = 0; i < invocation->repeated_count && code == COMMAND_DONE; i++) {
        if (!craps_house_set_pair(rules, view_of(invocation->repeated[i]), sentence))
            return command_fail(COMMAND_USAGE, "%s", sentence);
    }
    return code;
}

/* ---- As text ---------------------------------------------------------------------------------
 */

static void print_bet(const struct craps_sign *sign)
{
    char words[2 * CRAPS_SIGN_SIZE + 4];
    snprintf(words, sizeof words, "%s%s%s", sign->pays, sign->facts[0] != '\0' ? "; " : "",
             sign->facts);
    printf("  %-*s", NAME_COLUMN - 2, sign->name);
    speech_print_wrapped(words, NAME_COLUMN);
}

static void print_class(const struct craps_rules *rules, unsigned class)
{
    struct craps_sign sign;
    bool headed = false;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (!craps_sign(rules, kind, &sign) || sign.limit != class)
            continue;
        if (!headed)
            printf("\n%s, %lld to %lld chips\n", headings[class],
                   (long long)rules->limits[class].min, (long long)rules->limits[class].max);
        headed = true;
        print_bet(&sign);
    }
}

static void print_house(const struct craps_rules *rules)
{
    char text[CRAPS_HOUSE_TEXT_SIZE];
    const struct craps_preset *preset = craps_house_nearest(rules);
    const struct craps_rules from = preset->rules();
    printf("%s: %s\n", preset->name, preset->description);
    if (craps_house_differences(rules, &from, text) > 0) {
        printf("But: ");
        speech_print_wrapped(text, 5);
    }
}

static void print_card(const struct craps_rules *rules)
{
    char odds[CRAPS_SIGN_SIZE], words[2 * CRAPS_SIGN_SIZE];
    print_house(rules);
    putchar('\n');
    craps_sign_odds(rules, odds);
    snprintf(words, sizeof words, "Odds are taken up to %s; laid, up to what wins that.%s", odds,
             rules->odds_within_max == 1 ? " With their bet they stay within its maximum." : "");
    speech_print_wrapped(words, 0);
    craps_sign_vig(rules, words);
    speech_print_wrapped(words, 0);
    speech_print_wrapped(rules->breakage == CRAPS_BREAKAGE_REFUSE
                             ? "Stakes that cannot be paid exactly are refused."
                             : "What cannot be paid exactly is paid less the fraction of a chip.",
                         0);
    for (unsigned class = 0; class < CRAPS_LIMIT_COUNT; class ++)
        print_class(rules, class);
}

static void print_presets(void)
{
    const char *name, *description;
    printf("\nHouses to choose from, as 'bitcraps rules NAME' or 'table new --preset NAME':\n");
    for (size_t i = 0; (name = bitcraps_preset(i, &description)) != NULL; i++) {
        printf("  %-*s", NAME_COLUMN - 2, name);
        speech_print_wrapped(description, NAME_COLUMN);
    }
    printf("'bitcraps rules --settings' lists what --house can change.\n");
}

static void print_settings(const struct craps_rules *rules)
{
    const char *name, *form, *summary;
    for (size_t i = 0; (name = bitcraps_setting(i, &form, &summary)) != NULL; i++) {
        char value[CRAPS_HOUSE_VALUE_SIZE], words[512];
        craps_house_value(rules, i, value);
        printf("%s=%s\n    ", name, value);
        snprintf(words, sizeof words, "%s: %s", summary, form);
        speech_print_wrapped(words, 4);
    }
}

/* ---- As JSON ---------------------------------------------------------------------------------
 */

static json_t *facts_json(const char *facts)
{
    json_t *array = json_array();
    for (const char *at = facts; *at != '\0';) {
        const char *end = strstr(at, "; ");
        const size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        json_array_append_new(array, json_stringn(at, size));
        at += size + (end != NULL ? 2 : 0);
    }
    return array;
}

static json_t *bets_json(const struct craps_rules *rules)
{
    json_t *bets = json_array();
    struct craps_sign sign;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (craps_sign(rules, kind, &sign))
            json_array_append_new(bets,
                                  json_pack("{s:s, s:s, s:I, s:I, s:s, s:o}", "bet", sign.name,
                                            "class", classes[sign.limit], "minimum",
                                            (json_int_t)rules->limits[sign.limit].min, "maximum",
                                            (json_int_t)rules->limits[sign.limit].max, "pays",
                                            sign.pays, "facts", facts_json(sign.facts)));
    }
    return bets;
}

static json_t *settings_json(const struct craps_rules *rules)
{
    json_t *settings = json_object();
    for (size_t i = 0; craps_house_at(i) != NULL; i++) {
        char value[CRAPS_HOUSE_VALUE_SIZE];
        craps_house_value(rules, i, value);
        json_object_set_new(settings, craps_house_at(i)->name, json_string(value));
    }
    return settings;
}

static json_t *presets_json(void)
{
    json_t *presets = json_array();
    const char *name, *description;
    for (size_t i = 0; (name = bitcraps_preset(i, &description)) != NULL; i++)
        json_array_append_new(presets,
                              json_pack("{s:s, s:s}", "preset", name, "description", description));
    return presets;
}

static void print_json(const struct craps_rules *rules)
{
    char differences[CRAPS_HOUSE_TEXT_SIZE];
    const struct craps_preset *preset = craps_house_nearest(rules);
    const struct craps_rules from = preset->rules();
    craps_house_differences(rules, &from, differences);
    json_t *card =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "schema", "bitcraps.rules/1", "preset",
                  preset->name, "house", differences, "settings", settings_json(rules), "bets",
                  bets_json(rules), "presets", presets_json());
    command_print_json(card);
    json_decref(card);
}

enum command_exit command_rules(struct invocation *invocation)
{
    struct craps_rules rules;
    const enum command_exit code = find_rules(invocation, &rules);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json) {
        print_json(&rules);
    } else if (command_option(invocation, "settings") != NULL) {
        print_settings(&rules);
    } else {
        print_card(&rules);
        if (command_argument(invocation, 0) == NULL && command_option(invocation, "table") == NULL)
            print_presets();
    }
    return COMMAND_DONE;
}
