/* SPDX-License-Identifier: MIT */
/* What is done to bets that lie: press, regress, take down, call; and the same again. */
#include "craps/hearing.h"
#include "craps/spread.h"

#define BIT(number) (1u << (number))

/* The spots that a verb is about; no bet that could lie: only said. */
struct target {
    struct craps_spots spots;
    struct craps_bet said;
    bool lies;
};

static bool holds(const struct craps_spots *set, uint32_t spot)
{
    return set->words[spot / 64] >> spot % 64 & 1;
}

static void include(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

static bool in_spread(const struct words *words, size_t begin, size_t end,
                      const struct craps_spread **spread)
{
    *spread = end == begin + 1 ? craps_spread_find(hearing_slice(words, begin, end)) : NULL;
    return *spread != NULL;
}

/* A number alone is the bet on it that lies: place before buy before the others. */
static bool bet_on_number(const struct hearing *hearing, const struct words *words, size_t i,
                          struct craps_bet *bet)
{
    static const uint8_t kinds[] = {CRAPS_PLACE, CRAPS_BUY, CRAPS_PUT, CRAPS_LAY, CRAPS_PLACE_LOSE};
    const struct amount number = hearing_amount(words, i);
    if (number.kind != AMOUNT_CHIPS || number.value < 2 || number.value > 12)
        return false;
    for (size_t k = 0; k < sizeof kinds; k++) {
        *bet = (struct craps_bet){kinds[k], (uint8_t)number.value};
        if (hearing_stake(hearing, craps_spot(*bet)) > 0)
            return true;
    }
    return false;
}

/* All spots with a bet that the test lets through. */
static void gather(const struct hearing *hearing, struct target *target,
                   bool (*wanted)(struct craps_bet bet, const void *context), const void *context)
{
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (hearing_stake(hearing, spot) > 0 && wanted(craps_bet_at(spot), context)) {
            include(&target->spots, spot);
            target->lies = true;
        }
    }
}

static bool any_bet(struct craps_bet bet, const void *context)
{
    (void)bet;
    (void)context;
    return true;
}

static bool of_kind(struct craps_bet bet, const void *context)
{
    const uint8_t *kind = context;
    return *kind == CRAPS_ODDS ? hearing_is_odds(bet.kind) : bet.kind == *kind;
}

static bool of_spread(struct craps_bet bet, const void *context)
{
    const struct craps_spread *spread = context;
    return bet.kind == spread->kind && (spread->numbers & BIT(bet.number)) != 0;
}

/* What lies that these words mean; false when they mean no bet. */
static bool find_target(const struct hearing *hearing, const struct words *words, size_t begin,
                        size_t end, struct target *target)
{
    const struct craps_spread *spread;
    *target = (struct target){.said = {.kind = CRAPS_ODDS}};
    if (end == begin + 1 &&
        (hearing_is(words, begin, "all") || hearing_is(words, begin, "everything"))) {
        gather(hearing, target, any_bet, NULL);
        return true;
    }
    if (in_spread(words, begin, end, &spread)) {
        gather(hearing, target, of_spread, spread);
        target->said = (struct craps_bet){.kind = spread->kind};
        return true;
    }
    if (end == begin + 1 && bet_on_number(hearing, words, begin, &target->said)) {
        include(&target->spots, craps_spot(target->said));
        target->lies = true;
        return true;
    }
    if (!craps_bet_parse(hearing_slice(words, begin, end), &target->said))
        return false;
    target->said = craps_resolve(&hearing->felt, hearing->view->seat, target->said);
    const uint32_t spot = craps_spot(target->said);
    if (hearing_stake(hearing, spot) > 0) {
        include(&target->spots, spot);
        target->lies = true;
    } else if (target->said.number == 0) {
        gather(hearing, target, of_kind, &target->said.kind);
    }
    return true;
}

/* Whether the house takes this very bet at all. */
static bool is_offered(const struct hearing *hearing, const struct target *target)
{
    const uint32_t spot = craps_spot(target->said);
    return spot != CRAPS_SPOT_NONE && hearing->view->card->spots[spot].most > 0;
}

/*
 * A target and an amount behind it, which may be absent. "press place 6" has none, "press place 6
 * 12" has: the target is as long as it can be and still lie, or still be a bet of this house.
 */
static bool split_target(struct hearing *hearing, const struct words *words, size_t begin,
                         size_t end, struct target *target, struct amount *amount)
{
    *amount = (struct amount){.kind = AMOUNT_NONE};
    if (begin == end)
        return hearing_wrong(hearing,
                             "Which bet? Name one that lies, as in \"place 6\", or say \"all\".");
    const bool whole = find_target(hearing, words, begin, end, target);
    if (whole && target->lies)
        return true;
    const struct amount last = hearing_amount(words, end - 1);
    struct target shorter;
    if (last.kind != AMOUNT_NONE && end - begin > 1 &&
        find_target(hearing, words, begin, end - 1, &shorter) &&
        (!whole || (shorter.lies && (shorter.said.number != 0 || !is_offered(hearing, target))))) {
        *target = shorter;
        *amount = last;
        return true;
    }
    return whole || hearing_unknown(hearing, words, begin, end, false);
}

/* Runs a deed over what the target names; over what was said, for the engine to refuse. */
static bool over(struct hearing *hearing, const struct target *target,
                 void (*deed)(struct hearing *hearing, struct craps_bet bet, struct amount amount),
                 struct amount amount, const char *nothing)
{
    const size_t before = hearing->heard->count;
    if (!target->lies && target->said.kind != CRAPS_ODDS) {
        deed(hearing, target->said, amount);
        return true;
    }
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (holds(&target->spots, spot))
            deed(hearing, craps_bet_at(spot), amount);
    }
    return hearing->heard->count > before || hearing_wrong(hearing, nothing);
}

static bool is_all(const struct words *words, size_t begin, size_t end)
{
    return end == begin + 1 &&
           (hearing_is(words, begin, "all") || hearing_is(words, begin, "everything"));
}

/* Of everything, the bets that people press and regress. */
static void keep_pressable(struct target *target)
{
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const uint8_t kind = craps_bet_at(spot).kind;
        const bool pressable = kind == CRAPS_PLACE || kind == CRAPS_BUY || kind == CRAPS_LAY ||
                               kind == CRAPS_PLACE_LOSE || kind == CRAPS_HARDWAY ||
                               kind == CRAPS_BIG;
        if (!pressable)
            target->spots.words[spot / 64] &= ~((uint64_t)1 << spot % 64);
    }
}

static void press_by(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) == CRAPS_ACCEPTED) {
        amount = amount < offer.least ? offer.least : amount;
        amount -= (amount - offer.least) % offer.unit;
    }
    hearing_add(hearing, bet, amount);
}

static void press_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const chips lies = hearing_stake(hearing, craps_spot(bet));
    if (lies == 0) /* Taking from it is refused: there is no such bet. */
        hearing_take(hearing, bet, CRAPS_WHOLE);
    else if (amount.kind == AMOUNT_NONE)
        press_by(hearing, bet, lies);
    else
        hearing_add_amount(hearing, bet, amount);
}

static void press_half(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const chips lies = hearing_stake(hearing, craps_spot(bet));
    (void)amount;
    if (lies == 0)
        hearing_take(hearing, bet, CRAPS_WHOLE);
    else
        press_by(hearing, bet, lies / 2);
}

static bool press(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (is_all(words, begin, end - (amount.kind != AMOUNT_NONE)))
        keep_pressable(&target);
    return over(hearing, &target, press_one, amount,
                "Nothing of yours can be pressed: first make a bet, as in \"place 6 12\".");
}

static bool half_press(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (amount.kind != AMOUNT_NONE)
        return hearing_wrong(hearing,
                             "A half press adds half of what lies: say press with the number of "
                             "chips to add.");
    if (is_all(words, begin, end))
        keep_pressable(&target);
    return over(hearing, &target, press_half, amount,
                "Nothing of yours can be pressed: first make a bet, as in \"place 6 12\".");
}

static void regress_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const uint32_t spot = craps_spot(bet);
    const chips lies = hearing_stake(hearing, spot);
    chips rest = amount.value;
    if (lies > 0 && amount.kind != AMOUNT_CHIPS)
        rest = hearing->view->card->spots[spot].least;
    if (lies > 0 && rest == lies)
        return;
    if (lies > 0 && rest > lies)
        hearing->refused = true; /* The caller says why. */
    else
        hearing_take(hearing, bet, lies > 0 && rest > 0 ? lies - rest : CRAPS_WHOLE);
}

static bool regress(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    const size_t before = hearing->heard->count;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (is_all(words, begin, end - (amount.kind != AMOUNT_NONE)))
        keep_pressable(&target);
    const bool done = over(hearing, &target, regress_one, amount,
                           "Nothing of yours is larger than that: to add to a bet say press.");
    if (hearing->refused && hearing->heard->count == before)
        return hearing_wrong(hearing,
                             "Less than that lies there: regress goes down to an amount, press "
                             "adds to a bet.");
    return done;
}

static void take_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const uint32_t spot = craps_spot(bet);
    const bool lay = spot != CRAPS_SPOT_NONE &&
                     hearing->view->craps->seats[hearing->view->seat].stakes[spot] > 0;
    if (lay && hearing_stake(hearing, spot) == 0)
        return; /* Odds that came down with their flat bet a moment ago. */
    hearing_take(hearing, bet, amount.kind == AMOUNT_CHIPS ? amount.value : CRAPS_WHOLE);
}

/* Everything that may come down; the engine knows which. */
static bool clear(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    const struct craps_dealer_view *view = hearing->view;
    const size_t before = hearing->heard->count;
    (void)words;
    if (begin != end)
        return hearing_wrong(hearing,
                             "To clear takes everything down that may come down: say take down "
                             "and the bet for less.");
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        struct craps felt = hearing->felt;
        struct craps_money back;
        struct craps_refusal why;
        const struct craps_bet bet = craps_bet_at(spot);
        if (hearing_stake(hearing, spot) > 0 &&
            craps_take_down(&felt, view->card, view->seat, bet, CRAPS_WHOLE, &back, &why) ==
                CRAPS_ACCEPTED)
            hearing_take(hearing, bet, CRAPS_WHOLE);
    }
    return hearing->heard->count > before ||
           hearing_wrong(hearing,
                         "Nothing of yours can come down: contract bets stay until they are "
                         "decided.");
}

static bool take(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (is_all(words, begin, end))
        return clear(hearing, words, end, end);
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    return over(hearing, &target, take_one, amount, "Nothing of that lies: name a bet that does.");
}

/* A call; the amount carries which. */
static void call_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    hearing_put(hearing, (struct craps_order){.bet = bet,
                                              .deed = CRAPS_DEED_CALL,
                                              .working = (uint8_t)amount.value});
}

static bool call(struct hearing *hearing, const struct words *words, size_t begin, size_t end,
                 enum craps_working working)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (amount.kind != AMOUNT_NONE)
        return hearing_wrong(hearing,
                             "A bet is off or working as a whole: leave the number of chips out.");
    for (size_t i = 0; i < CRAPS_WORDS && is_all(words, begin, end); i++)
        target.spots.words[i] &= hearing->view->card->callable.words[i];
    return over(hearing, &target, call_one, (struct amount){.value = working},
                "Nothing of yours can be called off or working.");
}

static bool call_off(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_OFF);
}

static bool call_working(struct hearing *hearing, const struct words *words, size_t begin,
                         size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_ON);
}

static bool call_usual(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_DEFAULT);
}

/* Odds on the line's last point are the same on this one. */
static struct craps_bet on_this_point(const struct hearing *hearing, struct craps_bet bet)
{
    if ((bet.kind == CRAPS_PASS_ODDS || bet.kind == CRAPS_DONT_PASS_ODDS) &&
        hearing->felt.puck != 0)
        bet.number = hearing->felt.puck;
    return bet;
}

/* Adds what is missing of a bet, as far as the house takes it now. */
static void make_up(struct hearing *hearing, struct craps_bet bet, chips lay)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    chips missing = lay - hearing_stake(hearing, craps_spot(bet));
    if (missing < 1 ||
        craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED)
        return;
    missing = missing < offer.most ? missing : offer.most;
    if (missing >= offer.least)
        hearing_add(hearing, bet, missing - (missing - offer.least) % offer.unit);
}

/* Puts back what lay before and lies no more, as far as it may be bet now. */
static bool same(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    const struct craps_dealer_view *view = hearing->view;
    const size_t before = hearing->heard->count;
    if (end - begin == 1 && hearing_is(words, begin, "bet"))
        begin++;
    if (begin != end)
        return hearing_wrong(hearing,
                             "The same is all that you had before: say the bet and its chips for "
                             "less.");
    for (uint32_t spot = 0; view->before != NULL && spot < CRAPS_SPOT_COUNT; spot++)
        make_up(hearing, on_this_point(hearing, craps_bet_at(spot)), view->before->stakes[spot]);
    return hearing->heard->count > before ||
           hearing_wrong(hearing,
                         "There is nothing to bet again: what you had still lies, or cannot be "
                         "bet now; say a bet and its chips.");
}

static const struct {
    const char *first;
    const char *second; /* NULL: one word. */
    hearing_verb *run;
} verbs[] = {
    {"half", "press", half_press},
    {"press", "half", half_press},
    {"full", "press", press},
    {"press", NULL, press},
    {"regress", NULL, regress},
    {"reduce", NULL, regress},
    {"take", "down", take},
    {"takedown", NULL, take},
    {"down", NULL, take},
    {"remove", NULL, take},
    {"take", NULL, take},
    {"off", NULL, call_off},
    {"working", NULL, call_working},
    {"on", NULL, call_working},
    {"usual", NULL, call_usual},
    {"same", NULL, same},
    {"repeat", NULL, same},
    {"clear", NULL, clear},
};

/* The verbs that may come last: "place 6 off". */
static const struct {
    const char *word;
    hearing_verb *run;
} endings[] = {
    {"off", call_off}, {"working", call_working}, {"on", call_working}, {"usual", call_usual},
    {"down", take},
};

hearing_verb *hearing_find_verb(const struct words *words, size_t *begin, size_t *end)
{
    hearing_verb *run = NULL;
    *begin = 0;
    *end = words->count;
    for (size_t i = 0; run == NULL && i < sizeof verbs / sizeof verbs[0]; i++) {
        const bool two = verbs[i].second != NULL;
        if (!hearing_is(words, 0, verbs[i].first) ||
            (two && (words->count < 2 || !hearing_is(words, 1, verbs[i].second))))
            continue;
        run = verbs[i].run;
        *begin = two ? 2 : 1;
    }
    for (size_t i = 0; words->count > 1 && i < sizeof endings / sizeof endings[0]; i++) {
        if (hearing_is(words, words->count - 1, endings[i].word) &&
            (run == NULL || run == endings[i].run)) {
            run = endings[i].run;
            *end = words->count - 1;
        }
    }
    return run;
}
