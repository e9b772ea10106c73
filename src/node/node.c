/* SPDX-License-Identifier: MIT */
#include "node/node.h"

#include "base/check.h"
#include "base/wire.h"
#include "journal/salvage.h"
#include "platform/posix/clock.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAP_SHARDS  8
#define MAP_ENTRIES 64

#define THREADS_OWN 4 /* Mesh, journal, control and the one that started: all but the workers. */

/* A ticket of the journal: the worker in the top byte, its own count below. */
#define TICKET_BITS 56

uint64_t node_ticket(unsigned worker, uint64_t ticket)
{
    return (uint64_t)worker << TICKET_BITS | ticket;
}

struct worker *node_worker_of(struct node *node, const struct digest *table)
{
    return &node->workers[table->bytes[0] % node->workers_count];
}

void node_drop(struct node *node, struct event *event)
{
    if (event != NULL && event->kind == EVENT_REQUEST)
        control_reply_error(node->control, event->token, CONTROL_ERROR_FAILED,
                            "the node is too busy: try again in a moment");
    event_put(&node->pools, event);
}

void node_ask_stop(struct node *node)
{
    const uint64_t one = 1;
    const ssize_t written = write(node->stop_fd, &one, sizeof one);
    (void)written; /* It can only fail when it is readable already. */
}

void node_journal_failed(struct node *node)
{
    if (atomic_exchange(&node->failed, true))
        return;
    char sentence[JOURNAL_SENTENCE_SIZE];
    journal_trouble(node->journal, sentence);
    log_line(LOG_LEVEL_ERROR, LOG_JOURNAL,
             "%s Until then this node stops: it has said nothing that is not on disk, so nothing "
             "is lost.",
             sentence);
    node_ask_stop(node);
}

/* On the journal's thread, for each batch. */
static void batch_done(void *context, const struct journal_receipt *receipt)
{
    struct node *node = context;
    if (receipt->error != 0) {
        node_journal_failed(node);
        return;
    }
    struct worker *worker = &node->workers[receipt->ticket >> TICKET_BITS];
    worker_durable(worker, receipt->ticket & (((uint64_t)1 << TICKET_BITS) - 1));
}

/* ---- Start
 * --------------------------------------------------------------------------------------- */

static struct sitting *replayed_sitting(struct node *node, const struct journal_row *row)
{
    struct worker *worker = node_worker_of(node, &row->scope);
    struct sitting *sitting = worker_find(worker, &row->scope);
    if (sitting != NULL || row->kind != SITTING_RECORD_JOIN)
        return sitting;
    struct reader r = reader_on(row->body);
    const size_t size = read_u16(&r);
    const struct bytes genesis = {.at = read_bytes(&r, size), .size = size};
    struct genesis checked;
    if (r.failed || genesis_unpack(genesis, &checked) != SEATING_OK ||
        memcmp(&checked.id, &row->scope, sizeof row->scope) != 0)
        return NULL;
    return worker_add(worker, genesis, &checked);
}

static bool replay_row(void *context, const struct journal_row *row)
{
    struct node *node = context;
    struct sitting *sitting = replayed_sitting(node, row);
    return sitting != NULL && sitting_restore(sitting, row->kind, row->body);
}

/* Asked for by the player: otherwise a damaged journal stays as it is, and the node ends. */
static bool salvage(struct node *node, const char *path, char sentence[static NODE_SENTENCE_SIZE])
{
    struct salvage saved;
    char why[JOURNAL_SENTENCE_SIZE];
    if (journal_salvage(path, &saved, why) != JOURNAL_OK) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "%s", why);
        return false;
    }
    node->salvaged = saved.damaged;
    if (saved.damaged)
        log_line(LOG_LEVEL_WARNING, LOG_JOURNAL,
                 "the journal was damaged: its first %llu rows are kept, all of it is in %s; seats "
                 "that they tell of watch, and ask for their place again with a new key, others "
                 "are to be joined again: see 'bitcraps table list'",
                 (unsigned long long)saved.rows, saved.aside);
    return true;
}

/* A node that ran before and has no journal at all: there is nothing to restore, but much to say.
 */
static void tell_of_lost_journal(const struct node *node, const char *path)
{
    if (node->boot > 1 && access(path, F_OK) != 0)
        log_line(LOG_LEVEL_WARNING, LOG_JOURNAL,
                 "this node ran before, and its journal %s is gone: if it sat at tables, restore "
                 "the newest copy, or join them again: then it gets its seats back with new keys",
                 path);
}

static bool open_journal(struct node *node, char sentence[static NODE_SENTENCE_SIZE])
{
    char path[320];
    char why[JOURNAL_SENTENCE_SIZE] = "";
    snprintf(path, sizeof path, "%s/journal.db", node->config.state);
    tell_of_lost_journal(node, path);
    if (node->config.salvage && !salvage(node, path, sentence))
        return false;
    enum journal_verdict verdict = journal_open(path, &node->journal, why);
    if (verdict == JOURNAL_OK)
        verdict = journal_replay(node->journal, replay_row, node, why);
    if (verdict != JOURNAL_OK) {
        if (why[0] == '\0')
            snprintf(why, sizeof why,
                     "%s holds a record that this version cannot use: keep the file, and start "
                     "with another --state",
                     path);
        snprintf(sentence, NODE_SENTENCE_SIZE, "%s%s", why,
                 verdict == JOURNAL_CORRUPT
                     ? " Without a backup start once with --salvage: it goes on with the rows "
                       "before the damage, keeps the damaged file under another name, and this "
                       "node's seats come back with new keys."
                     : "");
        return false;
    }
    for (unsigned i = 0; i < node->workers_count; i++) {
        for (unsigned j = 0; j < node->workers[i].sittings_count; j++)
            sitting_publish(node->workers[i].sittings[j]);
    }
    return true;
}

static bool open_identity(struct node *node, char sentence[static NODE_SENTENCE_SIZE])
{
    char error[FILES_ERROR_SIZE];
    int code = files_open(&node->files, node->config.state, error);
    if (code == 0)
        code = files_seed(&node->files, node->seed, error);
    if (code == 0)
        code = files_boot(&node->files, &node->boot, error);
    if (code != 0) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "%s%s", error,
                 code == -ENOSPC ? ": free some space on that disk, then start again" : "");
        return false;
    }
    identity_derive(&node->identity, node->seed, 1);
    return true;
}

static unsigned count_workers(void)
{
    /* One for each core that mesh, journal and control threads leave over; at least one. */
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores <= 3)
        return 1;
    return cores - 2 > NODE_WORKERS_MAX ? NODE_WORKERS_MAX : (unsigned)(cores - 2);
}

static bool open_shared(struct node *node)
{
    uint8_t seed[16];
    randombytes_buf(seed, sizeof seed);
    node->workers_count = count_workers();
    const struct queue_config queue = {.producers = NODE_MESH_PRODUCER_WORKER + node->workers_count,
                                       .policy = QUEUE_POLICY_DROP_LOWEST};
    node->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    node->tables = map_create(MAP_SHARDS, MAP_ENTRIES, seed, sitting_release);
    node->mesh_queue = queue_create(&queue);
    if (node->stop_fd < 0 || node->tables == NULL || node->mesh_queue == NULL ||
        !event_pools_open(&node->pools, 1 + node->workers_count, THREADS_OWN + node->workers_count))
        return false;
    node->control_guard = map_guard_create(node->tables);
    for (unsigned i = 0; i < node->workers_count; i++) {
        if (!worker_open(&node->workers[i], node, i))
            return false;
    }
    return node->control_guard != NULL;
}

static bool start_threads(struct node *node)
{
    if (journal_start(node->journal, batch_done, node) != JOURNAL_OK ||
        !carrier_start(node->carrier))
        return false;
    for (unsigned i = 0; i < node->workers_count; i++) {
        if (!worker_start(&node->workers[i]))
            return false;
    }
    return true;
}

static bool start(struct node *node, char sentence[static NODE_SENTENCE_SIZE])
{
    if (sodium_init() < 0) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "libsodium does not start: reinstall it");
        return false;
    }
    if (!open_identity(node, sentence))
        return false;
    if (!open_shared(node)) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "there is not enough memory: close other programs");
        return false;
    }
    node->carrier = carrier_open(node, sentence, NODE_SENTENCE_SIZE);
    if (node->carrier == NULL || !open_journal(node, sentence))
        return false;
    const int error = control_open(node->config.state, node_request, node, &node->control);
    if (error != 0) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "cannot open %s/control.sock: %s",
                 node->config.state, strerror(-error));
        return false;
    }
    if (!start_threads(node)) {
        snprintf(sentence, NODE_SENTENCE_SIZE, "cannot start threads: close other programs");
        return false;
    }
    return true;
}

bool node_start(struct node *node, const struct node_config *config,
                char sentence[static NODE_SENTENCE_SIZE])
{
    memset(node, 0, sizeof *node);
    node->config = *config;
    node->files.fd = -1;
    node->files.lock = -1;
    node->stop_fd = -1;
    node->started = clock_monotonic_msec();
    if (start(node, sentence))
        return true;
    node_stop(node);
    return false;
}

/*
 * Threads end in an order in which each still finds whom it calls: workers call everyone; the mesh
 * thread and the journal's fill the workers' queues, which stay until the end, and answer requests
 * that these drop; the control thread is called by all.
 */
void node_stop(struct node *node)
{
    for (unsigned i = 0; i < node->workers_count; i++)
        worker_stop(&node->workers[i]);
    carrier_stop(node->carrier);
    journal_close(node->journal);
    if (node->control != NULL)
        control_close(node->control);
    for (unsigned i = 0; i < node->workers_count; i++)
        worker_close(&node->workers[i]);
    struct event *event;
    while (node->mesh_queue != NULL && (event = queue_pop(node->mesh_queue, NULL)) != NULL)
        event_put(&node->pools, event);
    queue_destroy(node->mesh_queue);
    carrier_close(node->carrier);
    if (node->control_guard != NULL)
        map_guard_destroy(node->control_guard);
    map_destroy(node->tables);
    event_pools_close(&node->pools);
    identity_clear(&node->identity);
    sodium_memzero(node->seed, sizeof node->seed);
    files_close(&node->files);
    if (node->stop_fd >= 0)
        close(node->stop_fd);
}
