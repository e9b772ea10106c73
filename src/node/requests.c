/* SPDX-License-Identifier: MIT */
/*
 * What clients ask for, on the control thread: a request is checked, its table found in the map,
 * and handed to the thread that owns the answer (answers.c for tables).
 */
#include "config.h"

#include "craps/house.h"
#include "node/node.h"
#include "node/render.h"
#include "node/request_parts.h"
#include "odds/odds.h"

#include <sodium.h>
#include <stdio.h>

/* ---- Parameters
 * ------------------------------------------------------------------------------------ */

bool request_ticket(const json_t *params, struct ticket *ticket, const char **sentence)
{
    memset(ticket, 0, sizeof *ticket);
    const char *text = string_of(params, "ticket", NULL);
    if (text == NULL)
        return true;
    const enum ticket_verdict verdict = ticket_read(bytes_of(text), ticket);
    *sentence = ticket_verdict_text(verdict);
    return verdict == TICKET_OK;
}

/* ---- Finding the table
 * ------------------------------------------------------------------------------ */

struct search {
    const char *wanted; /* A prefix of the id, or the name; NULL: the only one with a seat. */
    unsigned found;
    struct sitting_summary summary;
    uint64_t topic;
};

static bool look(void *context, struct map_entry *entry)
{
    struct search *search = context;
    struct sitting *sitting = (struct sitting *)entry;
    const struct sitting_summary summary = sitting_summarize(sitting);
    char id[RENDER_ID_SIZE];
    render_id(&summary.id, id);
    const bool matches = search->wanted == NULL
                             ? summary.state != SITTING_OFFERED
                             : strcmp(summary.name, search->wanted) == 0 ||
                                   (strlen(search->wanted) >= 8 &&
                                    strncmp(id, search->wanted, strlen(search->wanted)) == 0);
    if (matches) {
        search->found++;
        search->summary = summary;
        search->topic = sitting->topic;
    }
    return true;
}

/* The one table of that name or id; otherwise answers the token and says false. */
static bool find_wanted(struct node *node, uint64_t token, const char *wanted,
                        struct search *search)
{
    char sentence[256];
    *search = (struct search){.wanted = wanted};
    map_visit(node->control_guard, look, search);
    if (search->found == 1)
        return true;
    if (search->wanted == NULL && search->found == 0)
        snprintf(sentence, sizeof sentence,
                 "this node has no table: see 'bitcraps table list', then join one or make a new "
                 "one");
    else if (search->wanted == NULL)
        snprintf(sentence, sizeof sentence,
                 "this node is at %u tables: name one with --table, see 'bitcraps table list'",
                 search->found);
    else if (search->found == 0)
        snprintf(sentence, sizeof sentence,
                 "no table '%.64s' is known here: see 'bitcraps table list'", search->wanted);
    else
        snprintf(sentence, sizeof sentence,
                 "%u tables are called '%.64s': give 8 or more digits of the id", search->found,
                 search->wanted);
    refuse(node, token, CONTROL_ERROR_NOT_FOUND, sentence);
    return false;
}

static bool find_table(struct node *node, uint64_t token, const json_t *params,
                       struct search *search)
{
    return find_wanted(node, token, string_of(params, "table", NULL), search);
}

/* ---- On the control thread
 * ----------------------------------------------------------------------- */

/*
 * Makes the event carry the request, or refuses it if there is none. The parameters are copied:
 * jansson's reference counts do not order what two threads do with one value.
 */
static struct event *fill_request(struct node *node, const struct control_request *request,
                                  enum request_method method, struct event *event)
{
    json_t *params = event == NULL ? NULL : json_deep_copy(request->params);
    if (params == NULL) {
        refuse(node, request->token, CONTROL_ERROR_FAILED,
               "the node is too busy: try again in a moment");
        event_put(&node->pools, event);
        return NULL;
    }
    event->method = method;
    event->token = request->token;
    event->params = params;
    return event;
}

static struct event *request_event(struct node *node, const struct control_request *request,
                                   enum request_method method)
{
    return fill_request(node, request, method,
                        event_get(&node->pools, EVENT_REQUEST, QUEUE_LANE_GAME));
}

static void push(struct node *node, struct queue *queue, uint32_t producer, struct event *event)
{
    void *dropped = NULL;
    queue_push(queue, producer, event->lane, event, &dropped);
    node_drop(node, dropped);
}

static void to_mesh(struct node *node, const struct control_request *request,
                    enum request_method method)
{
    struct event *event = request_event(node, request, method);
    if (event != NULL)
        push(node, node->mesh_queue, NODE_MESH_PRODUCER_CONTROL, event);
}

static void to_found(struct node *node, const struct control_request *request,
                     enum request_method method, const struct digest *table)
{
    struct event *event = request_event(node, request, method);
    if (event == NULL)
        return;
    event->id = *table;
    push(node, node_worker_of(node, &event->id)->queue, WORKER_PRODUCER_CONTROL, event);
}

static void to_table(struct node *node, const struct control_request *request,
                     enum request_method method)
{
    struct search search;
    if (find_table(node, request->token, request->params, &search))
        to_found(node, request, method, &search.summary.id);
}

static bool look_by_id(void *context, struct map_entry *entry)
{
    struct search *search = context;
    if (memcmp(entry->id, search->summary.id.bytes, DIGEST_SIZE) == 0)
        search->found++;
    return true;
}

/* By a ticket, by a name, or by both when they mean the same table. */
static void to_joined(struct node *node, const struct control_request *request,
                      enum request_method method)
{
    struct ticket ticket;
    struct search search = {.found = 0};
    const char *sentence;
    if (!request_ticket(request->params, &ticket, &sentence)) {
        refuse(node, request->token, CONTROL_ERROR_PARAMS, sentence);
        return;
    }
    const bool named = json_is_string(json_object_get(request->params, "table"));
    if (!json_is_string(json_object_get(request->params, "ticket"))) {
        to_table(node, request, method);
        return;
    }
    if (named && !find_table(node, request->token, request->params, &search))
        return;
    if (named && memcmp(&search.summary.id, &ticket.table, sizeof ticket.table) != 0) {
        refuse(node, request->token, CONTROL_ERROR_REFUSED,
               "the ticket is for another table than the one you name: leave --table away to join "
               "the ticket's");
        return;
    }
    search = (struct search){.summary = {.id = ticket.table}};
    map_visit(node->control_guard, look_by_id, &search);
    if (search.found == 0)
        refuse(node, request->token, CONTROL_ERROR_NOT_FOUND,
               "the table of this ticket is not known here yet: link this node to one that knows "
               "it, or wait for it with --wait");
    else
        to_found(node, request, method, &ticket.table);
}

/* Every minimum and maximum that is the line's becomes the one asked for; no maximum is above it.
 */
static void set_limits(struct craps_rules *rules, const json_t *params)
{
    const struct craps_limit line = rules->limits[CRAPS_LIMIT_LINE];
    const chips minimum = integer_of(params, "minimum", line.min);
    const chips maximum = integer_of(params, "maximum", INT64_MAX);
    for (unsigned i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        struct craps_limit *limit = &rules->limits[i];
        if (limit->min == line.min)
            limit->min = minimum;
        if (maximum < limit->max || (maximum != INT64_MAX && limit->max == line.max))
            limit->max = maximum;
    }
}

/*
 * A preset, then the limits asked for, then each rule that is set by name. Refused where a bet
 * would lose the bank money; working that out takes up to some seconds for tables of bets on a hand
 * that no preset has, and other clients wait.
 */
static bool rules_of(const json_t *params, struct craps_rules *rules,
                     char sentence[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    size_t index;
    json_t *pair;
    if (!craps_house_preset(rules, bytes_of(string_of(params, "preset", "casino")), sentence))
        return false;
    set_limits(rules, params);
    const char *fault = craps_rules_fault(rules);
    if (fault != NULL) {
        snprintf(sentence, CRAPS_HOUSE_SENTENCE_SIZE, "%s", fault);
        return false;
    }
    json_array_foreach(json_object_get(params, "house"), index, pair)
    {
        const char *text = json_is_string(pair) ? json_string_value(pair) : "";
        if (!craps_house_set_pair(rules, bytes_of(text), sentence))
            return false;
    }
    char why[ODDS_SENTENCE_SIZE];
    if (odds_fault(rules, why)) {
        snprintf(sentence, CRAPS_HOUSE_SENTENCE_SIZE, "%s", why);
        return false;
    }
    return true;
}

/* Fills a genesis from the request; false with a sentence that names what is wrong. */
static bool genesis_of(struct node *node, const json_t *params, struct genesis *genesis,
                       char *sentence, size_t size)
{
    memset(genesis, 0, sizeof *genesis);
    genesis->host = node->identity.key;
    randombytes_buf(genesis->nonce, sizeof genesis->nonce);
    const char *name = string_of(params, "name", "table");
    if (strlen(name) > NAME_SIZE_MAX) {
        snprintf(sentence, size, "a table's name has at most %d bytes", NAME_SIZE_MAX);
        return false;
    }
    snprintf(genesis->name, sizeof genesis->name, "%s", name);
    const json_int_t seats = integer_of(params, "seats", 4);
    if (seats < 1 || seats > SEATS_MAX) {
        snprintf(sentence, size, "a table has 1 to %d seats, not %lld", SEATS_MAX,
                 (long long)seats);
        return false;
    }
    genesis->seats = (unsigned)seats;
    if (!admission_parse(string_of(params, "admission", "open"), &genesis->admission)) {
        snprintf(sentence, size,
                 "a table is open, by invitation, or by approval: give open, invitation or "
                 "approval, not '%.32s'",
                 string_of(params, "admission", ""));
        return false;
    }
    if (genesis->admission == ADMISSION_INVITATION) {
        struct invitation invitation;
        invitation_derive(node->seed, genesis->nonce, &invitation);
        invitation_key(&invitation, &genesis->invitation);
        sodium_memzero(&invitation, sizeof invitation);
    }
    const json_int_t most = integer_of(params, "most", seats);
    if (most < seats || most > SEATS_MAX) {
        snprintf(sentence, size, "this table may grow to %lld to %d seats, not %lld",
                 (long long)seats, SEATS_MAX, (long long)most);
        return false;
    }
    genesis->most = most > seats ? (unsigned)most : 0;
    /* With two or three seats nobody may be gone; with witnesses up to four, one may. */
    const json_int_t usual = most == 2 || most == 3 ? 4 - most : 0;
    const json_int_t witnesses = integer_of(params, "witnesses", usual);
    if (witnesses < 0 || witnesses > SEATS_MAX - most) {
        snprintf(sentence, size,
                 "beside %lld seats there are places for 0 to %lld witnesses, not "
                 "%lld",
                 (long long)most, (long long)(SEATS_MAX - most), (long long)witnesses);
        return false;
    }
    genesis->witnesses = (unsigned)witnesses;
    genesis->buy_in = integer_of(params, "buy_in", 1000);
    genesis->bank = integer_of(params, "bank", 100000);
    genesis->window = integer_of(params, "window_msec", 20000);
    genesis->host_bank = json_is_true(json_object_get(params, "host_bank"));
    char why[CRAPS_HOUSE_SENTENCE_SIZE];
    if (rules_of(params, &genesis->rules, why))
        return true;
    snprintf(sentence, size, "%s", why);
    return false;
}

static void table_new(struct node *node, const struct control_request *request)
{
    struct genesis genesis;
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    uint8_t packed[GENESIS_SIZE_MAX];
    if (!genesis_of(node, request->params, &genesis, sentence, sizeof sentence)) {
        refuse(node, request->token, CONTROL_ERROR_PARAMS, sentence);
        return;
    }
    const size_t size = genesis_pack(&genesis, packed);
    if (size == 0) {
        refuse(node, request->token, CONTROL_ERROR_PARAMS,
               "the name is empty or has control characters, or buy-in, bank or window is out of "
               "range: buy-in 1 or more, bank 0 or more, window 100 to 3600000 milliseconds");
        return;
    }
    struct event *event = fill_request(node, request, REQUEST_TABLE_NEW,
                                       event_copy(&node->pools, EVENT_REQUEST, QUEUE_LANE_GAME,
                                                  (struct bytes){.at = packed, .size = size}));
    if (event == NULL)
        return;
    event->id = genesis.id;
    push(node, node_worker_of(node, &event->id)->queue, WORKER_PRODUCER_CONTROL, event);
}

static bool list_one(void *context, struct map_entry *entry)
{
    const struct sitting_summary summary = sitting_summarize((struct sitting *)entry);
    json_array_append_new(context, render_summary(&summary));
    return true;
}

static void table_list(struct node *node, const struct control_request *request)
{
    json_t *tables = json_array();
    map_visit(node->control_guard, list_one, tables);
    control_reply(node->control, request->token,
                  json_pack("{s:s, s:o}", "schema", "bitcraps.tables/1", "tables", tables));
}

static void watch(struct node *node, const struct control_request *request)
{
    uint64_t topic = CONTROL_TOPIC_ALL;
    if (json_is_string(json_object_get(request->params, "table"))) {
        struct search search;
        if (!find_table(node, request->token, request->params, &search))
            return;
        topic = search.topic;
    }
    control_subscribe(node->control, request->token, topic);
    control_reply(node->control, request->token, json_pack("{s:s}", "schema", "bitcraps.watch/1"));
}

static void key_show(struct node *node, const struct control_request *request)
{
    char id[NODE_TEXT_SIZE];
    char identity[2 * PUBLIC_KEY_SIZE + 1];
    char link[2 * LINK_KEY_SIZE + 1];
    identity_text(&node->identity.node, id);
    sodium_bin2hex(identity, sizeof identity, node->identity.key.bytes, PUBLIC_KEY_SIZE);
    sodium_bin2hex(link, sizeof link, node->identity.link_public, LINK_KEY_SIZE);
    control_reply(node->control, request->token,
                  json_pack("{s:s, s:s, s:s, s:s}", "schema", "bitcraps.key/1", "id", id,
                            "identity_key", identity, "link_key", link));
}

static void shutdown_node(struct node *node, const struct control_request *request)
{
    control_reply(node->control, request->token,
                  json_pack("{s:s}", "schema", "bitcraps.shutdown/1"));
    node_ask_stop(node);
}

/* Every method: answered here, or by the thread that owns what it is about. */
struct method {
    const char *name;
    void (*handle)(struct node *node, const struct control_request *request); /* Here; or */
    void (*forward)(struct node *node, const struct control_request *request,
                    enum request_method method); /* there, */
    enum request_method method;                  /* as this. */
};

static const struct method methods[] = {
    {"status", NULL, to_mesh, REQUEST_STATUS},
    {"peers", NULL, to_mesh, REQUEST_PEERS},
    {"key.show", key_show, NULL, REQUEST_STATUS},
    {"table.new", table_new, NULL, REQUEST_TABLE_NEW},
    {"table.list", table_list, NULL, REQUEST_STATUS},
    {"table.show", NULL, to_table, REQUEST_TABLE_SHOW},
    {"table.join", NULL, to_joined, REQUEST_TABLE_JOIN},
    {"table.invite", NULL, to_table, REQUEST_TABLE_INVITE},
    {"table.approve", NULL, to_table, REQUEST_TABLE_APPROVE},
    {"table.leave", NULL, to_table, REQUEST_TABLE_LEAVE},
    {"bet", NULL, to_table, REQUEST_BET},
    {"take_down", NULL, to_table, REQUEST_TAKE_DOWN},
    {"orders", NULL, to_table, REQUEST_ORDERS},
    {"say", NULL, to_table, REQUEST_SAY},
    {"roll", NULL, to_table, REQUEST_ROLL},
    {"ledger", NULL, to_table, REQUEST_LEDGER},
    {"export", NULL, to_table, REQUEST_EXPORT},
    {"bot", NULL, to_table, REQUEST_BOT},
    {"watch", watch, NULL, REQUEST_STATUS},
    {"shutdown", shutdown_node, NULL, REQUEST_STATUS},
};

void node_request(void *context, const struct control_request *request)
{
    struct node *node = context;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, request->method) != 0)
            continue;
        if (methods[i].handle != NULL)
            methods[i].handle(node, request);
        else
            methods[i].forward(node, request, methods[i].method);
        return;
    }
    refuse(node, request->token, CONTROL_ERROR_METHOD, "there is no such method");
}
