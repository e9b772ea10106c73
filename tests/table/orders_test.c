/* SPDX-License-Identifier: MIT */
/* Several orders in one action: all or none, with the money that goes with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/table_world.h"

#include "base/wire.h"

#include <sodium.h>

static struct world world;

static struct craps_bet named(const char *name)
{
    struct craps_bet bet;
    if (!craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &bet))
        fail_msg("%s is no bet", name);
    return bet;
}

static struct craps_order add(const char *name, chips amount)
{
    return (struct craps_order){.bet = named(name), .deed = CRAPS_DEED_ADD, .amount = amount};
}

static struct craps_order take(const char *name, chips amount)
{
    return (struct craps_order){.bet = named(name), .deed = CRAPS_DEED_TAKE, .amount = amount};
}

static struct craps_order call(const char *name, enum craps_working working)
{
    return (struct craps_order){
        .bet = named(name), .deed = CRAPS_DEED_CALL, .working = (uint8_t)working};
}

/* What seat 0 has on a bet, as every seat sees it. */
static chips lies(const char *name)
{
    const uint32_t spot = craps_spot(named(name));
    assert_true(world_agrees(&world, 0));
    return world_state(&world, 1)->craps.seats[0].stakes[spot];
}

static chips rail(void)
{
    return ledger_rail(&world_state(&world, 1)->ledger, 0);
}

static enum table_verdict order(const struct craps_order *orders, size_t count,
                                struct refusal *refusal)
{
    const enum table_verdict verdict = world_order(&world, 0, orders, count, refusal);
    world_settle(&world);
    assert_null(ledger_fault(&world_state(&world, 1)->ledger));
    assert_int_equal(world_state(&world, 1)->ledger.reserved,
                     craps_reserve_all(&world_state(&world, 1)->craps, &world.seating.card));
    return verdict;
}

static void orders_are_one_action_with_an_event_each(void **state)
{
    (void)state;
    world_open(&world, 4, 0);
    const uint64_t sequence = world_state(&world, 1)->sequence[0];
    const struct craps_order orders[] = {add("pass", 10), add("place 6", 12), add("place 8", 12),
                                         take("place 8", CRAPS_WHOLE),
                                         call("place 6", CRAPS_WORKING_ON)};
    const size_t before = world.seats[1].events_count;
    assert_int_equal(order(orders, 5, NULL), TABLE_SENT);
    assert_int_equal(world_state(&world, 1)->sequence[0], sequence + 1);
    assert_int_equal(lies("pass"), 10);
    assert_int_equal(lies("place 6"), 12);
    assert_int_equal(lies("place 8"), 0);
    assert_int_equal(rail(), 1000 - 22);
    const uint32_t six = craps_spot(named("place 6"));
    assert_true(craps_works(&world_state(&world, 1)->craps, &world.seating.card, 0, six));
    assert_int_equal(world.seats[1].events_count, before + 5);
    static const enum table_event_kind kinds[] = {TABLE_EVENT_BET, TABLE_EVENT_BET, TABLE_EVENT_BET,
                                                  TABLE_EVENT_TAKEN_DOWN, TABLE_EVENT_CALLED};
    for (unsigned i = 0; i < 5; i++) {
        const struct table_event *event = &world.seats[1].events[before + i];
        assert_int_equal(event->kind, kinds[i]);
        assert_int_equal(event->sequence, sequence + 1);
        assert_int_equal(event->order, i);
        assert_int_equal(event->orders, 5);
        assert_int_equal(event->seat, 0);
    }
    assert_int_equal(world.seats[1].events[before + 4].working, CRAPS_WORKING_ON);
    world_close(&world);
}

static void the_first_refused_refuses_all(void **state)
{
    (void)state;
    static const struct {
        struct craps_order last;
        const char *bet;
        enum refusal_kind kind;
        chips fits;
    } table[] = {
        {{.deed = CRAPS_DEED_ADD, .amount = 25}, "place 8", REFUSAL_CRAPS, 0},
        {{.deed = CRAPS_DEED_ADD, .amount = 10}, "come", REFUSAL_CRAPS, 0},
        {{.deed = CRAPS_DEED_TAKE, .amount = 0}, "place 9", REFUSAL_CRAPS, 0},
        {{.deed = CRAPS_DEED_TAKE, .amount = 5}, "place 6", REFUSAL_CRAPS, 0},
        {{.deed = CRAPS_DEED_CALL, .working = 2}, "field", REFUSAL_CRAPS, 0},
        {{.deed = CRAPS_DEED_ADD, .amount = 984}, "place 8", REFUSAL_LEDGER, 972},
        {{.deed = CRAPS_DEED_ADD, .amount = 5}, "odds", REFUSAL_CRAPS, 0},
    };
    world_open(&world, 4, 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct digest before, after;
        struct refusal refusal;
        char sentence[REFUSAL_SENTENCE_SIZE];
        struct craps_order orders[] = {add("pass", 10), add("place 6", 18), table[i].last};
        orders[2].bet = named(table[i].bet);
        state_root(world_state(&world, 1), &before);
        assert_int_equal(order(orders, 3, &refusal), TABLE_REFUSED);
        state_root(world_state(&world, 1), &after);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(refusal.kind, table[i].kind);
        assert_int_equal(refusal.order, 2);
        assert_int_equal(refusal.orders, 3);
        assert_int_equal(refusal.deed, table[i].last.deed);
        if (refusal.kind == REFUSAL_LEDGER)
            assert_int_equal(refusal.fits, table[i].fits);
        refusal_sentence(&refusal, sentence);
        assert_non_null(strstr(sentence, " (none of the 3 orders was carried out)"));
    }
    world_close(&world);
}

static void money_that_is_short_is_named(void **state)
{
    (void)state;
    struct refusal refusal;
    char sentence[REFUSAL_SENTENCE_SIZE];
    world_open(&world, 4, 0);
    const struct craps_order all = add("field", 980);
    assert_int_equal(order(&all, 1, NULL), TABLE_SENT);
    struct craps_order more = add("place 6", 24);
    assert_int_equal(order(&more, 1, &refusal), TABLE_REFUSED);
    refusal_sentence(&refusal, sentence);
    assert_string_equal(sentence, "24 on place 6 is more than the 20 chips on your rail: the most "
                                  "that you can bet on it now is 18");
    more = add("buy 5", 20);
    assert_int_equal(order(&more, 1, &refusal), TABLE_REFUSED);
    refusal_sentence(&refusal, sentence);
    assert_string_equal(sentence, "20 on buy 5, 21 with its vig, is more than the 20 chips on your "
                                  "rail: the most that you can bet on it now is 18");
    world_close(&world);
}

static void what_the_bank_cannot_pay_is_refused(void **state)
{
    (void)state;
    struct refusal refusal;
    char sentence[REFUSAL_SENTENCE_SIZE];
    world_open(&world, 4, 0);
    const struct craps_order fire = add("fire", 100);
    assert_int_equal(order(&fire, 1, NULL), TABLE_SENT); /* 99,900 of the bank's 100,000. */
    const struct craps_order field = add("field", 50);
    assert_int_equal(order(&field, 1, &refusal), TABLE_REFUSED);
    refusal_sentence(&refusal, sentence);
    assert_string_equal(sentence,
                        "the bank could not pay 50 on field if it won: the most that fits "
                        "now is 33");
    world_close(&world);
}

static void a_part_comes_down_and_what_stays_is_a_bet(void **state)
{
    (void)state;
    world_open(&world, 4, 0);
    const struct craps_order orders[] = {add("place 6", 60), add("buy 5", 40)};
    assert_int_equal(order(orders, 2, NULL), TABLE_SENT);
    assert_int_equal(rail(), 1000 - 60 - 42);
    const struct craps_order parts[] = {take("place 6", 48), take("buy 5", 20)};
    assert_int_equal(order(parts, 2, NULL), TABLE_SENT);
    assert_int_equal(lies("place 6"), 12);
    assert_int_equal(lies("buy 5"), 20);
    assert_int_equal(rail(), 1000 - 12 - 21);
    const struct craps_order whole[] = {take("place 6", 12), take("buy 5", CRAPS_WHOLE)};
    assert_int_equal(order(whole, 2, NULL), TABLE_SENT);
    assert_int_equal(rail(), 1000);
    world_close(&world);
}

static void odds_without_a_number_are_signed_as_what_they_back(void **state)
{
    (void)state;
    world_open(&world, 4, 0);
    struct refusal refusal;
    while (world_state(&world, 1)->craps.puck == 0) {
        if (lies("pass") == 0) {
            const struct craps_order pass = add("pass", 10);
            assert_int_equal(order(&pass, 1, NULL), TABLE_SENT);
        }
        for (unsigned i = 0; i < 4; i++)
            world_ready(&world, i);
        world_settle(&world);
    }
    const uint8_t point = world_state(&world, 1)->craps.puck;
    const struct craps_order odds = {
        .bet = {.kind = CRAPS_ODDS}, .deed = CRAPS_DEED_ADD, .amount = 30};
    assert_int_equal(order(&odds, 1, NULL), TABLE_SENT);
    const struct craps_bet backed = {.kind = CRAPS_PASS_ODDS, .number = point};
    assert_int_equal(world_state(&world, 1)->craps.seats[0].stakes[craps_spot(backed)], 30);
    const struct craps_order pass = take("pass", CRAPS_WHOLE);
    assert_int_equal(order(&pass, 1, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.craps.verdict, CRAPS_REFUSED_CONTRACT);
    assert_int_equal(table_before(world.seats[0].table)->stakes[craps_spot(backed)], 0);
    world_close(&world);
}

/* ---- Actions that no honest node signs ---- */

/* Signs orders as seat 0 and lets all others hear of them; whether they take it for an action. */
static bool tell(const Bitcraps__Orders *orders)
{
    uint8_t inner[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.epoch = 1;
    body.sequence = world_state(&world, 1)->sequence[0] + 1;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_ORDERS;
    body.orders = (Bitcraps__Orders *)orders;
    struct writer w = writer_on(inner, sizeof inner);
    assert_true(frame_pack(&body.base, &w));
    state_action_sign(&world.seating, written(&w), world.seats[0].table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    bool taken = true;
    for (unsigned i = 1; i < world.count; i++) {
        taken &= table_receive(world.seats[i].table, world.now, 1700000000000 + world.now, &message,
                               &world.out);
        world_take(&world, i);
    }
    world_settle(&world);
    world_run(&world, world.now + 3000); /* Seat 0 may lead, and has not heard. */
    return taken;
}

static void a_refused_action_uses_up_its_sequence_and_nothing_else(void **state)
{
    (void)state;
    world_open(&world, 4, 0);
    Bitcraps__Order good = BITCRAPS__ORDER__INIT;
    Bitcraps__Order bad = BITCRAPS__ORDER__INIT;
    Bitcraps__Order *list[] = {&good, &bad};
    Bitcraps__Orders orders = BITCRAPS__ORDERS__INIT;
    good.bet = craps_bet_id(named("pass"));
    good.deed_case = bad.deed_case = BITCRAPS__ORDER__DEED_ADD;
    good.add = 10;
    orders.roll = world_state(&world, 1)->roll;
    orders.n_orders = 2;
    orders.orders = list;
    static const struct {
        uint32_t id;
        int64_t amount;
    } table[] = {
        {1, 3},          {CRAPS_ID_COUNT, 5},
        {UINT32_MAX, 5}, {CRAPS_NAMED_COUNT, 5},
        {4, INT64_MIN},  {4, 0},
        {29, 5},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const uint64_t sequence = world_state(&world, 1)->sequence[0];
        const struct craps before = world_state(&world, 1)->craps;
        bad.bet = table[i].id;
        bad.add = table[i].amount;
        assert_true(tell(&orders));
        assert_int_equal(world_state(&world, 1)->sequence[0], sequence + 1);
        assert_memory_equal(&before, &world_state(&world, 1)->craps, sizeof before);
        assert_int_equal(rail(), 1000);
        const struct world_seat *seat = &world.seats[1];
        const struct table_event *event = &seat->events[seat->events_count - 1];
        assert_int_equal(event->kind, TABLE_EVENT_REFUSED);
        assert_int_equal(event->refusal.order, 1);
    }
    world_close(&world);
}

static void what_has_no_shape_is_no_action(void **state)
{
    (void)state;
    world_open(&world, 4, 0);
    Bitcraps__Order order = BITCRAPS__ORDER__INIT;
    Bitcraps__Order *list[CRAPS_ORDERS_MAX + 1];
    Bitcraps__Orders orders = BITCRAPS__ORDERS__INIT;
    for (unsigned i = 0; i <= CRAPS_ORDERS_MAX; i++)
        list[i] = &order;
    orders.roll = world_state(&world, 1)->roll;
    orders.orders = list;
    order.bet = craps_bet_id(named("field"));
    order.deed_case = BITCRAPS__ORDER__DEED_ADD;
    order.add = 5;
    assert_false(tell(&orders));
    orders.n_orders = CRAPS_ORDERS_MAX + 1;
    assert_false(tell(&orders));
    orders.n_orders = 1;
    order.deed_case = BITCRAPS__ORDER__DEED__NOT_SET;
    assert_false(tell(&orders));
    order.deed_case = BITCRAPS__ORDER__DEED_TAKE;
    order.take = -1;
    assert_false(tell(&orders));
    order.deed_case = BITCRAPS__ORDER__DEED_CALL;
    order.call = 3;
    assert_false(tell(&orders));
    /* Another action with the sequence of those would be evidence: a new table. */
    world_close(&world);
    world_open(&world, 4, 0);
    orders.roll = world_state(&world, 1)->roll;
    order.deed_case = BITCRAPS__ORDER__DEED_ADD;
    order.add = 5;
    orders.n_orders = CRAPS_ORDERS_MAX;
    assert_true(tell(&orders));
    assert_int_equal(lies("field"), 5 * CRAPS_ORDERS_MAX);
    world_close(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_one_action_with_an_event_each),
        cmocka_unit_test(the_first_refused_refuses_all),
        cmocka_unit_test(money_that_is_short_is_named),
        cmocka_unit_test(what_the_bank_cannot_pay_is_refused),
        cmocka_unit_test(a_part_comes_down_and_what_stays_is_a_bet),
        cmocka_unit_test(odds_without_a_number_are_signed_as_what_they_back),
        cmocka_unit_test(a_refused_action_uses_up_its_sequence_and_nothing_else),
        cmocka_unit_test(what_has_no_shape_is_no_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
