/* SPDX-License-Identifier: MIT */
/* Bets of a table: made, taken down, called, offered, listed. */
#include "binding/binding.h"

#include "craps/sentence.h"

/* Ends a call that returned money, or why it was refused. */
static int end(struct bitcraps_craps *craps, enum craps_verdict verdict,
               const struct craps_refusal *why, const struct craps_money *money, int64_t *sum)
{
    if (verdict != CRAPS_ACCEPTED)
        craps_refusal_sentence(why, craps->sentence);
    else if (sum != NULL)
        *sum = money->stake + money->vig;
    return (int)verdict;
}

int bitcraps_craps_place(struct bitcraps_craps *craps, int seat, int code, int64_t amount,
                         int64_t *cost)
{
    struct craps_money money = {0};
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_place(&craps->craps, &craps->card, (unsigned)seat, bet, amount, &money, &why);
    return end(craps, verdict, &why, &money, cost);
}

int bitcraps_craps_take_down(struct bitcraps_craps *craps, int seat, int code, int64_t amount,
                             int64_t *back)
{
    struct craps_money money = {0};
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_take_down(&craps->craps, &craps->card, (unsigned)seat, bet, amount, &money, &why);
    return end(craps, verdict, &why, &money, back);
}

int bitcraps_craps_clear_seat(struct bitcraps_craps *craps, int seat, int64_t *back)
{
    struct craps_money money = {0};
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    craps_clear_seat(&craps->craps, &craps->card, (unsigned)seat, &money);
    return end(craps, CRAPS_ACCEPTED, NULL, &money, back);
}

int bitcraps_craps_set_working(struct bitcraps_craps *craps, int seat, int code, int working)
{
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet) || working < BITCRAPS_WORKING_DEFAULT ||
        working > BITCRAPS_WORKING_OFF)
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_set_working(&craps->craps, (unsigned)seat, bet, (enum craps_working)working, &why);
    return end(craps, verdict, &why, NULL, NULL);
}

static struct bitcraps_offer offer_of(const struct craps_offer *offer)
{
    return (struct bitcraps_offer){.bet = code_of(offer->bet),
                                   .least = offer->least,
                                   .most = offer->most,
                                   .unit = offer->unit};
}

const struct bitcraps_offer *bitcraps_craps_offer(struct bitcraps_craps *craps, int seat, int code)
{
    struct craps_offer offer;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return NULL;
    const enum craps_verdict verdict =
        craps_offer(&craps->craps, &craps->card, (unsigned)seat, bet, &offer);
    if (verdict != CRAPS_ACCEPTED) {
        const struct craps_refusal why = {
            .verdict = verdict, .bet = offer.bet, .puck = craps->craps.puck};
        craps_refusal_sentence(&why, craps->sentence);
        return NULL;
    }
    craps->offer = offer_of(&offer);
    return &craps->offer;
}

int bitcraps_craps_offers(struct bitcraps_craps *craps, int seat)
{
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    craps->offers_count = craps_legal(&craps->craps, &craps->card, (unsigned)seat, offers);
    for (size_t i = 0; i < craps->offers_count; i++)
        craps->offers[i] = offer_of(&offers[i]);
    return (int)craps->offers_count;
}

const struct bitcraps_offer *bitcraps_craps_offer_at(const struct bitcraps_craps *craps, int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->offers_count)
        return NULL;
    return &craps->offers[index];
}

/* The vig held with one bet: what a felt with it alone holds. */
static chips vig_held(const struct bitcraps_craps *craps, unsigned seat, uint32_t spot)
{
    struct craps alone;
    struct craps_seat *only = &alone.seats[seat];
    memset(&alone, 0, sizeof alone);
    only->stakes[spot] = craps->craps.seats[seat].stakes[spot];
    only->lies.words[spot / 64] = (uint64_t)1 << spot % 64;
    return craps_lying(&alone, &craps->card, seat).vig;
}

int bitcraps_craps_bets(struct bitcraps_craps *craps, int seat)
{
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    const struct craps_seat *of = &craps->craps.seats[seat];
    craps->bets_count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (of->stakes[spot] == 0)
            continue;
        craps->bets[craps->bets_count++] = (struct bitcraps_lying){
            .bet = code_of(craps_bet_at(spot)),
            .called = (int)craps_called(of, spot),
            .works = craps_works(&craps->craps, &craps->card, (unsigned)seat, spot),
            .stake = of->stakes[spot],
            .vig = vig_held(craps, (unsigned)seat, spot),
        };
    }
    return (int)craps->bets_count;
}

const struct bitcraps_lying *bitcraps_craps_bet_at(const struct bitcraps_craps *craps, int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->bets_count)
        return NULL;
    return &craps->bets[index];
}

int64_t bitcraps_craps_stake(const struct bitcraps_craps *craps, int seat, int code)
{
    struct craps_bet bet;
    if (craps == NULL || seat < 0 || seat >= BITCRAPS_SEATS || !bet_of(code, &bet))
        return 0;
    const uint32_t spot = craps_spot(craps_resolve(&craps->craps, (unsigned)seat, bet));
    return spot == CRAPS_SPOT_NONE ? 0 : craps->craps.seats[seat].stakes[spot];
}

int64_t bitcraps_craps_reserve(const struct bitcraps_craps *craps, int code, int64_t stake)
{
    struct craps_bet bet;
    if (craps == NULL || !bet_of(code, &bet) || stake < 0 || stake > CRAPS_STAKE_MAX)
        return 0;
    return craps_reserve(&craps->card, bet, stake);
}

int64_t bitcraps_craps_reserve_all(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps_reserve_all(&craps->craps, &craps->card);
}
