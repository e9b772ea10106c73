/* SPDX-License-Identifier: MIT */
/* What a genesis and a seat list may say; everything in them is written by strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame/frame.h"
#include "table/lobby.h"

#include <sodium.h>

static struct genesis usual(void)
{
    return (struct genesis){.name = "table",
                            .seats = 4,
                            .buy_in = 1000,
                            .bank = 100000,
                            .window = 20000,
                            .rules = craps_rules_casino()};
}

static bool can_be_packed(struct genesis genesis)
{
    uint8_t packed[GENESIS_SIZE_MAX];
    return genesis_pack(&genesis, packed) > 0;
}

static void a_packed_genesis_comes_back(void **context)
{
    (void)context;
    struct genesis genesis = usual();
    struct genesis back;
    uint8_t packed[GENESIS_SIZE_MAX];
    const size_t size = genesis_pack(&genesis, packed);
    assert_true(size > 0);
    assert_int_equal(genesis_unpack((struct bytes){.at = packed, .size = size}, &back), SEATING_OK);
    assert_memory_equal(&genesis.id, &back.id, sizeof back.id);
    assert_string_equal(back.name, "table");
    assert_int_equal(back.bank, 100000);
}

static void sums_beyond_the_ledger_are_refused(void **context)
{
    (void)context;
    struct genesis genesis = usual();
    genesis.buy_in = TABLE_CHIPS_MAX;
    assert_false(can_be_packed(genesis));
    genesis.buy_in = (TABLE_CHIPS_MAX - genesis.bank) / 4;
    assert_true(can_be_packed(genesis));
    genesis.bank++;
    assert_false(can_be_packed(genesis));
}

static void seats_and_windows_have_bounds(void **context)
{
    (void)context;
    static const struct {
        unsigned seats;
        msec window;
        bool good;
    } cases[] = {{0, 20000, false}, {1, 20000, true}, {16, 20000, true},  {17, 20000, false},
                 {4, 99, false},    {4, 100, true},   {4, 3600000, true}, {4, 3600001, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct genesis genesis = usual();
        genesis.seats = cases[i].seats;
        genesis.window = cases[i].window;
        assert_int_equal(can_be_packed(genesis), cases[i].good);
    }
}

static void names_that_could_move_a_terminal_are_refused(void **context)
{
    (void)context;
    static const struct {
        const char *name;
        bool good;
    } cases[] = {{"", false},
                 {"kitchen", true},
                 {"K\xc3\xbc"
                  "che",
                  true},
                 {"a\x1b[2J", false},
                 {"a\nb", false},
                 {"a\x7f", false},
                 {"a\xc2\x9b", false},
                 {"a\xe2\x80\xae", false},
                 {"a\xe2\x81\xa6", false},
                 {"\xe2\x82\xac", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct genesis genesis = usual();
        strcpy(genesis.name, cases[i].name);
        assert_int_equal(can_be_packed(genesis), cases[i].good);
    }
}

static void a_sit_is_signed_for_one_table_only(void **context)
{
    (void)context;
    const struct genesis table = {.id = {{1}}};
    const struct genesis other = {.id = {{2}}};
    const uint8_t seed[32] = {7};
    const uint8_t random[32] = {9};
    struct public_key identity;
    uint8_t secret[64];
    struct seat_secrets secrets;
    struct seat seat;
    uint8_t packed[SIT_SIZE_MAX];
    crypto_sign_seed_keypair(identity.bytes, secret, seed);
    seat_secrets_derive(seed, &table.id, &secrets);
    const size_t size =
        sit_pack(&table.id, &secrets, secret, &identity, "ann", false, random, packed);
    const struct bytes sit = {.at = packed, .size = size};
    assert_true(size > 0);
    assert_int_equal(sit_unpack(&table, sit, &seat), SEATING_OK);
    assert_string_equal(seat.name, "ann");
    assert_int_not_equal(sit_unpack(&other, sit, &seat), SEATING_OK);
    for (size_t at = 0; at < size; at++) {
        packed[at] ^= 1;
        assert_int_not_equal(sit_unpack(&table, sit, &seat), SEATING_OK);
        packed[at] ^= 1;
    }
}

/* A lobby of a host that plays or watches, and requests for its other seats. */
struct room {
    struct genesis genesis;
    struct lobby lobby;
    struct effect effects[16];
    uint8_t bytes[65536];
    struct outbox out;
};

static struct room room;

/* Who asks with whose table keys: the number is the node's seed. */
static size_t request(uint8_t node, uint8_t keys, bool witness, uint8_t packed[static SIT_SIZE_MAX],
                      uint8_t secret[static 64])
{
    const uint8_t seed[32] = {node};
    const uint8_t keys_seed[32] = {keys};
    const uint8_t random[32] = {9};
    struct public_key identity;
    struct seat_secrets secrets;
    crypto_sign_seed_keypair(identity.bytes, secret, seed);
    seat_secrets_derive(keys_seed, &room.genesis.id, &secrets);
    return sit_pack(&room.genesis.id, &secrets, secret, &identity, "ann", witness, random, packed);
}

static enum seating_verdict open_room(unsigned seats, bool witness)
{
    const uint8_t seed[32] = {1};
    uint8_t secret[64];
    uint8_t genesis[GENESIS_SIZE_MAX];
    uint8_t sit[SIT_SIZE_MAX];
    room.genesis = usual();
    room.genesis.seats = seats;
    crypto_sign_seed_keypair(room.genesis.host.bytes, secret, seed);
    const size_t genesis_size = genesis_pack(&room.genesis, genesis);
    const size_t size = request(1, 1, witness, sit, secret);
    room.out = (struct outbox){.effects = room.effects,
                               .effects_max = 16,
                               .arena = room.bytes,
                               .arena_size = sizeof room.bytes};
    return lobby_init(&room.lobby, (struct bytes){genesis, genesis_size}, (struct bytes){sit, size},
                      secret, 1000);
}

static void ask(uint8_t node, uint8_t keys, bool witness)
{
    uint8_t secret[64];
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *sit;
    const size_t size = request(node, keys, witness, packed, secret);
    assert_int_equal(
        frame_unpack(&bitcraps__sit__descriptor, (struct bytes){packed, size}, &arena, &sit),
        FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
    message.sit = (Bitcraps__Sit *)sit;
    assert_true(lobby_receive(&room.lobby, 1000, &message, &room.out));
}

static void two_nodes_with_one_key_get_one_seat(void **context)
{
    (void)context;
    assert_int_equal(open_room(3, false), SEATING_OK);
    ask(2, 2, false);
    ask(3, 2, false);
    assert_false(lobby_seated(&room.lobby));
    ask(4, 1, false);
    assert_false(lobby_seated(&room.lobby));
    ask(5, 5, false);
    assert_true(lobby_seated(&room.lobby));
    assert_int_equal(room.lobby.seating.count, 3);
}

static void the_last_seat_beside_witnesses_is_a_players(void **context)
{
    (void)context;
    assert_int_equal(open_room(3, true), SEATING_OK);
    ask(2, 2, true);
    ask(3, 3, true);
    assert_false(lobby_seated(&room.lobby));
    ask(4, 4, false);
    assert_true(lobby_seated(&room.lobby));
    assert_int_equal(open_room(1, true), SEATING_COUNT);
    assert_int_equal(open_room(1, false), SEATING_OK);
}

/* ---- Offers of a running table ---- */

static struct lobby guest;

/* What a lobby does at that time: its Announce, unpacked; NULL: it makes none. */
static const Bitcraps__Announce *announce_of(struct lobby *lobby, msec now)
{
    static uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *message;
    const Bitcraps__Announce *found = NULL;
    outbox_clear(&room.out);
    lobby_expire(lobby, now, &room.out);
    for (size_t i = 0; i < room.out.count; i++) {
        if (room.out.effects[i].kind != LOBBY_EFFECT_DISCOVER)
            continue;
        assert_int_equal(frame_unpack(&bitcraps__message__descriptor,
                                      outbox_bytes(&room.out, &room.out.effects[i]), &arena,
                                      &message),
                         FRAME_OK);
        found = ((const Bitcraps__Message *)message)->announce;
    }
    return found;
}

static bool holds(const Bitcraps__Announce *offer)
{
    return offer_warranted(&room.genesis.id, &room.genesis.host,
                           (struct bytes){.at = offer->warrant.data, .size = offer->warrant.len});
}

/* A host's table of two that play, and the other's lobby, which heard the host's offer at 1000. */
static void open_two(void)
{
    uint8_t secret[64];
    uint8_t sit[SIT_SIZE_MAX];
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *seating;
    assert_int_equal(open_room(2, false), SEATING_OK);
    const Bitcraps__Announce *offer = announce_of(&room.lobby, 1000);
    assert_non_null(offer);
    assert_true(holds(offer));
    assert_false(offer->started);
    const struct bytes genesis = {room.lobby.genesis_packed, room.lobby.genesis_size};
    const size_t size = request(2, 2, false, sit, secret);
    assert_int_equal(lobby_init(&guest, genesis, (struct bytes){sit, size}, secret, 1000),
                     SEATING_OK);
    lobby_offered(&guest, 1000, offer);
    outbox_clear(&room.out);
    ask(2, 2, false);
    assert_true(lobby_seated(&room.lobby));
    assert_int_equal(
        frame_unpack(&bitcraps__seating__descriptor,
                     (struct bytes){room.lobby.seating_packed, room.lobby.seating_size}, &arena,
                     &seating),
        FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SEATING;
    message.seating = (Bitcraps__Seating *)(uintptr_t)seating;
    assert_true(lobby_receive(&guest, 1000, &message, &room.out));
    assert_true(lobby_seated(&guest));
}

static void a_seat_offers_the_table_while_its_host_is_silent(void **context)
{
    (void)context;
    const msec due = 2000 + LOBBY_SILENT_MSEC + LOBBY_TURN_MSEC;
    open_two();
    lobby_plays(&guest, 2000, 2, 1);
    assert_int_equal(lobby_deadline(&guest), due);
    assert_null(announce_of(&guest, due - 1));
    const Bitcraps__Announce *offer = announce_of(&guest, due);
    assert_non_null(offer);
    assert_true(holds(offer));
    assert_true(offer->started);
    assert_int_equal(offer->taken, 2);
    assert_int_equal(lobby_deadline(&guest), due + LOBBY_ANNOUNCE_SLOW_MSEC);
    /* Somebody else does so: one is enough. */
    const Bitcraps__Announce *again = announce_of(&guest, due + LOBBY_ANNOUNCE_SLOW_MSEC);
    assert_non_null(again);
    lobby_offered(&guest, due + 40000, again);
    lobby_plays(&guest, due + 40001, 2, 1);
    assert_int_equal(lobby_deadline(&guest), due + 40000 + LOBBY_SILENT_MSEC + LOBBY_TURN_MSEC);
    /* Its seat has no vote any more. */
    lobby_plays(&guest, due + 50000, 2, SEATS_MAX);
    assert_int_equal(lobby_deadline(&guest), MSEC_NEVER);
}

static void who_heard_no_offer_cannot_make_one(void **context)
{
    (void)context;
    open_two();
    guest.warranted = false;
    guest.announce_at = MSEC_NEVER;
    lobby_plays(&guest, 2000, 2, 0);
    assert_int_equal(lobby_deadline(&guest), MSEC_NEVER);
    const struct genesis other = {.id = {{1}}, .host = room.genesis.host};
    assert_false(offer_warranted(&other.id, &other.host,
                                 (struct bytes){.at = room.lobby.warrant, .size = 64}));
    assert_false(offer_warranted(&room.genesis.id, &other.host,
                                 (struct bytes){.at = room.lobby.warrant, .size = 63}));
}

static void a_host_that_forgot_its_table_asks_as_a_guest(void **context)
{
    (void)context;
    assert_int_equal(open_room(2, false), SEATING_OK);
    lobby_returns(&room.lobby, 1000);
    assert_null(announce_of(&room.lobby, 1000));
    assert_int_equal(room.out.count, 1);
    assert_int_equal(room.out.effects[0].kind, LOBBY_EFFECT_SEND); /* Its Sit. */
    ask(2, 2, false);
    assert_false(lobby_seated(&room.lobby));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_genesis_comes_back),
        cmocka_unit_test(sums_beyond_the_ledger_are_refused),
        cmocka_unit_test(seats_and_windows_have_bounds),
        cmocka_unit_test(names_that_could_move_a_terminal_are_refused),
        cmocka_unit_test(a_sit_is_signed_for_one_table_only),
        cmocka_unit_test(two_nodes_with_one_key_get_one_seat),
        cmocka_unit_test(the_last_seat_beside_witnesses_is_a_players),
        cmocka_unit_test(a_seat_offers_the_table_while_its_host_is_silent),
        cmocka_unit_test(who_heard_no_offer_cannot_make_one),
        cmocka_unit_test(a_host_that_forgot_its_table_asks_as_a_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
