/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command/complete.h"

#include "command/catalog.h"
#include "command/speech.h"
#include "craps/bet.h"
#include "craps/house.h"
#include "doctor/doctor.h"
#include "strategy/library.h"

#include <bitcraps/craps.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MSEC 200 /* What the daemon has for its answer. */
#define ID_DIGITS   12  /* Of a table whose name is no word for a shell: as 'table list' has it. */

/* Bash hands over "--preset=casino" as three words, and quotes what it takes for file names. */
static const char BASH_SCRIPT[] =
    "# bash completion for bitcraps: written by 'bitcraps --completion bash'.\n"
    "_bitcraps()\n"
    "{\n"
    "    local words\n"
    "    mapfile -t words < <(\"$1\" --complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "    if [[ \" ${words[*]}\" == *' " COMPLETE_FILES "' ]]; then\n"
    "        unset 'words[-1]'\n"
    "        mapfile -t -O ${#words[@]} words < <(compgen -f -- \"$2\")\n"
    "        compopt -o filenames 2>/dev/null\n"
    "    elif [[ \"${words[*]}\" == *= ]]; then\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "    COMPREPLY=(\"${words[@]}\")\n"
    "}\n"
    "complete -F _bitcraps bitcraps\n";

/* A command line as far as it is typed. */
struct line {
    const char *state_directory;
    const struct command *command; /* NULL: not yet known. */
    const char *begun;             /* The last word, begun or empty. */
    const char *option;            /* The option whose value that is, or NULL. */
    const char *argument;          /* What that option calls it. */
    int count;                     /* Arguments before it. */
    char **arguments;              /* The words that they are among: options are skipped. */
};

static void offer(const struct line *line, const char *candidate)
{
    if (strncmp(candidate, line->begun, strlen(line->begun)) == 0)
        printf("%s\n", candidate);
}

static void offer_option(const struct line *line, const char *name)
{
    char both[64];
    snprintf(both, sizeof both, "--%s", name);
    offer(line, both);
}

/* ---- Values -----------------------------------------------------------------------------------
 */

static bool is_plain_word(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
            return false;
    }
    return *text != '\0' && *text != '-';
}

static void offer_tables(const struct line *line)
{
    struct client client = {.fd = -1};
    json_t *answer = NULL, *table;
    size_t index;
    if (client_open(line->state_directory, &client) < 0)
        return;
    client_call(&client, "table.list", NULL, ANSWER_MSEC, &answer);
    json_array_foreach(json_object_get(answer, "tables"), index, table)
    {
        char id[ID_DIGITS + 1];
        const char *name = speech_text(table, "name");
        snprintf(id, sizeof id, "%.*s", ID_DIGITS, speech_text(table, "table"));
        offer(line, is_plain_word(name) ? name : id);
    }
    json_decref(answer);
    client_close(&client);
}

static void offer_presets(const struct line *line)
{
    const char *name;
    for (size_t i = 0; (name = bitcraps_preset(i, NULL)) != NULL; i++)
        offer(line, name);
}

static void offer_settings(const struct line *line)
{
    char both[64];
    for (size_t i = 0; craps_house_at(i); i++) {
        snprintf(both, sizeof both, "%s=", craps_house_at(i)->name);
        offer(line, both);
    }
}

static void offer_strategies(const struct line *line)
{
    for (size_t i = 0; strategy_library_at(i); i++)
        offer(line, strategy_library_at(i)->name);
}

static void offer_checks(const struct line *line)
{
    for (const struct doctor_check *at = DOCTOR_CHECKS; at->name; at++)
        offer(line, at->name);
}

/* The next words of bets, each offered once. */
struct seen {
    char words[CRAPS_KIND_COUNT + 64][CRAPS_BET_NAME_SIZE];
    size_t count;
};

/* A bet's next word, if its first words are those that were typed. */
static void offer_bet(const struct line *line, char *name, struct seen *seen)
{
    for (int i = 0; i < line->count; i++) {
        const char *word = strsep(&name, " ");
        if (!word || strcasecmp(word, line->arguments[i]) != 0)
            return;
    }
    const char *next = strsep(&name, " ");
    for (size_t i = 0; next && i < seen->count; i++) {
        if (strcmp(next, seen->words[i]) == 0)
            return;
    }
    if (!next || seen->count == sizeof seen->words / sizeof seen->words[0])
        return;
    snprintf(seen->words[seen->count++], CRAPS_BET_NAME_SIZE, "%s", next);
    offer(line, next);
}

/* Without what a shell would not take as it stands: "dont come", and no "C&E". */
static void offer_bets(const struct line *line)
{
    struct seen seen = {0};
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        char name[CRAPS_BET_NAME_SIZE], words[CRAPS_BET_NAME_SIZE];
        size_t size = 0;
        craps_bet_name(craps_bet_at(spot), name);
        for (const char *at = name; *at != '\0'; at++) {
            if (*at != '\'')
                words[size++] = *at;
        }
        words[size] = '\0';
        if (!strchr(words, '&'))
            offer_bet(line, words, &seen);
    }
}

/* By what --help calls it: "TABLE", "[TABLE|PRESET]", "STRATEGY...", "BET CHIPS". */
static void offer_values(const struct line *line, const char *called)
{
    if (strstr(called, "TABLE"))
        offer_tables(line);
    if (strstr(called, "PRESET"))
        offer_presets(line);
    if (strstr(called, "SETTING"))
        offer_settings(line);
    if (strstr(called, "BET"))
        offer_bets(line);
    if (strstr(called, "STRATEGY"))
        offer_strategies(line);
    if (strstr(called, "CHECK"))
        offer_checks(line);
    for (size_t i = 0; strstr(called, "EVENT") && COMMAND_EVENTS[i]; i++)
        offer(line, COMMAND_EVENTS[i]);
    if (strstr(called, "STRATEGY...") || strstr(called, "FILE") || strstr(called, "DIR"))
        puts(COMPLETE_FILES);
}

/* The word of "TABLE FILE" that an argument stands for; the last stands for all after it. */
static void offer_argument(const struct line *line)
{
    char called[64], *rest = called;
    snprintf(called, sizeof called, "%s", line->command->arguments ? line->command->arguments : "");
    if (line->count >= line->command->most)
        return;
    if (strstr(called, "BET")) {
        offer_bets(line);
        return;
    }
    const char *word = strsep(&rest, " ");
    for (int i = 0; i < line->count && rest; i++)
        word = strsep(&rest, " ");
    offer_values(line, word);
}

/* ---- Where the line is ------------------------------------------------------------------------
 */

static void offer_commands(const struct line *line, int count, char **words)
{
    char last[32] = "", first[32];
    for (const struct command *at = CATALOG; at->name; at++) {
        const char *second = strchr(at->name, ' ');
        const size_t size = strcspn(at->name, " ");
        snprintf(first, sizeof first, "%.*s", (int)size, at->name);
        if (count == 0 && strcmp(first, last) != 0)
            offer(line, first);
        if (count == 1 && second && strcmp(words[0], first) == 0)
            offer(line, second + 1);
        memcpy(last, first, sizeof last);
    }
    if (count == 0) {
        offer(line, "help");
        offer_option(line, "help");
        offer_option(line, "json");
        offer_option(line, "state");
        offer_option(line, "version");
    }
}

static void offer_options(const struct line *line)
{
    for (const struct command_option *at = line->command->options; at->name; at++)
        offer_option(line, at->name);
    if (line->command->json)
        offer_option(line, "json");
    if (!line->command->alone)
        offer_option(line, "state");
    offer_option(line, "help");
}

/* What an option calls its value; NULL when it takes none, or is not known. */
static const char *value_of(const struct command *command, const char *word)
{
    if (strcmp(word, "--state") == 0)
        return "DIR";
    for (const struct command_option *at = command ? command->options : NULL; at && at->name;
         at++) {
        if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, at->name) == 0)
            return at->argument;
    }
    return NULL;
}

/* Splits the words before the last one into options, their values and arguments. */
static void read_words(struct line *line, int count, char **words)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        const char *called = value_of(line->command, words[i]);
        if (called) {
            const bool equals = i + 1 < count && strcmp(words[i + 1], "=") == 0;
            const int value = i + 1 + equals;
            line->option = value >= count ? words[i] : NULL;
            line->argument = called;
            if (value < count && strcmp(words[i], "--state") == 0)
                line->state_directory = words[value];
            i = value;
            while (i + 1 < count && strcmp(words[i + 1], "=") == 0) /* --house bar = 2 */
                i += 2;
        } else if (words[i][0] != '-') {
            words[kept++] = words[i];
        }
    }
    line->count = kept;
    line->arguments = words;
}

void complete_words(const char *state_directory, int count, char **words)
{
    static char nothing[] = "";
    struct line line = {.state_directory = state_directory};
    if (count == 0)
        return;
    line.begun = words[count - 1];
    if (strcmp(line.begun, "=") == 0)
        line.begun = nothing;
    int first = 0, used = 0;
    while (first < count - 1 && words[first][0] == '-') /* Options before the command. */
        first += strcmp(words[first], "--state") == 0 ? 2 : 1;
    if (first >= count) {
        puts(COMPLETE_FILES);
        return;
    }
    for (int i = 0; i + 1 < first; i++) {
        if (strcmp(words[i], "--state") == 0)
            line.state_directory = words[i + 1];
    }
    if (first + 1 < count && strcmp(words[first], "help") == 0)
        first++;
    const int before = count - 1 - first;
    line.command = before > 0 ? catalog_find(before, words + first, &used) : NULL;
    if (!line.command) {
        offer_commands(&line, before, words + first);
        return;
    }
    read_words(&line, before - used, words + first + used);
    if (line.option)
        offer_values(&line, line.argument);
    else if (line.begun[0] == '-')
        offer_options(&line);
    else
        offer_argument(&line);
}

bool complete_script(const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        fputs(BASH_SCRIPT, stdout);
        return true;
    }
    command_fail(COMMAND_USAGE, "there is no completion for '%s': try bash", shell);
    return false;
}
