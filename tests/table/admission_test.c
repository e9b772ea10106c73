/* SPDX-License-Identifier: MIT */
/* Who may sit down: with a ticket or without one, with or without a quorum's approval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/audited.h"
#include "table/table_world.h"

#include "base/wire.h"
#include "table/lobby.h"

#include <sodium.h>

static struct world world;

static const struct state *state(void)
{
    return world_state(&world, 0);
}

static unsigned seat_of(unsigned node)
{
    return world.seats[node].table->config.self;
}

/* ---- The invited -------------------------------------------------------------------------------
 */

static void who_has_a_ticket_sits_down_and_who_has_none_does_not(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_INVITATION);
    world_play_roll(&world);
    world.uninvited = true;
    const unsigned stranger = world_join(&world, false);
    world_run(&world, world.now + 5000);
    assert_int_equal(seat_of(stranger), SEAT_NONE);
    assert_int_equal(state()->roster.epoch, 1);
    world.uninvited = false;
    const unsigned guest = world_join(&world, false);
    world_run(&world, world.now + 5000);
    assert_int_equal(seat_of(guest), 4);
    assert_int_equal(seat_of(stranger), SEAT_NONE);
    assert_int_equal(state()->roster.epoch, 2);
    world_play_roll(&world);
    /* A ticket that comes later is as good. */
    world.seats[stranger].table->config.invitation = world.invitation;
    world_run(&world, world.now + 5000);
    assert_int_equal(seat_of(stranger), 5);
    world_play_roll(&world);
    assert_true(world_agrees(&world, 0));
    assert_audited(&world, stranger);
    world_close(&world);
}

static void who_comes_back_needs_no_ticket_for_his_own_seat(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_INVITATION);
    world_play_roll(&world);
    assert_int_equal(world_leave(&world, 2), TABLE_SENT);
    world_settle(&world);
    world_run(&world, world.now + 2000);
    assert_int_equal(state()->roster.count, 3);
    world.seats[2].table->config.sits = true;
    world.seats[2].table->config.invitation.known = false;
    world_run(&world, world.now + 5000);
    assert_int_equal(state()->roster.count, 4);
    assert_int_equal(seat_of(2), 2);
    assert_audited(&world, 0);
    world_close(&world);
}

static size_t pack_late_sit(unsigned node, const struct invitation *invitation, uint64_t epoch,
                            uint8_t packed[static SIT_SIZE_MAX])
{
    const uint8_t random[32] = {5};
    uint8_t seed[32];
    struct identity identity;
    struct seat_secrets secrets;
    memset(seed, (int)node, sizeof seed);
    identity_derive(&identity, seed, 1);
    seat_secrets_derive_late(seed, &world.seating.genesis.id, epoch, &secrets);
    secrets.invitation = *invitation;
    const size_t size = sit_pack(&world.seating.genesis.id, &secrets, identity.secret,
                                 &identity.key, "late", false, random, packed);
    assert_true(size > 0);
    return size;
}

static enum seating_verdict unpack_late_sit(const uint8_t *packed, size_t size, struct seat *seat)
{
    return sit_unpack(&world.seating.genesis, (struct bytes){packed, size}, seat);
}

static void an_invitation_is_good_for_its_author_and_table_alone(void **context)
{
    (void)context;
    uint8_t packed[SIT_SIZE_MAX];
    struct seat seat;
    struct invitation other = {.known = true, .secret = {1}};
    world_open_to(&world, 4, 0, ADMISSION_INVITATION);
    world_run(&world, world.now + 1000);
    size_t size = pack_late_sit(30, &world.invitation, 1, packed);
    assert_int_equal(unpack_late_sit(packed, size, &seat), SEATING_OK);
    assert_true(seat.invited);
    assert_true(state_may_sit(state(), &world.seating, &seat));
    for (size_t at = 0; at < size; at++) {
        packed[at] ^= 4;
        assert_int_not_equal(unpack_late_sit(packed, size, &seat), SEATING_OK);
        packed[at] ^= 4;
    }
    size = pack_late_sit(30, &other, 1, packed);
    assert_int_equal(unpack_late_sit(packed, size, &seat), SEATING_INVITATION);
    other.known = false;
    size = pack_late_sit(30, &other, 1, packed);
    assert_int_equal(unpack_late_sit(packed, size, &seat), SEATING_OK);
    assert_false(seat.invited);
    assert_false(state_may_sit(state(), &world.seating, &seat));
    world_close(&world);
    /* At an open table there is none, so that a Sit has one form. */
    world_open(&world, 4, 0);
    other.known = true;
    size = pack_late_sit(30, &other, 1, packed);
    assert_int_equal(unpack_late_sit(packed, size, &seat), SEATING_INVITATION);
    world_close(&world);
}

/* Somebody else's invitation in one's own Sit, with one's own signatures over it. */
static void an_invitation_that_was_overheard_opens_nothing(void **context)
{
    (void)context;
    uint8_t heard[SIT_SIZE_MAX];
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t statement[DIGEST_SIZE + SIT_SIZE_MAX + 32];
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *theirs;
    const ProtobufCMessage *own;
    struct seat seat;
    struct seat_secrets secrets;
    struct identity identity;
    uint8_t seed[32];
    const struct invitation none = {.known = false};
    world_open_to(&world, 4, 0, ADMISSION_INVITATION);
    const struct digest *table = &world.seating.genesis.id;
    const size_t heard_size = pack_late_sit(30, &world.invitation, 1, heard);
    const size_t size = pack_late_sit(31, &none, 1, packed);
    assert_int_equal(frame_unpack(&bitcraps__sit__descriptor, (struct bytes){heard, heard_size},
                                  &arena, &theirs),
                     FRAME_OK);
    assert_int_equal(
        frame_unpack(&bitcraps__sit__descriptor, (struct bytes){packed, size}, &arena, &own),
        FRAME_OK);
    Bitcraps__Sit forged = *(const Bitcraps__Sit *)own;
    forged.invitation = ((const Bitcraps__Sit *)theirs)->invitation;
    forged.identity_signature = (ProtobufCBinaryData){0, NULL};
    forged.consensus_signature = (ProtobufCBinaryData){0, NULL};
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "bitcraps:sit:v1", 15);
    write_bytes(&w, table->bytes, DIGEST_SIZE);
    assert_true(frame_pack(&forged.base, &w));
    uint8_t signatures[2][SIGNATURE_SIZE];
    memset(seed, 31, sizeof seed);
    identity_derive(&identity, seed, 1);
    seat_secrets_derive_late(seed, table, 1, &secrets);
    crypto_sign_detached(signatures[0], NULL, statement, w.used, identity.secret);
    crypto_sign_detached(signatures[1], NULL, statement, w.used, secrets.signing);
    forged.identity_signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signatures[0]};
    forged.consensus_signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signatures[1]};
    uint8_t bytes[SIT_SIZE_MAX];
    w = writer_on(bytes, sizeof bytes);
    assert_true(frame_pack(&forged.base, &w));
    assert_int_equal(unpack_late_sit(bytes, w.used, &seat), SEATING_INVITATION);
    world_close(&world);
}

static void a_genesis_has_an_invitation_or_none_as_it_says(void **context)
{
    (void)context;
    uint8_t packed[GENESIS_SIZE_MAX];
    struct genesis read;
    world_open_to(&world, 4, 0, ADMISSION_INVITATION);
    struct genesis genesis = world.seating.genesis;
    const size_t size = genesis_pack(&genesis, packed);
    assert_true(size > 0);
    assert_int_equal(genesis_unpack((struct bytes){packed, size}, &read), SEATING_OK);
    assert_int_equal(read.admission, ADMISSION_INVITATION);
    assert_memory_equal(&read.invitation, &genesis.invitation, sizeof read.invitation);
    assert_memory_equal(&read.id, &world.seating.genesis.id, sizeof read.id);
    genesis.admission = ADMISSION_APPROVAL;
    assert_int_equal(genesis_pack(&genesis, packed), 0);
    memset(&genesis.invitation, 0, sizeof genesis.invitation);
    assert_true(genesis_pack(&genesis, packed) > 0);
    genesis.admission = ADMISSION_INVITATION;
    assert_int_equal(genesis_pack(&genesis, packed), 0);
    world_close(&world);
}

/* ---- The approved ------------------------------------------------------------------------------
 */

static void approve(unsigned from, unsigned whom)
{
    struct refusal refusal;
    const enum table_verdict verdict = world_approve(&world, from, whom, &refusal);
    assert_int_equal(verdict, TABLE_SENT);
    world_settle(&world);
}

static unsigned asking_at(unsigned node)
{
    unsigned count = 0;
    for (unsigned i = 0; i < TABLE_ASKING_MAX; i++)
        count += table_asking(world.seats[node].table, i, world.now) != NULL;
    return count;
}

static unsigned events_of(unsigned node, enum table_event_kind kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < world.seats[node].events_count; i++)
        count += world.seats[node].events[i].kind == kind;
    return count;
}

static void a_quorum_of_the_seats_lets_a_stranger_in(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    const unsigned stranger = world_join(&world, false);
    world_run(&world, world.now + 2000);
    assert_int_equal(seat_of(stranger), SEAT_NONE);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(asking_at(i), 1);
        assert_int_equal(events_of(i, TABLE_EVENT_ASKS), 1);
    }
    approve(0, stranger);
    approve(2, stranger);
    world_run(&world, world.now + 3000);
    assert_int_equal(seat_of(stranger), SEAT_NONE);
    assert_int_equal(state_approving(state(), &world.seats[stranger].identity.key), 5);
    assert_int_equal(asking_at(1), 1);
    approve(3, stranger);
    world_run(&world, world.now + 3000);
    assert_int_equal(seat_of(stranger), 4);
    assert_int_equal(state()->roster.epoch, 2);
    assert_int_equal(asking_at(1), 0);
    assert_int_equal(events_of(1, TABLE_EVENT_APPROVED), 3);
    assert_int_equal(state_approving(state(), &world.seats[stranger].identity.key), 0);
    world_play_roll(&world);
    assert_true(world_agrees(&world, 0));
    assert_audited(&world, stranger);
    /* He leaves, and comes back to his seat without asking anybody. */
    assert_int_equal(world_leave(&world, stranger), TABLE_SENT);
    world_settle(&world);
    world_run(&world, world.now + 2000);
    assert_int_equal(state()->roster.count, 4);
    world.seats[stranger].table->config.sits = true;
    world_run(&world, world.now + 5000);
    assert_int_equal(state()->roster.count, 5);
    assert_audited(&world, 0);
    world_close(&world);
}

static void approvals_outlast_an_epoch_and_end_with_their_author(void **context)
{
    (void)context;
    world_open_to(&world, 5, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    const unsigned stranger = world_join(&world, false);
    const struct public_key *who = &world.seats[stranger].identity.key;
    world_run(&world, world.now + 1000);
    for (unsigned i = 0; i < 3; i++)
        approve(i, stranger);
    assert_int_equal(state_approving(state(), who), 7);
    assert_int_equal(world_leave(&world, 2), TABLE_SENT);
    world_settle(&world);
    assert_int_equal(state_approving(state(), who), 3);
    world_run(&world, world.now + 2000);
    assert_int_equal(state()->roster.epoch, 2);
    assert_int_equal(state()->roster.quorum, 3);
    assert_int_equal(state_approving(state(), who), 3);
    assert_int_equal(seat_of(stranger), SEAT_NONE);
    approve(4, stranger);
    world_run(&world, world.now + 3000);
    assert_true(seat_of(stranger) != SEAT_NONE);
    assert_int_equal(state()->roster.epoch, 3);
    assert_audited(&world, 0);
    world_close(&world);
}

static void one_seat_can_hold_four_approvals_and_no_more(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    world.uninvited = true;
    unsigned hopeful[6];
    for (unsigned i = 0; i < 6; i++)
        hopeful[i] = world_join(&world, false);
    world_run(&world, world.now + 1000);
    assert_int_equal(asking_at(0), 6);
    for (unsigned i = 0; i < 6; i++)
        approve(0, hopeful[i]);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(state_approving(state(), &world.seats[hopeful[i]].identity.key),
                         i < 2 ? 0 : 1);
    assert_int_equal(state()->approvals[0].count, STATE_APPROVALS_MAX);
    assert_audited(&world, 0);
    world_close(&world);
}

static void approvals_that_make_no_sense_are_refused(void **context)
{
    (void)context;
    struct refusal refusal;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    const unsigned stranger = world_join(&world, false);
    world_run(&world, world.now + 1000);
    assert_int_equal(world_approve(&world, 0, 1, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_REPEATED);
    approve(0, stranger);
    assert_int_equal(world_approve(&world, 0, stranger, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_REPEATED);
    assert_int_equal(world_approve(&world, stranger, stranger, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_WAITING);
    world_close(&world);
    world_open(&world, 4, 0);
    world_play_roll(&world);
    assert_int_equal(world_approve(&world, 0, 1, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_ADMISSION);
    world_close(&world);
}

/* A leader that takes a stranger's Sit in: nobody executes that block. */
static void an_unapproved_sit_makes_a_block_invalid(void **context)
{
    (void)context;
    static struct state copy;
    uint8_t sit[SIT_SIZE_MAX];
    uint8_t payload[1024];
    const struct invitation none = {.known = false};
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    const size_t size = pack_late_sit(30, &none, 1, sit);
    Bitcraps__Item item;
    bitcraps__item__init(&item);
    item.kind_case = BITCRAPS__ITEM__KIND_SIT;
    item.sit = (ProtobufCBinaryData){size, sit};
    Bitcraps__Item *items[] = {&item};
    Bitcraps__Payload message = BITCRAPS__PAYLOAD__INIT;
    message.n_items = 1;
    message.items = items;
    struct writer w = writer_on(payload, sizeof payload);
    assert_true(frame_pack(&message.base, &w));
    struct identity identity;
    uint8_t seed[32];
    memset(seed, 30, sizeof seed);
    identity_derive(&identity, seed, 1);
    const struct execution execution = {.seating = &world.seating};
    const struct block_header header = {.epoch = 1, .height = 1000, .view = 1000};
    const struct digest digest = {{0}};
    for (unsigned approvals = 0; approvals <= 4; approvals++) {
        copy = *state();
        for (unsigned seat = 0; seat < approvals; seat++) {
            copy.approvals[seat].of[0] = identity.key;
            copy.approvals[seat].count = 1;
        }
        assert_int_equal(state_execute(&copy, &execution, &header, &digest, written(&w)),
                         approvals < 3 ? STATE_SIT : STATE_VALID);
    }
    world_close(&world);
}

static void approvals_are_in_the_state_root(void **context)
{
    (void)context;
    static struct state copy;
    struct digest before;
    struct digest after;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    copy = *state();
    state_root(&copy, &before);
    copy.approvals[3].of[0].bytes[5] = 1;
    copy.approvals[3].count = 1;
    state_root(&copy, &after);
    assert_memory_not_equal(&before, &after, sizeof before);
    before = after;
    copy.approvals[3].of[0].bytes[31] = 1;
    state_root(&copy, &after);
    assert_memory_not_equal(&before, &after, sizeof before);
    world_close(&world);
}

static void who_asks_no_more_is_no_longer_shown(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    world_play_roll(&world);
    const unsigned stranger = world_join(&world, false);
    world_run(&world, world.now + 1000);
    assert_int_equal(asking_at(0), 1);
    world.seats[stranger].down = true;
    world_run(&world, world.now + TABLE_ASKING_MSEC + 1000);
    assert_int_equal(asking_at(0), 0);
    world_close(&world);
}

/* ---- Before play begins ------------------------------------------------------------------------
 */

static struct lobby lobby;
static struct effect effects[16];
static uint8_t effect_bytes[65536];
static struct outbox out = {
    .effects = effects, .effects_max = 16, .arena = effect_bytes, .arena_size = 65536};

static size_t pack_sit(const struct genesis *genesis, uint8_t node,
                       const struct invitation *invitation, struct identity *identity,
                       uint8_t packed[static SIT_SIZE_MAX])
{
    const uint8_t random[32] = {node};
    uint8_t seed[32];
    struct seat_secrets secrets;
    memset(seed, node, sizeof seed);
    identity_derive(identity, seed, 1);
    seat_secrets_derive(seed, &genesis->id, &secrets);
    secrets.invitation = *invitation;
    return sit_pack(&genesis->id, &secrets, identity->secret, &identity->key, "ann", false, random,
                    packed);
}

static enum seating_verdict open_lobby(struct genesis *genesis, const struct invitation *invitation)
{
    uint8_t packed[GENESIS_SIZE_MAX];
    uint8_t sit[SIT_SIZE_MAX];
    struct identity identity;
    const size_t size = genesis_pack(genesis, packed);
    assert_true(size > 0);
    const size_t sit_size = pack_sit(genesis, 1, invitation, &identity, sit);
    return lobby_init(&lobby, (struct bytes){packed, size}, (struct bytes){sit, sit_size},
                      identity.secret, 1000);
}

static void ask(const struct genesis *genesis, uint8_t node, const struct invitation *invitation)
{
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *sit;
    struct identity identity;
    const size_t size = pack_sit(genesis, node, invitation, &identity, packed);
    assert_int_equal(
        frame_unpack(&bitcraps__sit__descriptor, (struct bytes){packed, size}, &arena, &sit),
        FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
    message.sit = (Bitcraps__Sit *)(uintptr_t)sit;
    lobby_receive(&lobby, 1000, &message, &out);
    outbox_clear(&out);
}

static void the_host_seats_the_invited_only(void **context)
{
    (void)context;
    const struct invitation none = {.known = false};
    const struct invitation wrong = {.known = true, .secret = {1}};
    world_open_to(&world, 3, 0, ADMISSION_INVITATION);
    struct genesis genesis = world.seating.genesis;
    assert_int_equal(open_lobby(&genesis, &none), SEATING_INVITATION);
    assert_int_equal(open_lobby(&genesis, &wrong), SEATING_INVITATION);
    assert_int_equal(open_lobby(&genesis, &world.invitation), SEATING_OK);
    ask(&genesis, 2, &none);
    ask(&genesis, 3, &wrong);
    assert_int_equal(lobby.count, 1);
    ask(&genesis, 4, &world.invitation);
    assert_int_equal(lobby.count, 2);
    ask(&genesis, 2, &world.invitation);
    assert_true(lobby_seated(&lobby));
    world_close(&world);
}

/* A host that lets somebody in without one makes a list that nobody takes. */
static void a_list_with_somebody_uninvited_is_none(void **context)
{
    (void)context;
    uint8_t genesis_packed[GENESIS_SIZE_MAX];
    uint8_t sits[2][SIT_SIZE_MAX];
    uint8_t packed[SEATING_SIZE_MAX];
    struct identity host;
    struct identity guest;
    const struct invitation none = {.known = false};
    world_open_to(&world, 2, 0, ADMISSION_INVITATION);
    struct genesis genesis = world.seating.genesis;
    const size_t genesis_size = genesis_pack(&genesis, genesis_packed);
    for (unsigned invited = 0; invited < 2; invited++) {
        struct bytes list[2] = {{sits[0], 0}, {sits[1], 0}};
        list[0].size = pack_sit(&genesis, 1, &world.invitation, &host, sits[0]);
        list[1].size = pack_sit(&genesis, 2, invited ? &world.invitation : &none, &guest, sits[1]);
        const size_t size = seating_pack((struct bytes){genesis_packed, genesis_size}, list, 2,
                                         host.secret, packed);
        uint8_t memory[2048];
        struct arena arena = {.at = memory, .size = sizeof memory};
        const ProtobufCMessage *base;
        static struct seating seating;
        assert_int_equal(frame_unpack(&bitcraps__seating__descriptor, (struct bytes){packed, size},
                                      &arena, &base),
                         FRAME_OK);
        assert_int_equal(seating_open((const Bitcraps__Seating *)base, &seating),
                         invited ? SEATING_OK : SEATING_INVITATION);
    }
    world_close(&world);
}

static const struct public_key *lobby_asks(unsigned index, msec now)
{
    const struct seat *seat = lobby_asking(&lobby, index, now);
    return seat == NULL ? NULL : &seat->identity;
}

static void the_hosts_word_alone_makes_the_first_list(void **context)
{
    (void)context;
    const struct invitation none = {.known = false};
    world_open_to(&world, 3, 0, ADMISSION_APPROVAL);
    struct genesis genesis = world.seating.genesis;
    assert_int_equal(open_lobby(&genesis, &none), SEATING_OK);
    ask(&genesis, 2, &none);
    ask(&genesis, 3, &none);
    ask(&genesis, 2, &none);
    assert_int_equal(lobby.count, 1);
    assert_non_null(lobby_asks(0, 1000));
    assert_non_null(lobby_asks(1, 1000));
    assert_null(lobby_asks(2, 1000));
    assert_false(lobby_approve(&lobby, 1000, &genesis.host, &out));
    const struct public_key first = *lobby_asks(0, 1000);
    const struct public_key second = *lobby_asks(1, 1000);
    assert_true(lobby_approve(&lobby, 1000, &second, &out));
    assert_false(lobby_approve(&lobby, 1000, &second, &out));
    assert_false(lobby_seated(&lobby));
    /* Who is silent asks no more. */
    assert_false(lobby_approve(&lobby, 1000 + LOBBY_ASKING_MSEC, &first, &out));
    assert_true(lobby_approve(&lobby, 1000, &first, &out));
    assert_true(lobby_seated(&lobby));
    assert_memory_equal(&lobby.seating.seats[1].identity, &second, sizeof second);
    outbox_clear(&out);
    world_close(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_a_ticket_sits_down_and_who_has_none_does_not),
        cmocka_unit_test(who_comes_back_needs_no_ticket_for_his_own_seat),
        cmocka_unit_test(an_invitation_is_good_for_its_author_and_table_alone),
        cmocka_unit_test(an_invitation_that_was_overheard_opens_nothing),
        cmocka_unit_test(a_genesis_has_an_invitation_or_none_as_it_says),
        cmocka_unit_test(a_quorum_of_the_seats_lets_a_stranger_in),
        cmocka_unit_test(approvals_outlast_an_epoch_and_end_with_their_author),
        cmocka_unit_test(one_seat_can_hold_four_approvals_and_no_more),
        cmocka_unit_test(approvals_that_make_no_sense_are_refused),
        cmocka_unit_test(an_unapproved_sit_makes_a_block_invalid),
        cmocka_unit_test(approvals_are_in_the_state_root),
        cmocka_unit_test(who_asks_no_more_is_no_longer_shown),
        cmocka_unit_test(the_hosts_word_alone_makes_the_first_list),
        cmocka_unit_test(the_host_seats_the_invited_only),
        cmocka_unit_test(a_list_with_somebody_uninvited_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
