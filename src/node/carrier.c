/* SPDX-License-Identifier: MIT */
#include "node/carrier.h"

#include "base/check.h"
#include "frame/frame.h"
#include "node/node.h"
#include "node/status.h"
#include "platform/linux-bt/bluetooth.h"
#include "platform/posix/clock.h"
#include "platform/posix/power.h"
#include "proto/table.pb-c.h"
#include "table/seating.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_A_TURN 64

/* Who is near us is said again after so long, well before the last word ends (MESH_NEAR_MSEC). */
#define NEAR_MSEC 15000

/* What this machine runs on, and what it passes on for others, is looked at so often. */
#define DUTY_MSEC MESH_WEIGH_MSEC

static bool outbox_open(struct outbox *out, size_t effects, size_t arena)
{
    out->effects = malloc(effects * sizeof *out->effects);
    out->effects_max = effects;
    out->arena = malloc(arena);
    out->arena_size = arena;
    return out->effects != NULL && out->arena != NULL;
}

static void dial_configured(struct carrier *carrier, msec now)
{
    const struct node_config *config = &carrier->node->config;
    for (unsigned i = 0; i < config->connects; i++) {
        struct link_target target = {.persistent = true};
        CHECK(udp_parse(config->connect[i], &target.address) == 0);
        link_dial(&carrier->link, now, &target, &carrier->link_out);
    }
}

struct carrier *carrier_open(struct node *node, char *sentence, size_t size)
{
    struct carrier *carrier = calloc(1, sizeof *carrier);
    if (carrier == NULL) {
        snprintf(sentence, size, "there is not enough memory: close other programs");
        return NULL;
    }
    carrier->node = node;
    carrier->near_at = MSEC_NEVER;
    char error[UDP_ERROR_SIZE];
    if (internet_open(&carrier->internet, node->config.listen, error) != 0) {
        snprintf(sentence, size, "%s", error);
        free(carrier);
        return NULL;
    }
    carrier->transports[carrier->transports_count++] = &carrier->internet.transport;
    if (!outbox_open(&carrier->link_out, LINK_EFFECTS_MAX * 8, LINK_OUTBOX_SIZE * 8) ||
        !outbox_open(&carrier->mesh_out, MESH_OUTBOX_EFFECTS, MESH_OUTBOX_ARENA)) {
        snprintf(sentence, size, "there is not enough memory: close other programs");
        carrier_close(carrier);
        return NULL;
    }
    struct link_config link = {.boot = node->boot};
    uint8_t seed[LINK_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    link_init(&carrier->link, &node->identity, &link, seed);
    struct mesh_config mesh = {.node = node->identity.node,
                               .key = node->identity.key,
                               .secret = node->identity.secret,
                               .boot = node->boot,
                               .foreign_per_sec = MESH_FOREIGN_PER_SEC,
                               .judge = relay_judge(&carrier->relay)};
    relay_init(&carrier->relay);
    randombytes_buf(mesh.random, sizeof mesh.random);
    mesh_init(&carrier->mesh, &mesh);
    return carrier;
}

void carrier_close(struct carrier *carrier)
{
    if (carrier == NULL)
        return;
    for (unsigned i = 0; i < TRANSPORT_BATCH; i++)
        buffer_put(carrier->receiving[i]);
    for (unsigned i = 0; i < carrier->transports_count; i++)
        carrier->transports[i]->operations->close(carrier->transports[i]);
    link_clear(&carrier->link);
    free(carrier->link_out.effects);
    free(carrier->link_out.arena);
    free(carrier->mesh_out.effects);
    free(carrier->mesh_out.arena);
    free(carrier);
}

/* ---- To the workers
 * -------------------------------------------------------------------------------- */

static void to_worker(struct carrier *carrier, struct worker *worker, struct event *event)
{
    void *dropped = NULL;
    queue_push(worker->queue, WORKER_PRODUCER_MESH, event->lane, event, &dropped);
    node_drop(carrier->node, dropped);
}

static enum queue_lane lane_of_class(enum mesh_class class)
{
    switch (class) {
    case MESH_CLASS_CONTROL:
    case MESH_CLASS_CONSENSUS:
        return QUEUE_LANE_CONSENSUS;
    case MESH_CLASS_INTERACTIVE:
        return QUEUE_LANE_GAME;
    case MESH_CLASS_BULK:
    case MESH_CLASSES:
        break;
    }
    return QUEUE_LANE_GOSSIP;
}

/* The received buffer itself travels on, unless the object was put together from pieces. */
static struct event *event_of(struct carrier *carrier, enum event_kind kind, enum queue_lane lane,
                              struct bytes object, struct buffer *buffer)
{
    struct event_pools *pools = &carrier->node->pools;
    if (buffer == NULL || object.at < buffer->at || object.at >= buffer->at + buffer->size)
        return event_copy(pools, kind, lane, object);
    struct event *event = event_get(pools, kind, lane);
    if (event != NULL) {
        event->buffer = buffer_hold(buffer);
        event->bytes = object;
    }
    return event;
}

static const struct carrier_scope *find_scope(const struct carrier *carrier,
                                              const uint8_t scope[static 8])
{
    for (unsigned i = 0; i < carrier->scopes_count; i++) {
        if (memcmp(carrier->scopes[i].scope.bytes, scope, 8) == 0)
            return &carrier->scopes[i];
    }
    return NULL;
}

static void deliver_message(struct carrier *carrier, const struct mesh_delivery *delivery,
                            const uint8_t scope[static 8], struct bytes object,
                            struct buffer *buffer)
{
    const struct carrier_scope *joined = find_scope(carrier, scope);
    if (joined == NULL)
        return;
    struct event *event =
        event_of(carrier, EVENT_MESSAGE, lane_of_class(delivery->class), object, buffer);
    if (event == NULL)
        return;
    event->id = joined->id;
    to_worker(carrier, node_worker_of(carrier->node, &joined->id), event);
}

/* The host of an offer's table, if it has signed that it offers it. */
static bool warranted(struct bytes genesis, const Bitcraps__Announce *offer,
                      struct public_key *host)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    struct digest id;
    if (frame_unpack(&bitcraps__genesis__descriptor, genesis, &arena, &base) != FRAME_OK)
        return false;
    const ProtobufCBinaryData key = ((const Bitcraps__Genesis *)base)->host;
    if (key.len != PUBLIC_KEY_SIZE)
        return false;
    memcpy(host->bytes, key.data, PUBLIC_KEY_SIZE);
    genesis_id(genesis, &id);
    return offer_warranted(&id, host,
                           (struct bytes){.at = offer->warrant.data, .size = offer->warrant.len});
}

static void deliver_offer(struct carrier *carrier, msec now, const struct mesh_delivery *delivery,
                          uint32_t neighbour, struct buffer *buffer)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, delivery->object, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_ANNOUNCE)
        return;
    const struct bytes genesis = {.at = message->announce->genesis.data,
                                  .size = message->announce->genesis.len};
    struct public_key host;
    if (!warranted(genesis, message->announce, &host))
        return;
    struct digest id;
    genesis_id(genesis, &id);
    const struct scope_id scope = relay_scope(&id);
    if (!mesh_joined(&carrier->mesh, &scope))
        (void)relay_offer(&carrier->relay, now, neighbour, genesis);
    const bool direct = memcmp(&host, &delivery->key, sizeof host) == 0;
    if (!direct && !message->announce->started)
        return; /* Who sits there first is for the host to say. */
    struct event *event = event_of(carrier, EVENT_OFFER, QUEUE_LANE_GAME, delivery->object, buffer);
    if (event == NULL)
        return;
    event->id = id;
    event->direct = direct;
    event->node = carrier->mesh.neighbours[neighbour].node;
    to_worker(carrier, node_worker_of(carrier->node, &event->id), event);
}

static void deliver(struct carrier *carrier, msec now, const struct mesh_delivery *delivery,
                    uint32_t neighbour, struct buffer *buffer)
{
    switch (delivery->kind) {
    case MESH_DELIVERY_NONE:
        break;
    case MESH_DELIVERY_SCOPE:
        deliver_message(carrier, delivery, delivery->scope.bytes, delivery->object, buffer);
        break;
    case MESH_DELIVERY_UNICAST:
        /* For one seat of a table: the scope, then the message. */
        if (delivery->object.size > 8)
            deliver_message(
                carrier, delivery, delivery->object.at,
                (struct bytes){.at = delivery->object.at + 8, .size = delivery->object.size - 8},
                buffer);
        break;
    case MESH_DELIVERY_DISCOVER:
        deliver_offer(carrier, now, delivery, neighbour, buffer);
        break;
    }
}

static void tell_peers(struct carrier *carrier)
{
    uint8_t nodes[1 + NEIGHBOURS_MAX * DIGEST_SIZE];
    size_t size = 1;
    nodes[0] = carrier->near != 0;
    for (unsigned i = 0; i < NEIGHBOURS_MAX; i++) {
        if (!carrier->link.peers[i].up)
            continue;
        memcpy(nodes + size, carrier->link.peers[i].node.bytes, DIGEST_SIZE);
        size += DIGEST_SIZE;
    }
    for (unsigned i = 0; i < carrier->node->workers_count; i++) {
        struct event *event = event_copy(&carrier->node->pools, EVENT_PEERS, QUEUE_LANE_CONSENSUS,
                                         (struct bytes){.at = nodes, .size = size});
        if (event != NULL)
            to_worker(carrier, &carrier->node->workers[i], event);
    }
}

/* ---- Effects
 * ----------------------------------------------------------------------------------------- */

static enum link_urgency urgency_of(enum mesh_class class)
{
    switch (class) {
    case MESH_CLASS_CONTROL:
    case MESH_CLASS_CONSENSUS:
        return LINK_URGENT;
    case MESH_CLASS_INTERACTIVE:
        return LINK_PATIENT;
    case MESH_CLASS_BULK:
    case MESH_CLASSES:
        break;
    }
    return LINK_BULK;
}

static void take_mesh_effects(struct carrier *carrier, msec now)
{
    struct outbox *out = &carrier->mesh_out;
    for (size_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effects[i];
        if (effect->kind == MESH_EFFECT_CLOSE) {
            mesh_link_down(&carrier->mesh, effect->target);
            link_close(&carrier->link, now, effect->target, &carrier->link_out);
            continue;
        }
        const struct bytes packet = outbox_bytes(out, effect);
        link_send(&carrier->link, now, effect->target, LINK_RECORD_PACKET, packet,
                  urgency_of(mesh_class_of(packet)), &carrier->link_out);
    }
    outbox_clear(out);
}

static void take_link_event(struct carrier *carrier, const struct effect *effect, msec now)
{
    const struct link_peer *peer = &carrier->link.peers[effect->target];
    char text[NODE_TEXT_SIZE];
    identity_text(&peer->node, text);
    if (effect->kind == LINK_EFFECT_UP) {
        log_line(LOG_LEVEL_INFO, LOG_LINK, "link to %s is up", text);
        if (mesh_link_up(&carrier->mesh, now, effect->target, &peer->node, &peer->key)) {
            mesh_retell(&carrier->mesh, now, effect->target, &carrier->mesh_out);
            carrier->near_at = carrier->near != 0 ? now : carrier->near_at;
        } else {
            link_close(&carrier->link, now, effect->target, &carrier->link_out);
        }
    } else {
        log_line(LOG_LEVEL_INFO, LOG_LINK, "link to %s is down", text);
        mesh_link_down(&carrier->mesh, effect->target);
    }
    tell_peers(carrier);
}

/* Whose addresses are of that kind, by its number; CARRIER_TRANSPORTS_MAX: nobody's. */
static unsigned transport_of(const struct carrier *carrier, uint8_t kind)
{
    for (unsigned i = 0; i < carrier->transports_count; i++)
        if (carrier->transports[i]->kind == kind)
            return i;
    return CARRIER_TRANSPORTS_MAX;
}

struct transport *carrier_transport(const struct carrier *carrier, uint8_t kind)
{
    const unsigned number = transport_of(carrier, kind);
    return number < CARRIER_TRANSPORTS_MAX ? carrier->transports[number] : NULL;
}

/* The peers whose frames go over a transport that loses nothing. */
static uint32_t find_near(const struct carrier *carrier)
{
    uint32_t near = 0;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        if (!carrier->link.peers[i].up)
            continue;
        const struct transport *transport =
            carrier_transport(carrier, link_peer_address(&carrier->link, i)->kind);
        if (transport != NULL && transport->lossless)
            near |= UINT32_C(1) << i;
    }
    return near;
}

/* Says who is near, when that has changed or was long ago; a node without such links never does. */
static void tell_near(struct carrier *carrier, msec now)
{
    const uint32_t near = find_near(carrier);
    if ((near != 0) != (carrier->near != 0)) {
        carrier->near = near;
        tell_peers(carrier); /* Tables have to be more patient, or need no longer be. */
    }
    carrier->near = near;
    if (near == carrier->near_told && now < carrier->near_at)
        return;
    uint8_t word[MESH_NEAR_SIZE];
    const struct bytes body = {.at = word, .size = mesh_near_word(&carrier->mesh, near, word)};
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        link_send(&carrier->link, now, i, LINK_RECORD_NEAR, body, LINK_PATIENT, &carrier->link_out);
    carrier->near_told = near;
    carrier->near_at = near != 0 ? now + NEAR_MSEC : MSEC_NEVER;
}

/* What is relayed for others: a quarter of what a link may carry, a twentieth on battery. */
static uint32_t foreign_of(enum power power)
{
    switch (power) {
    case POWER_MAINS:
        return MESH_FOREIGN_PER_SEC;
    case POWER_BATTERY:
        return MESH_FOREIGN_PER_SEC / 5;
    case POWER_LOW:
        break;
    }
    return 0;
}

static void look_at_power(struct carrier *carrier)
{
    const uint32_t foreign = foreign_of(power_read(POWER_FOLDER));
    if (foreign != carrier->mesh.config.foreign_per_sec)
        log_line(LOG_LEVEL_INFO, LOG_MESH,
                 "relaying up to %u packets a second and link for others: this machine runs on %s",
                 foreign,
                 foreign == 0                      ? "a battery that is nearly empty"
                 : foreign == MESH_FOREIGN_PER_SEC ? "mains"
                                                   : "battery");
    carrier->mesh.config.foreign_per_sec = foreign;
}

static void look_at_links(struct carrier *carrier)
{
    int64_t rates[NEIGHBOURS_MAX] = {0};
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        if (!carrier->link.peers[i].up)
            continue;
        const struct link_address *address = link_peer_address(&carrier->link, i);
        struct transport *transport = carrier_transport(carrier, address->kind);
        if (transport != NULL && transport->operations->rate != NULL)
            rates[i] = transport->operations->rate(transport, address);
    }
    const bool congested = carrier->mesh.hops_max < HOP_LIMIT_MAX;
    mesh_weigh(&carrier->mesh, DUTY_MSEC, rates);
    if (!congested && carrier->mesh.hops_max < HOP_LIMIT_MAX)
        log_line(LOG_LEVEL_WARNING, LOG_MESH,
                 "a link is more than a fifth busy with tables of others: what is passed on for "
                 "them goes less far until that is over");
    if (congested && carrier->mesh.hops_max == HOP_LIMIT_MAX)
        log_line(LOG_LEVEL_INFO, LOG_MESH, "links are no longer busy with tables of others");
}

static void look_at_duties(struct carrier *carrier, msec now)
{
    if (now < carrier->duty_at)
        return;
    look_at_power(carrier);
    look_at_links(carrier);
    carrier->duty_at = now + DUTY_MSEC;
}

/* Datagrams for one transport, on their way out. */
struct batch {
    struct datagram datagrams[TRANSPORT_BATCH];
    size_t count;
};

/*
 * What a transport does not take is as good as lost on the way.
 *
 * Packets are not made older for it (packet_add_age): here and in their link they wait 25 ms at
 * most, one copy for several neighbours, and live for ten seconds or more; the unit of age that the
 * mesh adds at each hop stands for that.
 */
static void send_batch(struct carrier *carrier, msec now, unsigned number, struct batch *batch)
{
    struct transport *transport = carrier->transports[number];
    const size_t done = transport->operations->send(transport, now, batch->datagrams, batch->count);
    for (size_t i = 0; i < done; i++)
        carrier->bytes_sent += batch->datagrams[i].size;
    carrier->unsent += batch->count - done;
    batch->count = 0;
}

/* Links come and go first, then everything leaves, TRANSPORT_BATCH datagrams a call. */
static void send_link_effects(struct carrier *carrier, msec now)
{
    struct outbox *out = &carrier->link_out;
    struct batch batches[CARRIER_TRANSPORTS_MAX];
    for (unsigned i = 0; i < carrier->transports_count; i++)
        batches[i].count = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (out->effects[i].kind != LINK_EFFECT_SEND) {
            take_link_event(carrier, &out->effects[i], now);
            continue;
        }
        struct link_address to;
        const struct bytes datagram = link_effect_datagram(out, &out->effects[i], &to);
        const unsigned number = transport_of(carrier, to.kind);
        if (number == CARRIER_TRANSPORTS_MAX)
            continue;
        struct batch *batch = &batches[number];
        batch->datagrams[batch->count++] =
            (struct datagram){.address = to,
                              .at = (uint8_t *)datagram.at,
                              .size = datagram.size,
                              .urgency = (enum link_urgency)out->effects[i].target};
        if (batch->count == TRANSPORT_BATCH)
            send_batch(carrier, now, number, batch);
    }
    for (unsigned i = 0; i < carrier->transports_count; i++)
        if (batches[i].count > 0)
            send_batch(carrier, now, i, &batches[i]);
    outbox_clear(out);
}

/* And what a link that came up is told. */
static void take_link_effects(struct carrier *carrier, msec now)
{
    send_link_effects(carrier, now);
    while (carrier->mesh_out.count > 0) {
        take_mesh_effects(carrier, now);
        send_link_effects(carrier, now);
    }
}

/* ---- In
 * ------------------------------------------------------------------------------------------------
 */

static void take_datagram(struct carrier *carrier, struct transport *transport, msec now,
                          const struct datagram *datagram, struct buffer *buffer)
{
    struct link_received received;
    struct link_record record;
    const size_t before = carrier->link_out.count;
    carrier->bytes_received += datagram->size;
    const enum link_verdict verdict =
        link_receive(&carrier->link, now, &datagram->address, datagram->at, datagram->size,
                     &carrier->link_out, &received);
    /* Frames of a session that was given up in a silence, its peer sends in good faith. */
    if (transport->operations->judge != NULL && verdict != LINK_DROP_INDEX)
        transport->operations->judge(transport, now, &datagram->address,
                                     verdict <= LINK_TOOK_RETRY_SENT);
    /* A link that this brought up is one before its first packets are looked at. */
    for (size_t i = before; i < carrier->link_out.count; i++) {
        if (carrier->link_out.effects[i].kind != LINK_EFFECT_SEND) {
            take_link_effects(carrier, now);
            break;
        }
    }
    while (link_next_record(&received, &record)) {
        if (record.type == LINK_RECORD_NEAR)
            mesh_near(&carrier->mesh, now, received.peer, record.body);
        if (record.type != LINK_RECORD_PACKET)
            continue;
        struct mesh_delivery delivery = {.kind = MESH_DELIVERY_NONE};
        mesh_receive(&carrier->mesh, now, received.peer, record.body, &delivery,
                     &carrier->mesh_out);
        deliver(carrier, now, &delivery, received.peer, buffer);
        take_mesh_effects(carrier, now);
    }
}

static bool receive_batch(struct carrier *carrier, struct transport *transport)
{
    struct datagram datagrams[TRANSPORT_BATCH];
    size_t room = 0;
    for (; room < TRANSPORT_BATCH; room++) {
        if (carrier->receiving[room] == NULL)
            carrier->receiving[room] = buffer_get(carrier->node->pools.frames);
        if (carrier->receiving[room] == NULL)
            break; /* Back-pressure: the system's own buffer waits. */
        datagrams[room].at = carrier->receiving[room]->at;
        datagrams[room].size = FRAME_SIZE_MAX;
    }
    carrier->starved = room == 0;
    const msec now = clock_monotonic_msec();
    const int count = transport->operations->receive(transport, now, datagrams, room);
    if (count <= 0)
        return false;
    for (int i = 0; i < count; i++) {
        struct buffer *buffer = carrier->receiving[i];
        carrier->receiving[i] = NULL;
        buffer_append(buffer, datagrams[i].size);
        take_datagram(carrier, transport, now, &datagrams[i], buffer);
        buffer_put(buffer);
        if (carrier->link_out.count > LINK_EFFECTS_MAX * 4)
            take_link_effects(carrier, now);
    }
    take_link_effects(carrier, now);
    return count == TRANSPORT_BATCH;
}

/* What transports have found and lost. */
static void take_notices(struct carrier *carrier, struct transport *transport, msec now)
{
    struct transport_notice notice;
    while (transport->operations->notice != NULL &&
           transport->operations->notice(transport, &notice)) {
        const struct link_target target = {.address = notice.address};
        switch (notice.news) {
        case TRANSPORT_REACHED:
            link_dial(&carrier->link, now, &target, &carrier->link_out);
            break;
        case TRANSPORT_LOST:
            link_lost(&carrier->link, now, &notice.address, &carrier->link_out);
            break;
        }
    }
}

/* One turn of a transport; whether it has more at once. */
static bool turn(struct carrier *carrier, struct transport *transport)
{
    const struct transport_operations *operations = transport->operations;
    const bool more = receive_batch(carrier, transport);
    const msec now = clock_monotonic_msec();
    if (operations->deadline != NULL && operations->deadline(transport) <= now)
        operations->expire(transport, now);
    take_notices(carrier, transport, now);
    return more;
}

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

/* When the next timer is due. */
static msec next_deadline(const struct carrier *carrier)
{
    msec next = earlier(link_deadline(&carrier->link), mesh_deadline(&carrier->mesh));
    next = earlier(earlier(next, carrier->near_at), carrier->duty_at);
    for (unsigned i = 0; i < carrier->transports_count; i++) {
        const struct transport *transport = carrier->transports[i];
        if (transport->operations->deadline != NULL)
            next = earlier(next, transport->operations->deadline(transport));
    }
    return next;
}

/* Sleeps until something comes, at most until the next timer. */
static void sleep_a_while(struct carrier *carrier, struct queue *queue)
{
    /* Without a buffer, datagrams are no reason to wake: workers must free one first. */
    struct pollfd waiting[CARRIER_TRANSPORTS_MAX + 1];
    const nfds_t count = carrier->transports_count;
    for (nfds_t i = 0; i < count; i++)
        waiting[i] = (struct pollfd){.fd = carrier->transports[i]->fd,
                                     .events = carrier->starved ? 0 : POLLIN};
    waiting[count] = (struct pollfd){.fd = queue_fd(queue), .events = POLLIN};
    const msec left = next_deadline(carrier) - clock_monotonic_msec();
    const msec longest = carrier->starved ? 1 : 1000;
    poll(waiting, count + 1, left < 0 ? 0 : left > longest ? (int)longest : (int)left);
}

/* ---- Out
 * -------------------------------------------------------------------------------------------------
 */

static enum mesh_class class_of_lane(enum queue_lane lane)
{
    switch (lane) {
    case QUEUE_LANE_CONSENSUS:
    case QUEUE_LANE_GAME:
        /* Actions wait for nobody either: a bet that comes late is refused. */
        return MESH_CLASS_CONSENSUS;
    case QUEUE_LANE_GOSSIP:
    case QUEUE_LANE_TELEMETRY:
        return MESH_CLASS_BULK;
    }
    return MESH_CLASS_BULK;
}

static void send_message(struct carrier *carrier, msec now, const struct event *event)
{
    const struct scope_id scope = relay_scope(&event->id);
    const enum mesh_class class = class_of_lane(event->lane);
    if (!event->direct) {
        mesh_publish(&carrier->mesh, now, &scope, class, event->bytes, 0, &carrier->mesh_out);
        return;
    }
    /* The scope goes into the buffer's head-room, in front of the message. */
    uint8_t *front = buffer_prepend(event->buffer, 8);
    CHECK(front != NULL);
    memcpy(front, scope.bytes, 8);
    struct short_id destination;
    memcpy(destination.bytes, event->node.bytes, sizeof destination.bytes);
    const struct bytes object = {.at = front, .size = event->bytes.size + 8};
    if (object.size <= MESSAGE_SIZE_MAX)
        mesh_unicast(&carrier->mesh, now, &destination, class, object, PACKET_FLOOD_FALLBACK,
                     &carrier->mesh_out);
}

static void join(struct carrier *carrier, const struct digest *id)
{
    const struct scope_id scope = relay_scope(id);
    if (find_scope(carrier, scope.bytes) != NULL)
        return;
    if (carrier->scopes_count == SCOPES_MAX || !mesh_join(&carrier->mesh, &scope)) {
        log_line(LOG_LEVEL_WARNING, LOG_MESH, "this node takes part in %d tables at most",
                 SCOPES_MAX);
        return;
    }
    relay_forget(&carrier->relay, &scope);
    carrier->scopes[carrier->scopes_count++] = (struct carrier_scope){.scope = scope, .id = *id};
}

static void take_request(struct carrier *carrier, msec now, const struct event *event)
{
    json_t *answer = event->method == REQUEST_STATUS ? status_of_node(carrier, now)
                                                     : status_of_peers(carrier, now);
    control_reply(carrier->node->control, event->token, answer);
}

/* The offers whose turn it is, as many as the mesh lets us announce now. */
static void announce(struct carrier *carrier, msec now)
{
    const struct notice *notice;
    while ((notice = notices_first(&carrier->notices)) != NULL &&
           mesh_discover(&carrier->mesh, now,
                         (struct bytes){.at = notice->bytes, .size = notice->size},
                         &carrier->mesh_out))
        notices_shift(&carrier->notices);
}

static void take_event(struct carrier *carrier, msec now, struct event *event)
{
    struct scope_id scope;
    switch (event->kind) {
    case EVENT_SEND:
        send_message(carrier, now, event);
        break;
    case EVENT_DISCOVER:
        notices_put(&carrier->notices, &event->id, event->bytes);
        announce(carrier, now);
        break;
    case EVENT_JOIN:
        join(carrier, &event->id);
        break;
    case EVENT_KEYS:
        scope = relay_scope(&event->id);
        mesh_announce_keys(&carrier->mesh, now, &scope, event->bytes, &carrier->mesh_out);
        break;
    case EVENT_REQUEST:
        take_request(carrier, now, event);
        break;
    case EVENT_MESSAGE:
    case EVENT_OFFER:
    case EVENT_PEERS:
    case EVENT_DURABLE:
    case EVENT_SHOW:
        break;
    }
    event_put(&carrier->node->pools, event);
    take_mesh_effects(carrier, now);
    if (carrier->link_out.count > LINK_EFFECTS_MAX * 4)
        take_link_effects(carrier, now);
}

/* The radio is a second way to others: a node without one is whole. */
static void open_bluetooth(struct carrier *carrier)
{
    const char *adapters = carrier->node->config.bluetooth;
    char sentence[BLUETOOTH_ERROR_SIZE];
    if (strcmp(adapters, "off") == 0)
        return;
    const unsigned count =
        bluetooth_open(clock_monotonic_msec(), adapters, carrier->link.config.network,
                       carrier->transports + carrier->transports_count, sentence);
    carrier->transports_count += count;
    if (count == 0)
        log_line(LOG_LEVEL_INFO, LOG_LINK, "%s", sentence);
}

/* The mesh thread's whole day: transports, events of the workers, timers, sleep. */
static void *carry(void *context)
{
    struct carrier *carrier = context;
    struct queue *queue = carrier->node->mesh_queue;
    open_bluetooth(carrier);
    dial_configured(carrier, clock_monotonic_msec());
    while (!atomic_load(&carrier->stop)) {
        bool more = false;
        for (unsigned i = 0; i < carrier->transports_count; i++)
            more |= turn(carrier, carrier->transports[i]);
        const msec now = clock_monotonic_msec();
        struct event *event;
        for (unsigned i = 0; i < EVENTS_A_TURN && (event = queue_pop(queue, NULL)) != NULL; i++)
            take_event(carrier, now, event);
        if (mesh_deadline(&carrier->mesh) <= now)
            mesh_expire(&carrier->mesh, now);
        announce(carrier, now);
        tell_near(carrier, now);
        look_at_duties(carrier, now);
        if (link_deadline(&carrier->link) <= now)
            link_expire(&carrier->link, now, &carrier->link_out);
        take_link_effects(carrier, now);
        if (more || queue_count(queue) > 0 || !queue_arm(queue))
            continue;
        sleep_a_while(carrier, queue);
        queue_disarm(queue);
    }
    for (unsigned i = 0; i < NEIGHBOURS_MAX; i++)
        link_close(&carrier->link, clock_monotonic_msec(), i, &carrier->link_out);
    take_link_effects(carrier, clock_monotonic_msec());
    return NULL;
}

bool carrier_start(struct carrier *carrier)
{
    carrier->started = pthread_create(&carrier->thread, NULL, carry, carrier) == 0;
    return carrier->started;
}

void carrier_stop(struct carrier *carrier)
{
    if (carrier == NULL || !carrier->started)
        return;
    atomic_store(&carrier->stop, true);
    /* An event that says nothing, to wake it; it wakes within a second without it. */
    struct event *event = event_get(&carrier->node->pools, EVENT_DURABLE, QUEUE_LANE_CONSENSUS);
    void *dropped = NULL;
    if (event != NULL)
        queue_push(carrier->node->mesh_queue, NODE_MESH_PRODUCER_STOPPER, event->lane, event,
                   &dropped);
    node_drop(carrier->node, dropped);
    pthread_join(carrier->thread, NULL);
    carrier->started = false;
}
