/* SPDX-License-Identifier: MIT */
/* People come and go: the key generation for the next roster, and the change to its epoch. */
#include "base/check.h"
#include "frame/frame.h"
#include "table/action.h"

#include <sodium.h>

static struct refusal refused(enum refusal_kind kind)
{
    return (struct refusal){.kind = kind};
}

static const struct refusal accepted = {.kind = REFUSAL_NONE};

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

/* ---- The next roster ---------------------------------------------------------------------------
 */

static void begin_attempt(struct state *state, const struct seating *seating, uint16_t set)
{
    state->attempt++;
    state->dealt = 0;
    state->confirmed = 0;
    memset(state->deal_hash, 0, sizeof state->deal_hash);
    memset(state->missing, 0, sizeof state->missing);
    memset(&state->next, 0, sizeof state->next);
    if (set == 0)
        return;
    /* The first epoch is the only one that begins without a key. */
    const bool first = state->phase == STATE_PHASE_KEYS && set == state->roster.set;
    roster_make(&state->next, state->roster.epoch + !first, set, state->seats, &seating->instance);
}

/* consensus-and-dice, 2.2: the list is frozen at the first deal; who sits down later waits for the
 * epoch after, but who goes away takes the attempt along. */
void epoch_review(struct state *state, const struct seating *seating)
{
    if (state->phase == STATE_PHASE_OVER)
        return;
    const uint16_t want = state->owned & (uint16_t)~state->left;
    if (want == state->roster.set && state->phase != STATE_PHASE_KEYS) {
        if (state->next.set != 0)
            begin_attempt(state, seating, 0);
        return;
    }
    const bool frozen = state->dealt != 0;
    const bool holds = state->next.set != 0 && (state->next.set & (uint16_t)~want) == 0;
    if (state->next.set != want && !(frozen && holds))
        begin_attempt(state, seating, want);
}

bool state_epoch_due(const struct state *state)
{
    return (state->phase == STATE_PHASE_BETTING || state->phase == STATE_PHASE_KEYS) &&
           state->next.epoch > state->roster.epoch && state->confirmed == state->next.set;
}

/* ---- Sitting down ------------------------------------------------------------------------------
 */

/* The seat number for a newcomer: his own of before, or the lowest without an account. */
static unsigned number_for(const struct state *state, const struct seat *sit)
{
    const unsigned own = state_seat_of(state, &sit->identity);
    if (own != SEAT_NONE)
        return own;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const uint16_t bit = stage_bit(seat);
        if (!(state->owned & bit) ||
            ((state->left & (uint16_t)~state->roster.set & (uint16_t)~state->guilty & bit) &&
             ledger_bought(&state->ledger, seat) == 0))
            return seat;
    }
    return SEAT_NONE;
}

/*
 * Whether a player at this seat number, and all who sat down and have not bought in yet, can do so:
 * then the change of epochs cannot fail.
 */
static bool chips_suffice(const struct state *state, const struct genesis *genesis, unsigned number)
{
    chips sum = ledger_funded(&state->ledger);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const chips bought = ledger_bought(&state->ledger, seat);
        const bool comes = (state->owned & (uint16_t)~state->left & stage_bit(seat)) != 0 &&
                           !state->seats[seat].witness;
        sum += bought == 0 && (seat == number || comes) ? genesis->buy_in : bought;
    }
    return sum <= TABLE_CHIPS_MAX;
}

/*
 * Whoever votes and asks for a seat anew lost what its key signed, and is about to be silent: it
 * may stand up so, with a key that is not the same, unless it is the last player.
 */
static bool may_stand_up(const struct state *state, unsigned number, const struct seat *sit)
{
    const uint16_t bit = stage_bit(number);
    uint16_t players = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((state->owned & (uint16_t)~state->left & stage_bit(seat)) &&
            !state->seats[seat].witness)
            players |= stage_bit(seat);
    }
    return (state->roster.set & bit) && !(state->left & bit) && (players & (uint16_t)~bit) != 0 &&
           memcmp(&state->seats[number].consensus_key, &sit->consensus_key,
                  sizeof sit->consensus_key) != 0;
}

unsigned state_room(const struct state *state, const struct seating *seating, bool witness)
{
    const struct genesis *genesis = &seating->genesis;
    const unsigned most = genesis->most > 0 ? genesis->most : genesis->seats;
    const uint16_t there = state->owned & (uint16_t)~state->left;
    unsigned late = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        late += (there & stage_bit(seat)) != 0 && state->seats[seat].witness &&
                state->seats[seat].epoch != 0;
    const unsigned apart = late < genesis->witnesses ? late : genesis->witnesses;
    const unsigned room = most + (witness ? genesis->witnesses : apart);
    return count_seats(there) < room ? room - count_seats(there) : 0;
}

/* Whether the table as it is has a chair for that Sit, whoever its author may be. */
static bool has_chair(const struct state *state, const struct seating *seating,
                      const struct seat *sit)
{
    if (sit->epoch != state->roster.epoch ||
        (state->phase != STATE_PHASE_BETTING && state->phase != STATE_PHASE_ROLLING))
        return false;
    const unsigned number = number_for(state, sit);
    if (number == SEAT_NONE || (state->guilty & stage_bit(number)))
        return false;
    const bool back = state_seat_of(state, &sit->identity) == number;
    if (back && may_stand_up(state, number, sit))
        return true;
    if (back && (!(state->left & stage_bit(number)) || (state->roster.set & stage_bit(number)) ||
                 state->seats[number].epoch == sit->epoch))
        return false;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (seat != number && (state->owned & stage_bit(seat)) &&
            seats_share_key(&state->seats[seat], sit))
            return false;
    }
    if (state_room(state, seating, sit->witness) == 0)
        return false;
    return sit->witness || chips_suffice(state, &seating->genesis, number);
}

/* Who comes back to a number of his own was let in before. */
static bool is_admitted(const struct state *state, const struct seating *seating,
                        const struct seat *sit)
{
    if (state_seat_of(state, &sit->identity) != SEAT_NONE)
        return true;
    switch (seating->genesis.admission) {
    case ADMISSION_OPEN:
        return true;
    case ADMISSION_INVITATION:
        return sit->invited;
    case ADMISSION_APPROVAL:
        return count_seats(state_approving(state, &sit->identity)) >= state->roster.quorum;
    }
    return false;
}

bool state_may_sit(const struct state *state, const struct seating *seating, const struct seat *sit)
{
    return has_chair(state, seating, sit) && is_admitted(state, seating, sit);
}

bool state_awaits_approval(const struct state *state, const struct seating *seating,
                           const struct seat *sit)
{
    return seating->genesis.admission == ADMISSION_APPROVAL && has_chair(state, seating, sit) &&
           !is_admitted(state, seating, sit);
}

static bool sit_holds(const struct execution *execution, struct bytes packed, struct seat *sit)
{
    const struct bytes parts[] = {{execution->seating->genesis.id.bytes, DIGEST_SIZE}, packed};
    const struct memo_key key = memo_key(MEMO_SIT, parts, 2);
    if (execution->trusted || memo_has(execution->memo, &key))
        return sit_read(packed, sit) == SEATING_OK;
    if (sit_unpack(&execution->seating->genesis, packed, sit) != SEATING_OK)
        return false;
    memo_add(execution->memo, &key);
    return true;
}

/* A Sit is its author's word by its signatures, so that any leader can take it in. */
enum state_verdict epoch_sit(struct state *state, const struct execution *execution,
                             const struct block_header *header, struct bytes packed)
{
    struct seat sit;
    if (!sit_holds(execution, packed, &sit) || !state_may_sit(state, execution->seating, &sit))
        return STATE_SIT;
    const unsigned seat = number_for(state, &sit);
    const struct stage stage = {.state = state, .execution = execution, .header = header};
    struct table_event event = {.kind = TABLE_EVENT_SAT, .seat = seat};
    if (state_seat_of(state, &sit.identity) == seat && may_stand_up(state, seat, &sit)) {
        stage_retire(&stage, seat);
        event.kind = TABLE_EVENT_FORGOT;
        stage_emit(&stage, &event);
        epoch_review(state, execution->seating);
        return STATE_VALID;
    }
    state->seats[seat] = sit;
    state->owned |= stage_bit(seat);
    state->left &= (uint16_t)~stage_bit(seat);
    approval_used(state, &sit.identity);
    approval_withdraw(state, seat);
    stage_emit(&stage, &event);
    epoch_review(state, execution->seating);
    return STATE_VALID;
}

/* ---- The key generation ------------------------------------------------------------------------
 */

static struct refusal of_attempt(const struct stage *stage, unsigned seat, uint32_t attempt)
{
    const struct state *state = stage->state;
    if (state->phase == STATE_PHASE_OVER || attempt > state->attempt)
        return refused(REFUSAL_PHASE);
    if (attempt < state->attempt || state->next.set == 0)
        return refused(REFUSAL_LATE);
    if (!(state->next.set & stage_bit(seat)))
        return refused(REFUSAL_WAITING);
    return accepted;
}

/* Colluding dealers spoiled the key: nothing but another attempt helps. */
static void finish_deals(struct state *state, const struct seating *seating)
{
    struct keygen_params params;
    state_keygen_params(state, seating, &params);
    const struct keygen_deal *deals[SEATS_MAX];
    for (unsigned i = 0; i < state->next.count; i++)
        deals[i] = &state->deals[i];
    if (!keygen_finish(&params, deals, &state->next_keys))
        begin_attempt(state, seating, state->next.set);
}

struct refusal epoch_deal(const struct stage *stage, unsigned seat, uint32_t attempt,
                          struct bytes bytes)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    const struct refusal refusal = of_attempt(stage, seat, attempt);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    if (state->keys_height == stage->header->height && state->keys_height != 0)
        return refused(REFUSAL_EARLY);
    if (state->dealt & stage_bit(seat))
        return refused(REFUSAL_REPEATED);
    const unsigned position = roster_position(&state->next, seat);
    const uint8_t dealer = (uint8_t)position;
    struct keygen_params params;
    state_keygen_params(state, seating, &params);
    const struct bytes parts[] = {{seating->instance.bytes, DIGEST_SIZE},
                                  {params.list_hash.bytes, DIGEST_SIZE},
                                  {(const uint8_t *)&params.attempt, sizeof params.attempt},
                                  {&dealer, 1},
                                  bytes};
    const struct memo_key key = memo_key(MEMO_DEAL, parts, sizeof parts / sizeof parts[0]);
    struct keygen_deal deal;
    if (!keygen_deal_decode(bytes, &deal))
        return refused(REFUSAL_DEAL);
    if (!memo_has(stage->execution->memo, &key)) {
        if (keygen_check_deal(&params, dealer, &deal) != KEYGEN_VERDICT_VALID)
            return refused(REFUSAL_DEAL);
        memo_add(stage->execution->memo, &key);
    }
    state->deals[position] = deal;
    crypto_generichash(state->deal_hash[position].bytes, DIGEST_SIZE, bytes.at, bytes.size, NULL,
                       0);
    state->dealt |= stage_bit(seat);
    state->missing[seat] = 0;
    struct table_event event = {.kind = TABLE_EVENT_DEALT, .seat = seat};
    stage_emit(stage, &event);
    if (state->dealt == state->next.set)
        finish_deals(state, seating);
    return accepted;
}

/* The first key of a table, with all who are on its list: play begins. */
static void begin_play(const struct stage *stage)
{
    struct state *state = stage->state;
    state->keys = state->next_keys;
    state->keys_attempt = state->attempt;
    state->keys_height = stage->header->height;
    begin_attempt(state, stage->execution->seating, 0);
    stage_open_roll(state);
    struct table_event event = {.kind = TABLE_EVENT_KEYS};
    stage_emit(stage, &event);
}

struct refusal epoch_deal_ok(const struct stage *stage, unsigned seat, uint32_t attempt,
                             const Bitcraps__DealOk *message)
{
    struct state *state = stage->state;
    const struct refusal refusal = of_attempt(stage, seat, attempt);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    if (state->dealt != state->next.set)
        return refused(REFUSAL_PHASE);
    if (state->confirmed & stage_bit(seat))
        return refused(REFUSAL_REPEATED);
    if (message->list.len != DIGEST_SIZE ||
        memcmp(message->list.data, state->next.list.bytes, DIGEST_SIZE) != 0)
        return refused(REFUSAL_DEAL);
    state->confirmed |= stage_bit(seat);
    state->missing[seat] = 0;
    struct table_event event = {.kind = TABLE_EVENT_CONFIRMED, .seat = seat};
    stage_emit(stage, &event);
    if (state->next.epoch == state->roster.epoch && state->confirmed == state->next.set)
        begin_play(stage);
    return accepted;
}

/* Exactly one of dealer and complainer is guilty: it is out, and the others make the key without
 * it. */
struct refusal epoch_complaint(const struct stage *stage, unsigned seat, uint32_t attempt,
                               struct bytes bytes)
{
    struct state *state = stage->state;
    const struct refusal refusal = of_attempt(stage, seat, attempt);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    struct keygen_complaint complaint;
    if (!keygen_complaint_decode(bytes, &complaint) ||
        complaint.complainer != roster_position(&state->next, seat) ||
        complaint.dealer >= state->next.count ||
        !(state->dealt & stage_bit(state->next.seats[complaint.dealer])))
        return refused(REFUSAL_DEAL);
    struct keygen_params params;
    state_keygen_params(state, stage->execution->seating, &params);
    const enum keygen_ruling ruling =
        keygen_judge(&params, &state->deals[complaint.dealer], &complaint);
    const unsigned guilty =
        ruling == KEYGEN_RULING_DEALER ? state->next.seats[complaint.dealer] : seat;
    state->guilty |= stage_bit(guilty);
    stage_retire(stage, guilty);
    struct table_event event = {.kind = TABLE_EVENT_ACCUSED,
                                .seat = guilty,
                                .conviction = {.kind = ruling == KEYGEN_RULING_DEALER
                                                           ? LIE_DEALT_FALSELY
                                                           : LIE_COMPLAINED_FALSELY,
                                               .seat = guilty,
                                               .epoch = state->roster.epoch,
                                               .number = attempt,
                                               .accuser = seat,
                                               .sequence = stage->sequence,
                                               .height = stage->header->height}};
    stage_emit(stage, &event);
    return accepted;
}

/* ---- Silence -----------------------------------------------------------------------------------
 */

static void put_out(const struct stage *stage, unsigned seat)
{
    stage_retire(stage, seat);
    struct table_event event = {.kind = TABLE_EVENT_KICKED, .seat = seat};
    stage_emit(stage, &event);
}

struct refusal epoch_kick(const struct stage *stage, unsigned seat, const Bitcraps__Kick *kick)
{
    struct state *state = stage->state;
    if (state->phase != STATE_PHASE_BETTING && state->phase != STATE_PHASE_ROLLING)
        return refused(REFUSAL_PHASE);
    if (kick->seat >= SEATS_MAX || kick->seat == seat || !(state->owned & stage_bit(kick->seat)) ||
        (state->left & stage_bit(kick->seat)) || (state->kicks[kick->seat] & stage_bit(seat)))
        return refused(REFUSAL_REPEATED);
    state->kicks[kick->seat] |= stage_bit(seat);
    if (count_seats(state->kicks[kick->seat] & state->roster.set) >= state->roster.quorum)
        put_out(stage, kick->seat);
    return accepted;
}

struct refusal epoch_missing(const struct stage *stage, unsigned seat, uint32_t attempt,
                             const Bitcraps__Missing *missing)
{
    struct state *state = stage->state;
    if (state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (attempt != state->attempt || missing->seat >= SEATS_MAX ||
        !(state->next.set & stage_bit(missing->seat)))
        return refused(REFUSAL_LATE);
    const bool confirming = state->dealt == state->next.set;
    const uint16_t done = confirming ? state->confirmed : state->dealt;
    if ((bool)missing->confirmation != confirming || (done & stage_bit(missing->seat)) ||
        (state->missing[missing->seat] & stage_bit(seat)))
        return refused(REFUSAL_LATE);
    state->missing[missing->seat] |= stage_bit(seat);
    if (count_seats(state->missing[missing->seat] & state->roster.set) >= state->roster.quorum)
        put_out(stage, missing->seat);
    return accepted;
}

/* ---- The change --------------------------------------------------------------------------------
 */

static void buy_in(struct state *state, const struct seating *seating, uint16_t arrived)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(arrived & stage_bit(seat)) || state->seats[seat].witness ||
            ledger_bought(&state->ledger, seat) > 0)
            continue;
        CHECK(ledger_buy_in(&state->ledger, seat, seating->genesis.buy_in) == LEDGER_POSTED);
    }
}

enum state_verdict epoch_end(struct state *state, const struct execution *execution,
                             const struct block_header *header, const Bitcraps__EpochEnd *end)
{
    if (!state_epoch_due(state) || end->epoch != state->next.epoch ||
        end->list.len != DIGEST_SIZE || end->transcript.len != DIGEST_SIZE ||
        memcmp(end->list.data, state->next.list.bytes, DIGEST_SIZE) != 0 ||
        memcmp(end->transcript.data, state->next_keys.transcript.bytes, DIGEST_SIZE) != 0)
        return STATE_EPOCH;
    const uint16_t arrived = state->next.set & (uint16_t)~state->roster.set;
    state->roster = state->next;
    state->keys = state->next_keys;
    state->keys_attempt = state->attempt;
    state->keys_height = header->height;
    if (state->phase == STATE_PHASE_KEYS)
        stage_open_roll(state); /* Not all with whom it was to begin are there. */
    begin_attempt(state, execution->seating, 0);
    memset(state->kicks, 0, sizeof state->kicks);
    buy_in(state, execution->seating, arrived);
    /* Views start again, and with them the turns that everybody has before betting closes. */
    state->time_up = 0;
    state->time_up_view = 0;
    state->ready &= state->roster.set;
    const uint16_t players = state_players(state);
    if (state->craps.shooter >= SEATS_MAX || !(players & stage_bit(state->craps.shooter)))
        craps_next_shooter(&state->craps, players);
    const struct stage stage = {.state = state, .execution = execution, .header = header};
    struct table_event event = {.kind = TABLE_EVENT_EPOCH};
    stage_emit(&stage, &event);
    epoch_review(state, execution->seating);
    return STATE_VALID;
}
