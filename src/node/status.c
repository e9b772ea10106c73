/* SPDX-License-Identifier: MIT */
#include "node/status.h"

#include "config.h"

#include "base/check.h"
#include "node/node.h"

static void format_address(const struct carrier *carrier, const struct link_address *address,
                           char text[static TRANSPORT_TEXT_SIZE])
{
    const struct transport *transport = carrier_transport(carrier, address->kind);
    CHECK(transport != NULL);
    transport->operations->format(address, text);
}

/* An address as text, or null. */
static json_t *address_json(const struct carrier *carrier, const struct link_address *address)
{
    char text[TRANSPORT_TEXT_SIZE];
    if (address == NULL)
        return json_null();
    format_address(carrier, address, text);
    return json_string(text);
}

json_t *status_of_peers(const struct carrier *carrier, msec now)
{
    const struct link *link = &carrier->link;
    json_t *peers = json_array();
    for (unsigned i = 0; i < NEIGHBOURS_MAX; i++) {
        const struct link_peer *peer = &carrier->link.peers[i];
        if (!peer->known)
            continue;
        char id[NODE_TEXT_SIZE];
        identity_text(&peer->node, id);
        json_array_append_new(
            peers,
            json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "id", id, "address",
                      address_json(carrier, peer->up ? link_peer_address(link, i) : NULL),
                      "standby",
                      address_json(carrier, peer->up ? link_peer_standby(link, i) : NULL), "state",
                      peer->up ? "up" : "down", "up_msec",
                      peer->up ? json_integer(now - peer->since) : json_null(), "rtt_msec",
                      peer->up && peer->rtt >= 0 ? json_integer(peer->rtt) : json_null(), "forged",
                      peer->up ? json_integer((json_int_t)carrier->mesh.neighbours[i].forged)
                               : json_null()));
    }
    for (unsigned i = 0; i < LINK_DIALS_MAX; i++) {
        const struct link_dial *dial = &carrier->link.dials[i];
        if (!dial->used || dial->identified)
            continue;
        json_array_append_new(peers,
                              json_pack("{s:n, s:o, s:n, s:s, s:n, s:n, s:n}", "id", "address",
                                        address_json(carrier, &dial->target.address), "standby",
                                        "state", "connecting", "up_msec", "rtt_msec", "forged"));
    }
    return json_pack("{s:s, s:o}", "schema", "bitcraps.peers/1", "peers", peers);
}

/* What was done for tables that this node has no part in. */
static json_t *relay_json(const struct carrier *carrier)
{
    const struct relay *relay = &carrier->relay;
    unsigned tables = 0;
    for (unsigned i = 0; i < RELAY_TABLES; i++)
        tables += relay->tables[i].used && relay->tables[i].present.roster.count > 0;
    return json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:I}", "tables", (int)tables, "hops_max",
                     (int)carrier->mesh.hops_max, "lists", (json_int_t)relay->learnt, "forwarded",
                     (json_int_t)carrier->mesh.verdicts[MESH_FORWARDED], "checked",
                     (json_int_t)relay->checked, "forged", (json_int_t)relay->forged, "limited",
                     (json_int_t)(carrier->mesh.verdicts[MESH_DROP_RATE_FOREIGN] +
                                  carrier->mesh.verdicts[MESH_DROP_RATE_ORIGIN] +
                                  carrier->mesh.verdicts[MESH_DROP_RATE_CHECKS]));
}

json_t *status_of_node(const struct carrier *carrier, msec now)
{
    struct node *node = carrier->node;
    char id[NODE_TEXT_SIZE];
    char listen[UDP_TEXT_SIZE] = "";
    struct link_address local;
    struct journal_counters journal;
    identity_text(&node->identity.node, id);
    if (udp_local(&carrier->internet.udp, &local) == 0)
        udp_format(&local, listen);
    journal_counters(node->journal, &journal);
    unsigned up = 0;
    for (unsigned i = 0; i < NEIGHBOURS_MAX; i++)
        up += carrier->link.peers[i].up;
    uint64_t depth = 0;
    uint64_t dropped = 0;
    for (unsigned i = 0; i < node->workers_count; i++) {
        depth += queue_count(node->workers[i].queue);
        for (int lane = 0; lane < QUEUE_LANES; lane++)
            dropped += queue_counters(node->workers[i].queue, (enum queue_lane)lane).dropped;
    }
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:b, s:i, s:I, s:I, s:{s:I, s:I}, "
        "s:{s:I, s:I}, s:o}",
        "schema", "bitcraps.status/1", "version", PACKAGE_VERSION, "id", id, "listen", listen,
        "uptime_msec", (json_int_t)(now - node->started), "boot", (json_int_t)node->boot,
        "peers_up", (int)up, "tables", (int)carrier->scopes_count, "degraded",
        (int)(atomic_load(&node->failed) || atomic_load(&node->watching) > 0), "watching",
        atomic_load(&node->watching), "sent_bytes", (json_int_t)carrier->bytes_sent,
        "received_bytes", (json_int_t)carrier->bytes_received, "journal", "records",
        (json_int_t)journal.records, "fsyncs", (json_int_t)journal.transactions, "queue", "depth",
        (json_int_t)depth, "dropped", (json_int_t)dropped, "relay", relay_json(carrier));
}
