/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { HS1 = 1, HS2, HS3, RETRY, DATA };

static int kind_of(const struct wire_flight *flight)
{
    return flight->bytes[0] & 7;
}

/* ---- What the wire does --------------------------------------------------------------------- */

/* Loses the first so many datagrams of each kind. */
static bool lose_first(struct wire *w, struct wire_flight *flight)
{
    unsigned int *left = w->context;
    if (left[kind_of(flight)] == 0)
        return true;
    left[kind_of(flight)]--;
    return false;
}

static bool lose_handshakes(struct wire *w, struct wire_flight *flight)
{
    (void)w;
    return kind_of(flight) == DATA;
}

static bool lose_everything(struct wire *w, struct wire_flight *flight)
{
    (void)w;
    (void)flight;
    return false;
}

/* Loses so many percent, delays the rest by up to 50 ms, so that datagrams overtake one another. */
static bool lose_some(struct wire *w, struct wire_flight *flight)
{
    const unsigned int *percent = w->context;
    flight->at += wire_random(w) % 50;
    return wire_random(w) % 100 >= *percent;
}

/* Keeps copies of what passes. */
struct recording {
    struct wire_flight flights[256];
    size_t count;
};

static struct recording recording;

static bool record(struct wire *w, struct wire_flight *flight)
{
    (void)w;
    if (recording.count < sizeof recording.flights / sizeof recording.flights[0])
        recording.flights[recording.count++] = *flight;
    return true;
}

static struct wire *two_linked(void)
{
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    wire_dial(w, 0, 1, true);
    wire_run(w, 100);
    assert_true(wire_agrees(w, 0, 1));
    return w;
}

static uint32_t index_of(const struct wire *w, size_t from, size_t to)
{
    const struct identity identity = wire_identity(to);
    const struct link *l = &w->nodes[from].link;
    return l->sessions[l->peers[link_find(l, &identity.node)].session].index;
}

/* Nothing was torn down, and a record passes each way. */
static void still_linked(struct wire *w)
{
    assert_true(wire_agrees(w, 0, 1));
    for (size_t i = 0; i < 2; i++) {
        const unsigned int records = w->nodes[i].records;
        assert_int_equal(w->nodes[i].ups, 1);
        assert_int_equal(w->nodes[i].downs, 0);
        assert_int_equal(wire_send(w, 1 - i, i, 100, LINK_URGENT), LINK_SEND_OK);
        wire_run(w, 20);
        assert_int_equal(w->nodes[i].records, records + 1);
    }
}

/* ---- Handshakes ----------------------------------------------------------------------------- */

static void two_nodes_meet_and_talk(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    assert_int_equal(w->frames[HS1], 1);
    assert_int_equal(w->frames[HS2], 1);
    assert_int_equal(w->frames[HS3], 1);
    const struct identity other = wire_identity(1);
    const struct link *l = &w->nodes[0].link;
    const struct link_peer *peer = &l->peers[link_find(l, &other.node)];
    assert_memory_equal(&peer->key, &other.key, sizeof peer->key);
    assert_int_equal(peer->features, 5);
    assert_int_equal(peer->boot, 1);
    still_linked(w);
    assert_int_equal(w->nodes[0].last_type, LINK_RECORD_PACKET);
    assert_int_equal(w->nodes[0].last_size, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(w->nodes[0].last_body[i], i + 100);
}

static void hs1_is_padded_and_nothing_of_a_handshake_is_larger(void **state)
{
    (void)state;
    recording.count = 0;
    struct wire *w = wire_new();
    w->passes = record;
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    wire_dial(w, 0, 1, true);
    wire_run(w, 100);
    assert_true(wire_linked(w, 0, 1));
    assert_int_equal(kind_of(&recording.flights[0]), HS1);
    assert_int_equal(recording.flights[0].bytes[0], 0x81);
    assert_int_equal(recording.flights[0].size, 320);
    assert_int_equal(kind_of(&recording.flights[1]), HS2);
    assert_true(recording.flights[1].size <= 320);
    for (size_t cut = 0; cut < 320; cut++) {
        struct wire_flight flight = recording.flights[0];
        flight.bytes[4] ^= 1;
        flight.size = cut;
        assert_int_equal(wire_deliver(w, &flight), LINK_DROP_SIZE);
    }
}

static void a_lost_message_is_sent_again(void **state)
{
    (void)state;
    static const struct {
        unsigned int lost[6];
        msec up_within;
    } rows[] = {
        /* 1 */ {{[HS1] = 1}, 300},
        /* 2 */ {{[HS2] = 1}, 300},
        /* 3 */ {{[HS3] = 1}, 300},
        /* 4 */ {{[DATA] = 2}, 300},
        /* 5 */ {{[HS1] = 2}, 800},
        /* 6 */ {{[HS1] = 1, [HS2] = 1, [HS3] = 1}, 1100},
        /* 7 */ {{[HS3] = 3, [DATA] = 3}, 1900},
        /* 8 */ {{[HS1] = 4}, 3900},
        /* 9: a whole attempt */ {{[HS1] = 8}, 17000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned int left[6];
        memcpy(left, rows[i].lost, sizeof left);
        struct wire *w = wire_new();
        w->passes = lose_first;
        w->context = left;
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        wire_dial(w, 0, 1, true);
        wire_run(w, rows[i].up_within);
        if (!wire_agrees(w, 0, 1))
            fail_msg("row %zu", i + 1);
        still_linked(w);
    }
}

static void replayed_frames_are_harmless(void **state)
{
    (void)state;
    recording.count = 0;
    struct wire *w = wire_new();
    w->passes = record;
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    wire_dial(w, 0, 1, true);
    wire_run(w, 100);
    still_linked(w);
    const uint32_t index = index_of(w, 0, 1);
    const size_t count = recording.count;
    assert_true(count >= 6);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < count; i++) {
            struct wire_flight flight = recording.flights[i];
            const enum link_verdict verdict = wire_deliver(w, &flight);
            assert_int_not_equal(verdict, LINK_TOOK_RECORDS);
            /* The same from elsewhere. */
            flight.from = wire_address(7);
            assert_int_not_equal(wire_deliver(w, &flight), LINK_TOOK_RECORDS);
        }
        wire_run(w, 5000);
        still_linked(w);
    }
    wire_run(w, 60000);
    assert_int_equal(index_of(w, 0, 1), index);
    assert_int_equal(wire_sessions(w, 0), 1);
    assert_int_equal(wire_sessions(w, 1), 1);
}

static void crossed_dials_end_with_one_session(void **state)
{
    (void)state;
    for (msec between = 0; between <= 60; between += 5) {
        struct wire *w = wire_new();
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        wire_dial(w, 0, 1, true);
        wire_run(w, between);
        wire_dial(w, 1, 0, true);
        wire_run(w, 500);
        still_linked(w);
        wire_run(w, LINK_DRAIN_MSEC + 1000);
        still_linked(w);
        assert_int_equal(wire_sessions(w, 0), 1);
        assert_int_equal(wire_sessions(w, 1), 1);
    }
}

static void of_crossed_dials_that_of_the_smaller_node_id_stays(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    wire_dial(w, 0, 1, true);
    wire_dial(w, 1, 0, true);
    wire_run(w, 1000);
    const struct identity a = wire_identity(0);
    const struct identity b = wire_identity(1);
    const bool first = memcmp(a.node.bytes, b.node.bytes, sizeof a.node.bytes) < 0;
    const struct link *l = &w->nodes[0].link;
    const struct link_session *s = &l->sessions[l->peers[link_find(l, &b.node)].session];
    assert_int_equal(s->role, first ? NOISE_INITIATOR : NOISE_RESPONDER);
}

/* Loses data frames to the node whose number is the context. */
static bool deafen(struct wire *w, struct wire_flight *flight)
{
    const struct link_address deaf = wire_address(*(const size_t *)w->context);
    return kind_of(flight) != DATA || memcmp(&flight->to, &deaf, sizeof deaf) != 0;
}

static void a_peer_that_lost_its_session_gets_the_new_one_used(void **state)
{
    (void)state;
    for (size_t deaf = 0; deaf < 2; deaf++) {
        struct wire *w = wire_new();
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        wire_dial(w, 1 - deaf, deaf, false);
        wire_run(w, 1000);
        wire_dial(w, deaf, 1 - deaf, true);
        w->passes = deafen;
        w->context = &deaf;
        while (w->nodes[deaf].downs == 0)
            wire_run(w, 10);
        w->passes = NULL;
        wire_run(w, 400);
        assert_true(wire_agrees(w, 0, 1));
        assert_int_equal(w->nodes[1 - deaf].downs, 0);
    }
}

static void two_that_chose_differently_come_together(void **state)
{
    (void)state;
    for (size_t odd = 0; odd < 2; odd++) {
        struct wire *w = wire_new();
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        wire_dial(w, 0, 1, true);
        wire_dial(w, 1, 0, true);
        wire_run(w, 1000);
        assert_true(wire_agrees(w, 0, 1));
        assert_int_equal(wire_sessions(w, odd), 2);
        const struct identity other = wire_identity(1 - odd);
        struct link *l = &w->nodes[odd].link;
        struct link_peer *peer = &l->peers[link_find(l, &other.node)];
        for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
            struct link_session *s = &l->sessions[i];
            if (s->state != SESSION_PROVEN || s->drain == MSEC_NEVER)
                continue;
            l->sessions[peer->session].drain = s->drain;
            s->drain = MSEC_NEVER;
            peer->session = i;
            break;
        }
        assert_false(wire_agrees(w, 0, 1));
        wire_run(w, 10000);
        still_linked(w);
        wire_run(w, LINK_DRAIN_MSEC);
        still_linked(w);
        assert_int_equal(wire_sessions(w, 0), 1);
        assert_int_equal(wire_sessions(w, 1), 1);
    }
}

static void an_hs1_again_gets_the_same_answer_but_only_that_one(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    recording.count = 0;
    w->passes = record;
    wire_dial(w, 0, 1, true);
    w->flights_count = 0;
    struct wire_flight hs1 = recording.flights[0];
    assert_int_equal(wire_deliver(w, &hs1), LINK_TOOK_HANDSHAKE);
    assert_int_equal(wire_deliver(w, &hs1), LINK_TOOK_HANDSHAKE);
    assert_int_equal(recording.count, 3);
    assert_int_equal(recording.flights[1].size, recording.flights[2].size);
    assert_memory_equal(recording.flights[1].bytes, recording.flights[2].bytes,
                        recording.flights[1].size);
    hs1.bytes[LINK_HANDSHAKE_HEADER] ^= 1;
    assert_int_equal(wire_deliver(w, &hs1), LINK_DROP_STATE);
    assert_int_equal(wire_sessions(w, 1), 1);
}

static void whatever_is_lost_both_agree_afterwards(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct wire *w = wire_new();
        w->random = seed;
        unsigned int percent = 40;
        w->passes = lose_some;
        w->context = &percent;
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        wire_dial(w, 0, 1, true);
        wire_run(w, wire_random(w) % 300);
        wire_dial(w, 1, 0, true);
        wire_run(w, 10000 + wire_random(w) % 10000);
        percent = 0;
        wire_run(w, 60000);
        if (!wire_agrees(w, 0, 1))
            fail_msg("seed %d: no agreement", (int)seed);
        const unsigned int downs = w->nodes[0].downs + w->nodes[1].downs;
        percent = 10;
        wire_run(w, 120000);
        percent = 0;
        wire_run(w, 10000);
        if (!wire_agrees(w, 0, 1) || w->nodes[0].downs + w->nodes[1].downs != downs)
            fail_msg("seed %d: down at 10 %% loss", (int)seed);
    }
}

static void seven_nodes_of_one_host_meet_at_once(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    for (size_t i = 0; i < 7; i++)
        wire_start(w, i, 1);
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            if (i != j)
                wire_dial(w, i, j, true);
    wire_run(w, 2000);
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            if (i != j && !wire_agrees(w, i, j))
                fail_msg("%zu and %zu", i, j);
    wire_run(w, 60000);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(wire_sessions(w, i), 6);
        assert_int_equal(w->nodes[i].downs, 0);
    }
}

/* ---- Who is refused ------------------------------------------------------------------------- */

static void another_network_does_not_meet(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    const struct identity identity = wire_identity(1);
    struct link_config config = wire_config(1);
    config.network[0] ^= 1;
    wire_start(w, 0, 1);
    wire_start_with(w, 1, &identity, &config);
    wire_dial(w, 0, 1, true);
    wire_run(w, 30000);
    assert_false(wire_linked(w, 0, 1));
    assert_true(w->nodes[0].link.counters.verdicts[LINK_DROP_FORGED] > 0);
}

static void a_wrong_certificate_is_refused_by_either_side(void **state)
{
    (void)state;
    for (size_t liar = 0; liar < 2; liar++) {
        for (int lie = 0; lie < 3; lie++) {
            struct wire *w = wire_new();
            struct identity identity = wire_identity(liar);
            const struct identity stranger = wire_identity(5);
            const struct link_config config = wire_config(1);
            if (lie == 0)
                identity.certificate.bytes[7] ^= 1;
            else if (lie == 1)
                identity.serial++;
            else
                identity.key = stranger.key;
            wire_start(w, 1 - liar, 1);
            wire_start_with(w, liar, &identity, &config);
            wire_dial(w, 0, 1, false);
            wire_run(w, 5000);
            assert_int_equal(w->nodes[1 - liar].ups, 0);
            assert_true(w->nodes[1 - liar].link.counters.verdicts[LINK_DROP_CERTIFICATE] > 0);
        }
    }
}

static void a_pinned_dial_meets_only_that_node(void **state)
{
    (void)state;
    for (size_t pinned = 1; pinned <= 2; pinned++) {
        struct wire *w = wire_new();
        const struct identity pin = wire_identity(pinned);
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        const struct link_target target = {
            .address = wire_address(1), .pinned = true, .pin = pin.node};
        wire_dial_target(w, 0, &target);
        wire_run(w, 5000);
        assert_int_equal(wire_linked(w, 0, 1), pinned == 1);
        assert_int_equal(w->frames[HS3] > 0, pinned == 1);
    }
}

static void a_ticket_has_to_be_held_by_both(void **state)
{
    (void)state;
    static const uint8_t tickets[2][NOISE_KEY_SIZE] = {{1}, {2}};
    for (size_t held = 0; held < 2; held++) {
        struct wire *w = wire_new();
        wire_start(w, 0, 1);
        wire_start(w, 1, 1);
        assert_true(link_hold_ticket(&w->nodes[1].link, tickets[held]));
        struct link_target target = {.address = wire_address(1), .ticketed = true};
        memcpy(target.ticket, tickets[0], sizeof target.ticket);
        wire_dial_target(w, 0, &target);
        wire_run(w, 5000);
        assert_int_equal(wire_agrees(w, 0, 1), held == 0);
        if (held == 1)
            assert_true(w->nodes[1].link.counters.verdicts[LINK_DROP_TICKET] > 0);
    }
}

static void a_node_does_not_meet_itself(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_dial(w, 0, 0, true);
    wire_run(w, 30000);
    assert_int_equal(w->nodes[0].ups, 0);
    assert_true(w->nodes[0].link.counters.verdicts[LINK_DROP_SELF] > 0);
}

static void tampered_frames_are_dropped(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    recording.count = 0;
    w->passes = record;
    assert_int_equal(wire_send(w, 0, 1, 40, LINK_URGENT), LINK_SEND_OK);
    wire_run(w, 0);
    w->flights_count = 0;
    assert_int_equal(recording.count, 1);
    assert_int_equal(recording.flights[0].size, 26 + 3 + 40);
    const unsigned int records = w->nodes[1].records;
    for (size_t bit = 0; bit < recording.flights[0].size * 8; bit++) {
        struct wire_flight flight = recording.flights[0];
        flight.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(wire_deliver(w, &flight) > LINK_TOOK_RETRY_SENT);
    }
    for (size_t size = 0; size < recording.flights[0].size; size++) {
        struct wire_flight flight = recording.flights[0];
        flight.size = size;
        assert_true(wire_deliver(w, &flight) > LINK_TOOK_RETRY_SENT);
    }
    assert_int_equal(w->nodes[1].records, records);
    assert_int_equal(wire_deliver(w, &recording.flights[0]), LINK_TOOK_RECORDS);
    assert_int_equal(w->nodes[1].records, records + 1);
    assert_int_equal(wire_deliver(w, &recording.flights[0]), LINK_DROP_REPLAY);
    still_linked(w);
}

/* ---- Load ----------------------------------------------------------------------------------- */

/* An HS1 that nobody will finish, from an address of its own. */
static struct wire_flight strange_hs1(uint32_t number, bool same_host)
{
    struct wire_flight flight = {.from = wire_address(7), .to = wire_address(1), .size = 320};
    flight.from.bytes[same_host ? 16 : 13] = (uint8_t)(number >> 8);
    flight.from.bytes[same_host ? 17 : 14] = (uint8_t)number;
    flight.from.host = 16;
    flight.bytes[0] = 0x81;
    flight.bytes[4] = 1;
    flight.bytes[6] = (uint8_t)(number >> 8);
    flight.bytes[7] = (uint8_t)number;
    flight.bytes[37] = 32;
    flight.bytes[38] = (uint8_t)(number + 2);
    flight.bytes[39] = (uint8_t)(number >> 8);
    flight.bytes[40] = 77;
    return flight;
}

static enum link_verdict strange(struct wire *w, uint32_t number, bool same_host)
{
    const struct wire_flight flight = strange_hs1(number, same_host);
    return wire_deliver(w, &flight);
}

/* The same from somebody who does receive at that address and so knows the token. */
static enum link_verdict strange_proven(struct wire *w, uint32_t number, bool same_host)
{
    struct wire_flight flight = strange_hs1(number, same_host);
    w->flights_count = 0;
    const enum link_verdict verdict = wire_deliver(w, &flight);
    if (verdict != LINK_TOOK_RETRY_SENT)
        return verdict;
    assert_int_equal(w->flights_count, 1);
    flight.bytes[3] |= 1;
    memcpy(flight.bytes + 20, w->flights[0].bytes + 20, LINK_TOKEN_SIZE);
    return wire_deliver(w, &flight);
}

static void under_load_an_address_has_to_be_proven(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    for (uint32_t i = 0; i < LINK_LOAD_PENDING; i++)
        assert_int_equal(strange(w, i, false), LINK_TOOK_HANDSHAKE);
    const size_t sessions = wire_sessions(w, 1);
    for (uint32_t i = 100; i < 600; i++)
        assert_int_equal(strange(w, i, false), LINK_TOOK_RETRY_SENT);
    assert_int_equal(wire_sessions(w, 1), sessions);
    w->flights_count = 0;

    recording.count = 0;
    w->passes = record;
    wire_dial(w, 0, 1, true);
    wire_run(w, 100);
    still_linked(w);
    assert_int_equal(kind_of(&recording.flights[1]), RETRY);
    assert_true(recording.flights[1].size < recording.flights[0].size);
    assert_int_equal(kind_of(&recording.flights[2]), HS1);
    assert_int_equal(w->nodes[1].link.counters.verdicts[LINK_TOOK_RETRY_SENT], 501);

    /* A RETRY again, or somebody else's, does nothing; nor does its token from elsewhere. */
    struct wire_flight flight = recording.flights[1];
    assert_int_equal(wire_deliver(w, &flight), LINK_DROP_STATE);
    flight = recording.flights[2];
    flight.from = wire_address(6);
    assert_int_equal(wire_deliver(w, &flight), LINK_TOOK_RETRY_SENT);
    still_linked(w);
}

static void one_host_cannot_begin_too_much(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 1, 1);
    unsigned int taken = 0;
    for (uint32_t i = 0; i < 30; i++) {
        taken += strange(w, i, true) == LINK_TOOK_HANDSHAKE;
        wire_run(w, 1500); /* Slowly: this is not load. */
    }
    /* Ten at once and one more in each of the six seconds that a minute has ten of. */
    assert_in_range(taken, LINK_RATE_ADDRESS, LINK_RATE_ADDRESS + 30 * 1500 / 6000 + 1);
}

/* Proving its addresses does not let anyone begin more than the limits either. */
static void proven_addresses_are_limited_too(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 1, 1);
    unsigned int taken = 0;
    for (uint32_t i = 0; i < 600; i++) {
        taken += strange_proven(w, i, false) == LINK_TOOK_HANDSHAKE;
        w->flights_count = 0;
        wire_run(w, 100);
    }
    assert_in_range(taken, LINK_RATE_TOTAL, 2 * LINK_RATE_TOTAL);
    assert_true(w->nodes[1].link.counters.verdicts[LINK_DROP_RATE] > 0);

    w = wire_new();
    wire_start(w, 1, 1);
    taken = 0;
    for (uint32_t i = 0; i < 100; i++)
        taken += strange_proven(w, i, true) == LINK_TOOK_HANDSHAKE;
    /* What it proved counts apart from what others might have sent in its name. */
    assert_in_range(taken, LINK_RATE_ADDRESS, 2 * LINK_RATE_ADDRESS);
}

static void tables_stay_within_their_limits_under_a_flood(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    unsigned int taken = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        taken += strange(w, i, false) == LINK_TOOK_HANDSHAKE;
        w->flights_count = 0;
        if (i % 100 == 0)
            wire_run(w, 100);
    }
    assert_in_range(taken, 1, LINK_RATE_TOTAL);
    still_linked(w);
    wire_run(w, LINK_HANDSHAKE_MSEC + 1000);
    assert_int_equal(wire_sessions(w, 1), 1);
    still_linked(w);
}

/* ---- Life of a link ------------------------------------------------------------------------- */

static uint64_t bytes_flown;

static bool weigh(struct wire *w, struct wire_flight *flight)
{
    (void)w;
    bytes_flown += flight->size;
    return true;
}

/* Air as slow as 3 KB/s has 2 %, 64 bytes a second, for keeping a link. */
static void an_idle_link_costs_less_than_64_bytes_a_second(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    bytes_flown = 0;
    w->passes = weigh;
    wire_run(w, 600000);
    still_linked(w);
    assert_in_range(bytes_flown / 600, 1, 64);
}

#define LOAD_SIZE 300

static uint64_t bytes_of_load;

static bool weigh_beside_load(struct wire *w, struct wire_flight *flight)
{
    if (flight->size > LOAD_SIZE)
        bytes_of_load += flight->size;
    return weigh(w, flight);
}

/* What is sent itself shows that a link lives. */
static void a_busy_link_costs_no_more(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    bytes_flown = bytes_of_load = 0;
    w->passes = weigh_beside_load;
    for (unsigned i = 0; i < 6000; i++) {
        for (unsigned end = 0; end < 2; end++)
            assert_int_equal(wire_send(w, 1 - end, end, LOAD_SIZE, LINK_URGENT), LINK_SEND_OK);
        wire_run(w, 100);
    }
    still_linked(w);
    assert_true(bytes_of_load > 2 * 6000 * LOAD_SIZE);
    assert_true(bytes_flown - bytes_of_load <= 600 * 64);
}

static void an_idle_link_lives(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    const unsigned int before = w->frames[DATA];
    wire_run(w, 600000);
    still_linked(w);
    /* A PING and a PONG every 3 s prove both ends alive; a little more where both ask at once. */
    assert_in_range(w->frames[DATA] - before, 300, 1000);
    const struct identity other = wire_identity(1);
    const struct link *l = &w->nodes[0].link;
    assert_int_equal(l->peers[link_find(l, &other.node)].rtt, 2 * WIRE_DELAY_MSEC);
}

static void silence_is_death_after_six_and_a_half_seconds(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    const msec began = w->now;
    wire_kill(w, 1);
    wire_run(w, 10000);
    assert_false(wire_linked(w, 0, 1));
    assert_in_range(w->nodes[0].down_at - began, 6000, LINK_DEAD_MSEC);
    assert_int_equal(wire_send(w, 0, 1, 1, LINK_URGENT), LINK_SEND_NO_PEER);
}

static void a_restarted_peer_is_back_at_once(void **state)
{
    (void)state;
    static const msec away[] = {10, 2000, 8000, 60000, 600000};
    for (size_t i = 0; i < sizeof away / sizeof away[0]; i++) {
        struct wire *w = two_linked();
        wire_run(w, 5000);
        wire_kill(w, 1);
        wire_run(w, away[i]);
        wire_start(w, 1, 2);
        wire_dial(w, 1, 0, true);
        wire_run(w, 1000);
        assert_true(wire_agrees(w, 0, 1));
        assert_int_equal(w->nodes[0].ups, 2);
        assert_int_equal(w->nodes[0].downs, 1);
        const struct identity other = wire_identity(1);
        const struct link *l = &w->nodes[0].link;
        assert_int_equal(l->peers[link_find(l, &other.node)].boot, 2);
    }
}

static void a_configured_peer_is_dialled_until_it_returns(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    wire_kill(w, 1);
    wire_run(w, 1000000);
    const unsigned int hellos = w->frames[HS1];
    wire_run(w, 3600000);
    /* Every 300 s +- 20 % an attempt of eight HS1 in 10 s. */
    assert_in_range(w->frames[HS1] - hellos, 9 * 6, 16 * 9);
    wire_start(w, 1, 2);
    wire_run(w, LINK_REDIAL_MAX + LINK_REDIAL_MAX / 5 + 1000);
    assert_true(wire_agrees(w, 0, 1));
}

static void an_older_boot_cannot_take_a_live_link(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 5);
    wire_dial(w, 1, 0, true);
    wire_run(w, 100);
    assert_true(wire_linked(w, 0, 1));
    wire_start(w, 1, 4);
    wire_dial(w, 1, 0, false);
    wire_run(w, 2000);
    assert_int_equal(w->nodes[0].ups, 1);
    assert_true(w->nodes[0].link.counters.verdicts[LINK_DROP_STALE] > 0);
}

static void an_older_certificate_is_refused_even_after_the_link(void **state)
{
    (void)state;
    struct wire *w = wire_new();
    const struct link_config config = wire_config(1);
    const uint8_t seed[IDENTITY_SEED_SIZE] = {2}; /* Of node 1. */
    struct identity identity;
    wire_start(w, 0, 1);
    for (uint32_t serial = 3; serial > 0; serial--) {
        const unsigned int ups = w->nodes[0].ups;
        identity_derive(&identity, seed, serial == 3 ? 2 : serial);
        wire_start_with(w, 1, &identity, &config);
        wire_dial(w, 1, 0, false);
        wire_run(w, 1000);
        assert_int_equal(w->nodes[0].ups - ups, serial > 1);
        wire_close(w, 1, 0);
        wire_run(w, 1000);
        assert_false(wire_linked(w, 0, 1));
    }
    assert_true(w->nodes[0].link.counters.verdicts[LINK_DROP_STALE] > 0);
}

static void dials_are_given_back(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    for (size_t i = 0; i < 3 * LINK_DIALS_MAX; i++) {
        wire_dial(w, 1, 0, false);         /* Up already. */
        wire_dial(w, 1, 2 + i % 5, false); /* Nobody there. */
        if (i % 5 == 4)
            wire_run(w, LINK_HANDSHAKE_MSEC + 1);
    }
    for (size_t i = 0; i < 2 * LINK_DIALS_MAX; i++) {
        const struct link_address address = wire_address(2);
        wire_dial(w, 1, 2, true);
        link_undial(&w->nodes[1].link, &address);
    }
    wire_run(w, LINK_HANDSHAKE_MSEC + 1);
    for (size_t i = 0; i < LINK_DIALS_MAX; i++)
        assert_false(w->nodes[1].link.dials[i].used);
    still_linked(w);
}

static void a_close_ends_a_link_on_both_sides(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    assert_int_equal(wire_send(w, 1, 0, 10, LINK_PATIENT), LINK_SEND_OK);
    wire_close(w, 1, 0);
    wire_run(w, 50);
    assert_int_equal(w->nodes[0].records, 1);
    assert_false(wire_linked(w, 0, 1));
    assert_false(wire_linked(w, 1, 0));
    wire_run(w, 30000);
    assert_true(wire_agrees(w, 0, 1));
}

static void fresh_keys_come_in_the_background(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    const uint32_t index = index_of(w, 0, 1);
    wire_run(w, LINK_RENEW_MSEC / 10 * 8);
    assert_int_equal(index_of(w, 0, 1), index);
    wire_run(w, LINK_RENEW_MSEC / 10 * 4);
    assert_int_not_equal(index_of(w, 0, 1), index);
    still_linked(w);
    assert_int_equal(wire_sessions(w, 0), 1);
}

static void so_many_frames_bring_fresh_keys_too(void **state)
{
    (void)state;
    for (size_t sender = 0; sender < 2; sender++) {
        struct wire *w = two_linked();
        const uint32_t index = index_of(w, 0, 1);
        /* As if it had sent that many. */
        struct link *l = &w->nodes[sender].link;
        for (size_t i = 0; i < SESSIONS_MAX; i++)
            if (l->sessions[i].state == SESSION_PROVEN)
                l->sessions[i].counter = LINK_RENEW_FRAMES - 1;
        assert_int_equal(wire_send(w, sender, 1 - sender, 1, LINK_URGENT), LINK_SEND_OK);
        wire_run(w, 500);
        assert_int_not_equal(index_of(w, 0, 1), index);
        w->nodes[0].records = w->nodes[1].records = 0;
        still_linked(w);
    }
}

static void a_failed_renewal_does_not_touch_the_link(void **state)
{
    (void)state;
    static const unsigned int endless = 1u << 30;
    for (int kind = HS1; kind <= HS3; kind++) {
        struct wire *w = two_linked();
        const uint32_t index = index_of(w, 0, 1);
        unsigned int left[6] = {0};
        left[kind] = endless;
        w->passes = lose_first;
        w->context = left;
        wire_run(w, 2 * LINK_RENEW_MSEC);
        assert_true(left[kind] < endless);
        assert_int_equal(index_of(w, 0, 1), index);
        still_linked(w);
    }
}

static void a_short_break_leaves_the_link_alone(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    w->passes = lose_everything;
    wire_run(w, 5000);
    w->passes = NULL;
    wire_run(w, 2000);
    still_linked(w);
    w->passes = lose_handshakes;
    wire_run(w, 2 * LINK_RENEW_MSEC);
    still_linked(w);
}

static void a_link_follows_its_peer_to_a_new_address(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    w->nodes[1].address = wire_address(4);
    assert_int_equal(wire_send(w, 1, 0, 10, LINK_URGENT), LINK_SEND_OK);
    wire_run(w, 100);
    const struct identity other = wire_identity(1);
    const struct link *l = &w->nodes[0].link;
    const struct link_address expected = wire_address(4);
    assert_memory_equal(link_peer_address(l, link_find(l, &other.node)), &expected,
                        sizeof expected);
    w->nodes[0].records = 0;
    still_linked(w);
}

static void a_frame_from_elsewhere_does_not_divert_a_link(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    recording.count = 0;
    w->passes = record;
    assert_int_equal(wire_send(w, 1, 0, 1000, LINK_URGENT), LINK_SEND_OK);
    wire_run(w, 0);
    w->flights_count = 0; /* The copy overtakes the frame, with a victim's address. */
    struct wire_flight flight = recording.flights[0];
    flight.from = wire_address(4);
    assert_int_equal(wire_deliver(w, &flight), LINK_TOOK_RECORDS);
    assert_true(recording.flights[1].size < flight.size);
    wire_run(w, 1000);
    const struct identity other = wire_identity(1);
    const struct link *l = &w->nodes[0].link;
    const struct link_address expected = wire_address(1);
    assert_memory_equal(link_peer_address(l, link_find(l, &other.node)), &expected,
                        sizeof expected);
}

/* ---- Several paths to one peer --------------------------------------------------------------- */

/* The kinds of addresses over which datagrams from a node do not arrive. */
struct breaks {
    uint8_t udp; /* Bits: nodes. */
    uint8_t radio;
    uint8_t bredr;
};

static bool broken(struct wire *w, struct wire_flight *flight)
{
    const struct breaks *breaks = w->context;
    const uint8_t kind = flight->to.kind;
    size_t from = 0;
    while (memcmp(wire_address_of(&w->nodes[from], kind), &flight->from, sizeof flight->from) != 0)
        from++;
    const uint8_t nodes = kind == LINK_KIND_LE      ? breaks->radio
                          : kind == LINK_KIND_BREDR ? breaks->bredr
                                                    : breaks->udp;
    return (nodes >> from & 1) == 0;
}

static void dial_radio(struct wire *w, size_t from, size_t to)
{
    const struct link_target target = {.address = wire_radio(to)};
    wire_dial_target(w, from, &target);
}

static uint8_t kind_used(const struct wire *w, size_t from, size_t to)
{
    const struct identity identity = wire_identity(to);
    const struct link *l = &w->nodes[from].link;
    return link_peer_address(l, link_find(l, &identity.node))->kind;
}

static uint8_t kind_standing_by(const struct wire *w, size_t from, size_t to)
{
    const struct identity identity = wire_identity(to);
    const struct link *l = &w->nodes[from].link;
    const struct link_address *address = link_peer_standby(l, link_find(l, &identity.node));
    return address == NULL ? 0 : address->kind;
}

static void paths_are(const struct wire *w, uint8_t used, uint8_t standing_by)
{
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(kind_used(w, i, 1 - i), used);
        assert_int_equal(kind_standing_by(w, i, 1 - i), standing_by);
        assert_int_equal(w->nodes[i].ups, 1);
        assert_int_equal(w->nodes[i].downs, 0);
    }
    assert_true(wire_agrees(w, 0, 1));
}

static struct wire *two_linked_twice(struct breaks *breaks)
{
    struct wire *w = two_linked();
    *breaks = (struct breaks){.udp = 0};
    w->passes = broken;
    w->context = breaks;
    dial_radio(w, 1, 0);
    wire_run(w, 1000);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    return w;
}

static void the_best_of_two_paths_is_used_whichever_came_first(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    wire_run(w, 600000);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    still_linked(w);
    w = wire_new();
    wire_start(w, 0, 1);
    wire_start(w, 1, 1);
    dial_radio(w, 0, 1);
    wire_run(w, 5000);
    paths_are(w, LINK_KIND_LE, 0);
    wire_dial(w, 0, 1, true);
    wire_run(w, 100);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    still_linked(w);
}

/* Both send an urgent record every 100 ms, the sizes from first on; returns the one after. */
static size_t chatter(struct wire *w, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        assert_int_equal(wire_send(w, 0, 1, i, LINK_URGENT), LINK_SEND_OK);
        assert_int_equal(wire_send(w, 1, 0, i, LINK_URGENT), LINK_SEND_OK);
        wire_run(w, 100);
    }
    return first + count;
}

/* Each of the records came, within so long. */
static void all_came(const struct wire *w, size_t end, msec began, msec longest)
{
    for (size_t node = 0; node < 2; node++)
        for (size_t i = 1; i < end; i++) {
            assert_int_not_equal(w->nodes[node].got[i], 0);
            assert_in_range(w->nodes[node].got_at[i] - (began + (msec)(i - 1) * 100), 0, longest);
        }
}

static void a_path_that_dies_costs_no_record_and_less_than_seven_seconds(void **state)
{
    (void)state;
    /* Both directions, or only one, whichever node has the smaller id. */
    static const uint8_t ways[] = {3, 1, 2};
    for (size_t way = 0; way < sizeof ways; way++) {
        struct breaks breaks;
        struct wire *w = two_linked_twice(&breaks);
        const msec began = w->now;
        size_t next = chatter(w, 1, 50);
        breaks.udp = ways[way];
        next = chatter(w, next, 100);
        assert_int_equal(kind_used(w, 0, 1), LINK_KIND_LE);
        assert_int_equal(kind_used(w, 1, 0), LINK_KIND_LE);
        next = chatter(w, next, 20);
        wire_run(w, 100);
        all_came(w, next, began, ways[way] == 3 ? 7000 : 8500);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(w->nodes[i].downs, 0);
            assert_int_equal(w->nodes[i].link.counters.failovers, 1);
            assert_int_equal(w->nodes[i].link.recent.lost, 0);
        }
    }
}

static void an_idle_link_moves_to_what_stands_by(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    breaks.udp = 3;
    wire_run(w, LINK_DEAD_MSEC + 500);
    paths_are(w, LINK_KIND_LE, 0);
    still_linked(w);
}

static void a_better_path_that_is_back_is_used_again(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    breaks.udp = 3;
    wire_run(w, 20000);
    paths_are(w, LINK_KIND_LE, 0);
    breaks.udp = 0;
    wire_run(w, 20000); /* It is dialled again after 5, 10, 20 s. */
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    still_linked(w);
}

static void what_stands_by_may_come_and_go(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    /* Out of range without a word, */
    breaks.radio = 3;
    wire_run(w, LINK_STANDBY_DEAD_MSEC + 1000);
    paths_are(w, LINK_KIND_UDP, 0);
    breaks.radio = 0;
    dial_radio(w, 0, 1);
    wire_run(w, 1000);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    /* or noticed by the transport. */
    for (size_t i = 0; i < 2; i++)
        wire_lose(w, i, &w->nodes[1 - i].radio);
    paths_are(w, LINK_KIND_UDP, 0);
    still_linked(w);
}

static void of_two_radios_the_quicker_one_takes_over_first(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    const struct link_target target = {.address = wire_bredr(1)};
    wire_dial_target(w, 0, &target);
    wire_run(w, 1000);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_BREDR);
    breaks.udp = 3;
    wire_run(w, LINK_DEAD_MSEC + 500);
    paths_are(w, LINK_KIND_BREDR, LINK_KIND_LE);
    still_linked(w);
    breaks.bredr = 3;
    wire_run(w, LINK_DEAD_MSEC + 500);
    paths_are(w, LINK_KIND_LE, 0);
    still_linked(w);
    breaks.bredr = 0;
    wire_dial_target(w, 0, &target);
    wire_run(w, 1000);
    paths_are(w, LINK_KIND_BREDR, LINK_KIND_LE);
    still_linked(w);
}

static void both_paths_gone_is_a_peer_gone(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    const msec began = w->now;
    wire_kill(w, 1);
    wire_run(w, 60000);
    assert_false(wire_linked(w, 0, 1));
    assert_int_equal(w->nodes[0].downs, 1);
    assert_in_range(w->nodes[0].down_at - began, 2000, LINK_STANDBY_DEAD_MSEC);
    /* A close ends all at once. */
    w = two_linked_twice(&breaks);
    wire_close(w, 0, 1);
    wire_run(w, 100);
    assert_false(wire_linked(w, 0, 1));
    assert_false(wire_linked(w, 1, 0));
}

static void each_path_gets_fresh_keys(void **state)
{
    (void)state;
    struct breaks breaks;
    struct wire *w = two_linked_twice(&breaks);
    const uint32_t before = index_of(w, 0, 1);
    wire_run(w, 2 * LINK_RENEW_MSEC);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    assert_int_not_equal(index_of(w, 0, 1), before);
    wire_run(w, LINK_DRAIN_MSEC + 1000);
    for (size_t i = 0; i < 2; i++)
        assert_in_range(wire_sessions(w, i), 2, 4);
    still_linked(w);
}

static void crossed_dials_over_the_radio_leave_one_that_stands_by(void **state)
{
    (void)state;
    struct wire *w = two_linked();
    dial_radio(w, 0, 1);
    dial_radio(w, 1, 0);
    wire_run(w, LINK_DRAIN_MSEC + 5000);
    paths_are(w, LINK_KIND_UDP, LINK_KIND_LE);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(wire_sessions(w, i), 2);
}

/* ---- Records -------------------------------------------------------------------------------- */

static void records_share_frames_up_to_the_limits(void **state)
{
    (void)state;
    static const struct {
        struct {
            size_t size;
            enum link_urgency urgency;
        } records[4];
        size_t count;
        unsigned int at_once; /* Frames that leave at once, */
        unsigned int in_all;  /* and when LINK_AGGREGATE_MSEC have passed. */
    } rows[] = {
        /*  1 */ {{{10, LINK_PATIENT}}, 1, 0, 1},
        /*  2 */ {{{10, LINK_URGENT}}, 1, 1, 1},
        /*  3 */ {{{10, LINK_PATIENT}, {10, LINK_PATIENT}}, 2, 0, 1},
        /*  4 */ {{{10, LINK_PATIENT}, {10, LINK_URGENT}}, 2, 1, 1},
        /*  5: one less than full */ {{{250, LINK_PATIENT}, {255, LINK_PATIENT}}, 2, 0, 1},
        /*  6: full */ {{{250, LINK_PATIENT}, {256, LINK_PATIENT}}, 2, 1, 1},
        /*  7: one more */ {{{250, LINK_PATIENT}, {257, LINK_PATIENT}}, 2, 1, 2},
        /*  8: alone, one less */ {{{508, LINK_PATIENT}}, 1, 0, 1},
        /*  9: alone, full */ {{{509, LINK_PATIENT}}, 1, 1, 1},
        /* 10: what waits goes first */ {{{10, LINK_PATIENT}, {600, LINK_PATIENT}}, 2, 2, 2},
        /* 11: the largest */ {{{LINK_RECORD_SIZE_MAX, LINK_PATIENT}}, 1, 1, 1},
        /* 12: fits together */
        {{{100, LINK_PATIENT}, {LINK_RECORD_SIZE_MAX - 103, LINK_URGENT}}, 2, 1, 1},
        /* 13: one more does not */
        {{{100, LINK_PATIENT}, {LINK_RECORD_SIZE_MAX - 102, LINK_URGENT}}, 2, 2, 2},
        /* 14: nothing in them */ {{{0, LINK_PATIENT}, {0, LINK_URGENT}}, 2, 1, 1},
        /* 15: urgent ones of one step */ {{{150, LINK_URGENT}, {900, LINK_URGENT}}, 2, 1, 1},
        /* 16: and what came after */ {{{600, LINK_URGENT}, {100, LINK_PATIENT}}, 2, 1, 1},
        /* 17: bulk is alone */
        {{{10, LINK_URGENT}, {600, LINK_BULK}, {10, LINK_URGENT}}, 3, 3, 3},
        /* 18: unless it is small */ {{{10, LINK_BULK}, {10, LINK_PATIENT}}, 2, 0, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire *w = two_linked();
        const unsigned int before = w->frames[DATA];
        for (size_t j = 0; j < rows[i].count; j++)
            assert_int_equal(
                wire_send(w, 0, 1, rows[i].records[j].size, rows[i].records[j].urgency),
                LINK_SEND_OK);
        wire_run(w, 0);
        if (w->frames[DATA] - before != rows[i].at_once)
            fail_msg("row %zu: %u frames at once", i + 1, w->frames[DATA] - before);
        wire_run(w, LINK_AGGREGATE_MSEC - 1);
        assert_int_equal(w->frames[DATA] - before, rows[i].at_once);
        wire_run(w, 1);
        assert_int_equal(w->frames[DATA] - before, rows[i].in_all);
        wire_run(w, 50);
        assert_int_equal(w->nodes[1].records, rows[i].count);
        assert_int_equal(w->nodes[1].last_size, rows[i].records[rows[i].count - 1].size);
    }
    struct wire *w = two_linked();
    assert_int_equal(wire_send(w, 0, 1, LINK_RECORD_SIZE_MAX + 1, LINK_URGENT), LINK_SEND_SIZE);
}

/* A frame of these plaintext bytes, as node 0 would seal it for node 1. */
static enum link_verdict deliver_plain(struct wire *w, const uint8_t *plain, size_t size)
{
    struct link *l = &w->nodes[0].link;
    const struct identity other = wire_identity(1);
    struct link_session *s = &l->sessions[l->peers[link_find(l, &other.node)].session];
    struct wire_flight flight = {.from = wire_address(0), .to = wire_address(1)};
    struct writer writer = writer_on(flight.bytes, sizeof flight.bytes);
    write_u8(&writer, 0x85);
    write_u8(&writer, 0);
    write_u32(&writer, s->remote_index);
    write_u32(&writer, (uint32_t)s->counter);
    noise_seal(s->send_key, s->counter++, written(&writer),
               (struct bytes){.at = plain, .size = size}, flight.bytes + LINK_DATA_HEADER);
    flight.size = size + LINK_DATA_OVERHEAD;
    return wire_deliver(w, &flight);
}

static void what_is_not_records_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        uint8_t plain[12];
        size_t size;
        enum link_verdict verdict;
        unsigned int records;
    } rows[] = {
        /*  1: nothing */ {{0}, 0, LINK_TOOK_RECORDS, 0},
        /*  2: padding */ {{0, 0, 3, 9, 9, 9}, 6, LINK_TOOK_RECORDS, 0},
        /*  3 */ {{1, 0, 1, 9}, 4, LINK_TOOK_RECORDS, 1},
        /*  4: padding between */ {{1, 0, 0, 0, 0, 1, 9, 17, 0, 0}, 10, LINK_TOOK_RECORDS, 2},
        /*  5: an unknown one passes */ {{0x7f, 0, 0}, 3, LINK_TOOK_RECORDS, 1},
        /*  6: half a header */ {{1, 0}, 2, LINK_DROP_RECORDS, 0},
        /*  7: too long a length */ {{1, 0, 2, 9}, 4, LINK_DROP_RECORDS, 0},
        /*  8: none of a bad frame */ {{1, 0, 0, 1, 1, 0}, 6, LINK_DROP_RECORDS, 0},
        /*  9: a stray PONG */ {{4, 0, 4, 1, 2, 3, 4}, 7, LINK_TOOK_RECORDS, 0},
        /* 10: a stray answer */
        {{14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0}, 11, LINK_TOOK_RECORDS, 0},
    };
    struct wire *w = two_linked();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w->nodes[1].records = 0;
        if (deliver_plain(w, rows[i].plain, rows[i].size) != rows[i].verdict ||
            w->nodes[1].records != rows[i].records)
            fail_msg("row %zu", i + 1);
    }
    w->nodes[0].records = w->nodes[1].records = 0;
    still_linked(w);
    static const uint8_t must_understand[] = {1, 0, 0, 0x80, 0, 0};
    assert_int_equal(deliver_plain(w, must_understand, sizeof must_understand),
                     LINK_DROP_MUST_UNDERSTAND);
    assert_false(wire_linked(w, 1, 0));
    wire_run(w, 50);
    assert_false(wire_linked(w, 0, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_nodes_meet_and_talk),
        cmocka_unit_test(hs1_is_padded_and_nothing_of_a_handshake_is_larger),
        cmocka_unit_test(a_lost_message_is_sent_again),
        cmocka_unit_test(replayed_frames_are_harmless),
        cmocka_unit_test(crossed_dials_end_with_one_session),
        cmocka_unit_test(of_crossed_dials_that_of_the_smaller_node_id_stays),
        cmocka_unit_test(a_peer_that_lost_its_session_gets_the_new_one_used),
        cmocka_unit_test(two_that_chose_differently_come_together),
        cmocka_unit_test(an_hs1_again_gets_the_same_answer_but_only_that_one),
        cmocka_unit_test(whatever_is_lost_both_agree_afterwards),
        cmocka_unit_test(seven_nodes_of_one_host_meet_at_once),
        cmocka_unit_test(another_network_does_not_meet),
        cmocka_unit_test(a_wrong_certificate_is_refused_by_either_side),
        cmocka_unit_test(a_pinned_dial_meets_only_that_node),
        cmocka_unit_test(a_ticket_has_to_be_held_by_both),
        cmocka_unit_test(a_node_does_not_meet_itself),
        cmocka_unit_test(tampered_frames_are_dropped),
        cmocka_unit_test(under_load_an_address_has_to_be_proven),
        cmocka_unit_test(one_host_cannot_begin_too_much),
        cmocka_unit_test(proven_addresses_are_limited_too),
        cmocka_unit_test(tables_stay_within_their_limits_under_a_flood),
        cmocka_unit_test(an_idle_link_costs_less_than_64_bytes_a_second),
        cmocka_unit_test(a_busy_link_costs_no_more),
        cmocka_unit_test(an_idle_link_lives),
        cmocka_unit_test(silence_is_death_after_six_and_a_half_seconds),
        cmocka_unit_test(a_restarted_peer_is_back_at_once),
        cmocka_unit_test(a_configured_peer_is_dialled_until_it_returns),
        cmocka_unit_test(an_older_boot_cannot_take_a_live_link),
        cmocka_unit_test(an_older_certificate_is_refused_even_after_the_link),
        cmocka_unit_test(dials_are_given_back),
        cmocka_unit_test(a_close_ends_a_link_on_both_sides),
        cmocka_unit_test(fresh_keys_come_in_the_background),
        cmocka_unit_test(so_many_frames_bring_fresh_keys_too),
        cmocka_unit_test(a_failed_renewal_does_not_touch_the_link),
        cmocka_unit_test(a_short_break_leaves_the_link_alone),
        cmocka_unit_test(a_link_follows_its_peer_to_a_new_address),
        cmocka_unit_test(a_frame_from_elsewhere_does_not_divert_a_link),
        cmocka_unit_test(the_best_of_two_paths_is_used_whichever_came_first),
        cmocka_unit_test(a_path_that_dies_costs_no_record_and_less_than_seven_seconds),
        cmocka_unit_test(an_idle_link_moves_to_what_stands_by),
        cmocka_unit_test(a_better_path_that_is_back_is_used_again),
        cmocka_unit_test(what_stands_by_may_come_and_go),
        cmocka_unit_test(of_two_radios_the_quicker_one_takes_over_first),
        cmocka_unit_test(both_paths_gone_is_a_peer_gone),
        cmocka_unit_test(each_path_gets_fresh_keys),
        cmocka_unit_test(crossed_dials_over_the_radio_leave_one_that_stands_by),
        cmocka_unit_test(records_share_frames_up_to_the_limits),
        cmocka_unit_test(what_is_not_records_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
