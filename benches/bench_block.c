/* SPDX-License-Identifier: MIT */
/*
 * What agreement alone costs, by number of seats: what a final block costs one seat, against the
 * floor: the same number of Ed25519 signatures made and verified and nothing else; and how many
 * message delays pass from an action to its finality. On links that take 10 ms and lose nothing;
 * all seats run one after the other in one process.
 *
 * Built with room for 64 seats. No table has more than 16, as its dice need each seat's share.
 */
#include "base/check.h"
#include "tests/consensus/toy.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS     60
#define DELAY_MSEC 10

static double cpu_usec(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Time of one signature made, and of one verified. */
static void signature_floor(double *sign, double *verify)
{
    uint8_t public_key[32];
    uint8_t secret_key[64];
    uint8_t statement[VOTE_STATEMENT_SIZE] = {1};
    uint8_t signature[64];
    crypto_sign_keypair(public_key, secret_key);
    double start = cpu_usec();
    for (unsigned i = 0; i < 500; i++) {
        statement[0] = (uint8_t)i;
        crypto_sign_detached(signature, NULL, statement, sizeof statement, secret_key);
    }
    *sign = (cpu_usec() - start) / 500;
    start = cpu_usec();
    for (unsigned i = 0; i < 500; i++)
        CHECK(crypto_sign_verify_detached(signature, statement, sizeof statement, public_key) == 0);
    *verify = (cpu_usec() - start) / 500;
}

struct result {
    double usec; /* Of one seat and block. */
    double made; /* Signatures, of one seat and block. */
    double verified;
    double delays; /* From offer to finality at the slowest seat. */
};

static struct result play(unsigned seats)
{
    struct toy_referee *referee = calloc(1, sizeof *referee);
    struct toy *toys = calloc(seats, sizeof *toys);
    CHECK(referee != NULL && toys != NULL);
    struct sim_node_operations operations = toy_operations;
    operations.sent = NULL; /* The referee's checks are not the seats' work. */
    operations.recorded = NULL;
    struct sim *sim = sim_create(1);
    *sim_faults(sim) = (struct sim_faults){.delay_min = DELAY_MSEC, .delay_max = DELAY_MSEC};
    toy_referee_init(referee, seats, true);
    for (unsigned seat = 0; seat < seats; seat++) {
        toy_prepare(&toys[seat], referee, seat, seat + 1, 100);
        sim_add(sim, seat, &operations, &toys[seat]);
    }
    const double start = cpu_usec();
    msec waited = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        /* The leader's own action, when the table is at rest. */
        const unsigned leader =
            consensus_leader(&toys[0].consensus, consensus_view(&toys[0].consensus));
        const uint64_t applied = toy_final(&toys[leader])->applied[leader];
        const msec offered = sim_now(sim);
        sim_act(sim, leader, toy_offer, NULL);
        for (bool everywhere = false; !everywhere;) {
            sim_run_until(sim, sim_now(sim) + 1);
            everywhere = true;
            for (unsigned seat = 0; seat < seats; seat++)
                everywhere = everywhere && toy_final(&toys[seat])->applied[leader] > applied;
        }
        waited += sim_now(sim) - offered;
        sim_run_until(sim, sim_now(sim) + 3000);
    }
    const double usec = cpu_usec() - start;
    struct result result = {.delays = (double)waited / ROUNDS / DELAY_MSEC};
    double blocks = 0;
    for (unsigned seat = 0; seat < seats; seat++) {
        const struct consensus_counters *counters = &toys[seat].consensus.counters;
        blocks += (double)counters->blocks_finalized;
        result.made += (double)counters->votes_made;
        result.verified += (double)counters->signatures_verified;
        toy_clear(&toys[seat]);
    }
    result.usec = usec / blocks;
    result.made /= blocks;
    result.verified /= blocks;
    sim_destroy(sim);
    free(toys);
    free(referee);
    return result;
}

int main(void)
{
    static const unsigned sizes[] = {1, 2, 4, 7, 10, 13, 16, 31, 64};
    double sign;
    double verify;
    CHECK(sodium_init() >= 0);
    signature_floor(&sign, &verify);
    printf("block: sign %.1f us, verify %.1f us; struct consensus %zu bytes\n", sign, verify,
           sizeof(struct consensus));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct result r = play(sizes[i]);
        const double least = r.made * sign + r.verified * verify;
        printf("block: n=%-2u %7.1f us a block and seat, %4.1f signed, %4.1f verified, floor "
               "%7.1f us, ratio %.2f, final after %.1f delays\n",
               sizes[i], r.usec, r.made, r.verified, least, r.usec / least, r.delays);
        fflush(stdout);
    }
    return 0;
}
