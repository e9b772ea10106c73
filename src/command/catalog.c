/* SPDX-License-Identifier: MIT */
#include "command/catalog.h"

#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_OPTION                                                                               \
    {                                                                                              \
        "table", "TABLE", "which table: its name, or 8 or more digits of its id"                   \
    }

const struct command CATALOG[] = {
    {.name = "status",
     .summary = "show whether the daemon runs and how it is",
     .json = true,
     .options = {{"check", NULL, "exit with 8 when it is degraded"}},
     .run = command_status},
    {.name = "doctor",
     .arguments = "[CHECK...]",
     .summary = "find out what does not work here, why, and how to mend it; no daemon needed",
     .example = "bitcraps doctor adapter rfkill psm",
     .most = DOCTOR_CHECKS_MAX,
     .json = true,
     .options = {{"list", NULL, "only name the checks, and what each looks at"},
                 {"listen", "HOST:PORT", "where bitcrapsd is to listen (0.0.0.0:7667)"}},
     .run = command_doctor},
    {.name = "peers",
     .summary = "list the nodes it has links to",
     .json = true,
     .run = command_peers},
    {.name = "table new",
     .summary = "offer a table and take its first seat",
     .example = "bitcraps table new --seats 4 --name friday --player ann",
     .json = true,
     .options = {{"name", "NAME", "what others see it as (table)"},
                 {"seats", "N", "seats, 1 to 16 (4)"},
                 {"most", "N", "seats that it may grow to later (no more)"},
                 {"witnesses", "N", "places beside those, for witnesses only (up to four)"},
                 {"admission", "HOW", "who may join: open, invitation or approval (open)"},
                 {"player", "NAME", "your name at the table"},
                 {"buy-in", "CHIPS", "chips that each player starts with (1000)"},
                 {"bank", "CHIPS", "chips that the bank starts with (100000)"},
                 {"preset", "PRESET", "the house's rules, see 'bitcraps rules' (casino)"},
                 {"house", "SETTING=VALUE", "one rule of them changed; again for more", true},
                 {"minimum", "CHIPS", "smallest bet"},
                 {"maximum", "CHIPS", "largest bet"},
                 {"window", "MSEC", "how long betting stays open after a roll's first bet (20000)"},
                 {"host-bank", NULL, "the bank is yours, not everybody's in equal shares"},
                 {"witness", NULL, "vote and roll, but do not play"}},
     .run = command_table_new},
    {.name = "rules",
     .arguments = "[TABLE|PRESET]",
     .summary = "show a house's limits, and what each bet pays",
     .example = "bitcraps rules vegas-345 --house bar=2",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION,
                 {"preset", "PRESET", "that house, whatever a table may be called"},
                 {"settings", NULL, "list the settings that --house can change instead"},
                 {"house", "SETTING=VALUE", "one rule of it changed; again for more", true}},
     .run = command_rules},
    {.name = "odds",
     .alone = true,
     .arguments = "[BET]",
     .summary = "show what each bet costs: exact chances, edges and deviations",
     .example = "bitcraps odds place 6 --preset vegas-345",
     .most = 5,
     .json = true,
     .options = {{"preset", "PRESET", "the house's rules, see 'bitcraps rules' (casino)"},
                 {"house", "SETTING=VALUE", "one rule of them changed; again for more", true},
                 {"stake", "CHIPS", "of that bet; the vig depends on it"}},
     .run = command_odds},
    {.name = "table list",
     .summary = "list the tables this node knows",
     .json = true,
     .run = command_table_list},
    {.name = "table show",
     .arguments = "[TABLE]",
     .summary = "show seats, bets, bank and what is legal now",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_table_show},
    {.name = "table invite",
     .arguments = "[TABLE]",
     .summary = "print a ticket: one line with which others find the table and may join it",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_table_invite},
    {.name = "table join",
     .arguments = "[TABLE|TICKET]",
     .summary = "ask for a seat",
     .example = "bitcraps table join friday --player bob",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION,
                 {"player", "NAME", "your name at the table"},
                 {"wait", "SECONDS", "wait that long for the table to be offered"}},
     .run = command_table_join},
    {.name = "table approve",
     .arguments = "NAME|ID",
     .summary = "let somebody in who asks for a seat; a quorum of the seats is needed",
     .example = "bitcraps table approve bob",
     .least = 1,
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_table_approve},
    {.name = "table evidence",
     .arguments = "[TABLE]",
     .summary = "show who was convicted of a lie, and the signatures that prove it",
     .example = "bitcraps table evidence --file friday.bitcraps",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION, {"file", "FILE", "of an exported table; no daemon"}},
     .run = command_table_evidence},
    {.name = "table leave",
     .arguments = "[TABLE]",
     .summary = "stop playing; the chips stay in the ledger",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_table_leave},
    {.name = "witness",
     .arguments = "[TABLE|TICKET]",
     .summary = "take a seat without chips: vote, hold a share of the dice",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION,
                 {"player", "NAME", "your name at the table"},
                 {"wait", "SECONDS", "wait that long for the table to be offered"}},
     .run = command_witness},
    {.name = "bet",
     .arguments = "BET CHIPS",
     .summary = "put chips on a bet, and wait until that is final",
     .example = "bitcraps bet place 6 12",
     .least = 2,
     .most = 5,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_bet},
    {.name = "take-down",
     .arguments = "BET [CHIPS]",
     .summary = "take a bet off the table with its odds, or a part of it",
     .example = "bitcraps take-down place 6 12",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "press",
     .arguments = "BET [CHIPS]",
     .summary = "add what lies on a bet once more, or so many chips; BET may be all",
     .example = "bitcraps press place 6",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "half press",
     .arguments = "BET",
     .summary = "add half of what lies on a bet",
     .example = "bitcraps half press place 6",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "regress",
     .arguments = "BET [CHIPS]",
     .summary = "take a bet down to so many chips, or to the least",
     .example = "bitcraps regress place 6 12",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "across",
     .arguments = "CHIPS",
     .summary = "a total over 4 5 6 8 9 10, as dealers split it",
     .example = "bitcraps across 32",
     .least = 1,
     .most = 5,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "inside",
     .arguments = "CHIPS",
     .summary = "a total over 5 6 8 9",
     .example = "bitcraps inside 22",
     .least = 1,
     .most = 5,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "outside",
     .arguments = "CHIPS",
     .summary = "a total over 4 5 9 10",
     .example = "bitcraps outside 20",
     .least = 1,
     .most = 5,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "even",
     .arguments = "CHIPS",
     .summary = "a total over 4 6 8 10",
     .example = "bitcraps even 22",
     .least = 1,
     .most = 5,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "off",
     .arguments = "BET",
     .summary = "call a bet off until it comes down or is called working; or all",
     .example = "bitcraps off hardways",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "working",
     .arguments = "BET",
     .summary = "call a bet working, on the come-out too; or all",
     .example = "bitcraps working place",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "usual",
     .arguments = "BET",
     .summary = "let a bet work as the house has it; or all",
     .example = "bitcraps usual all",
     .least = 1,
     .most = 8,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "same",
     .summary = "bet again what you had before the last such roll",
     .example = "bitcraps same",
     .least = 0,
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "clear",
     .summary = "take everything down that may come down",
     .example = "bitcraps clear",
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "say",
     .arguments = "WORDS",
     .summary = "say it as to a dealer, several bets in one action",
     .example = "bitcraps say 'pass 10, place 6 12; odds max'",
     .least = 1,
     .most = 24,
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_say},
    {.name = "roll",
     .summary = "say that you are ready for the roll",
     .json = true,
     .options = {TABLE_OPTION},
     .run = command_roll},
    {.name = "watch",
     .arguments = "[TABLE]",
     .summary = "print what happens, one line for each event",
     .example = "bitcraps watch --only roll --until 20",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION,
                 {"only", "EVENT", "only of one kind: roll, bet, take_down, call, ready, ..."},
                 {"until", "ROLL", "end after that roll"},
                 {"timeout", "SECONDS", "exit with 5 when nothing happens for so long"}},
     .run = command_watch},
    {.name = "ledger",
     .arguments = "[TABLE]",
     .summary = "show who has won and lost what",
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION, {"settle", NULL, "also who pays whom"}},
     .run = command_ledger},
    {.name = "export",
     .arguments = "TABLE FILE",
     .summary = "write the table's record, which anyone can verify",
     .example = "bitcraps export friday friday.bitcraps",
     .least = 2,
     .most = 2,
     .json = true,
     .run = command_export},
    {.name = "verify",
     .alone = true,
     .arguments = "FILE",
     .summary = "check an exported table; no daemon",
     .least = 1,
     .most = 1,
     .json = true,
     .run = command_verify},
    {.name = "bot",
     .arguments = "STRATEGY",
     .summary = "let the daemon play the seat by one of 'bitcraps strategies'",
     .example = "bitcraps bot pass-odds --rolls 20",
     .least = 1,
     .most = 1,
     .json = true,
     .options = {TABLE_OPTION, {"rolls", "N", "until so many rolls are done"}},
     .run = command_bot},
    {.name = "simulate",
     .alone = true,
     .arguments = "STRATEGY...",
     .summary = "play strategies by themselves, and report what they win and lose; no daemon",
     .example = "bitcraps simulate pass-line 3-point-molly ./mine.craps --sessions 100000 --html "
                "report.html",
     .least = 1,
     .most = 16,
     .json = true,
     .options = {{"preset", "PRESET", "the house's rules, see 'bitcraps rules' (casino)"},
                 {"house", "SETTING=VALUE", "one rule of them changed; again for more", true},
                 {"bankroll", "CHIPS", "what a session starts with (100 units)"},
                 {"unit", "CHIPS", "what strategies bet multiples of (the least line bet)"},
                 {"sessions", "N", "sessions of each strategy (10000)"},
                 {"rolls", "N", "a session's rolls; bets that lie then finish"},
                 {"shooters", "N", "or its shooters"},
                 {"hours", "H", "or its hours, of 144 rolls (1)"},
                 {"win-goal", "CHIPS", "no more bets when so much is won"},
                 {"loss-limit", "CHIPS", "nor when so much is lost"},
                 {"seed", "N", "which dice; the same for all strategies (1)"},
                 {"jobs", "N", "threads (one a core); the results do not depend on it"},
                 {"csv", "FILE", "also write a table, - for standard output"},
                 {"html", "FILE", "also write a page with drawings"},
                 {"no-plots", NULL, "only numbers in the text"},
                 {"plain", NULL, "no colours, and nothing but ASCII"}},
     .run = command_simulate},
    {.name = "strategies",
     .alone = true,
     .arguments = "[STRATEGY]",
     .summary = "list the strategies that come with the program, or print one's text",
     .most = 1,
     .json = true,
     .run = command_strategies},
    {.name = "play",
     .arguments = "[TABLE]",
     .summary = "play in lines: bet, odds, roll, help",
     .most = 1,
     .options = {TABLE_OPTION},
     .run = command_play},
    {.name = "key show",
     .summary = "show this node's id and public keys",
     .json = true,
     .run = command_key_show},
    {.name = "version",
     .alone = true,
     .summary = "show the version of this program",
     .json = true,
     .run = command_version},
    {.name = NULL},
};

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance, with one row of the matrix; words past the limit are far away. */
static int distance(const char *a, const char *b)
{
    enum { LIMIT = 24, FAR = 99 };
    size_t size_a = strlen(a), size_b = strlen(b);
    int row[LIMIT + 1];
    if (size_a > LIMIT || size_b > LIMIT)
        return FAR;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= size_a; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= size_b; j++) {
            int above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[size_b];
}

const char *catalog_nearer(const char *given, const char *candidate, const char *best)
{
    int here = distance(given, candidate);
    bool near = here <= 2 && here < (int)strlen(given);
    return near && (!best || here < distance(given, best)) ? candidate : best;
}

const char *catalog_nearest(const char *given)
{
    static char first[32];
    const char *best = NULL;
    for (const struct command *at = CATALOG; at->name; at++) {
        best = catalog_nearer(given, at->name, best);
        const char *second = strchr(at->name, ' ');
        if (second && distance(given, second + 1) <= 1)
            best = at->name;
    }
    for (const struct command *at = CATALOG; at->name; at++) {
        char word[sizeof first];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at->name, " "), at->name);
        if (catalog_nearer(given, word, best) == word)
            best = memcpy(first, word, sizeof first);
    }
    return catalog_nearer(given, "help", best);
}

/* The second word of a command, if that is its first one; NULL otherwise. */
static const char *second_word(const struct command *command, const char *first)
{
    const size_t size = strcspn(command->name, " ");
    const bool same = strlen(first) == size && strncmp(command->name, first, size) == 0;
    return same && command->name[size] == ' ' ? command->name + size + 1 : NULL;
}

bool catalog_seconds(const char *first, char *out, size_t size)
{
    size_t used = 0, left = 0;
    for (const struct command *at = CATALOG; at->name; at++)
        left += second_word(at, first) != NULL;
    const bool any = left > 0;
    for (const struct command *at = CATALOG; at->name && used < size; at++) {
        const char *second = second_word(at, first);
        if (!second)
            continue;
        left--;
        used += (size_t)snprintf(out + used, size - used, "%s%s", second,
                                 left > 1 ? ", " : (left == 1 ? " or " : ""));
    }
    return any;
}

const struct command *catalog_find(int count, char **words, int *used)
{
    for (const struct command *at = CATALOG; at->name; at++) {
        const char *second = strchr(at->name, ' ');
        size_t first = second ? (size_t)(second - at->name) : strlen(at->name);
        *used = second ? 2 : 1;
        bool same =
            count >= *used && strlen(words[0]) == first && strncmp(words[0], at->name, first) == 0;
        if (same && (!second || strcmp(words[1], second + 1) == 0))
            return at;
    }
    return NULL;
}

static void print_option(FILE *out, const char *name, const char *argument, const char *summary)
{
    char both[64];
    snprintf(both, sizeof both, "--%s%s%s", name, argument ? " " : "", argument ? argument : "");
    fprintf(out, "  %-23s %s\n", both, summary);
}

void catalog_print_command(FILE *out, const struct command *command)
{
    fprintf(out, "bitcraps %s%s%s [options]: %s.\n\n", command->name, command->arguments ? " " : "",
            command->arguments ? command->arguments : "", command->summary);
    for (const struct command_option *at = command->options; at->name; at++)
        print_option(out, at->name, at->argument, at->summary);
    if (command->json)
        print_option(out, "json", NULL, CATALOG_JSON_SUMMARY);
    if (!command->alone)
        print_option(out, "state", "DIR", "the daemon's state directory");
    print_option(out, "help", NULL, "this text");
    if (command->example)
        fprintf(out, "\nExample: %s\n", command->example);
}

static void print_line(FILE *out, const struct command *command)
{
    char both[64];
    snprintf(both, sizeof both, "%s %s", command->name,
             command->arguments ? command->arguments : "");
    fprintf(out, "  %-22s %s\n", both, command->summary);
}

bool catalog_print_group(FILE *out, const char *first)
{
    bool any = false;
    for (const struct command *at = CATALOG; at->name; at++) {
        if (second_word(at, first))
            print_line(out, at);
        any = any || second_word(at, first);
    }
    return any;
}

void catalog_print(FILE *out)
{
    fprintf(out, "bitcraps [--state DIR] COMMAND ...: talk to a BitCraps node.\n\n");
    for (const struct command *at = CATALOG; at->name; at++)
        print_line(out, at);
    fprintf(out,
            "\n'bitcraps COMMAND --help' says more. The state directory is --state, else\n"
            "$BITCRAPS_STATE, else /var/lib/bitcraps where it may be read, else\n"
            "~/.local/state/bitcraps. 'bitcraps --completion bash' writes a shell's completion.\n"
            "Exit status: 0 done, 1 failed, 2 usage, 3 no daemon, 4 no such peer or table,\n"
            "5 timed out, 6 refused by the rules, 7 permission, 8 degraded (status --check) or\n"
            "something fails (doctor), 130 interrupted (simulate, which reports what it has).\n");
}
