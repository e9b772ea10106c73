/* SPDX-License-Identifier: MIT */
/* What each bet of a house is worth, exactly; needs no daemon. */
#include "config.h"

#include "base/check.h"
#include "command/command.h"
#include "craps/dealer.h"
#include "craps/house.h"
#include "odds/key.h"
#include "odds/odds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE      48
#define PAYS_SIZE      256
#define NAME_COLUMN    21
#define PAYS_COLUMN    16
#define ROW_SIZE       96
#define FRACTION_SHORT 48 /* Longer fractions are left to --json. */

/* What is asked. */
struct question {
    const char *preset;
    struct craps_rules rules;
    char house[CRAPS_HOUSE_TEXT_SIZE]; /* What --house changed. */
    char fault[ODDS_SENTENCE_SIZE];    /* Why no table can be opened by it; "" if one can. */
    bool some;                         /* Only of one bet, or of one kind if it has no number. */
    struct craps_bet bet;
    chips stake; /* 0: without rounding. */
};

static struct bytes view_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* ---- What is asked ----------------------------------------------------------------------------
 */

static bool read_house(const struct invocation *invocation, struct question *question)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    const char *name = command_option(invocation, "preset");
    question->preset = name ? name : "casino";
    question->rules = craps_rules_casino();
    bool good = craps_house_preset(&question->rules, view_of(question->preset), sentence);
    const struct craps_rules preset = question->rules;
    for (int i = 0; i < invocation->repeated_count && good; i++)
        good = craps_house_set_pair(&question->rules, view_of(invocation->repeated[i]), sentence);
    if (!good) {
        command_fail(COMMAND_USAGE, "%s", sentence);
        return false;
    }
    const bool other = craps_house_differences(&question->rules, &preset, question->house) > 0;
    if (other && !odds_fault(&question->rules, question->fault)) /* No preset has one. */
        question->fault[0] = '\0';
    return true;
}

/* Says what such words come nearest to. */
static enum command_exit no_such_bet(const struct invocation *invocation, char *words)
{
    char near[CRAPS_BET_NAME_SIZE];
    struct craps_bet bet;
    const char *last = command_argument(invocation, invocation->count - 1);
    const size_t rest = strlen(words) - strlen(last);
    const bool number = *last != '\0' && last[strspn(last, "0123456789")] == '\0';
    if (number && rest > 0 &&
        craps_bet_parse((struct bytes){(const uint8_t *)words, rest - 1}, &bet))
        return command_fail(COMMAND_USAGE,
                            "there is no bet '%s': if %s are its chips, write 'bitcraps odds %.*s "
                            "--stake %s'",
                            words, last, (int)(rest - 1), words, last);
    if (craps_dealer_guess(view_of(words), near) && strcmp(near, words) != 0)
        return command_fail(COMMAND_USAGE, "there is no bet '%s': did you mean '%s'?", words, near);
    return command_fail(
        COMMAND_USAGE,
        "there is no bet '%s': 'bitcraps odds' lists all, as 'place 6' or 'pass odds 4'", words);
}

/* The bet, from all arguments: "place 6". */
static bool read_bet(const struct invocation *invocation, struct question *question)
{
    char words[128] = "";
    question->some = invocation->count > 0;
    for (int i = 0; i < invocation->count; i++) {
        const size_t used = strlen(words);
        snprintf(words + used, sizeof words - used, "%s%s", i > 0 ? " " : "",
                 command_argument(invocation, i));
    }
    if (!question->some ||
        (craps_bet_parse(view_of(words), &question->bet) && question->bet.kind != CRAPS_ODDS))
        return true;
    no_such_bet(invocation, words);
    return false;
}

static bool read_stake(const struct invocation *invocation, struct question *question)
{
    json_int_t stake = 0;
    const char *text = command_option(invocation, "stake");
    if (text && !command_number(text, "--stake", 1, &stake))
        return false;
    if (stake > CRAPS_STAKE_MAX || (text && !question->some)) {
        command_fail(COMMAND_USAGE,
                     stake > CRAPS_STAKE_MAX
                         ? "--stake is more than any bet can have"
                         : "--stake is that of one bet: name it, as in 'bitcraps odds buy 4'");
        return false;
    }
    question->stake = stake;
    return true;
}

static bool is_asked(const struct question *question, uint32_t spot)
{
    const struct craps_bet bet = craps_bet_at(spot);
    return !question->some || (bet.kind == question->bet.kind &&
                               (question->bet.number == 0 || bet.number == question->bet.number));
}

/* ---- Words ------------------------------------------------------------------------------------
 */

static void write_name(struct odds_wager wager, char name[static NAME_SIZE])
{
    char bet[CRAPS_BET_NAME_SIZE];
    craps_bet_name(craps_bet_at(wager.spot), bet);
    snprintf(name, NAME_SIZE, "%s%s", bet, wager.backed ? " with odds" : "");
}

/* The different pays, the lowest first, before any vig: "7:6", "1:1, 2:1, 3:1". */
static void write_pays(const struct odds *odds, const char *between, char pays[static PAYS_SIZE])
{
    size_t used = 0;
    const char *last = "";
    if (odds->wager.backed) {
        snprintf(pays, PAYS_SIZE, "1:1 + odds");
        return;
    }
    pays[0] = '\0';
    for (unsigned i = 0; i < odds->outcomes_count; i++) {
        const struct odds_outcome *outcome = &odds->outcomes[i];
        char pay[64];
        if (mpq_sgn(outcome->profit) <= 0)
            continue;
        gmp_snprintf(pay, sizeof pay, "%Zd:%Zd", mpq_numref(outcome->profit),
                     mpq_denref(outcome->profit));
        if (strcmp(pay, last) == 0)
            continue;
        last = pays + used + (used > 0 ? strlen(between) : 0);
        used +=
            (size_t)snprintf(pays + used, PAYS_SIZE - used, "%s%s", used > 0 ? between : "", pay);
        if (used >= PAYS_SIZE)
            break;
    }
}

/* The same in a column: the lowest and the highest where there are too many. */
static void write_pays_short(const struct odds *odds, char pays[static PAYS_SIZE])
{
    write_pays(odds, " ", pays);
    if (strlen(pays) <= PAYS_COLUMN)
        return;
    char both[PAYS_SIZE];
    snprintf(both, sizeof both, "%.*s-%s", (int)strcspn(pays, " "), pays, strrchr(pays, ' ') + 1);
    memcpy(pays, both, sizeof both);
}

static double percent(const mpq_t value)
{
    return 100 * mpq_get_d(value);
}

/* "= 7/495" where it can be read. */
static void print_fraction(const mpq_t value)
{
    char text[FRACTION_SHORT];
    if (gmp_snprintf(text, sizeof text, "%Qd", value) < FRACTION_SHORT)
        printf(" = %s", text);
    putchar('\n');
}

/* ---- As text ----------------------------------------------------------------------------------
 */

/* A line of the table: bets of one kind that are worth the same. */
struct row {
    struct odds_wager wager; /* The first of them. */
    unsigned count;
    char numbers[NAME_SIZE]; /* Of the others, with a blank before each; cut if too long. */
    char columns[ROW_SIZE];  /* All but the name. */
};

struct table {
    struct row rows[ODDS_WAGERS_MAX];
    size_t count;
};

static void write_columns(const struct odds *odds, char columns[static ROW_SIZE])
{
    char pays[PAYS_SIZE];
    write_pays_short(odds, pays);
    const int length =
        snprintf(columns, ROW_SIZE, "%-*s %6.2f %6.2f %5.2f %7.3f %7.3f %6.2f", PAYS_COLUMN, pays,
                 percent(odds->win), percent(odds->lose), percent(odds->push), percent(odds->edge),
                 percent(odds->edge_per_roll), odds->deviation);
    CHECK(length > 0 && length < ROW_SIZE);
}

static void add_row(struct table *table, const struct odds *odds)
{
    char columns[ROW_SIZE], name[CRAPS_BET_NAME_SIZE];
    const struct craps_bet bet = craps_bet_at(odds->wager.spot);
    write_columns(odds, columns);
    for (size_t i = 0; i < table->count; i++) {
        struct row *row = &table->rows[i];
        if (craps_bet_at(row->wager.spot).kind != bet.kind ||
            row->wager.backed != odds->wager.backed || strcmp(row->columns, columns) != 0)
            continue;
        craps_bet_name(bet, name);
        const size_t used = strlen(row->numbers);
        snprintf(row->numbers + used, sizeof row->numbers - used, "%s", strrchr(name, ' '));
        row->count++;
        return;
    }
    struct row *row = &table->rows[table->count++];
    *row = (struct row){.wager = odds->wager, .count = 1};
    memcpy(row->columns, columns, sizeof columns);
}

static void print_row(const struct row *row)
{
    char bet[CRAPS_BET_NAME_SIZE], name[2 * NAME_SIZE + 32];
    const char *odds = row->wager.backed ? " with odds" : "";
    craps_bet_name(craps_bet_at(row->wager.spot), bet);
    snprintf(name, sizeof name, "%s%s%s", bet, row->numbers, odds);
    if (strlen(name) > NAME_COLUMN)
        snprintf(name, sizeof name, "%s%s and %u more", bet, odds, row->count - 1);
    printf("%-*s %s\n", NAME_COLUMN, name, row->columns);
}

static void print_percent(const char *what, const mpq_t value)
{
    printf("  %-22s %10.5f %%", what, percent(value));
    print_fraction(value);
}

static void print_number(const char *what, const mpq_t value)
{
    printf("  %-22s %10.5f  ", what, mpq_get_d(value));
    print_fraction(value);
}

/* One bet with all that is known of it. */
static void print_whole(const struct odds *odds)
{
    char name[NAME_SIZE], pays[PAYS_SIZE];
    write_name(odds->wager, name);
    write_pays(odds, ", ", pays);
    printf("%s, %lld chip%s: pays %s\n", name, (long long)odds->stake, odds->stake == 1 ? "" : "s",
           pays);
    print_percent("wins", odds->win);
    print_percent("loses", odds->lose);
    if (mpq_sgn(odds->push) > 0)
        print_percent("pushes", odds->push);
    print_percent("edge", odds->edge);
    if (mpq_sgn(odds->push) > 0)
        print_percent("edge without pushes", odds->resolved);
    print_percent("edge per roll", odds->edge_per_roll);
    print_number("rolls to a decision", odds->rolls);
    print_number("risked, in stakes", odds->risked);
    printf("  %-22s %10.5f\n", "standard deviation", odds->deviation);
}

/* Before all figures: that they are those of a house which nobody can play at. */
static void print_fault(const struct question *question)
{
    if (question->fault[0] != '\0')
        printf("No table can be opened by these rules: %s.\n\n", question->fault);
}

static void print_heading(const struct question *question)
{
    print_fault(question);
    printf("%s%s%s\n\n", question->preset, question->house[0] != '\0' ? " with " : "",
           question->house);
    printf("%-*s %-*s %6s %6s %5s %7s %7s %6s\n", NAME_COLUMN, "BET", PAYS_COLUMN, "PAYS", "WIN%",
           "LOSE%", "PUSH%", "EDGE%", "/ROLL%", "SD");
}

static void print_footing(void)
{
    printf("\nEDGE: what the bank keeps of the money risked, with any vig paid up front and odds; "
           "/ROLL:\nof that, for each roll until the decision. SD: of a bet's gain, in stakes. "
           "'bitcraps odds BET'\nand --json have the exact fractions.\n");
}

/* ---- As JSON ----------------------------------------------------------------------------------
 */

static json_t *fraction_json(const mpq_t value)
{
    char *text = mpq_get_str(NULL, 10, value);
    json_t *json = json_string(text);
    void (*release)(void *, size_t);
    mp_get_memory_functions(NULL, NULL, &release);
    release(text, strlen(text) + 1);
    return json;
}

static json_t *gains_json(const struct odds *odds)
{
    json_t *gains = json_array();
    for (unsigned i = 0; i < odds->outcomes_count; i++)
        json_array_append_new(gains, json_pack("{s:o, s:o}", "gain",
                                               fraction_json(odds->outcomes[i].gain), "probability",
                                               fraction_json(odds->outcomes[i].probability)));
    return gains;
}

static json_t *bet_json(const struct question *question, const struct odds *odds)
{
    char key[ODDS_KEY_SIZE], name[NAME_SIZE], pays[PAYS_SIZE];
    odds_key(&question->rules, odds->wager, key);
    write_name(odds->wager, name);
    write_pays(odds, ", ", pays);
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:o}", "key",
        key, "name", name, "pays", pays, "stake", (json_int_t)odds->stake, "win",
        fraction_json(odds->win), "lose", fraction_json(odds->lose), "push",
        fraction_json(odds->push), "gain", fraction_json(odds->gain), "risked",
        fraction_json(odds->risked), "edge", fraction_json(odds->edge), "edge_resolved",
        fraction_json(odds->resolved), "edge_per_roll", fraction_json(odds->edge_per_roll), "rolls",
        fraction_json(odds->rolls), "variance", fraction_json(odds->variance), "sd",
        odds->deviation, "gains", gains_json(odds));
}

/* ---- The command ------------------------------------------------------------------------------
 */

/* Where a wager goes: into JSON, into the table, or else, alone, to the terminal. */
struct telling {
    json_t *bets;
    struct table *table;
};

/* False if the stake cannot be. */
static bool tell(const struct question *question, struct odds_wager wager,
                 const struct telling *telling)
{
    struct odds odds;
    odds_init(&odds);
    const bool computed = odds_of(&question->rules, wager, question->stake, &odds) == ODDS_COMPUTED;
    if (computed && telling->bets)
        json_array_append_new(telling->bets, bet_json(question, &odds));
    else if (computed && telling->table)
        add_row(telling->table, &odds);
    else if (computed)
        print_whole(&odds);
    odds_clear(&odds);
    return computed;
}

static enum command_exit tell_all(const struct question *question, const struct telling *telling)
{
    static struct odds_wager wagers[ODDS_WAGERS_MAX];
    const size_t count = odds_wagers(&question->rules, wagers);
    bool asked = false;
    bool told = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_asked(question, wagers[i].spot))
            continue;
        if (!asked && !telling->bets && !telling->table)
            print_fault(question);
        asked = true;
        told = tell(question, wagers[i], telling) || told;
    }
    if (!asked)
        return command_fail(COMMAND_FAILED,
                            "%s%s%s does not take this bet: 'bitcraps odds' with the same --preset "
                            "and --house lists what it takes",
                            question->preset, question->house[0] != '\0' ? " with " : "",
                            question->house);
    if (!told)
        return command_fail(COMMAND_FAILED,
                            "%lld chips cannot be paid exactly: leave --stake away for an amount "
                            "that can, or add --house breakage=floor",
                            (long long)question->stake);
    return COMMAND_DONE;
}

static void print_table(const struct question *question, const struct table *table)
{
    print_heading(question);
    for (size_t i = 0; i < table->count; i++)
        print_row(&table->rows[i]);
    print_footing();
}

static void print_json(const struct question *question, json_t *bets)
{
    const bool fault = question->fault[0] != '\0';
    json_t *answer = json_pack("{s:s, s:s, s:s, s:s?, s:O}", "schema", "bitcraps.odds/1", "preset",
                               question->preset, "house", question->house, "fault",
                               fault ? question->fault : NULL, "bets", bets);
    command_print_json(answer);
    json_decref(answer);
}

enum command_exit command_odds(struct invocation *invocation)
{
    static struct table table;
    struct question question = {0};
    struct telling telling = {0};
    if (!read_house(invocation, &question) || !read_bet(invocation, &question) ||
        !read_stake(invocation, &question))
        return COMMAND_USAGE;
    if (invocation->json)
        telling.bets = json_array();
    else if (!question.some)
        telling.table = &table;
    const enum command_exit code = tell_all(&question, &telling);
    if (code == COMMAND_DONE && telling.bets)
        print_json(&question, telling.bets);
    else if (code == COMMAND_DONE && telling.table)
        print_table(&question, &table);
    json_decref(telling.bets);
    return code;
}
