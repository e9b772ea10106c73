/* SPDX-License-Identifier: MIT */
/* Tests of src/mesh/mesh.c: small meshes in memory, each a story with what must come of it. */
#include "tests/mesh/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static const struct scope_id scope = {{1, 2, 3, 4, 5, 6, 7, 8}};
static const struct scope_id elsewhere = {{8, 7, 6, 5, 4, 3, 2, 1}};

static struct bytes text(const char *from)
{
    return (struct bytes){.at = (const uint8_t *)from, .size = strlen(from)};
}

static size_t publish(struct graph *g, size_t node, enum mesh_class class, struct bytes object,
                      uint8_t flags)
{
    const size_t links =
        mesh_publish(&g->nodes[node].mesh, g->now, &scope, class, object, flags, &g->out);
    graph_send(g, node);
    return links;
}

/* Everyone but the author was brought exactly this object, as often as stated. */
static void assert_all_got(const struct graph *g, size_t author, size_t times, struct bytes object)
{
    for (size_t i = 0; i < g->nodes_count; i++) {
        const struct graph_delivery *got = &g->nodes[i].got;
        assert_int_equal(got->count, i == author ? 0 : times);
        if (i == author)
            continue;
        assert_int_equal(got->last.kind, MESH_DELIVERY_SCOPE);
        assert_memory_equal(&got->last.scope, &scope, sizeof scope);
        assert_true(short_id_equal(&got->last.source, &g->nodes[author].short_id));
        assert_int_equal(got->size, object.size);
        assert_memory_equal(got->object, object.at, object.size);
    }
}

/* A packet as a stranger who can write any header would make it. */
static size_t forge(struct packet packet, const uint8_t *secret, uint8_t at[PACKET_SIZE_MAX])
{
    const size_t size = packet_encode(&packet, at);
    if (secret != NULL)
        packet_sign(at, size, secret);
    return size;
}

static struct packet scope_packet(const struct short_id *source, uint32_t sequence,
                                  struct bytes body)
{
    struct packet packet = {.class = MESH_CLASS_CONSENSUS,
                            .type = PACKET_SCOPE,
                            .hop_limit = HOP_LIMIT_MAX,
                            .source = *source,
                            .boot = 1,
                            .sequence = sequence,
                            .body = body};
    memcpy(packet.destination, scope.bytes, sizeof scope.bytes);
    return packet;
}

/* ---- Reach -------------------------------------------------------------------------------------
 */

static void each_node_of_a_line_gets_an_object_once(void **state)
{
    (void)state;
    struct graph *g = graph_create(8, 1);
    graph_line(g);
    graph_join_all(g, &scope);
    assert_int_equal(publish(g, 3, MESH_CLASS_CONSENSUS, text("a vote"), 0), 2);
    graph_run(g);
    assert_all_got(g, 3, 1, text("a vote"));
    assert_int_equal(g->sends, g->edges); /* A tree: one send an edge. */
    graph_destroy(g);
}

static void a_ring_ends_the_flood_where_both_ways_meet(void **state)
{
    (void)state;
    struct graph *g = graph_create(9, 2);
    graph_ring(g);
    graph_join_all(g, &scope);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("round"), 0);
    graph_run(g);
    assert_all_got(g, 0, 1, text("round"));
    assert_in_range(g->sends, 9, 10);
    graph_destroy(g);
}

static void a_flood_costs_at_most_two_sends_an_edge(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct graph *g = graph_create(16, seed);
        graph_geometric(g);
        graph_join_all(g, &scope);
        g->duplicates = 20;
        g->delay_max = 50;
        const size_t author = (size_t)(seed % 16);
        publish(g, author, MESH_CLASS_CONSENSUS, text("storm"), 0);
        graph_run(g);
        assert_all_got(g, author, 1, text("storm"));
        assert_true(g->sends <= 2 * g->edges);
        graph_destroy(g);
    }
}

/* Every node says of all its links that they lose nothing. */
static void say_who_is_near(struct graph *g)
{
    uint8_t word[MESH_NEAR_SIZE];
    for (size_t i = 0; i < g->nodes_count; i++)
        for (size_t k = 0; k < g->nodes_count; k++) {
            const size_t size = mesh_near_word(&g->nodes[k].mesh, UINT32_MAX, word);
            for (uint32_t link = 0; link < NEIGHBOURS_MAX; link++)
                if (g->nodes[i].mesh.neighbours[link].up && g->nodes[i].peers[link] == k)
                    mesh_near(&g->nodes[i].mesh, g->now, link,
                              (struct bytes){.at = word, .size = size});
        }
}

static struct graph *all_to_all(size_t nodes)
{
    struct graph *g = graph_create(nodes, 5);
    for (size_t i = 0; i < nodes; i++)
        for (size_t k = 0; k < i; k++)
            graph_connect(g, i, k);
    graph_join_all(g, &scope);
    return g;
}

static void who_is_near_the_source_is_not_told_again(void **state)
{
    (void)state;
    struct graph *g = all_to_all(6);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("flood"), 0);
    graph_run(g);
    assert_int_equal(g->sends, 5 + 5 * 4);
    g->sends = 0;
    say_who_is_near(g);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("near"), 0);
    graph_run(g);
    assert_all_got(g, 0, 2, text("near"));
    assert_int_equal(g->sends, 5);
    /* The word is good for a while only. */
    g->now += MESH_NEAR_MSEC;
    g->sends = 0;
    publish(g, 0, MESH_CLASS_CONSENSUS, text("flood"), 0);
    graph_run(g);
    assert_int_equal(g->sends, 5 + 5 * 4);
    graph_destroy(g);
}

static void who_is_near_somebody_else_only_is_told_as_ever(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct graph *g = graph_create(16, seed);
        graph_geometric(g);
        graph_join_all(g, &scope);
        say_who_is_near(g);
        g->delay_max = 50;
        const size_t author = (size_t)(seed % 16);
        publish(g, author, MESH_CLASS_CONSENSUS, text("far"), 0);
        graph_run(g);
        assert_all_got(g, author, 1, text("far"));
        graph_destroy(g);
    }
    struct graph *g = graph_create(6, 1);
    graph_line(g);
    graph_join_all(g, &scope);
    say_who_is_near(g);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("line"), 0);
    graph_run(g);
    assert_all_got(g, 0, 1, text("line"));
    graph_destroy(g);
}

static void a_word_that_is_none_is_nobody(void **state)
{
    (void)state;
    struct graph *g = all_to_all(3);
    say_who_is_near(g);
    uint8_t word[MESH_NEAR_SIZE + SHORT_ID_SIZE] = {0};
    static const size_t sizes[] = {0, 1, SHORT_ID_SIZE - 1, sizeof word};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct mesh *m = &g->nodes[0].mesh;
        for (uint32_t link = 0; link < 2; link++)
            mesh_near(m, g->now, link, (struct bytes){.at = word, .size = sizes[i]});
        assert_int_equal(m->neighbours[0].near_count, 0);
        assert_int_equal(m->neighbours[1].near_count, 0);
    }
    /* Node 0 passes on again; the others know that all are near. */
    publish(g, 1, MESH_CLASS_CONSENSUS, text("word"), 0);
    graph_run(g);
    assert_all_got(g, 1, 1, text("word"));
    assert_int_equal(g->sends, 3);
    graph_destroy(g);
}

static void losses_never_make_an_object_come_twice_and_again_is_a_new_flood(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct graph *g = graph_create(16, seed);
        graph_geometric(g);
        graph_join_all(g, &scope);
        g->loss = 20;
        g->duplicates = 20;
        g->delay_max = 200;
        publish(g, 0, MESH_CLASS_CONSENSUS, text("again"), 0);
        graph_run(g);
        for (size_t i = 0; i < 16; i++)
            assert_true(g->nodes[i].got.count <= 1);
        /* Those who missed it get it when it is published again without loss. */
        graph_forget(g);
        g->loss = 0;
        publish(g, 0, MESH_CLASS_CONSENSUS, text("again"), 0);
        graph_run(g);
        assert_all_got(g, 0, 1, text("again"));
        graph_destroy(g);
    }
}

static void a_node_outside_the_scope_passes_on_and_is_brought_nothing(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 3);
    graph_line(g);
    assert_true(mesh_join(&g->nodes[2].mesh, &scope));
    publish(g, 0, MESH_CLASS_CONSENSUS, text("through"), 0);
    graph_run(g);
    assert_int_equal(g->nodes[1].got.count, 0);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_FORWARDED], 1);
    assert_int_equal(g->nodes[2].got.count, 1);
    mesh_leave(&g->nodes[2].mesh, &scope);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("gone"), 0);
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 1);
    graph_destroy(g);
}

static void a_unicast_takes_the_direct_link_and_floods_only_when_asked(void **state)
{
    (void)state;
    struct graph *g = graph_create(6, 4);
    graph_ring(g);
    struct mesh *from = &g->nodes[0].mesh;
    const struct short_id *near = &g->nodes[1].short_id;
    const struct short_id *far = &g->nodes[3].short_id;
    assert_int_equal(mesh_unicast(from, 0, near, MESH_CLASS_INTERACTIVE, text("near"), 0, &g->out),
                     1);
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(g->sends, 1);
    assert_int_equal(g->nodes[1].got.last.kind, MESH_DELIVERY_UNICAST);
    assert_int_equal(mesh_unicast(from, 0, far, MESH_CLASS_INTERACTIVE, text("far"), 0, &g->out),
                     0);
    assert_int_equal(mesh_unicast(from, 0, far, MESH_CLASS_INTERACTIVE, text("far"),
                                  PACKET_FLOOD_FALLBACK | PACKET_SIGNED, &g->out),
                     2);
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(g->nodes[3].got.count, 1);
    assert_memory_equal(g->nodes[3].got.object, "far", 3);
    assert_int_equal(mesh_unicast(from, 0, &g->nodes[0].short_id, MESH_CLASS_BULK, text("me"),
                                  PACKET_FLOOD_FALLBACK, &g->out),
                     0);
    assert_int_equal(g->out.count, 0);
    assert_int_equal(g->nodes[2].got.count + g->nodes[4].got.count + g->nodes[5].got.count, 0);
    graph_destroy(g);
}

static void a_unicast_without_flooding_goes_one_hop_more_at_the_last_relay(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 5);
    graph_line(g);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("direct"));
    packet.type = PACKET_UNICAST;
    uint8_t bytes[PACKET_SIZE_MAX];
    memcpy(packet.destination, g->nodes[2].short_id.bytes, SHORT_ID_SIZE);
    size_t size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_FORWARDED);
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 1);
    memcpy(packet.destination, g->nodes[3].short_id.bytes, SHORT_ID_SIZE);
    size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DROP_ROUTE);
    graph_destroy(g);
}

/* ---- Loops, hops and age -----------------------------------------------------------------------
 */

static void hop_limits_end_what_forgetful_nodes_would_pass_on_for_ever(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 6);
    graph_connect(g, 0, 1);
    graph_connect(g, 1, 2);
    graph_connect(g, 2, 3);
    graph_connect(g, 3, 1);
    graph_join_all(g, &scope);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("loop"), 0);
    /* Before each step everyone forgets what was seen: only the hop limit is left to end it. */
    do {
        for (size_t i = 0; i < 4; i++)
            seen_init(&g->nodes[i].mesh.seen, g->nodes[i].mesh.config.random);
    } while (graph_step(g));
    /* To node 1, then around both ways until nothing is left of the hop limit. */
    assert_int_equal(g->sends, 1 + 2 * (HOP_LIMIT_MAX - 1));
    graph_destroy(g);
}

static void a_hop_limit_is_how_many_links_a_packet_crosses(void **state)
{
    (void)state;
    struct graph *g = graph_create(8, 7);
    graph_line(g);
    graph_join_all(g, &scope);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("short"));
    packet.hop_limit = 3;
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DELIVERED);
    graph_run(g);
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(g->nodes[i].got.count, i <= 3 ? 1 : 0);
    graph_destroy(g);
}

/* The hop limits with which packets of a class leave their origin: a bit each. */
static uint32_t limits_at_start(struct graph *g, enum mesh_class class)
{
    uint32_t seen = 0;
    for (unsigned i = 0; i < 200; i++) {
        struct packet packet;
        mesh_publish(&g->nodes[0].mesh, g->now, &scope, class, text("from here"), 0, &g->out);
        assert_int_equal(packet_decode(outbox_bytes(&g->out, &g->effects[0]), &packet), PACKET_OK);
        seen |= UINT32_C(1) << packet.hop_limit;
        outbox_clear(&g->out);
    }
    return seen;
}

static void floods_start_at_24_to_31_and_what_decides_at_31(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 9);
    graph_line(g);
    assert_int_equal(limits_at_start(g, MESH_CLASS_CONTROL), UINT32_C(1) << 31);
    assert_int_equal(limits_at_start(g, MESH_CLASS_CONSENSUS), UINT32_C(1) << 31);
    assert_int_equal(limits_at_start(g, MESH_CLASS_INTERACTIVE), UINT32_C(0xff000000));
    assert_int_equal(limits_at_start(g, MESH_CLASS_BULK), UINT32_C(0xff000000));
    struct packet packet;
    const uint8_t keys[] = {1};
    mesh_announce_keys(&g->nodes[0].mesh, 0, &scope, (struct bytes){keys, 1}, &g->out);
    assert_int_equal(packet_decode(outbox_bytes(&g->out, &g->effects[0]), &packet), PACKET_OK);
    assert_in_range(packet.hop_limit, 24, 31);
    graph_destroy(g);
}

static void a_relay_outside_the_scope_counts_what_its_hop_limit_ends(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 8);
    graph_line(g);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("end"));
    packet.hop_limit = 1;
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DROP_HOPS);
    graph_destroy(g);
}

static void each_class_dies_at_its_age_unless_durable(void **state)
{
    (void)state;
    static const struct {
        enum mesh_class class;
        uint16_t age;
        uint8_t flags;
        enum mesh_verdict verdict;
    } rows[] = {
        {MESH_CLASS_CONTROL, 1000, 0, MESH_DELIVERED},
        {MESH_CLASS_CONTROL, 1001, 0, MESH_DROP_AGE},
        {MESH_CLASS_CONSENSUS, 1000, 0, MESH_DELIVERED},
        {MESH_CLASS_CONSENSUS, 1001, 0, MESH_DROP_AGE},
        {MESH_CLASS_INTERACTIVE, 3000, 0, MESH_DELIVERED},
        {MESH_CLASS_INTERACTIVE, 3001, 0, MESH_DROP_AGE},
        {MESH_CLASS_BULK, 6000, 0, MESH_DELIVERED},
        {MESH_CLASS_BULK, 6001, 0, MESH_DROP_AGE},
        {MESH_CLASS_BULK, UINT16_MAX, PACKET_DURABLE, MESH_DELIVERED},
    };
    struct graph *g = graph_create(2, 9);
    graph_line(g);
    graph_join_all(g, &scope);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct packet packet = scope_packet(&g->nodes[0].short_id, (uint32_t)i, text("old"));
        packet.class = (uint8_t)rows[i].class;
        packet.age = rows[i].age;
        packet.flags = rows[i].flags;
        uint8_t bytes[PACKET_SIZE_MAX];
        const size_t size = forge(packet, NULL, bytes);
        assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), rows[i].verdict);
    }
    graph_destroy(g);
}

/* ---- Forgeries ---------------------------------------------------------------------------------
 */

static void a_forgery_with_a_victims_sequence_does_not_keep_the_victim_out(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 10);
    graph_line(g);
    graph_join_all(g, &scope);
    uint8_t bytes[PACKET_SIZE_MAX];
    /* Node 2 speaks first, as if it relayed node 0, with the boot and sequence node 0 will use. */
    const size_t size = forge(scope_packet(&g->nodes[0].short_id, 1, text("lie")), NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 2, (struct bytes){bytes, size}), MESH_DELIVERED);
    assert_false(g->nodes[1].got.last.authentic);
    graph_forget(g);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("truth"), PACKET_SIGNED);
    graph_run(g);
    assert_int_equal(g->nodes[1].got.count, 1);
    assert_memory_equal(g->nodes[1].got.object, "truth", 5);
    assert_true(g->nodes[1].got.last.authentic);
    graph_destroy(g);
}

static void changed_hops_and_age_are_the_same_packet_and_anything_else_is_not(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 11);
    graph_line(g);
    graph_join_all(g, &scope);
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(scope_packet(&g->nodes[0].short_id, 1, text("same")), NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DELIVERED);
    bytes[3] = 9;
    packet_add_age(bytes, 500);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DROP_DUPLICATE);
    for (size_t i = PACKET_IMMUTABLE_FROM + 2; i < size; i++) {
        bytes[i] ^= 1;
        const enum mesh_verdict verdict = graph_hand(g, 1, 0, (struct bytes){bytes, size});
        assert_int_not_equal(verdict, MESH_DROP_DUPLICATE);
        bytes[i] ^= 1;
    }
    g->now += DEDUP_MSEC;
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DELIVERED);
    graph_destroy(g);
}

static void a_wrong_signature_is_dropped_and_blamed_on_its_claimed_source_only(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 12);
    graph_line(g);
    graph_join_all(g, &scope);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("signed"));
    packet.flags = PACKET_SIGNED;
    uint8_t bytes[PACKET_SIZE_MAX];
    size_t size = forge(packet, g->nodes[3].secret, bytes);
    const struct bytes view = {bytes, size};
    /* Node 1 knows node 0's key from its link. From node 2 it is an honest relay's mistake. */
    assert_int_equal(graph_hand(g, 1, 2, view), MESH_DROP_SIGNATURE);
    assert_int_equal(mesh_score(&g->nodes[1].mesh, g->now, &g->nodes[2].id), 0);
    /* The same bytes again are not even verified. */
    assert_int_equal(graph_hand(g, 1, 0, view), MESH_DROP_DUPLICATE);
    packet.sequence = 2;
    size = forge(packet, g->nodes[3].secret, bytes);
    assert_int_equal(graph_hand(g, 1, 0, view), MESH_DROP_SIGNATURE);
    assert_int_equal(mesh_score(&g->nodes[1].mesh, g->now, &g->nodes[0].id), -10);
    /* Node 2 does not know the key: it passes on and says that nothing is known. */
    assert_int_equal(graph_hand(g, 2, 1, view), MESH_DELIVERED);
    assert_false(g->nodes[2].got.last.authentic);
    graph_destroy(g);
}

static void a_packet_of_our_own_that_comes_back_is_dropped(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 13);
    graph_line(g);
    graph_join_all(g, &scope);
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(scope_packet(&g->nodes[1].short_id, 77, text("mine")), NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_DROP_OWN);
    graph_destroy(g);
}

static void three_malformed_packets_in_a_minute_close_the_link_and_ban_the_peer(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 14);
    graph_line(g);
    struct mesh *m = &g->nodes[1].mesh;
    const struct bytes garbage = {(const uint8_t *)"\x11 no packet", 11};
    const struct bytes later = {(const uint8_t *)"\x21 of version 2", 14};
    for (int i = 0; i < 10; i++)
        assert_int_equal(graph_hand(g, 1, 0, later), MESH_DROP_VERSION);
    /* Too far apart for a ban. */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(graph_hand(g, 1, 0, garbage), MESH_DROP_MALFORMED);
        g->now += 40000;
    }
    assert_int_equal(g->closes, 0);
    assert_false(mesh_refuses(m, g->now, &g->nodes[0].id));
    graph_hand(g, 1, 0, garbage);
    graph_hand(g, 1, 0, garbage);
    assert_int_equal(g->closes, 1);
    assert_true(mesh_refuses(m, g->now, &g->nodes[0].id));
    const uint32_t link = graph_link(g, 1, 0);
    mesh_link_down(m, link);
    assert_false(mesh_link_up(m, g->now, link, &g->nodes[0].id, &g->nodes[0].key));
    g->now += SCORE_BAN_MSEC;
    assert_true(mesh_link_up(m, g->now, link, &g->nodes[0].id, &g->nodes[0].key));
    graph_destroy(g);
}

static void from_a_link_that_is_down_or_to_oneself_nothing_is_taken(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 15);
    graph_line(g);
    struct mesh *m = &g->nodes[0].mesh;
    struct mesh_delivery delivery;
    assert_int_equal(mesh_receive(m, 0, 5, text("x"), &delivery, &g->out), MESH_DROP_NEIGHBOUR);
    assert_int_equal(mesh_receive(m, 0, TARGET_ALL, text("x"), &delivery, &g->out),
                     MESH_DROP_NEIGHBOUR);
    assert_false(mesh_link_up(m, 0, 5, &g->nodes[0].id, &g->nodes[0].key));
    mesh_link_down(m, graph_link(g, 0, 1));
    mesh_link_down(m, 7);
    assert_int_equal(publish(g, 0, MESH_CLASS_CONSENSUS, text("nobody"), 0), 0);
    graph_destroy(g);
}

/* ---- Discovery ---------------------------------------------------------------------------------
 */

static void an_announcement_reaches_four_hops_and_brings_its_key(void **state)
{
    (void)state;
    struct graph *g = graph_create(7, 16);
    graph_line(g);
    assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("a table"), &g->out));
    graph_send(g, 0);
    graph_run(g);
    for (size_t i = 1; i < 7; i++) {
        const struct graph_delivery *got = &g->nodes[i].got;
        assert_int_equal(got->count, i <= MESH_DISCOVER_HOPS ? 1 : 0);
        if (got->count == 0)
            continue;
        assert_int_equal(got->last.kind, MESH_DELIVERY_DISCOVER);
        assert_true(got->last.authentic);
        assert_memory_equal(&got->last.key, &g->nodes[0].key, sizeof got->last.key);
        assert_int_equal(got->size, 7);
        assert_memory_equal(got->object, "a table", 7);
    }
    /* Node 4 now knows node 0's key, and so what node 0 signed. */
    graph_join_all(g, &scope);
    publish(g, 0, MESH_CLASS_CONSENSUS, text("known"), PACKET_SIGNED);
    graph_run(g);
    assert_true(g->nodes[4].got.last.authentic);
    assert_false(g->nodes[6].got.last.authentic);
    graph_destroy(g);
}

/* The way 0-5-6-2-3 is one hop longer than 0-1-2-3, and the announcement comes by it first. */
static void an_announcement_by_a_longer_way_keeps_nobody_within_four_hops_from_it(void **state)
{
    (void)state;
    static const size_t edges[][2] = {{1, 2}, {2, 3}, {3, 4}, {0, 5}, {5, 6}, {6, 2}, {4, 7}};
    struct graph *g = graph_create(8, 20);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        graph_connect(g, edges[i][0], edges[i][1]);
    assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("a table"), &g->out));
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(g->nodes[3].got.count, 1);
    assert_int_equal(g->nodes[4].got.count, 0);
    graph_connect(g, 0, 1);
    for (unsigned again = 0; again < 2; again++) {
        const uint64_t sends = g->sends;
        mesh_retell(&g->nodes[0].mesh, g->now, graph_link(g, 0, 1), &g->out);
        graph_send(g, 0);
        graph_run(g);
        for (size_t i = 1; i < 8; i++)
            assert_int_equal(g->nodes[i].got.count, i == 7 ? 0 : 1);
        assert_in_range(g->sends - sends, 1, again == 0 ? 8 : 1);
    }
    graph_destroy(g);
}

static void announcements_come_in_a_burst_of_four_then_one_in_thirty_seconds(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 17);
    graph_line(g);
    struct mesh *m = &g->nodes[0].mesh;
    for (int i = 0; i < MESH_DISCOVER_BURST; i++) {
        assert_true(mesh_discover(m, g->now, text("burst"), &g->out));
        graph_send(g, 0);
    }
    assert_false(mesh_discover(m, g->now, text("burst"), &g->out));
    assert_false(mesh_discover(m, g->now + MESH_DISCOVER_MSEC - 1, text("burst"), &g->out));
    graph_run(g);
    assert_int_equal(g->nodes[1].got.count, MESH_DISCOVER_BURST);
    /* Restarted it has a burst again; then the others hold it to its rate. */
    m->discover = (struct bucket){0};
    for (int i = 0; i < MESH_DISCOVER_BURST; i++) {
        assert_true(mesh_discover(m, g->now, text("again"), &g->out));
        graph_send(g, 0);
    }
    graph_run(g);
    assert_int_equal(g->nodes[1].got.count, 2 * MESH_DISCOVER_BURST);
    m->discover = (struct bucket){0};
    assert_true(mesh_discover(m, g->now, text("more"), &g->out));
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_RATE_DISCOVER], 1);
    graph_destroy(g);
}

/* A burst is under way for a second, and so is every second one of those that follow it. */
static void announcements_that_come_unevenly_are_all_heard(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 19);
    struct mesh *m = &g->nodes[0].mesh;
    graph_line(g);
    msec due = g->now;
    for (int i = 0; i < MESH_DISCOVER_BURST; i++) {
        assert_true(mesh_discover(m, g->now, text("burst"), &g->out));
        g->now += i == 0 ? 1000 : 0;
        graph_send(g, 0);
        graph_run(g);
    }
    for (int i = 0; i < 20; i++) {
        g->now = due += MESH_DISCOVER_MSEC;
        assert_true(mesh_discover(m, g->now, text("a table"), &g->out));
        g->now += i % 2 * 1000;
        graph_send(g, 0);
        graph_run(g);
        assert_int_equal(g->nodes[1].got.count, MESH_DISCOVER_BURST + i + 1);
    }
    graph_destroy(g);
}

/* Node 2 comes later, to node 1, which heard of two tables of node 0. */
static struct graph *meet_later(msec later)
{
    struct graph *g = graph_create(3, 18);
    graph_connect(g, 0, 1);
    assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("a table"), &g->out));
    assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("another"), &g->out));
    graph_send(g, 0);
    graph_run(g);
    g->now += later;
    graph_connect(g, 1, 2);
    mesh_retell(&g->nodes[1].mesh, g->now, graph_link(g, 1, 2), &g->out);
    graph_send(g, 1);
    mesh_retell(&g->nodes[2].mesh, g->now, graph_link(g, 2, 1), &g->out);
    graph_send(g, 2);
    graph_run(g);
    return g;
}

static void who_links_up_later_hears_what_was_announced(void **state)
{
    (void)state;
    const msec life = packet_lifetime(MESH_CLASS_BULK);
    struct graph *g = meet_later(life / 2);
    assert_int_equal(g->nodes[2].got.count, 2);
    assert_int_equal(g->nodes[2].got.last.kind, MESH_DELIVERY_DISCOVER);
    assert_true(g->nodes[2].got.last.authentic);
    assert_int_equal(g->nodes[1].got.count, 2);
    /* It was old already when it came there. */
    graph_forget(g);
    g->now += life / 2;
    mesh_retell(&g->nodes[2].mesh, g->now, graph_link(g, 2, 1), &g->out);
    assert_int_equal(g->out.count, 0);
    graph_destroy(g);
    g = meet_later(life + 1);
    assert_int_equal(g->nodes[2].got.count, 0);
    graph_destroy(g);
}

static void one_origin_cannot_crowd_out_the_notices_of_another(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 19);
    graph_line(g);
    assert_true(mesh_discover(&g->nodes[2].mesh, g->now, text("rare"), &g->out));
    graph_send(g, 2);
    graph_run(g);
    for (int i = 0; i < 2 * MESH_NOTICES; i++) {
        g->nodes[0].mesh.discover = (struct bucket){0};
        g->nodes[1].mesh.origins_count = 0;
        assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("often"), &g->out));
        graph_send(g, 0);
        graph_run(g);
    }
    unsigned of[2] = {0, 0};
    for (unsigned i = 0; i < MESH_NOTICES; i++) {
        const struct mesh_notice *notice = &g->nodes[1].mesh.notices[i];
        of[0] += notice->size > 0 && short_id_equal(&notice->source, &g->nodes[0].short_id);
        of[1] += notice->size > 0 && short_id_equal(&notice->source, &g->nodes[2].short_id);
    }
    assert_int_equal(of[0], MESH_NOTICES_ORIGIN);
    assert_int_equal(of[1], 1);
    graph_destroy(g);
}

static void an_announcement_that_does_not_prove_its_source_is_blamed(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 18);
    graph_line(g);
    uint8_t body[PUBLIC_KEY_SIZE + 4];
    memcpy(body, g->nodes[0].key.bytes, PUBLIC_KEY_SIZE);
    memcpy(body + PUBLIC_KEY_SIZE, "mine", 4);
    struct packet packet = {.class = MESH_CLASS_INTERACTIVE,
                            .type = PACKET_DISCOVER,
                            .hop_limit = MESH_DISCOVER_HOPS,
                            .source = g->nodes[0].short_id,
                            .boot = 1,
                            .body = {body, sizeof body}};
    uint8_t bytes[PACKET_SIZE_MAX];
    size_t size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 2, (struct bytes){bytes, size}), MESH_DROP_MALFORMED);
    packet.flags = PACKET_SIGNED;
    size = forge(packet, g->nodes[2].secret, bytes);
    assert_int_equal(graph_hand(g, 1, 2, (struct bytes){bytes, size}), MESH_DROP_SIGNATURE);
    packet.source = g->nodes[2].short_id;
    size = forge(packet, g->nodes[0].secret, bytes);
    assert_int_equal(graph_hand(g, 1, 2, (struct bytes){bytes, size}), MESH_DROP_KEY);
    assert_int_equal(g->closes, 1);
    assert_int_equal(g->nodes[1].got.count, 0);
    graph_destroy(g);
}

/* ---- Pieces ------------------------------------------------------------------------------------
 */

static uint8_t large[MESSAGE_SIZE_MAX];

static void fill(struct graph *g, uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)graph_random(g);
}

static void large_objects_arrive_whole_in_any_order_with_duplicates(void **state)
{
    (void)state;
    static const size_t sizes[] = {PACKET_BODY_MAX, PACKET_BODY_MAX + 1, 2000, 2001, 8192, 32768,
                                   65000,           MESSAGE_SIZE_MAX};
    struct graph *g = graph_create(8, 19);
    graph_geometric(g);
    graph_join_all(g, &scope);
    g->delay_max = 100;
    g->duplicates = 10;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fill(g, large, sizes[i]);
        const struct bytes object = {large, sizes[i]};
        graph_forget(g);
        publish(g, i % 8, MESH_CLASS_CONSENSUS, object, i % 2 == 0 ? PACKET_SIGNED : 0);
        graph_run(g);
        assert_all_got(g, i % 8, 1, object);
        const size_t parts = sizes[i] > PACKET_BODY_MAX ? piece_count(sizes[i]) : 1;
        assert_true(g->sends <= 2 * g->edges * parts);
    }
    graph_destroy(g);
}

static void sixteen_seats_may_send_their_deals_at_once(void **state)
{
    (void)state;
    struct graph *g = graph_create(16, 20);
    graph_geometric(g);
    graph_join_all(g, &scope);
    g->delay_max = 300;
    for (size_t i = 0; i < 16; i++) {
        fill(g, large, 8192);
        publish(g, i, MESH_CLASS_CONSENSUS, (struct bytes){large, 8192}, 0);
    }
    graph_run(g);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(g->nodes[i].got.count, 15);
        assert_int_equal(g->nodes[i].mesh.verdicts[MESH_DROP_RATE_LINK], 0);
        assert_int_equal(mesh_deadline(&g->nodes[i].mesh), MSEC_NEVER);
    }
    graph_destroy(g);
}

static void an_unfinished_object_is_forgotten_after_ten_seconds(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 21);
    graph_line(g);
    graph_join_all(g, &scope);
    fill(g, large, 3000);
    mesh_publish(&g->nodes[0].mesh, 0, &scope, MESH_CLASS_BULK, (struct bytes){large, 3000}, 0,
                 &g->out);
    g->out.count = 2; /* The last piece is lost. */
    graph_send(g, 0);
    graph_run(g);
    struct mesh *m = &g->nodes[1].mesh;
    assert_int_equal(m->verdicts[MESH_COLLECTED], 2);
    assert_int_equal(mesh_deadline(m), 1 + PIECE_WAIT_MSEC);
    mesh_expire(m, PIECE_WAIT_MSEC);
    assert_int_equal(m->pieces.expired, 0);
    mesh_expire(m, 1 + PIECE_WAIT_MSEC);
    assert_int_equal(m->pieces.expired, 1);
    assert_int_equal(m->pieces.free_count, PIECE_CHUNKS);
    assert_int_equal(mesh_deadline(m), MSEC_NEVER);
    graph_destroy(g);
}

/* ---- Limits ------------------------------------------------------------------------------------
 */

static void hand_many(struct graph *g, struct packet packet, uint32_t count, uint64_t *taken)
{
    for (uint32_t i = 0; i < count; i++) {
        packet.sequence++;
        uint8_t bytes[PACKET_SIZE_MAX];
        const size_t size = forge(packet, NULL, bytes);
        const enum mesh_verdict verdict = graph_hand(g, 1, 0, (struct bytes){bytes, size});
        if (verdict == MESH_DELIVERED || verdict == MESH_FORWARDED)
            (*taken)++;
    }
}

static enum mesh_standing knows_the_table(void *context, const struct packet *packet,
                                          unsigned *signatures)
{
    (void)context;
    (void)packet;
    (void)signatures;
    return MESH_STANDING_KNOWN;
}

static void what_is_relayed_for_others_is_limited_by_link_and_by_origin(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 22);
    graph_line(g);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 0, text("foreign"));
    memcpy(packet.destination, elsewhere.bytes, sizeof elsewhere.bytes);
    uint64_t taken = 0;
    hand_many(g, packet, 200, &taken);
    assert_int_equal(taken, MESH_FOREIGN_ORIGIN_BURST);
    packet.sequence = 1000;
    g->now += 1000;
    hand_many(g, packet, 200, &taken);
    assert_int_equal(taken, MESH_FOREIGN_ORIGIN_BURST + MESH_FOREIGN_ORIGIN_PER_SEC);
    /* Ever new origins: the link's own limit is left. */
    g->now += 100000;
    taken = 0;
    for (uint8_t i = 0; i < 200; i++) {
        packet.source.bytes[0] = (uint8_t)(i ^ 0x80);
        packet.source.bytes[1] = 1;
        hand_many(g, packet, 1, &taken);
    }
    assert_int_equal(taken, MESH_UNKNOWN_BURST);
    /* Of tables whose keys are known more of what cannot be checked may come. */
    g->nodes[1].mesh.config.judge = (struct mesh_judge){.look = knows_the_table};
    g->now += 100000;
    taken = 0;
    for (uint8_t i = 0; i < 200; i++) {
        packet.source.bytes[0] = (uint8_t)(i ^ 0x80);
        packet.source.bytes[1] = 2;
        hand_many(g, packet, 1, &taken);
    }
    assert_int_equal(taken, MESH_FOREIGN_BURST);
    /* None of it is held against a neighbour that may relay in good faith. */
    assert_true(mesh_score(&g->nodes[1].mesh, g->now, &g->nodes[0].id) >= 0);
    /* And none of it takes from what is for us. */
    assert_true(mesh_join(&g->nodes[1].mesh, &scope));
    taken = 0;
    hand_many(g, scope_packet(&g->nodes[0].short_id, 5000, text("ours")), 1000, &taken);
    assert_int_equal(taken, 1000);
    graph_destroy(g);
}

/* How far a packet of a class that node 0 starts gets beyond node 1, which relays it. */
static uint8_t hops_beyond(struct graph *g, enum mesh_class class, uint32_t sequence)
{
    struct packet packet = scope_packet(&g->nodes[0].short_id, sequence, text("foreign"));
    memcpy(packet.destination, elsewhere.bytes, sizeof elsewhere.bytes);
    packet.class = (uint8_t) class;
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(packet, NULL, bytes);
    assert_int_equal(graph_hand(g, 1, 0, (struct bytes){bytes, size}), MESH_FORWARDED);
    assert_int_equal(g->flights_count, 1);
    const uint8_t hops = g->flights[0].bytes[3];
    graph_run(g);
    return hops;
}

/* So many bytes are passed on for others to node 2 in a minute, over a link that drains 1 kB/s. */
static void weigh(struct graph *g, uint64_t bytes)
{
    struct mesh *m = &g->nodes[1].mesh;
    int64_t rates[NEIGHBOURS_MAX] = {0};
    const uint32_t link = graph_link(g, 1, 2);
    rates[link] = 1000;
    m->neighbours[link].passed = bytes;
    m->neighbours[graph_link(g, 1, 0)].passed = UINT32_MAX; /* Nobody knows how much that is. */
    mesh_weigh(m, 60000, rates);
}

static void who_is_busy_for_others_passes_less_far(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 41);
    graph_line(g);
    uint32_t sequence = 0;
    weigh(g, 12600);
    weigh(g, 12600);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 30);
    weigh(g, 12600);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 26);
    assert_int_equal(hops_beyond(g, MESH_CLASS_INTERACTIVE, ++sequence), 26);
    assert_int_equal(hops_beyond(g, MESH_CLASS_CONSENSUS, ++sequence), 30);
    for (unsigned i = 0; i < 10; i++)
        weigh(g, 12600);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 7);
    /* Announcements of others end here, our own go out. */
    assert_true(mesh_discover(&g->nodes[0].mesh, g->now, text("far"), &g->out));
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(g->nodes[1].got.count, 1);
    assert_int_equal(g->nodes[2].got.count, 0);
    assert_true(mesh_discover(&g->nodes[1].mesh, g->now, text("near"), &g->out));
    graph_send(g, 1);
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 1);
    /* In between it stays as it is; then it is over, and three bad ones are needed again. */
    weigh(g, 9000);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 7);
    weigh(g, 7000);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 30);
    weigh(g, 60000);
    assert_int_equal(hops_beyond(g, MESH_CLASS_BULK, ++sequence), 30);
    graph_destroy(g);
}

static void what_is_passed_on_for_others_is_weighed(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 42);
    graph_line(g);
    struct mesh *m = &g->nodes[1].mesh;
    const struct mesh_neighbour *next = &m->neighbours[graph_link(g, 1, 2)];
    (void)hops_beyond(g, MESH_CLASS_BULK, 1);
    assert_int_equal(next->passed, PACKET_HEADER_SIZE + 7);
    graph_join_all(g, &elsewhere);
    uint64_t taken = 0;
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("ours"));
    memcpy(packet.destination, elsewhere.bytes, sizeof elsewhere.bytes);
    hand_many(g, packet, 10, &taken);
    assert_int_equal(taken, 10);
    assert_int_equal(next->passed, PACKET_HEADER_SIZE + 7);
    graph_destroy(g);
}

/* First pieces of objects that never come: neither kept nor passed on beyond a link's share. */
static void objects_that_are_only_begun_are_limited_by_link(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 25);
    graph_line(g);
    graph_join_all(g, &scope);
    uint64_t taken = 0;
    uint8_t body[PACKET_BODY_MAX];
    fill(g, large, MESSAGE_SIZE_MAX);
    for (uint32_t i = 0; i < MESH_OBJECTS_BURST + 100; i++) {
        struct digest digest = {{0}};
        memcpy(digest.bytes, &i, sizeof i);
        const struct bytes slice = {
            body, piece_cut((struct bytes){large, MESSAGE_SIZE_MAX}, &digest, 0, body)};
        struct packet packet = scope_packet(&g->nodes[0].short_id, i, slice);
        packet.flags |= PACKET_PIECE;
        hand_many(g, packet, 1, &taken);
    }
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_COLLECTED], MESH_OBJECTS_BURST);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_RATE_LINK], 100);
    graph_destroy(g);
}

static void a_node_that_relays_nothing_for_others_still_takes_its_own(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 23);
    graph_line(g);
    g->nodes[1].mesh.config.foreign_per_sec = 0;
    uint64_t taken = 0;
    hand_many(g, scope_packet(&g->nodes[0].short_id, 0, text("no")), 3, &taken);
    assert_int_equal(taken, 0);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_RATE_FOREIGN], 3);
    assert_true(mesh_join(&g->nodes[1].mesh, &scope));
    hand_many(g, scope_packet(&g->nodes[0].short_id, 10, text("yes")), 3, &taken);
    assert_int_equal(taken, 3);
    graph_destroy(g);
}

static void a_flooding_neighbour_loses_its_score(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 24);
    graph_line(g);
    graph_join_all(g, &scope);
    uint64_t taken = 0;
    hand_many(g, scope_packet(&g->nodes[0].short_id, 0, text("flood")), MESH_OWN_BURST, &taken);
    assert_int_equal(taken, MESH_OWN_BURST);
    hand_many(g, scope_packet(&g->nodes[0].short_id, 100000, text("flood")), 300, &taken);
    assert_int_equal(taken, MESH_OWN_BURST);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_RATE_LINK], 300);
    assert_int_equal(mesh_score(&g->nodes[1].mesh, g->now, &g->nodes[0].id), -100);
    assert_true(mesh_refuses(&g->nodes[1].mesh, g->now, &g->nodes[0].id));
    graph_destroy(g);
}

static void scopes_joined_are_bounded_and_twice_is_once(void **state)
{
    (void)state;
    struct graph *g = graph_create(1, 25);
    struct mesh *m = &g->nodes[0].mesh;
    for (uint8_t i = 0; i < SCOPES_MAX; i++) {
        assert_true(mesh_join(m, &(struct scope_id){{i}}));
        assert_true(mesh_join(m, &(struct scope_id){{i}}));
    }
    assert_false(mesh_join(m, &scope));
    mesh_leave(m, &scope);
    mesh_leave(m, &(struct scope_id){{3}});
    assert_false(mesh_joined(m, &(struct scope_id){{3}}));
    assert_true(mesh_joined(m, &(struct scope_id){{63}}));
    assert_true(mesh_join(m, &scope));
    graph_destroy(g);
}

/* ---- Lists of keys -----------------------------------------------------------------------------
 */

static struct {
    unsigned lists[2]; /* Small, large. */
    uint64_t bytes;
} told;

static bool take_list(void *context, msec now, uint32_t neighbour, const struct scope_id *of,
                      struct bytes list)
{
    (void)context;
    (void)now;
    (void)neighbour;
    (void)of;
    told.lists[list.size > PACKET_BODY_MAX]++;
    told.bytes += list.size;
    return true;
}

/* Lists of tables of others, one small and one in pieces each second, come through node 1. */
static void tell_lists(struct graph *g, unsigned seconds, int64_t rate)
{
    int64_t rates[NEIGHBOURS_MAX] = {0};
    fill(g, large, 6000);
    rates[graph_link(g, 1, 2)] = rate;
    g->nodes[2].mesh.config.judge.keys = take_list;
    memset(&told, 0, sizeof told);
    for (unsigned i = 0; i < seconds; i++) {
        if (i * 1000 % MESH_WEIGH_MSEC == 0)
            mesh_weigh(&g->nodes[1].mesh, MESH_WEIGH_MSEC, rates);
        large[0] = (uint8_t)i;
        for (unsigned list = 0; list < 2; list++) {
            mesh_announce_keys(&g->nodes[0].mesh, g->now, list == 0 ? &scope : &elsewhere,
                               (struct bytes){large, list == 0 ? 600 : 6000}, &g->out);
            graph_send(g, 0);
            graph_run(g);
        }
        g->now += 1000;
    }
}

static void lists_of_keys_take_a_fiftieth_of_what_a_link_drains(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 28);
    graph_line(g);
    g->now = 10 * MESH_KEYS_PART_MSEC;
    tell_lists(g, 600, 50000);
    const uint64_t most = UINT64_C(660) * 50000 / MESH_KEYS_PART + 6000;
    assert_in_range(told.bytes, most * 4 / 5, most);
    assert_in_range(told.lists[0], 40, 599); /* Neither kind crowds out the other. */
    assert_in_range(told.lists[1], 40, 599);
    graph_destroy(g);
}

static void lists_of_keys_all_pass_where_a_link_drains_as_fast_as_they_come(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 29);
    graph_line(g);
    tell_lists(g, 60, 0);
    assert_int_equal(told.lists[0], 60);
    assert_int_equal(told.lists[1], 60);
    graph_destroy(g);
}

static bool refuse_list(void *context, msec now, uint32_t neighbour, const struct scope_id *of,
                        struct bytes list)
{
    (void)take_list(context, now, neighbour, of, list);
    return false;
}

static void a_list_of_keys_in_pieces_that_lies_goes_no_further(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 30);
    graph_line(g);
    g->nodes[1].mesh.config.judge.keys = refuse_list;
    const uint64_t before = g->sends;
    tell_lists(g, 1, 0);
    assert_int_equal(told.lists[0] + told.lists[1], 2);
    assert_int_equal(g->sends - before, 1 + piece_count(6000)); /* Of the first link alone. */
    graph_destroy(g);
}

/* Headers from a small alphabet, so that all paths are met; then nothing may have outgrown its cap.
 */
static void random_packets_never_outgrow_any_table(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 26);
    graph_ring(g);
    graph_join_all(g, &scope);
    fill(g, large, 2 * PACKET_BODY_MAX);
    for (uint32_t i = 0; i < 30000; i++) {
        const uint64_t random = graph_random(g);
        struct packet packet = scope_packet(
            &g->nodes[random % 4].short_id, i,
            (struct bytes){large + (random >> 8) % 100, 1 + (random >> 16) % PACKET_BODY_MAX});
        packet.class = (uint8_t)(random >> 32) % MESH_CLASSES;
        packet.type = (uint8_t)(1 + (random >> 36) % 5);
        packet.flags = (uint8_t)(random >> 40) & (uint8_t)~PACKET_SIGNED;
        packet.hop_limit = (uint8_t)(1 + (random >> 48) % 2);
        packet.source.bytes[7] ^= (uint8_t)((random >> 52) % 200);
        if ((random >> 60) % 2 == 0)
            memcpy(packet.destination, g->nodes[1].short_id.bytes, SHORT_ID_SIZE);
        uint8_t body[PACKET_BODY_MAX];
        if (packet.flags & PACKET_PIECE) {
            memcpy(body, large, sizeof body);
            body[0] = (uint8_t)(random >> 3);
            body[DIGEST_SIZE] = (uint8_t)(graph_random(g) % 66);
            body[DIGEST_SIZE + 1] = 66;
            packet.body = (struct bytes){body, PIECE_HEADER_SIZE + PIECE_SIZE_MAX};
        }
        uint8_t bytes[PACKET_SIZE_MAX];
        const size_t size = forge(packet, NULL, bytes);
        (void)graph_hand(g, 1, i % 2 == 0 ? 0 : 2, (struct bytes){bytes, size});
        g->flights_count = 0;
        g->now += (msec)(random % 3);
    }
    const struct mesh *m = &g->nodes[1].mesh;
    assert_true(m->origins_count == MESH_ORIGINS);
    assert_true(m->seen.count == DEDUP_ENTRIES);
    size_t held = 0;
    for (size_t i = 0; i < PIECE_WHOLES; i++)
        held += m->pieces.wholes[i].used ? m->pieces.wholes[i].held : 0;
    assert_int_equal(held + m->pieces.free_count, PIECE_CHUNKS);
    assert_true(m->pieces.evicted > 0);
    assert_true(m->verdicts[MESH_DELIVERED] > 100 && m->verdicts[MESH_COLLECTED] > 100);
    graph_destroy(g);
}

static void links_come_and_go_without_end(void **state)
{
    (void)state;
    struct graph *g = graph_create(1, 28);
    struct mesh *m = &g->nodes[0].mesh;
    for (uint32_t i = 0; i < 4 * BOOK_ENTRIES; i++) {
        struct public_key key;
        struct node_id node;
        uint8_t secret[64];
        graph_peer(i + 1000, &key, secret, &node);
        assert_true(mesh_link_up(m, i, i % NEIGHBOURS_MAX, &node, &key));
        mesh_link_down(m, i % NEIGHBOURS_MAX);
    }
    graph_destroy(g);
}

static void each_hop_adds_to_the_age(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 29);
    graph_line(g);
    graph_join_all(g, &scope);
    struct packet packet = scope_packet(&g->nodes[0].short_id, 1, text("aging"));
    packet.age = 998;
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(packet, NULL, bytes);
    (void)graph_hand(g, 1, 0, (struct bytes){bytes, size});
    graph_run(g);
    assert_int_equal(g->nodes[3].got.count, 1); /* At the third node it is 1000, the limit. */
    packet.sequence = 2;
    packet.age = 999;
    (void)forge(packet, NULL, bytes);
    (void)graph_hand(g, 1, 0, (struct bytes){bytes, size});
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 2);
    assert_int_equal(g->nodes[3].mesh.verdicts[MESH_DROP_AGE], 1);
    graph_destroy(g);
}

static void what_waits_in_a_queue_grows_old(void **state)
{
    (void)state;
    struct graph *g = graph_create(2, 27);
    graph_line(g);
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = forge(scope_packet(&g->nodes[0].short_id, 1, text("wait")), NULL, bytes);
    const struct bytes view = {bytes, size};
    assert_int_equal(mesh_class_of(view), MESH_CLASS_CONSENSUS);
    assert_int_equal(mesh_life_left(view), 10000);
    packet_add_age(bytes, 2509);
    assert_int_equal(mesh_life_left(view), 7500);
    packet_add_age(bytes, MSEC_NEVER);
    assert_int_equal(mesh_life_left(view), 0);
    bytes[2] = PACKET_DURABLE;
    assert_int_equal(mesh_life_left(view), MSEC_NEVER);
    graph_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_of_a_line_gets_an_object_once),
        cmocka_unit_test(a_ring_ends_the_flood_where_both_ways_meet),
        cmocka_unit_test(a_flood_costs_at_most_two_sends_an_edge),
        cmocka_unit_test(who_is_near_the_source_is_not_told_again),
        cmocka_unit_test(who_is_near_somebody_else_only_is_told_as_ever),
        cmocka_unit_test(a_word_that_is_none_is_nobody),
        cmocka_unit_test(losses_never_make_an_object_come_twice_and_again_is_a_new_flood),
        cmocka_unit_test(a_node_outside_the_scope_passes_on_and_is_brought_nothing),
        cmocka_unit_test(a_unicast_takes_the_direct_link_and_floods_only_when_asked),
        cmocka_unit_test(a_unicast_without_flooding_goes_one_hop_more_at_the_last_relay),
        cmocka_unit_test(hop_limits_end_what_forgetful_nodes_would_pass_on_for_ever),
        cmocka_unit_test(a_hop_limit_is_how_many_links_a_packet_crosses),
        cmocka_unit_test(floods_start_at_24_to_31_and_what_decides_at_31),
        cmocka_unit_test(a_relay_outside_the_scope_counts_what_its_hop_limit_ends),
        cmocka_unit_test(each_class_dies_at_its_age_unless_durable),
        cmocka_unit_test(a_forgery_with_a_victims_sequence_does_not_keep_the_victim_out),
        cmocka_unit_test(changed_hops_and_age_are_the_same_packet_and_anything_else_is_not),
        cmocka_unit_test(a_wrong_signature_is_dropped_and_blamed_on_its_claimed_source_only),
        cmocka_unit_test(a_packet_of_our_own_that_comes_back_is_dropped),
        cmocka_unit_test(three_malformed_packets_in_a_minute_close_the_link_and_ban_the_peer),
        cmocka_unit_test(from_a_link_that_is_down_or_to_oneself_nothing_is_taken),
        cmocka_unit_test(an_announcement_reaches_four_hops_and_brings_its_key),
        cmocka_unit_test(an_announcement_by_a_longer_way_keeps_nobody_within_four_hops_from_it),
        cmocka_unit_test(announcements_come_in_a_burst_of_four_then_one_in_thirty_seconds),
        cmocka_unit_test(announcements_that_come_unevenly_are_all_heard),
        cmocka_unit_test(who_links_up_later_hears_what_was_announced),
        cmocka_unit_test(one_origin_cannot_crowd_out_the_notices_of_another),
        cmocka_unit_test(an_announcement_that_does_not_prove_its_source_is_blamed),
        cmocka_unit_test(large_objects_arrive_whole_in_any_order_with_duplicates),
        cmocka_unit_test(sixteen_seats_may_send_their_deals_at_once),
        cmocka_unit_test(an_unfinished_object_is_forgotten_after_ten_seconds),
        cmocka_unit_test(what_is_relayed_for_others_is_limited_by_link_and_by_origin),
        cmocka_unit_test(who_is_busy_for_others_passes_less_far),
        cmocka_unit_test(what_is_passed_on_for_others_is_weighed),
        cmocka_unit_test(objects_that_are_only_begun_are_limited_by_link),
        cmocka_unit_test(a_node_that_relays_nothing_for_others_still_takes_its_own),
        cmocka_unit_test(a_flooding_neighbour_loses_its_score),
        cmocka_unit_test(scopes_joined_are_bounded_and_twice_is_once),
        cmocka_unit_test(lists_of_keys_take_a_fiftieth_of_what_a_link_drains),
        cmocka_unit_test(lists_of_keys_all_pass_where_a_link_drains_as_fast_as_they_come),
        cmocka_unit_test(a_list_of_keys_in_pieces_that_lies_goes_no_further),
        cmocka_unit_test(random_packets_never_outgrow_any_table),
        cmocka_unit_test(links_come_and_go_without_end),
        cmocka_unit_test(each_hop_adds_to_the_age),
        cmocka_unit_test(what_waits_in_a_queue_grows_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
