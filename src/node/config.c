/* SPDX-License-Identifier: MIT */
#include "node/node.h"
#include "platform/posix/udp.h"

#include <glib.h>
#include <stdio.h>

/*
 * The config file: one group, [node], and these keys.
 */
static const char *const keys[] = {"state", "listen",  "connect",       "bluetooth",
                                   "log",   "witness", "witness_tables"};

void node_config_default(struct node_config *config)
{
    memset(config, 0, sizeof *config);
    snprintf(config->listen, sizeof config->listen, "0.0.0.0:7667");
    snprintf(config->bluetooth, sizeof config->bluetooth, "auto");
    config->log = LOG_LEVEL_INFO;
    config->witness_tables = NODE_WITNESS_USUAL;
    const char *state = g_getenv("BITCRAPS_STATE");
    if (state == NULL)
        state = g_get_user_state_dir();
    const bool own = g_getenv("BITCRAPS_STATE") != NULL;
    snprintf(config->state, sizeof config->state, "%s%s", state, own ? "" : "/bitcraps");
}

/* How many single letters to change, add or take away: Levenshtein, for short words. */
static unsigned word_distance(const char *a, const char *b)
{
    unsigned row[32];
    const size_t size = strlen(b);
    if (strlen(a) >= 32 || size >= 31)
        return 99;
    for (unsigned j = 0; j <= size; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= size; j++) {
            const unsigned above = row[j];
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            best = MIN(best, above + 1);
            best = MIN(best, row[j - 1] + 1);
            diagonal = above;
            row[j] = best;
        }
    }
    return row[size];
}

static bool known_key(const char *path, const char *key, char *sentence)
{
    const char *nearest = keys[0];
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
        if (word_distance(key, keys[i]) < word_distance(key, nearest))
            nearest = keys[i];
    }
    snprintf(sentence, NODE_SENTENCE_SIZE,
             "%s: unknown key '%s' in [node]: did you mean '%s'? Known are state, listen, connect, "
             "bluetooth, log, witness and witness_tables",
             path, key, nearest);
    return false;
}

static bool address_valid(const char *path, const char *key, const char *text, char *sentence)
{
    struct link_address address;
    if (strlen(text) < NODE_ADDRESS_SIZE && udp_parse(text, &address) == 0)
        return true;
    snprintf(sentence, NODE_SENTENCE_SIZE,
             "%s: %s=%s is no address: write it as 192.0.2.1:7667 or [2001:db8::1]:7667", path, key,
             text);
    return false;
}

static bool take_connects(struct node_config *config, const char *path, char *list, char *sentence)
{
    char *rest = list;
    for (char *word; (word = strsep(&rest, "; ,")) != NULL;) {
        if (word[0] == '\0')
            continue;
        if (!address_valid(path, "connect", word, sentence))
            return false;
        if (config->connects == NODE_CONNECTS_MAX) {
            snprintf(sentence, NODE_SENTENCE_SIZE, "%s: connect has more than %d addresses", path,
                     NODE_CONNECTS_MAX);
            return false;
        }
        snprintf(config->connect[config->connects++], NODE_ADDRESS_SIZE, "%s", word);
    }
    return true;
}

/* hci and a number, the next after a comma, semicolon or space. */
static bool adapters_valid(const char *text)
{
    while (*text != '\0') {
        if (strncmp(text, "hci", 3) != 0)
            return false;
        const size_t digits = strspn(text + 3, "0123456789");
        if (digits < 1 || digits > 3)
            return false;
        text += 3 + digits;
        const size_t between = strspn(text, ",; ");
        if (*text != '\0' && between == 0)
            return false;
        text += between;
    }
    return true;
}

/* Names may have blanks inside, so that only semicolons separate them. */
static bool take_witness(struct node_config *config, const char *path, char *list, char *sentence)
{
    char *rest = list;
    config->witnesses = 0;
    for (char *word; (word = strsep(&rest, ";")) != NULL;) {
        word = g_strstrip(word);
        if (word[0] == '\0')
            continue;
        if (strlen(word) >= sizeof config->witness[0]) {
            snprintf(sentence, NODE_SENTENCE_SIZE,
                     "%s: witness=%.80s is too long: write a table's name or id, or any", path,
                     word);
            return false;
        }
        if (config->witnesses == NODE_WITNESS_MAX) {
            snprintf(sentence, NODE_SENTENCE_SIZE, "%s: witness names more than %d tables", path,
                     NODE_WITNESS_MAX);
            return false;
        }
        snprintf(config->witness[config->witnesses++], sizeof config->witness[0], "%s", word);
    }
    return true;
}

bool node_config_bluetooth(struct node_config *config, const char *adapters)
{
    const bool named = strcmp(adapters, "auto") == 0 || strcmp(adapters, "off") == 0;
    if (adapters[0] == '\0' || strlen(adapters) >= sizeof config->bluetooth ||
        (!named && !adapters_valid(adapters)))
        return false;
    snprintf(config->bluetooth, sizeof config->bluetooth, "%s", adapters);
    return true;
}

static bool take_witness_tables(struct node_config *config, const char *path, const char *value,
                                char *sentence)
{
    guint64 number;
    if (g_ascii_string_to_unsigned(value, 10, 1, NODE_WITNESS_MOST, &number, NULL)) {
        config->witness_tables = (unsigned)number;
        return true;
    }
    snprintf(sentence, NODE_SENTENCE_SIZE, "%s: witness_tables=%.80s is no number from 1 to %d",
             path, value, NODE_WITNESS_MOST);
    return false;
}

static bool take_value(struct node_config *config, const char *path, const char *key, char *value,
                       char *sentence)
{
    if (strcmp(key, "state") == 0) {
        if (strlen(value) < sizeof config->state && value[0] != '\0') {
            snprintf(config->state, sizeof config->state, "%s", value);
            return true;
        }
        snprintf(sentence, NODE_SENTENCE_SIZE, "%s: state is empty or too long", path);
        return false;
    }
    if (strcmp(key, "listen") == 0) {
        if (!address_valid(path, key, value, sentence))
            return false;
        snprintf(config->listen, sizeof config->listen, "%s", value);
        return true;
    }
    if (strcmp(key, "connect") == 0)
        return take_connects(config, path, value, sentence);
    if (strcmp(key, "bluetooth") == 0) {
        if (node_config_bluetooth(config, value))
            return true;
        snprintf(sentence, NODE_SENTENCE_SIZE,
                 "%s: bluetooth=%s is no adapter: use auto, off, or names as in hci0,hci1", path,
                 value);
        return false;
    }
    if (strcmp(key, "witness") == 0)
        return take_witness(config, path, value, sentence);
    if (strcmp(key, "witness_tables") == 0)
        return take_witness_tables(config, path, value, sentence);
    if (log_level_named(value, &config->log))
        return true;
    snprintf(sentence, NODE_SENTENCE_SIZE,
             "%s: log=%s is no level: use error, warning, info, debug or trace", path, value);
    return false;
}

static bool take_group(struct node_config *config, const char *path, GKeyFile *file, char *sentence)
{
    gsize groups_count = 0;
    g_auto(GStrv) groups = g_key_file_get_groups(file, &groups_count);
    for (gsize i = 0; i < groups_count; i++) {
        if (strcmp(groups[i], "node") != 0) {
            snprintf(sentence, NODE_SENTENCE_SIZE,
                     "%s: unknown group [%s]: all settings are in [node]", path, groups[i]);
            return false;
        }
    }
    g_auto(GStrv) names = g_key_file_get_keys(file, "node", NULL, NULL);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autofree char *value = g_key_file_get_value(file, "node", *name, NULL);
        if (!known_key(path, *name, sentence) || !take_value(config, path, *name, value, sentence))
            return false;
    }
    return true;
}

bool node_config_read(struct node_config *config, const char *path,
                      char sentence[static NODE_SENTENCE_SIZE])
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error)) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "cannot read the config file %s: %s", path,
                 error->message);
        return false;
    }
    return take_group(config, path, file, sentence);
}
