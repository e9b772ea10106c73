/* SPDX-License-Identifier: MIT */
/*
 * What a table costs: four nodes as separate processes on loopback, driven over their control
 * sockets, beside the floor of its cryptography and the delay of the disk measured in the same run;
 * and four tables in one process over a perfect wire, which leaves only the computation.
 *
 * usage: bench_table [--rolls N] [--bets N] [--directory DIR]...
 * The nodes' state lies in a new directory in DIR; without DIR it runs in $TMPDIR or /tmp, and in
 * /dev/shm, where syncing costs nothing: the difference is the disk's.
 */
#include "floor.h"

#include "base/check.h"
#include "control/client.h"
#include "node/node.h"
#include "table/table_world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NODES           4
#define ROLLS_DEFAULT   300
#define BETS_DEFAULT    100
#define WAIT_MSEC       30000
#define DIRECTORIES_MAX 4
#define PATH_SIZE       512
#define SYNCS           200
#define SYNC_SIZE       4096

struct process {
    pid_t pid;
    clockid_t clock;
    char state[PATH_SIZE];
    char address[64];
    struct client client;
};

static struct process nodes[NODES];
static char directory[PATH_SIZE];

static double now_msec(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Processor time of a process of ours, user and system. */
static double cpu_msec(clockid_t clock)
{
    struct timespec time;
    CHECK(clock_gettime(clock, &time) == 0);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* ---- Samples ------------------------------------------------------------------------------------
 */

struct samples {
    double *values;
    size_t count;
    size_t room;
};

static void samples_add(struct samples *samples, double value)
{
    if (samples->count == samples->room) {
        samples->room = samples->room == 0 ? 256 : 2 * samples->room;
        samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
        CHECK(samples->values != NULL);
    }
    samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void samples_print(struct samples *samples, const char *what)
{
    CHECK(samples->count > 0);
    qsort(samples->values, samples->count, sizeof *samples->values, compare);
    const size_t last = samples->count - 1;
    printf("  %-41s %8.2f %8.2f %8.2f %8.2f\n", what, samples->values[last / 2],
           samples->values[last * 95 / 100], samples->values[last * 99 / 100],
           samples->values[last]);
    free(samples->values);
}

/* ---- The nodes
 * ----------------------------------------------------------------------------------------
 */

static void remove_directory(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char inside[2 * PATH_SIZE];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (unlink(inside) != 0)
            remove_directory(inside);
    }
    closedir(folder);
    rmdir(path);
}

static void stop_nodes(void)
{
    for (unsigned i = 0; i < NODES; i++) {
        if (nodes[i].pid > 0) {
            client_close(&nodes[i].client);
            kill(nodes[i].pid, SIGTERM);
        }
    }
    for (unsigned i = 0; i < NODES; i++) {
        if (nodes[i].pid > 0)
            waitpid(nodes[i].pid, NULL, 0);
    }
    memset(nodes, 0, sizeof nodes);
    remove_directory(directory);
}

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_table: %s: %s\n", what, why);
    stop_nodes();
    exit(1);
}

/* An answer that the caller releases. */
static json_t *call(unsigned node, const char *method, json_t *params)
{
    json_t *answer;
    if (client_call(&nodes[node].client, method, params, WAIT_MSEC, &answer) != CLIENT_ANSWERED)
        fail(method, nodes[node].client.message);
    return answer;
}

static void tell(unsigned node, const char *method, json_t *params)
{
    json_decref(call(node, method, params));
}

static json_int_t journal_syncs(unsigned node)
{
    json_t *status = call(node, "status", NULL);
    const json_int_t syncs =
        json_integer_value(json_object_get(json_object_get(status, "journal"), "fsyncs"));
    json_decref(status);
    return syncs;
}

static json_int_t bytes_sent(unsigned node)
{
    json_t *status = call(node, "status", NULL);
    const json_int_t bytes = json_integer_value(json_object_get(status, "sent_bytes"));
    json_decref(status);
    return bytes;
}

static void run_daemon(const char *program, unsigned node)
{
    char *arguments[6 + 2 * NODES] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "--state",
                                      nodes[node].state, (char *)(uintptr_t) "--listen",
                                      (char *)(uintptr_t) "127.0.0.1:0"};
    size_t count = 5;
    for (unsigned i = 0; i < node; i++) {
        arguments[count++] = (char *)(uintptr_t) "--connect";
        arguments[count++] = nodes[i].address;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char log[PATH_SIZE + 8];
    snprintf(log, sizeof log, "%s/log", nodes[node].state);
    const int fd = open(log, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        dup2(fd, STDERR_FILENO);
    execv(program, arguments);
    _exit(127);
}

static void start_node(const char *program, unsigned node)
{
    struct process *process = &nodes[node];
    snprintf(process->state, sizeof process->state, "%.480s/node%u", directory, node + 1);
    if (mkdir(process->state, 0700) != 0)
        fail(process->state, strerror(errno));
    process->client.fd = -1;
    const pid_t pid = fork();
    if (pid == 0)
        run_daemon(program, node);
    if (pid < 0)
        fail("fork", strerror(errno));
    int error = -1;
    for (unsigned tries = 0; tries < 400 && error != 0; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = 25000000}, NULL);
        error = client_open(process->state, &process->client);
    }
    process->pid = pid;
    if (error != 0)
        fail(program, strerror(-error));
    CHECK(clock_getcpuclockid(pid, &process->clock) == 0);
    json_t *status = call(node, "status", NULL);
    snprintf(process->address, sizeof process->address, "%s",
             json_string_value(json_object_get(status, "listen")));
    json_decref(status);
}

/* The only table's state, as a node sees it. */
static bool table_is(unsigned node, const char *state)
{
    json_t *answer = call(node, "table.list", NULL);
    const json_t *table = json_array_get(json_object_get(answer, "tables"), 0);
    const char *found = json_string_value(json_object_get(table, "state"));
    const bool is = found != NULL && strcmp(found, state) == 0;
    json_decref(answer);
    return is;
}

static void wait_for(unsigned node, const char *state)
{
    for (unsigned tries = 0; !table_is(node, state); tries++) {
        if (tries == WAIT_MSEC / 20)
            fail("the table does not become", state);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

/* Node 1 hosts a table with room for long games; everyone sits down; the keys are made. */
static void open_table(void)
{
    tell(0, "table.new",
         json_pack("{s:s, s:s, s:i, s:I, s:I, s:I}", "name", "bench", "player", "player1", "seats",
                   NODES, "buy_in", (json_int_t)1000000, "bank", (json_int_t)100000000,
                   "window_msec", (json_int_t)3600000));
    for (unsigned i = 1; i < NODES; i++) {
        char player[16];
        snprintf(player, sizeof player, "player%u", i + 1);
        wait_for(i, "offered");
        tell(i, "table.join", json_pack("{s:s, s:s}", "table", "bench", "player", player));
    }
    for (unsigned i = 0; i < NODES; i++)
        wait_for(i, "playing");
}

/* ---- What is measured
 * --------------------------------------------------------------------------------- */

/* Orders of one player while nobody else does anything: one block each. */
static void measure_orders(unsigned bets)
{
    struct samples samples = {0};
    for (unsigned i = 0; i < bets; i++) {
        const unsigned node = i / 2 % NODES;
        const double start = now_msec();
        if (i % 2 == 0)
            tell(node, "bet", json_pack("{s:s, s:i}", "bet", "place 6", "amount", 12));
        else
            tell(node, "take_down", json_pack("{s:s}", "bet", "place 6"));
        samples_add(&samples, now_msec() - start);
    }
    samples_print(&samples, "one order, sent until it is final, ms");
}

/* What rolls used up, from the first watched one to the last. */
struct usage {
    double msec;
    double cpu[NODES];
    json_int_t syncs[NODES];
    json_int_t bytes[NODES];
};

static struct usage usage_now(void)
{
    struct usage usage = {.msec = now_msec()};
    for (unsigned i = 0; i < NODES; i++) {
        usage.cpu[i] = cpu_msec(nodes[i].clock);
        usage.syncs[i] = journal_syncs(i);
        usage.bytes[i] = bytes_sent(i);
    }
    return usage;
}

static unsigned long resident_kib(unsigned node)
{
    char line[256];
    unsigned long kib = 0;
    snprintf(line, sizeof line, "/proc/%ld/status", (long)nodes[node].pid);
    FILE *file = fopen(line, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmRSS: %lu kB", &kib) == 1)
            break;
    }
    if (file != NULL)
        fclose(file);
    return kib;
}

static void print_rolls(const struct floor *floor, unsigned rolls, double blocks, double actions,
                        const struct usage *from, const struct usage *to)
{
    const double seconds = (to->msec - from->msec) / 1e3;
    double cpu = 0;
    double syncs = 0;
    double bytes = 0;
    for (unsigned i = 0; i < NODES; i++) {
        cpu += (to->cpu[i] - from->cpu[i]) * 1e3 / rolls / NODES;
        syncs += (double)(to->syncs[i] - from->syncs[i]) / rolls / NODES;
        bytes += (double)(to->bytes[i] - from->bytes[i]) / rolls / NODES;
    }
    const double least = floor_roll(floor, NODES);
    const double done = floor_of(floor, NODES, blocks / rolls, actions / rolls);
    printf("  %.1f rolls/s, %.1f blocks/s; a roll is %.2f blocks with %.2f actions\n",
           rolls / seconds, blocks / seconds, blocks / rolls, actions / rolls);
    printf("  a roll and node: %.0f us CPU, %.1f syncs of the journal, %.1f kB sent\n", cpu, syncs,
           bytes / 1e3);
    printf("  floor: %.0f us for one block and an action a seat, ratio %.2f;"
           " %.0f us for these blocks and actions, ratio %.2f\n",
           least, cpu / least, done, cpu / done);
    printf("  processors used: %.2f of %ld; resident memory of the nodes: %lu to %lu KiB\n",
           cpu * NODES * rolls / 1e6 / seconds, sysconf(_SC_NPROCESSORS_ONLN), resident_kib(1),
           resident_kib(0));
}

/* Bots play; node 1 is watched. Its first roll starts the clocks and is not counted. */
static void measure_rolls(const struct floor *floor, unsigned rolls)
{
    static const char *const strategies[NODES] = {"pass-odds", "dont-pass", "come", "place-6-8"};
    struct samples samples = {0};
    struct client watcher;
    json_t *answer;
    if (client_open(nodes[0].state, &watcher) != 0 ||
        client_call(&watcher, "watch", NULL, WAIT_MSEC, &answer) != CLIENT_ANSWERED)
        fail("watch", "the first node cannot be watched");
    json_decref(answer);
    for (unsigned i = 0; i < NODES; i++)
        tell(i, "bot", json_pack("{s:s, s:i}", "strategy", strategies[i], "rolls", (int)rolls + 1));
    struct usage from = {0};
    json_int_t height_first = 0;
    json_int_t height = 0;
    double actions = 0;
    double before = 0;
    for (unsigned seen = 0; seen < rolls + 1;) {
        json_t *event;
        if (client_next(&watcher, WAIT_MSEC, &event) != CLIENT_ANSWERED)
            fail("the game", "no roll for too long");
        const char *kind = json_string_value(json_object_get(event, "event"));
        if (strcmp(kind, "roll") == 0) {
            const double at = now_msec();
            height = json_integer_value(json_object_get(event, "height"));
            if (seen++ > 0) {
                samples_add(&samples, at - before);
            } else {
                from = usage_now();
                height_first = height;
                actions = 0;
            }
            before = at;
        } else if (strcmp(kind, "bet") == 0 || strcmp(kind, "take_down") == 0 ||
                   strcmp(kind, "ready") == 0) {
            actions++;
        }
        json_decref(event);
    }
    const double end = now_msec();
    struct usage to = usage_now();
    to.msec = end;
    samples_print(&samples, "from one roll to the next, bots, ms");
    print_rolls(floor, rolls, (double)(height - height_first), actions, &from, &to);
    client_close(&watcher);
}

/* How long the disk takes to sync a page that is already allocated: the least a record costs. */
static void measure_syncs(void)
{
    static uint8_t page[SYNC_SIZE];
    struct samples samples = {0};
    char path[PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s/sync", directory);
    const int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    for (unsigned i = 0; i <= SYNCS; i++) {
        const double start = now_msec();
        if (fd < 0 || pwrite(fd, page, sizeof page, 0) != SYNC_SIZE || fdatasync(fd) != 0)
            fail(path, strerror(errno));
        if (i > 0)
            samples_add(&samples, now_msec() - start);
    }
    close(fd);
    unlink(path);
    samples_print(&samples, "fdatasync of a page, nothing else, ms");
}

static void measure_nodes(const struct floor *floor, const char *program, const char *where,
                          unsigned rolls, unsigned bets)
{
    snprintf(directory, sizeof directory, "%.480s/bench.XXXXXX", where);
    if (mkdtemp(directory) == NULL)
        fail(where, strerror(errno));
    printf("\n%u nodes on loopback, state in %s\n", NODES, where);
    printf("  %-41s %8s %8s %8s %8s\n", "", "p50", "p95", "p99", "max");
    measure_syncs();
    for (unsigned i = 0; i < NODES; i++)
        start_node(program, i);
    open_table();
    measure_orders(bets);
    measure_rolls(floor, rolls);
    stop_nodes();
    fflush(stdout);
}

/* The same cores in this process: no sockets, disks or threads, every message at once. */
static void measure_world(const struct floor *floor, unsigned rolls)
{
    static struct world world;
    world_open(&world, NODES, 0);
    world_settle(&world);
    world_run(&world, world.now + 10000);
    world_play_roll(&world);
    uint64_t sequences = 0;
    for (unsigned i = 0; i < NODES; i++)
        sequences += world_state(&world, 0)->sequence[i];
    const uint64_t height = consensus_final_height(&world.seats[0].table->consensus);
    const uint64_t first = world_state(&world, 0)->rolls_done;
    const double start = cpu_msec(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < rolls; i++) {
        for (unsigned seat = 0; seat < NODES; seat++)
            world.seats[seat].events_count = 0;
        world_play_roll(&world);
    }
    const double cpu = (cpu_msec(CLOCK_PROCESS_CPUTIME_ID) - start) * 1e3 / rolls / NODES;
    CHECK(world_state(&world, 0)->rolls_done == first + rolls && world_agrees(&world, 0));
    uint64_t played = 0;
    for (unsigned i = 0; i < NODES; i++)
        played += world_state(&world, 0)->sequence[i];
    const double actions = (double)(played - sequences) / rolls;
    const double blocks =
        (double)(consensus_final_height(&world.seats[0].table->consensus) - height) / rolls;
    const double least = floor_roll(floor, NODES);
    const double done = floor_of(floor, NODES, blocks, actions);
    printf("\n%u tables in one process, no input or output\n", NODES);
    printf("  a roll and table: %.0f us CPU; a roll is %.2f blocks with %.2f actions\n", cpu,
           blocks, actions);
    printf("  floor: %.0f us for one block and an action a seat, ratio %.2f;"
           " %.0f us for these blocks and actions, ratio %.2f\n",
           least, cpu / least, done, cpu / done);
    world_close(&world);
}

static void print_sizes(void)
{
    printf("\nmemory, bytes: a table %zu, of that consensus %zu, a state %zu; a sitting %zu; "
           "a node's core %zu\n",
           sizeof(struct table), sizeof(struct consensus), sizeof(struct state),
           sizeof(struct sitting), sizeof(struct node));
}

/* ---- Main ---------------------------------------------------------------------------------------
 */

static unsigned number_of(const char *text)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value < 1 || value > 1000000) {
        fprintf(stderr, "bench_table: '%s' is not a number from 1 to 1000000\n", text);
        exit(2);
    }
    return (unsigned)value;
}

int main(int count, char **arguments)
{
    const char *directories[DIRECTORIES_MAX];
    unsigned directories_count = 0;
    unsigned rolls = ROLLS_DEFAULT;
    unsigned bets = BETS_DEFAULT;
    for (int i = 1; i < count; i += 2) {
        if (i + 1 < count && strcmp(arguments[i], "--rolls") == 0) {
            rolls = number_of(arguments[i + 1]);
        } else if (i + 1 < count && strcmp(arguments[i], "--bets") == 0) {
            bets = number_of(arguments[i + 1]);
        } else if (i + 1 < count && strcmp(arguments[i], "--directory") == 0 &&
                   directories_count < DIRECTORIES_MAX) {
            directories[directories_count++] = arguments[i + 1];
        } else {
            fprintf(stderr, "usage: bench_table [--rolls N] [--bets N] [--directory DIR]...\n");
            return 2;
        }
    }
    if (directories_count == 0) {
        const char *usual = getenv("TMPDIR");
        directories[directories_count++] = usual != NULL ? usual : "/tmp";
        if (access("/dev/shm", W_OK) == 0)
            directories[directories_count++] = "/dev/shm";
    }
    /* The daemon lies one folder above this program. */
    char path[PATH_SIZE] = "";
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char program[PATH_SIZE + 16];
    CHECK(length > 0 && sodium_init() >= 0);
    snprintf(program, sizeof program, "%s/bitcrapsd", dirname(dirname(path)));
    struct floor floor;
    floor_measure(&floor);
    measure_world(&floor, rolls);
    print_sizes();
    fflush(stdout);
    for (unsigned i = 0; i < directories_count; i++)
        measure_nodes(&floor, program, directories[i], rolls, bets);
    return 0;
}
