/* SPDX-License-Identifier: MIT */
/* The built `bitcraps` against a scripted daemon: what it asks, prints and exits with. */
#include "config.h"

#include "host.h"

#include "command/command.h"
#include "control/client.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 24

static const char SHOW[] =
    "{\"schema\":\"bitcraps.table-show/1\",\"table\":\"0123456789abcdef\",\"name\":\"friday\","
    "\"state\":\"playing\",\"reason\":\"\",\"you\":1,\"roll\":14,\"phase\":\"betting\",\"point\":6,"
    "\"bank\":{\"balance\":5000,\"reserved\":40},\"height\":80,\"rolls_done\":13,\"minimum\":1,"
    "\"voters\":4,\"tolerates\":1,\"quorum\":3,\"reachable\":3,\"may_vanish\":0,\"waiting\":null,"
    "\"maximum\":500,\"preset\":\"vegas-345\",\"house\":\"bar=2 field=2-2\",\"legal\":[\"pass odds "
    "6\",\"field\",\"place 6\",\"place 8\",\"hop "
    "1-1\",\"hop 1-2\"],\"last\":null,\"seats\":["
    "{\"seat\":1,\"name\":\"ann\",\"witness\":false,\"reachable\":true,\"shooter\":true,"
    "\"ready\":false,\"rail\":200,\"staked\":10,\"left\":false,"
    "\"bets\":[{\"bet\":\"pass\",\"amount\":10,\"working\":true}]},"
    "{\"seat\":2,\"name\":\"bob\\u001b[2J\",\"witness\":false,\"reachable\":false,"
    "\"shooter\":false,\"ready\":true,\"rail\":190,\"staked\":0,\"left\":false,"
    "\"parts_missed\":2,\"parts_due\":13,\"bets\":[]}]}";

static const char ROLL_EVENT[] =
    "{\"event\":\"roll\",\"text\":\"\",\"table\":\"0123456789abcdef\",\"roll\":14,\"dice\":[4,3],"
    "\"call\":\"Seven out.\",\"point\":0,\"seven_out\":true,\"shooter\":2,\"height\":81,"
    "\"seats\":[{\"seat\":1,\"name\":\"ann\",\"net\":-10,\"rail\":190},"
    "{\"seat\":2,\"name\":\"bob\",\"net\":5,\"rail\":195}],"
    "\"decisions\":[{\"seat\":1,\"bet\":\"pass\",\"outcome\":\"lose\",\"amount\":10,\"profit\":0},"
    "{\"seat\":2,\"bet\":\"dont pass\",\"outcome\":\"win\",\"amount\":5,\"profit\":5}]}";

static const struct host_reply SCRIPT[] = {
    {.method = "status",
     .result = "{\"schema\":\"bitcraps.status/1\",\"id\":\"K7Q2-AAAA\",\"version\":null,"
               "\"degraded\":true,\"listen\":\"127.0.0.1:1\"}"},
    {.method = "peers", .result = "{\"schema\":\"bitcraps.peers/1\",\"peers\":[]}"},
    {.method = "key.show", .result = "{\"schema\":\"bitcraps.key/1\",\"id\":\"K7Q2-AAAA\"}"},
    {.method = "table.list", .result = "{\"schema\":\"bitcraps.tables/1\",\"tables\":[]}"},
    {.method = "table.new", .result = "{\"schema\":\"bitcraps.table/1\",\"table\":\"01\"}"},
    {.method = "table.show", .result = SHOW},
    {.method = "table.join",
     .code = CONTROL_ERROR_NOT_FOUND,
     .sentence = "no table is called 'monday': see 'bitcraps table list'"},
    {.method = "ledger",
     .result = "{\"schema\":\"bitcraps.ledger/1\",\"table\":\"01\",\"bank\":-20,\"sum\":0,"
               "\"seats\":[{\"seat\":1,\"name\":\"ann\",\"bought\":200,\"rail\":220,\"staked\":0,"
               "\"net\":20}],\"transfers\":[{\"from\":2,\"to\":1,\"from_name\":\"bob\","
               "\"to_name\":\"ann\",\"amount\":10}]}"},
    {.method = "bet",
     .result = "{\"schema\":\"bitcraps.order/1\",\"table\":\"01\",\"roll\":14,\"bet\":\"place 6\","
               "\"amount\":12,\"cost\":12,\"status\":\"accepted\"}"},
    {.method = "say",
     .result = "{\"schema\":\"bitcraps.order/1\",\"table\":\"01\",\"roll\":14,\"orders\":["
               "{\"bet\":\"place 6\",\"deed\":\"add\",\"amount\":12,\"cost\":12},"
               "{\"bet\":\"buy 5\",\"deed\":\"add\",\"amount\":20,\"cost\":21},"
               "{\"bet\":\"field\",\"deed\":\"take\",\"amount\":5,\"cost\":0},"
               "{\"bet\":\"hard 4\",\"deed\":\"call\",\"call\":\"off\"},"
               "{\"bet\":\"hard 6\",\"deed\":\"call\",\"call\":\"off\"}]}"},
    {.method = "roll",
     .result = "{\"schema\":\"bitcraps.order/1\",\"table\":\"01\",\"roll\":14}",
     .event = ROLL_EVENT},
    {.method = "watch", .result = "{\"schema\":\"bitcraps.watch/1\"}"},
    {.method = "bot",
     .result = "{\"schema\":\"bitcraps.bot/1\",\"table\":\"01\",\"strategy\":\"come\"}"},
    {.method = "export",
     .result = "{\"schema\":\"bitcraps.export/1\",\"total\":5,\"offset\":0,"
               "\"data\":\"aGVsbG8=\"}"},
    {.method = NULL},
};

/* ---- Running it -------------------------------------------------------------------------------
 */

struct outcome {
    int code;
    char out[32768];
    char err[2048];
};

static int scratch_file(const char *text)
{
    char path[] = "/tmp/bitcraps-test.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    size_t size = strlen(text);
    assert_int_equal(write(fd, text, size), (ssize_t)size);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void read_back(int fd, char *out, size_t size)
{
    ssize_t got = pread(fd, out, size - 1, 0);
    assert_true(got >= 0);
    out[got] = '\0';
    close(fd);
}

/* Runs `bitcraps` with words split at blanks, in a state directory, on an input. */
static struct outcome run(const char *directory, const char *words, const char *input)
{
    char program[512], line[512], *rest = line, *word;
    char *arguments[ARGUMENTS_MAX + 1] = {program};
    int count = 1;
    const char *builddir = getenv("builddir");
    struct outcome outcome;
    pid_t pid;
    int status;
    snprintf(program, sizeof program, "%s/bitcraps", builddir ? builddir : ".");
    snprintf(line, sizeof line, "--state %s %s", directory, words);
    while (count < ARGUMENTS_MAX && (word = strtok_r(rest, " ", &rest)))
        arguments[count++] = word;
    int fds[3] = {scratch_file(input), scratch_file(""), scratch_file("")};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_adddup2(&actions, fds[i], i);
    assert_int_equal(posix_spawn(&pid, program, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    outcome.code = WEXITSTATUS(status);
    close(fds[0]);
    read_back(fds[1], outcome.out, sizeof outcome.out);
    read_back(fds[2], outcome.err, sizeof outcome.err);
    return outcome;
}

static void assert_request(struct host *host, size_t n, const char *expected)
{
    char *request = host_request(host, n);
    assert_string_equal(request, expected);
    free(request);
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void json_is_exactly_one_object_with_a_schema(void **state)
{
    static const char *const COMMANDS[] = {
        "status",
        "peers",
        "key show",
        "table list",
        "table new --seats 2",
        "table show",
        "ledger",
        "roll",
        "bet pass 10",
        "press place 6",
        "ledger --settle friday",
        "version",
        "bot come",
        "watch --until 13",
        "bot come --rolls 3",
        "rules",
        "rules friday",
        "rules crapless --house bar=2",
        "rules --preset crapssim",
    };
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        char words[128];
        snprintf(words, sizeof words, "%s --json", COMMANDS[i]);
        struct outcome outcome = run(host.directory, words, "");
        assert_int_equal(outcome.code, COMMAND_DONE);
        if (strncmp(COMMANDS[i], "watch", 5) == 0) { /* All those rolls are over. */
            assert_string_equal(outcome.out, "");
            continue;
        }
        json_t *answer = json_loads(outcome.out, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json_string_value(json_object_get(answer, "schema")));
        json_decref(answer);
        assert_string_equal(outcome.err, "");
    }
    host_close(&host);
}

static void the_exit_code_tells_what_happened(void **state)
{
    static const struct {
        const char *words;
        int code;
        const char *err;
    } TABLE[] = {
        {"status", COMMAND_DONE, ""},
        {"status --check", COMMAND_DEGRADED, ""},
        {"table join monday", COMMAND_NOT_FOUND,
         "bitcraps: no table is called 'monday': see 'bitcraps table list'\n"},
        {"table leave", COMMAND_FAILED, "bitcraps: there is no such method\n"},
        {"watch --until 14 --timeout 1", COMMAND_TIMED_OUT,
         "watching\nbitcraps: nothing happened for 1 s\n"},
        {"verify /nonexistent", COMMAND_FAILED,
         "bitcraps: cannot read '/nonexistent': No such file or directory\n"},
        {"bet pass ten", COMMAND_USAGE,
         "bitcraps: the number of chips is a whole number of at least 1, not 'ten'\n"},
        {"bet pass", COMMAND_USAGE, "bitcraps: 'bet' takes BET CHIPS: see 'bitcraps bet --help'\n"},
        {"table nwe", COMMAND_USAGE,
         "bitcraps: unknown command 'table nwe' (did you mean 'table new'?): see 'bitcraps "
         "help'\n"},
        {"peesr", COMMAND_USAGE,
         "bitcraps: unknown command 'peesr' (did you mean 'peers'?): see 'bitcraps help'\n"},
        {"status --chekc", COMMAND_USAGE,
         "bitcraps: unknown option '--chekc' (did you mean --check?): see 'bitcraps status "
         "--help'\n"},
        {"ledger --settle=1", COMMAND_USAGE, NULL},
        {"watch --until", COMMAND_USAGE, "bitcraps: '--until' needs a value\n"},
        {"rules casino --house feild=2-3", COMMAND_USAGE,
         "bitcraps: a house has no setting 'feild': did you mean 'field'?\n"},
        {"rules casino --house odds=9", COMMAND_USAGE,
         "bitcraps: odds=9 cannot be read: write 3-4-5x, 2x, 10x, full-double or none\n"},
        {"rules --preset vegas", COMMAND_USAGE,
         "bitcraps: there is no preset 'vegas': use casino, vegas-345, crapless or crapssim\n"},
        {"rules friday --preset casino", COMMAND_USAGE,
         "bitcraps: 'friday' and --preset name two houses: name one\n"},
        {"rules casino friday", COMMAND_USAGE,
         "bitcraps: 'rules' takes [TABLE|PRESET]: see 'bitcraps rules --help'\n"},
    };
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        struct outcome outcome = run(host.directory, TABLE[i].words, "");
        assert_int_equal(outcome.code, TABLE[i].code);
        if (TABLE[i].err)
            assert_string_equal(outcome.err, TABLE[i].err);
    }
    host_close(&host);
    struct outcome outcome = run("/nonexistent", "status --json", "");
    assert_int_equal(outcome.code, COMMAND_NO_DAEMON);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err,
                        "bitcraps: no daemon answers at /nonexistent/control.sock: start it with "
                        "'bitcrapsd --state /nonexistent'\n");
}

static void words_become_requests(void **state)
{
    static const struct {
        const char *words, *request;
    } TABLE[] = {
        {"bet place 6 12", "bet {\"amount\":12,\"bet\":\"place 6\"}"},
        {"bet --table friday hop 3 4 5",
         "bet {\"amount\":5,\"bet\":\"hop 3 4\",\"table\":\"friday\"}"},
        {"take-down place 6", "say {\"words\":\"take-down place 6\"}"},
        {"half press all", "say {\"words\":\"half press all\"}"},
        {"across 32 --table friday", "say {\"table\":\"friday\",\"words\":\"across 32\"}"},
        {"same", "say {\"words\":\"same\"}"},
        {"say pass 10; odds max", "say {\"words\":\"pass 10; odds max\"}"},
        {"table new --seats 3 --name friday --player ann --window 500 --host-bank",
         "table.new {\"host_bank\":true,\"name\":\"friday\",\"player\":\"ann\",\"seats\":3,"
         "\"window_msec\":500}"},
        {"table new --preset crapless --house odds=2x --house bets=-hop,-field",
         "table.new {\"house\":[\"odds=2x\",\"bets=-hop,-field\"],\"preset\":\"crapless\"}"},
        {"rules friday", "table.show {\"table\":\"friday\"}"},
        {"ledger friday --settle", "ledger {\"settle\":true,\"table\":\"friday\"}"},
        {"bot place-6-8 --rolls 20", "bot {\"rolls\":20,\"strategy\":\"place-6-8\"}"},
        {"roll --table 0123", "roll {\"table\":\"0123\"}"},
    };
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        run(host.directory, TABLE[i].words, "");
        assert_request(&host, i, TABLE[i].request);
    }
    const size_t n = sizeof TABLE / sizeof TABLE[0];
    run(host.directory, "witness friday --player eve", "");
    assert_request(&host, n, "table.list {}"); /* Whether it has a seat there already. */
    assert_request(&host, n + 1,
                   "table.join {\"player\":\"eve\",\"table\":\"friday\",\"witness\":true}");
    host_close(&host);
}

/* That text has a line which is exactly this. */
static void assert_line(const char *text, const char *line)
{
    const size_t size = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        if (strncmp(at, line, size) == 0 && at[size] == '\n')
            return;
    }
    fail_msg("no line is '%s' of:\n%s", line, text);
}

static void a_houses_card_is_told_without_a_daemon(void **state)
{
    (void)state;
    struct outcome outcome = run("/nonexistent", "rules", "");
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_string_equal(outcome.err, "");
    assert_line(outcome.out, "LINE BETS, 5 to 2000 chips");
    assert_line(outcome.out, "PROPOSITIONS, 1 to 500 chips");
    assert_line(outcome.out, "  don't pass          1:1; opens with the come-out; bar 12");
    assert_line(outcome.out, "  any seven           4:1 on 7");
    assert_line(outcome.out, "Stakes that cannot be paid exactly are refused.");
    assert_non_null(strstr(outcome.out, "\n  crapssim            "));
    for (const char *at = outcome.out; *at; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 80);

    outcome = run("/nonexistent", "rules crapless --house odds=2x --house line=10..50", "");
    assert_line(outcome.out, "But: line=10..50 odds=2x");
    assert_line(outcome.out, "LINE BETS, 10 to 50 chips");
    assert_null(strstr(outcome.out, "don't pass"));

    outcome = run("/nonexistent", "rules --settings", "");
    assert_line(outcome.out, "odds=3-4-5x");
    assert_line(outcome.out, "    odds taken, as a multiple of the flat bet: 3-4-5x, 2x, 10x, "
                             "full-double or");
}

static void a_tables_card_comes_from_the_daemon(void **state)
{
    static const struct host_reply OTHERS[] = {
        {.method = "table.show",
         .result = "{\"preset\":\"casino\",\"house\":\"bar=2 color=blue\"}"},
        {.method = NULL},
    };
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    struct outcome outcome = run(host.directory, "rules friday", "");
    host_close(&host);
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_memory_equal(outcome.out, "vegas-345: ", 11);
    assert_line(outcome.out, "But: bar=2 field=2-2");
    assert_line(outcome.out, "  don't pass          1:1; opens with the come-out; bar 2");
    assert_line(outcome.out, "  field               2:1 on 2 12, 1:1 on 3 4 9 10 11");

    host_open(&host, OTHERS);
    outcome = run(host.directory, "rules --table friday", "");
    host_close(&host);
    assert_int_equal(outcome.code, COMMAND_FAILED);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err,
                        "bitcraps: the daemon tells of rules that this program does not know: use "
                        "the same version of both\n");
}

static void a_strangers_name_cannot_steer_the_terminal(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    struct outcome outcome = run(host.directory, "table show", "");
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_null(strchr(outcome.out, '\033'));
    assert_non_null(
        strstr(outcome.out, "\nlegal now: pass odds 6, field, place 6/8, hop 1-1/1-2\n"));
    assert_non_null(strstr(outcome.out, "seat 2  bob?[2J, ready, not reachable: 190 on the rail"));
    host_close(&host);
}

/* How many may lie or be gone, in every state of a table; and what a frozen roll means. */
static void a_table_says_what_it_can_bear(void **state)
{
    static const struct {
        const char *numbers, *expected;
    } TABLE[] = {
        {"\"voters\":4,\"tolerates\":1,\"reachable\":4,\"may_vanish\":1,\"waiting\":null",
         "4 seats vote: 1 may lie or be gone; 4 reachable, 1 more may vanish\nroll"},
        {"\"voters\":1,\"tolerates\":0,\"reachable\":1,\"may_vanish\":0,\"waiting\":null",
         "1 seat votes: 0 may lie or be gone; 1 reachable, 0 more may vanish\n"
         "you are the only seat: nobody else checks the dice, or keeps the table's record\nroll"},
        {"\"voters\":3,\"tolerates\":0,\"reachable\":3,\"may_vanish\":0,\"waiting\":null,"
         "\"name\":\"friday\",\"witness_room\":1",
         "3 seats vote: 0 may lie or be gone; 3 reachable, 0 more may vanish\n"
         "every roll needs all 3 seats: one that is gone or lies can stop the table until it\n"
         "is back, but change neither dice nor chips\n"
         "add a witness: on another node nearby, 'bitcraps witness friday'; then one of four may "
         "lie or be gone\nroll"},
        {"\"voters\":2,\"tolerates\":0,\"reachable\":2,\"may_vanish\":0,\"waiting\":null,"
         "\"table\":\"0123456789abcdef\",\"name\":\"my table\",\"witness_room\":2",
         "add two witnesses: on two other nodes nearby, 'bitcraps witness 0123456789ab'; then one "
         "of four may lie or be gone\nroll"},
        {"\"voters\":2,\"tolerates\":0,\"reachable\":2,\"may_vanish\":0,\"waiting\":null,"
         "\"name\":\"friday\",\"witness_room\":2,\"admission\":\"invitation\"",
         "'bitcraps witness TICKET'; then one of four may lie or be gone\nroll"},
        {"\"voters\":3,\"tolerates\":0,\"reachable\":3,\"may_vanish\":0,\"waiting\":null,"
         "\"name\":\"friday\",\"witness_room\":0",
         "it has no place for witnesses: a new one has, with 'bitcraps table new --witnesses 1'\n"},
        {"\"voters\":4,\"tolerates\":1,\"reachable\":2,\"may_vanish\":0,\"waiting\":{\"for\":"
         "\"roll\",\"roll\":31,\"put_out_msec\":null}",
         "2 reachable, 0 more may vanish\n"
         "the dice of roll 31 are determined and nobody can change them: its bets stay as they "
         "are\nuntil enough parts are here\nroll"},
        {"\"voters\":4,\"tolerates\":1,\"reachable\":4,\"may_vanish\":1,\"waiting\":{\"for\":"
         "\"deals\",\"put_out_msec\":12001}",
         "1 more may vanish\nwho does not answer is put out in 13 s, and can come back\nroll"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        char show[512];
        snprintf(show, sizeof show, "{\"schema\":\"bitcraps.table/1\",%s,\"seats\":[]}",
                 TABLE[i].numbers);
        const struct host_reply script[] = {{.method = "table.show", .result = show},
                                            {.method = NULL}};
        struct host host;
        host_open(&host, script);
        struct outcome outcome = run(host.directory, "table show", "");
        assert_int_equal(outcome.code, COMMAND_DONE);
        if (strstr(outcome.out, TABLE[i].expected) == NULL)
            fail_msg("%s", outcome.out);
        host_close(&host);
    }
    struct host host;
    host_open(&host, SCRIPT);
    struct outcome outcome = run(host.directory, "table show", "");
    assert_non_null(strstr(outcome.out, "0 at stake; no part in 2 of the last 13 rolls\n"));
    host_close(&host);
}

static void an_export_is_written_whole(void **state)
{
    (void)state;
    struct host host;
    char words[512], path[300], text[16];
    host_open(&host, SCRIPT);
    snprintf(path, sizeof path, "%s/friday.bitcraps", host.directory);
    snprintf(words, sizeof words, "export friday %s", path);
    assert_int_equal(run(host.directory, words, "").code, COMMAND_DONE);
    assert_request(&host, 0, "export {\"offset\":0,\"table\":\"friday\"}");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    read_back(fd, text, sizeof text);
    assert_string_equal(text, "hello");
    snprintf(words, sizeof words, "verify %s", path);
    struct outcome outcome = run("/nonexistent", words, "");
    assert_int_equal(outcome.code, COMMAND_FAILED);
    assert_memory_equal(outcome.out, "FAIL after block 0 and roll 0: ", 31);
    unlink(path);
    host_close(&host);
}

static void a_person_plays_in_lines_without_a_terminal(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, SCRIPT);
    struct outcome outcome = run(host.directory, "play", "Bet  place 6 12 \npress 6\nroll\nquit\n");
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_string_equal(outcome.err, "");
    assert_request(&host, 2, "say {\"words\":\"bet place 6 12\"}");
    assert_request(&host, 4, "say {\"words\":\"press 6\"}");
    const char *hint = strstr(outcome.out, "Say 'help'");
    assert_non_null(hint);
    assert_string_equal(
        hint, "Say 'help' for what you can do.\n"
              "You may bet: pass odds 6, field, place 6/8, and 2 more (say 'legal').\n"
              "Say 'roll' when you are ready for the dice.\n"
              "You put 12 on place 6, 20 on buy 5: 32 in all, and 1 of vig. You took 5 off field. "
              "Hard 4, hard 6 are off.\n"
              "You put 12 on place 6, 20 on buy 5: 32 in all, and 1 of vig. You took 5 off field. "
              "Hard 4, hard 6 are off.\n"
              "You are ready for roll 14.\n"
              "Roll 14: 4 and 3, seven out. You lose 10 on pass. Balance 190. Come-out next. "
              "Seat 2 shoots.\n"
              "You may bet: pass odds 6, field, place 6/8, and 2 more (say 'legal').\n"
              "Say 'roll' when you are ready for the dice.\n");
    host_close(&host);
}

static void ask_echo(struct client *client)
{
    json_t *answer;
    assert_int_equal(client_call(client, "echo", NULL, -1, &answer), CLIENT_ANSWERED);
    json_decref(answer);
}

/* Once the script has looked at the table after a roll, gives it time to go on, then ends it. */
static void *end_table(void *context)
{
    struct host *host = context;
    struct client client;
    bool looked = false;
    assert_int_equal(client_open(host->directory, &client), 0);
    while (!looked) {
        ask_echo(&client);
        char *request = host_request(host, 4);
        looked = strncmp(request, "table.show", 10) == 0;
        free(request);
    }
    for (int i = 0; i < 500; i++)
        ask_echo(&client);
    client_close(&client);
    control_notify(host->server, CONTROL_TOPIC_ALL,
                   json_loads("{\"event\":\"state\",\"text\":\"The table is over.\","
                              "\"state\":\"over\",\"reason\":\"\"}",
                              0, NULL));
    return NULL;
}

static void a_script_waits_for_the_dice(void **state)
{
    static const struct host_reply WAITING[] = {
        {.method = "table.show", .result = SHOW},
        {.method = "roll",
         .result = "{\"schema\":\"bitcraps.order/1\",\"table\":\"01\",\"roll\":15}",
         .event = ROLL_EVENT}, /* Of the roll before, so not the one that was ordered. */
        {.method = "watch", .result = "{\"schema\":\"bitcraps.watch/1\"}"},
        {.method = "say", .code = CONTROL_ERROR_REFUSED, .sentence = "the dice are not out"},
        {.method = NULL},
    };
    (void)state;
    struct host host;
    host_open(&host, WAITING);
    pthread_t ends;
    assert_int_equal(pthread_create(&ends, NULL, end_table, &host), 0);
    struct outcome outcome = run(host.directory, "play", "roll\npass 10\n");
    pthread_join(ends, NULL);
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_null(strstr(outcome.out, "not out"));
    assert_non_null(strstr(outcome.out, "You are ready for roll 15.\n"));
    assert_non_null(strstr(outcome.out, "The table is over.\n"));
    host_close(&host);
}

static void watch_tells_a_roll_in_one_line(void **state)
{
    static const struct host_reply WATCH[] = {
        {.method = "table.show",
         .result = "{\"schema\":\"bitcraps.table-show/1\",\"rolls_done\":13}",
         .event = ROLL_EVENT},
        {.method = NULL},
    };
    (void)state;
    struct host host;
    host_open(&host, WATCH);
    struct outcome outcome = run(host.directory, "watch --until 14", "");
    assert_int_equal(outcome.code, COMMAND_DONE);
    assert_string_equal(outcome.out, "Roll 14: 4 and 3, seven out. Point off. ann -10, bob +5. "
                                     "Height 81.\n");
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_exactly_one_object_with_a_schema),
        cmocka_unit_test(the_exit_code_tells_what_happened),
        cmocka_unit_test(words_become_requests),
        cmocka_unit_test(a_houses_card_is_told_without_a_daemon),
        cmocka_unit_test(a_tables_card_comes_from_the_daemon),
        cmocka_unit_test(a_strangers_name_cannot_steer_the_terminal),
        cmocka_unit_test(a_table_says_what_it_can_bear),
        cmocka_unit_test(an_export_is_written_whole),
        cmocka_unit_test(a_person_plays_in_lines_without_a_terminal),
        cmocka_unit_test(a_script_waits_for_the_dice),
        cmocka_unit_test(watch_tells_a_roll_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
