/* SPDX-License-Identifier: MIT */
/*
 * Tests of src/relay/: what is learnt of a table that others play at, what is then believed of what
 * its seats are said to have said, and what a mesh of relays does with it.
 */
#include "overhear.h"
#include "tests/mesh/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

static struct overheard table;
static struct relay relay;

/* ---- Learning ----------------------------------------------------------------------------------
 */

static enum relay_news learn(struct bytes packed)
{
    return relay_learn(&relay, 1000, 3, &table.scope, packed);
}

static void a_seat_list_is_learnt_once_from_its_seating(void **state)
{
    (void)state;
    relay_init(&relay);
    assert_null(relay_find(&relay, &table.scope));
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    const struct relay_table *known = relay_find(&relay, &table.scope);
    assert_non_null(known);
    assert_int_equal(known->present.roster.epoch, 1);
    assert_int_equal(known->present.electorate.seats, 4);
    assert_int_equal(known->present.electorate.quorum, 3);
    for (unsigned i = 0; i < 4; i++)
        assert_memory_equal(&known->present.electorate.keys[i],
                            &table.world.seating.seats[i].consensus_key, PUBLIC_KEY_SIZE);
    assert_int_equal(learn(table.keys[0]), RELAY_NOTHING_NEW);
    assert_int_equal(relay.learnt, 1);
    relay_forget(&relay, &table.scope);
    relay_forget(&relay, &table.scope);
    assert_null(relay_find(&relay, &table.scope));
}

/* Whoever changes one bit of a list teaches nothing with it, wherever the bit is. */
static void assert_no_bit_can_be_changed(unsigned number)
{
    static uint8_t copy[RELAY_KEYS_SIZE_MAX];
    const struct bytes keys = table.keys[number];
    for (size_t at = 0; at < keys.size; at++) {
        memcpy(copy, keys.at, keys.size);
        copy[at] ^= (uint8_t)(1u << at % 8);
        const struct bytes changed = {.at = copy, .size = keys.size};
        assert_int_not_equal(learn(changed), RELAY_LEARNT);
    }
    assert_int_not_equal(learn((struct bytes){.at = keys.at, .size = keys.size - 1}), RELAY_LEARNT);
    assert_int_equal(learn(keys), RELAY_LEARNT);
}

static void no_bit_of_a_list_can_be_changed(void **state)
{
    (void)state;
    relay_init(&relay);
    for (unsigned i = 0; i < table.keys_count; i++)
        assert_no_bit_can_be_changed(i);
    assert_int_equal(relay.learnt, table.keys_count);
}

static void a_seating_is_of_its_own_scope_only(void **state)
{
    (void)state;
    relay_init(&relay);
    struct scope_id other = table.scope;
    other.bytes[0] ^= 1;
    assert_int_equal(relay_learn(&relay, 0, 0, &other, table.keys[0]), RELAY_REFUSED);
    assert_null(relay_find(&relay, &other));
    assert_null(relay_find(&relay, &table.scope));
}

static void epochs_are_walked_one_by_one(void **state)
{
    (void)state;
    relay_init(&relay);
    assert_int_equal(learn(table.keys[1]), RELAY_TOO_EARLY);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    assert_int_equal(learn(table.keys[2]), RELAY_TOO_EARLY);
    assert_int_equal(learn(table.keys[1]), RELAY_LEARNT);
    assert_int_equal(learn(table.keys[1]), RELAY_NOTHING_NEW);
    assert_int_equal(learn(table.keys[2]), RELAY_LEARNT);
    const struct relay_table *known = relay_find(&relay, &table.scope);
    assert_int_equal(known->before.roster.epoch, 2);
    assert_int_equal(known->before.electorate.seats, 5);
    assert_int_equal(known->present.roster.epoch, 3);
    assert_int_equal(known->present.electorate.seats, 4);
    assert_int_equal(known->present.roster.set, 1 | 4 | 8 | 16);
}

static void a_list_says_one_thing_or_it_says_nothing(void **state)
{
    (void)state;
    relay_init(&relay);
    assert_int_equal(learn((struct bytes){.at = NULL, .size = 0}), RELAY_REFUSED);
    assert_int_equal(learn((struct bytes){.at = table.sayings[0].packed.at,
                                          .size = table.sayings[0].packed.size}),
                     RELAY_REFUSED);
    assert_int_equal(relay.refused, 2);
}

/* Replaces the certificate of the first ending by one of the same seats for another vote type. */
static struct bytes certified_as(enum vote_type type, uint8_t *out, size_t size)
{
    static uint8_t memory[65536];
    static uint8_t signatures[3 * SIGNATURE_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    assert_int_equal(frame_unpack(&bitcraps__keys__descriptor, table.keys[1], &arena, &base),
                     FRAME_OK);
    Bitcraps__Keys *keys = (Bitcraps__Keys *)(uintptr_t)base;
    Bitcraps__Certificate *certificate = keys->ending->finalization;
    const struct electorate electorate = {
        .instance = table.world.seating.instance, .epoch = 1, .seats = 4, .quorum = 3};
    const struct digest digest = certificate_digest(certificate);
    uint8_t statement[VOTE_STATEMENT_SIZE];
    vote_statement(&electorate, type, certificate->view, &digest, statement);
    for (unsigned i = 0; i < 3; i++) {
        struct seat_secrets secrets;
        seat_secrets_derive(table.world.seats[i].seed, &table.world.seating.genesis.id, &secrets);
        crypto_sign_detached(signatures + i * SIGNATURE_SIZE, NULL, statement, sizeof statement,
                             secrets.signing);
    }
    certificate->type = type;
    certificate->bitmap = 7;
    certificate->signatures = (ProtobufCBinaryData){sizeof signatures, signatures};
    struct writer w = writer_on(out, size);
    assert_true(frame_pack(&keys->base, &w));
    return written(&w);
}

/* A block that was only notarized may lose against another one. */
static void only_a_finalization_ends_an_epoch(void **state)
{
    (void)state;
    static uint8_t packed[RELAY_KEYS_SIZE_MAX];
    relay_init(&relay);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    assert_int_equal(learn(certified_as(VOTE_NOTARIZE, packed, sizeof packed)), RELAY_REFUSED);
    assert_int_equal(learn(certified_as(VOTE_FINALIZE, packed, sizeof packed)), RELAY_LEARNT);
}

/* A seating that anybody can make. */
static struct bytes made_up(uint8_t number, struct scope_id *scope, uint8_t *out, size_t size)
{
    uint8_t seed[32] = {number, 77};
    uint8_t random[32] = {number};
    struct identity identity;
    identity_derive(&identity, seed, 1);
    struct genesis genesis = table.world.seating.genesis;
    genesis.seats = 1;
    genesis.most = 0;
    genesis.host = identity.key;
    genesis.nonce[0] = number;
    uint8_t packed[GENESIS_SIZE_MAX];
    const size_t genesis_size = genesis_pack(&genesis, packed);
    assert_true(genesis_size > 0);
    struct seat_secrets secrets;
    uint8_t sit[SIT_SIZE_MAX];
    seat_secrets_derive(seed, &genesis.id, &secrets);
    const struct bytes sits = {sit, sit_pack(&genesis.id, &secrets, identity.secret, &identity.key,
                                             "nobody", false, random, sit)};
    uint8_t seating[SEATING_SIZE_MAX];
    const size_t seating_size =
        seating_pack((struct bytes){packed, genesis_size}, &sits, 1, identity.secret, seating);
    *scope = relay_scope(&genesis.id);
    return (struct bytes){out,
                          relay_pack_seating((struct bytes){seating, seating_size}, out, size)};
}

static void who_makes_tables_up_crowds_out_his_own(void **state)
{
    (void)state;
    static uint8_t packed[RELAY_KEYS_SIZE_MAX];
    struct scope_id first;
    struct scope_id last;
    relay_init(&relay);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT); /* Of neighbour 3, heard at 1000. */
    for (uint8_t i = 0; i < 3 * RELAY_TABLES; i++) {
        const struct bytes keys = made_up(i, i == 0 ? &first : &last, packed, sizeof packed);
        assert_int_equal(relay_learn(&relay, 2000 + i, 9, i == 0 ? &first : &last, keys),
                         RELAY_LEARNT);
    }
    assert_non_null(relay_find(&relay, &table.scope));
    assert_non_null(relay_find(&relay, &last));
    assert_null(relay_find(&relay, &first));
}

/* ---- Checking ----------------------------------------------------------------------------------
 */

static struct packet packet_of(struct bytes message)
{
    struct packet packet = {.class = MESH_CLASS_CONSENSUS,
                            .type = PACKET_SCOPE,
                            .hop_limit = HOP_LIMIT_MAX,
                            .boot = 1,
                            .body = message};
    memcpy(packet.destination, table.scope.bytes, SHORT_ID_SIZE);
    return packet;
}

static enum mesh_standing look(struct bytes message, unsigned *signatures)
{
    const struct mesh_judge judge = relay_judge(&relay);
    const struct packet packet = packet_of(message);
    return judge.look(judge.context, &packet, signatures);
}

static bool holds(struct bytes message)
{
    const struct mesh_judge judge = relay_judge(&relay);
    const struct packet packet = packet_of(message);
    return judge.holds(judge.context, &packet);
}

static bool is_signed(Bitcraps__Message__KindCase kind)
{
    return kind == BITCRAPS__MESSAGE__KIND_VOTE || kind == BITCRAPS__MESSAGE__KIND_CERTIFICATE ||
           kind == BITCRAPS__MESSAGE__KIND_PROPOSAL || kind == BITCRAPS__MESSAGE__KIND_PARTIAL ||
           kind == BITCRAPS__MESSAGE__KIND_ACTION || kind == BITCRAPS__MESSAGE__KIND_SIT;
}

/* Counts by kind what of a table can be checked, all of which must hold; returns what cannot. */
static unsigned check_all(const struct overheard *o, unsigned checked[static 16])
{
    unsigned unchecked = 0;
    relay_init(&relay);
    memset(checked, 0, 16 * sizeof checked[0]);
    for (unsigned i = 0, known = 0; i < o->count; i++) {
        const struct saying *saying = &o->sayings[i];
        while (known < saying->keys)
            assert_int_equal(relay_learn(&relay, 0, 0, &o->scope, o->keys[known++]), RELAY_LEARNT);
        unsigned signatures;
        const Bitcraps__Message__KindCase kind = overheard_kind(saying->packed);
        if (look(saying->packed, &signatures) != MESH_STANDING_SIGNED) {
            unchecked += is_signed(kind);
            continue;
        }
        assert_true(is_signed(kind) && kind < 16);
        assert_true(signatures >= 1 && signatures <= 4);
        assert_true(holds(saying->packed));
        checked[kind]++;
    }
    assert_int_equal(relay.forged, 0);
    return unchecked;
}

/* Nothing that an honest seat says is ever taken for a forgery, whoever comes and goes. */
static void all_that_seats_say_holds(void **state)
{
    (void)state;
    unsigned checked[16];
    /* The newcomer's deal and confirmation: its key is in no list yet. */
    assert_in_range(check_all(&table, checked), 1, 4);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_VOTE] > 100);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_CERTIFICATE] > 0);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_PROPOSAL] > 20);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_PARTIAL] > 20);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_ACTION] > 20);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_SIT] > 0);
}

/* Nor when a seat restarts, or forgets all and says other things with another key. */
static void all_that_forgetful_seats_say_holds(void **state)
{
    (void)state;
    static struct overheard other;
    unsigned checked[16];
    overhear_loss(&other);
    assert_memory_equal(&other.scope, &table.scope, sizeof other.scope); /* One and the same. */
    assert_in_range(check_all(&other, checked), 1, 30);
    assert_true(checked[BITCRAPS__MESSAGE__KIND_SIT] > 1);
    overheard_free(&other);
}

/* A message with one bit changed says nothing that holds; a proposal's parent is not looked at. */
static void assert_no_bit_of_it_can_be_changed(struct bytes message)
{
    static uint8_t copy[MESSAGE_SIZE_MAX];
    unsigned signatures;
    assert_true(holds(message));
    for (size_t at = 0; at < message.size; at++) {
        memcpy(copy, message.at, message.size);
        copy[at] ^= (uint8_t)(1u << at % 8);
        const struct bytes changed = {.at = copy, .size = message.size};
        if (look(changed, &signatures) == MESH_STANDING_SIGNED)
            assert_false(holds(changed));
    }
}

static void no_bit_of_what_a_seat_says_can_be_changed(void **state)
{
    (void)state;
    unsigned tried[16] = {0};
    relay_init(&relay);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    for (unsigned i = 0; i < table.count && table.sayings[i].keys == 1; i++) {
        const struct bytes message = table.sayings[i].packed;
        const Bitcraps__Message__KindCase kind = overheard_kind(message);
        if (!is_signed(kind) || kind == BITCRAPS__MESSAGE__KIND_PROPOSAL || tried[kind]++ > 0)
            continue;
        assert_no_bit_of_it_can_be_changed(message);
    }
    assert_true(tried[BITCRAPS__MESSAGE__KIND_VOTE] > 0);
    assert_true(tried[BITCRAPS__MESSAGE__KIND_ACTION] > 0);
    assert_true(tried[BITCRAPS__MESSAGE__KIND_PARTIAL] > 0);
    assert_true(tried[BITCRAPS__MESSAGE__KIND_SIT] > 0);
}

static struct bytes first_of(Bitcraps__Message__KindCase kind, size_t size_max)
{
    for (unsigned i = 0; i < table.count && table.sayings[i].keys == 1; i++)
        if (overheard_kind(table.sayings[i].packed) == kind &&
            table.sayings[i].packed.size <= size_max)
            return table.sayings[i].packed;
    fail_msg("there is no message of kind %d", (int)kind);
    return (struct bytes){.at = NULL, .size = 0};
}

/* Header, payload and leader's signature of a proposal. */
static void a_proposal_is_its_leaders_with_that_payload(void **state)
{
    (void)state;
    relay_init(&relay);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    const struct bytes message = first_of(BITCRAPS__MESSAGE__KIND_PROPOSAL, MESSAGE_SIZE_MAX);
    uint8_t memory[8192];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    assert_true(holds(message));
    assert_int_equal(frame_unpack(&bitcraps__message__descriptor, message, &arena, &base),
                     FRAME_OK);
    const Bitcraps__Proposal *proposal = ((const Bitcraps__Message *)base)->proposal;
    uint8_t *const parts[] = {proposal->block->header.data, proposal->block->payload.data,
                              proposal->signature.data};
    const size_t sizes[] = {proposal->block->header.len, proposal->block->payload.len,
                            proposal->signature.len};
    for (unsigned part = 0; part < 3; part++) {
        for (size_t at = 0; at < sizes[part]; at++) {
            unsigned signatures;
            parts[part][at] ^= 1; /* In the allocated message; put back below. */
            if (look(message, &signatures) == MESH_STANDING_SIGNED)
                assert_false(holds(message));
            parts[part][at] ^= 1;
        }
    }
    assert_true(holds(message));
}

static void what_is_for_one_seat_is_checked_as_well(void **state)
{
    (void)state;
    relay_init(&relay);
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
    const struct bytes vote = first_of(BITCRAPS__MESSAGE__KIND_VOTE, PACKET_BODY_MAX - 8);
    uint8_t body[PACKET_BODY_MAX];
    memcpy(body, table.scope.bytes, 8);
    memcpy(body + 8, vote.at, vote.size);
    struct packet packet = {.type = PACKET_UNICAST, .body = {.at = body, .size = vote.size + 8}};
    const struct mesh_judge judge = relay_judge(&relay);
    unsigned signatures;
    assert_int_equal(judge.look(judge.context, &packet, &signatures), MESH_STANDING_SIGNED);
    assert_true(judge.holds(judge.context, &packet));
    body[8 + vote.size - 1] ^= 1;
    assert_int_equal(judge.look(judge.context, &packet, &signatures), MESH_STANDING_SIGNED);
    assert_false(judge.holds(judge.context, &packet));
    /* What is encrypted or a piece says nothing to a relay. */
    packet.flags = PACKET_PIECE;
    assert_int_equal(judge.look(judge.context, &packet, &signatures), MESH_STANDING_KNOWN);
    packet.flags = PACKET_ENCRYPTED;
    assert_int_equal(judge.look(judge.context, &packet, &signatures), MESH_STANDING_KNOWN);
}

static void an_offered_table_is_known_without_its_keys(void **state)
{
    (void)state;
    relay_init(&relay);
    uint8_t packed[GENESIS_SIZE_MAX];
    struct genesis genesis = table.world.seating.genesis;
    const struct bytes bytes = {packed, genesis_pack(&genesis, packed)};
    assert_true(relay_offer(&relay, 0, 0, bytes));
    unsigned signatures;
    assert_int_equal(look(first_of(BITCRAPS__MESSAGE__KIND_VOTE, 1000), &signatures),
                     MESH_STANDING_KNOWN);
    const struct bytes sit = first_of(BITCRAPS__MESSAGE__KIND_SIT, 1000);
    assert_int_equal(look(sit, &signatures), MESH_STANDING_SIGNED);
    assert_true(holds(sit));
    assert_int_equal(learn(table.keys[0]), RELAY_LEARNT);
}

/* ---- In a mesh ---------------------------------------------------------------------------------
 */

static struct relay relays[GRAPH_NODES_MAX];

/* The nodes of a graph look at what they pass on; those of a bit set have no keys. */
static void give_judges(struct graph *g, uint32_t ignorant)
{
    for (size_t i = 0; i < g->nodes_count; i++) {
        relay_init(&relays[i]);
        if (!(ignorant >> i & 1))
            g->nodes[i].mesh.config.judge = relay_judge(&relays[i]);
    }
}

static void announce(struct graph *g, size_t node, unsigned number)
{
    mesh_announce_keys(&g->nodes[node].mesh, g->now, &table.scope, table.keys[number], &g->out);
    graph_send(g, node);
    graph_run(g);
}

static void say(struct graph *g, size_t node, struct bytes message)
{
    mesh_publish(&g->nodes[node].mesh, g->now, &table.scope, MESH_CLASS_CONSENSUS, message, 0,
                 &g->out);
    graph_send(g, node);
}

/* What somebody puts into a scope under any name. */
static enum mesh_verdict say_as(struct graph *g, size_t to, size_t from,
                                const struct short_id *source, struct bytes message)
{
    static uint32_t sequence;
    struct packet packet = packet_of(message);
    uint8_t bytes[PACKET_SIZE_MAX];
    packet.source = *source;
    packet.sequence = ++sequence;
    return graph_hand(g, to, from, (struct bytes){bytes, packet_encode(&packet, bytes)});
}

static struct bytes forged_vote(void)
{
    static uint8_t copy[1024];
    const struct bytes vote = first_of(BITCRAPS__MESSAGE__KIND_VOTE, sizeof copy);
    memcpy(copy, vote.at, vote.size);
    copy[vote.size - 1] ^= 1;
    return (struct bytes){copy, vote.size};
}

/* Seats at the ends of a line of relays, five links apart: all that they say. */
static void seats_at_the_ends_of_a_line_hear_one_another(void **state)
{
    (void)state;
    struct graph *g = graph_create(6, 1);
    graph_line(g);
    assert_true(mesh_join(&g->nodes[0].mesh, &table.scope));
    assert_true(mesh_join(&g->nodes[5].mesh, &table.scope));
    give_judges(g, 0);
    announce(g, 0, 0);
    for (size_t i = 1; i < 5; i++)
        assert_non_null(relay_find(&relays[i], &table.scope));
    assert_null(relay_find(&relays[5], &table.scope)); /* It sits there. */
    unsigned said = 0;
    for (unsigned i = 0; i < 8 * table.count && said < 800; i++) {
        const struct bytes message = table.sayings[i % table.count].packed; /* Again and again. */
        const struct packet packet = packet_of(message);
        const struct mesh_judge judge = relay_judge(&relays[1]);
        unsigned signatures;
        if (message.size > PACKET_BODY_MAX ||
            judge.look(judge.context, &packet, &signatures) != MESH_STANDING_SIGNED)
            continue;
        say(g, i % 2 == 0 ? 0 : 5, message);
        graph_run(g); /* A millisecond a link: 160 a second, of two origins. */
        said++;
    }
    assert_int_equal(said, 800);
    assert_int_equal(g->nodes[0].got.count + g->nodes[5].got.count, said);
    for (size_t i = 1; i < 5; i++) {
        assert_int_equal(relays[i].checked, said);
        assert_int_equal(relays[i].forged, 0);
    }
    graph_destroy(g);
}

/* A proposal too large for a packet, made so that its leader's signature is not what is wrong. */
static struct bytes large_statement(void)
{
    for (unsigned i = 0; i < table.count; i++)
        if (overheard_kind(table.sayings[i].packed) == BITCRAPS__MESSAGE__KIND_PROPOSAL &&
            table.sayings[i].packed.size > 2 * PIECE_SIZE_MAX && table.sayings[i].keys == 1)
            return table.sayings[i].packed;
    fail_msg("no proposal of the first epoch comes in three pieces");
    return (struct bytes){.at = NULL, .size = 0};
}

/* Pieces of a statement go on when it is whole and holds; of a forged one, none does. */
static void pieces_wait_until_they_can_be_checked(void **state)
{
    (void)state;
    static uint8_t copy[MESSAGE_SIZE_MAX];
    const struct bytes message = large_statement();
    struct graph *g = graph_create(4, 8);
    graph_line(g);
    assert_true(mesh_join(&g->nodes[3].mesh, &table.scope));
    give_judges(g, 0);
    announce(g, 3, 0);
    graph_forget(g);
    say(g, 0, message);
    const uint64_t pieces = g->sends;
    assert_true(pieces >= 3);
    while (relays[1].checked == 0) {
        assert_int_equal(g->sends, pieces); /* Nothing goes on before the last has come. */
        assert_true(graph_step(g));
    }
    graph_run(g);
    assert_int_equal(g->nodes[3].got.count, 1);
    assert_int_equal(g->nodes[3].got.size, message.size);
    assert_int_equal(relays[2].checked, 1);
    assert_int_equal(g->sends, 3 * pieces);
    /* One bit of it changed, under the name of the node itself. */
    graph_forget(g);
    memcpy(copy, message.at, message.size);
    copy[message.size / 2] ^= 1;
    for (unsigned i = 0; i < 3; i++)
        say(g, 0, (struct bytes){copy, message.size});
    graph_run(g);
    assert_int_equal(g->sends, 3 * pieces); /* To the first relay, no further. */
    assert_int_equal(relays[1].forged, 3);
    assert_int_equal(g->closes, 1);
    graph_destroy(g);
}

/* Whoever begins objects and does not end them crowds out his own pieces. */
static void pieces_that_never_end_crowd_out_their_own(void **state)
{
    (void)state;
    const struct bytes message = large_statement();
    struct graph *g = graph_create(4, 9);
    graph_connect(g, 0, 1);
    graph_connect(g, 1, 2);
    graph_connect(g, 1, 3);
    assert_true(mesh_join(&g->nodes[2].mesh, &table.scope));
    give_judges(g, 0);
    announce(g, 2, 0);
    mesh_publish(&g->nodes[0].mesh, g->now, &table.scope, MESH_CLASS_CONSENSUS, message, 0,
                 &g->out);
    struct effect last = g->effects[--g->out.count];
    uint8_t kept[PACKET_SIZE_MAX];
    memcpy(kept, g->out.arena + last.offset, last.size);
    graph_send(g, 0);
    graph_run(g);
    uint8_t body[PACKET_BODY_MAX];
    for (uint32_t i = 0; i < 2 * HOLD_PACKETS; i++) {
        struct digest digest = {{0}};
        memcpy(digest.bytes, &i, sizeof i);
        const struct bytes slice = {body, piece_cut(message, &digest, 0, body)};
        struct packet packet = packet_of(slice);
        uint8_t bytes[PACKET_SIZE_MAX];
        packet.flags = PACKET_PIECE;
        packet.source.bytes[0] = (uint8_t)i;
        packet.source.bytes[1] = 99;
        packet.sequence = i;
        g->now += 5;
        (void)graph_hand(g, 1, 3, (struct bytes){bytes, packet_encode(&packet, bytes)});
    }
    assert_int_equal(g->nodes[2].got.count, 0);
    (void)graph_hand(g, 1, 0, (struct bytes){kept, last.size});
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 1);
    graph_destroy(g);
}

/* Without its keys the same has a tenth of what a link may bring for others. */
static void what_nobody_can_check_has_a_tenth(void **state)
{
    (void)state;
    struct graph *g = graph_create(3, 2);
    graph_line(g);
    assert_true(mesh_join(&g->nodes[2].mesh, &table.scope));
    give_judges(g, 0);
    struct short_id source = {{0}};
    unsigned passed = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        g->now = 10 * i;
        source.bytes[0] = (uint8_t)i;
        source.bytes[1] = (uint8_t)(i >> 8);
        passed += say_as(g, 1, 0, &source, first_of(BITCRAPS__MESSAGE__KIND_VOTE, 1000)) ==
                  MESH_FORWARDED;
    }
    assert_in_range(passed, 2000, 2000 + MESH_UNKNOWN_BURST);
    graph_destroy(g);
}

/* The forger hangs at the middle one of three relays and speaks as anybody. */
static void a_forger_is_stopped_at_the_first_relay_that_knows(void **state)
{
    (void)state;
    struct graph *g = graph_create(6, 3);
    for (size_t i = 1; i < 5; i++)
        graph_connect(g, i - 1, i);
    graph_connect(g, 2, 5);
    assert_true(mesh_join(&g->nodes[0].mesh, &table.scope));
    assert_true(mesh_join(&g->nodes[4].mesh, &table.scope));
    give_judges(g, 0);
    announce(g, 0, 0);
    graph_forget(g);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(say_as(g, 2, 5, &g->nodes[0].short_id, forged_vote()),
                         MESH_DROP_STATEMENT);
    graph_run(g);
    assert_int_equal(g->sends, 0);
    assert_int_equal(relays[2].forged, 100);
    assert_int_equal(g->nodes[2].mesh.neighbours[graph_link(g, 2, 5)].forged, 100);
    /* It may have come from further away, through nodes that cannot tell. */
    assert_true(mesh_score(&g->nodes[2].mesh, g->now, &g->nodes[5].id) >= 0);
    assert_int_equal(g->closes, 0);
    /* What the seats say meanwhile arrives. */
    say(g, 0, first_of(BITCRAPS__MESSAGE__KIND_VOTE, 1000));
    graph_run(g);
    assert_int_equal(g->nodes[4].got.count, 1);
    /* Under its own name there is nobody else to blame: three within a minute close the link. */
    assert_int_equal(say_as(g, 2, 5, &g->nodes[5].short_id, forged_vote()), MESH_DROP_STATEMENT);
    assert_int_equal(mesh_score(&g->nodes[2].mesh, g->now, &g->nodes[5].id), -10);
    (void)say_as(g, 2, 5, &g->nodes[5].short_id, forged_vote());
    assert_int_equal(g->closes, 0);
    (void)say_as(g, 2, 5, &g->nodes[5].short_id, forged_vote());
    assert_int_equal(g->closes, 1);
    assert_true(mesh_refuses(&g->nodes[2].mesh, g->now, &g->nodes[5].id));
    graph_destroy(g);
}

/* A relay that does not know the keys lets a forger's first words through and is not blamed. */
static void a_relay_that_cannot_tell_is_not_blamed(void **state)
{
    (void)state;
    struct graph *g = graph_create(5, 4);
    graph_line(g);
    assert_true(mesh_join(&g->nodes[4].mesh, &table.scope));
    give_judges(g, 1u << 1);
    announce(g, 4, 0);
    graph_forget(g);
    for (unsigned i = 0; i < 20; i++)
        (void)say_as(g, 1, 0, &g->nodes[4].short_id, forged_vote());
    graph_run(g);
    assert_int_equal(g->sends, 20); /* From node 1 to node 2, no further. */
    assert_int_equal(relays[2].forged, 20);
    assert_int_equal(g->nodes[4].got.count, 0);
    assert_int_equal(g->closes, 0);
    assert_true(mesh_score(&g->nodes[2].mesh, g->now, &g->nodes[1].id) >= 0);
    graph_destroy(g);
}

/* However much a forger sends, a link has so many signatures checked in a second. */
static void the_time_for_checking_is_bounded_by_link(void **state)
{
    (void)state;
    struct graph *g = graph_create(4, 5);
    graph_connect(g, 0, 1);
    graph_connect(g, 1, 2);
    graph_connect(g, 1, 3);
    assert_true(mesh_join(&g->nodes[0].mesh, &table.scope));
    assert_true(mesh_join(&g->nodes[2].mesh, &table.scope));
    give_judges(g, 0);
    announce(g, 0, 0);
    const uint64_t burst = 2 * MESH_FOREIGN_PER_SEC * MESH_CHECKS_SHARE;
    for (uint64_t i = 0; i < burst + 500; i++)
        (void)say_as(g, 1, 3, &g->nodes[0].short_id, forged_vote());
    assert_int_equal(relays[1].forged, burst);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_RATE_CHECKS], 500);
    graph_forget(g);
    say(g, 0, first_of(BITCRAPS__MESSAGE__KIND_VOTE, 1000));
    graph_run(g);
    assert_int_equal(g->nodes[2].got.count, 1);
    graph_destroy(g);
}

/* A forged list of keys is whole nowhere but where it is looked at first, and changes nothing. */
static void a_forged_list_of_keys_goes_nowhere(void **state)
{
    (void)state;
    static uint8_t copy[RELAY_KEYS_SIZE_MAX];
    struct graph *g = graph_create(4, 6);
    graph_line(g);
    give_judges(g, 0);
    announce(g, 0, 0);
    memcpy(copy, table.keys[1].at, table.keys[1].size);
    copy[table.keys[1].size - 1] ^= 1;
    mesh_announce_keys(&g->nodes[0].mesh, g->now, &table.scope,
                       (struct bytes){copy, table.keys[1].size}, &g->out);
    graph_send(g, 0);
    graph_run(g);
    assert_int_equal(relays[1].refused, 1);
    assert_int_equal(relays[2].refused, 0);
    assert_int_equal(g->nodes[1].mesh.verdicts[MESH_DROP_STATEMENT], 1);
    assert_int_equal(mesh_score(&g->nodes[1].mesh, g->now, &g->nodes[0].id), -10);
    announce(g, 0, 1);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(relay_find(&relays[i], &table.scope)->present.roster.epoch, 2);
    graph_destroy(g);
}

/* A ring of relays between two seats: one leaves with packets on their way, and nothing is lost. */
static void a_relay_that_leaves_is_routed_around(void **state)
{
    (void)state;
    struct graph *g = graph_create(8, 7);
    graph_ring(g);
    assert_true(mesh_join(&g->nodes[0].mesh, &table.scope));
    assert_true(mesh_join(&g->nodes[4].mesh, &table.scope));
    give_judges(g, 0);
    g->delay_max = 20;
    announce(g, 0, 0);
    graph_forget(g);
    unsigned said = 0;
    for (unsigned i = 0; i < table.count && said < 60; i++) {
        if (table.sayings[i].keys != 1 ||
            overheard_kind(table.sayings[i].packed) != BITCRAPS__MESSAGE__KIND_VOTE)
            continue;
        say(g, said % 2 == 0 ? 0 : 4, table.sayings[i].packed);
        if (++said == 30) {
            for (unsigned k = 0; k < 40; k++)
                assert_true(graph_step(g));
            graph_cut(g, 1, 2);
            graph_cut(g, 2, 3);
        }
    }
    graph_run(g);
    assert_int_equal(said, 60);
    assert_int_equal(g->nodes[0].got.count, 30);
    assert_int_equal(g->nodes[4].got.count, 30);
    graph_destroy(g);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    overhear(&table);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seat_list_is_learnt_once_from_its_seating),
        cmocka_unit_test(no_bit_of_a_list_can_be_changed),
        cmocka_unit_test(a_seating_is_of_its_own_scope_only),
        cmocka_unit_test(epochs_are_walked_one_by_one),
        cmocka_unit_test(a_list_says_one_thing_or_it_says_nothing),
        cmocka_unit_test(only_a_finalization_ends_an_epoch),
        cmocka_unit_test(who_makes_tables_up_crowds_out_his_own),
        cmocka_unit_test(all_that_seats_say_holds),
        cmocka_unit_test(all_that_forgetful_seats_say_holds),
        cmocka_unit_test(no_bit_of_what_a_seat_says_can_be_changed),
        cmocka_unit_test(a_proposal_is_its_leaders_with_that_payload),
        cmocka_unit_test(what_is_for_one_seat_is_checked_as_well),
        cmocka_unit_test(an_offered_table_is_known_without_its_keys),
        cmocka_unit_test(seats_at_the_ends_of_a_line_hear_one_another),
        cmocka_unit_test(pieces_wait_until_they_can_be_checked),
        cmocka_unit_test(pieces_that_never_end_crowd_out_their_own),
        cmocka_unit_test(what_nobody_can_check_has_a_tenth),
        cmocka_unit_test(a_forger_is_stopped_at_the_first_relay_that_knows),
        cmocka_unit_test(a_relay_that_cannot_tell_is_not_blamed),
        cmocka_unit_test(the_time_for_checking_is_bounded_by_link),
        cmocka_unit_test(a_forged_list_of_keys_goes_nowhere),
        cmocka_unit_test(a_relay_that_leaves_is_routed_around),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    overheard_free(&table);
    return failed;
}
