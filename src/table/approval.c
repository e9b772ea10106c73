/* SPDX-License-Identifier: MIT */
/* Whom the seats approve: each has a short list, and a quorum of lists admits. */
#include "table/action.h"

static struct refusal refused(enum refusal_kind kind)
{
    return (struct refusal){.kind = kind};
}

static bool approves(const struct approvals *approvals, const struct public_key *identity)
{
    for (unsigned i = 0; i < approvals->count; i++) {
        if (memcmp(&approvals->of[i], identity, sizeof *identity) == 0)
            return true;
    }
    return false;
}

static void drop(struct approvals *approvals, unsigned index)
{
    approvals->count--;
    for (unsigned i = index; i < approvals->count; i++)
        approvals->of[i] = approvals->of[i + 1];
    memset(&approvals->of[approvals->count], 0, sizeof approvals->of[approvals->count]);
}

uint16_t state_approving(const struct state *state, const struct public_key *identity)
{
    uint16_t seats = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((state->roster.set & stage_bit(seat)) && approves(&state->approvals[seat], identity))
            seats |= stage_bit(seat);
    }
    return seats;
}

void approval_used(struct state *state, const struct public_key *identity)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        struct approvals *approvals = &state->approvals[seat];
        for (unsigned i = approvals->count; i-- > 0;) {
            if (memcmp(&approvals->of[i], identity, sizeof *identity) == 0)
                drop(approvals, i);
        }
    }
}

void approval_withdraw(struct state *state, unsigned seat)
{
    memset(&state->approvals[seat], 0, sizeof state->approvals[seat]);
}

struct refusal approval_apply(const struct stage *stage, unsigned seat,
                              const Bitcraps__Approve *approve)
{
    struct state *state = stage->state;
    struct approvals *approvals = &state->approvals[seat];
    struct public_key identity;
    if (stage->execution->seating->genesis.admission != ADMISSION_APPROVAL)
        return refused(REFUSAL_ADMISSION);
    if (state->phase != STATE_PHASE_BETTING && state->phase != STATE_PHASE_ROLLING)
        return refused(REFUSAL_PHASE);
    if (state->left & stage_bit(seat))
        return refused(REFUSAL_LEFT);
    if (approve->identity.len != PUBLIC_KEY_SIZE)
        return refused(REFUSAL_ADMISSION);
    memcpy(identity.bytes, approve->identity.data, PUBLIC_KEY_SIZE);
    if (approves(approvals, &identity) || state_seat_of(state, &identity) != SEAT_NONE)
        return refused(REFUSAL_REPEATED);
    if (approvals->count == STATE_APPROVALS_MAX)
        drop(approvals, 0);
    approvals->of[approvals->count++] = identity;
    struct table_event event = {.kind = TABLE_EVENT_APPROVED,
                                .seat = seat,
                                .who = identity,
                                .approvals =
                                    (unsigned)__builtin_popcount(state_approving(state, &identity)),
                                .needed = state->roster.quorum};
    stage_emit(stage, &event);
    return refused(REFUSAL_NONE);
}
