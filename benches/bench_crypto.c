/* SPDX-License-Identifier: MIT */
/* What the cryptography of a block and of a roll costs a seat at least, by the size of a table. */
#include "floor.h"

#include "base/check.h"

#include <sodium.h>
#include <stdio.h>

int main(void)
{
    static const unsigned sizes[] = {1, 2, 4, 7, 10, 16};
    struct floor floor;
    CHECK(sodium_init() >= 0);
    floor_measure(&floor);
    for (enum floor_operation operation = 0; operation < FLOOR_OPERATIONS; operation++)
        printf("%-31s %8.1f us\n", floor_name(operation), floor.usec[operation]);
    printf("\n%5s %10s %10s %10s %15s\n", "seats", "block us", "VRF us", "roll us",
           "rolls/s a core");
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const unsigned n = sizes[i];
        printf("%5u %10.0f %10.0f %10.0f %15.0f\n", n, floor_block(&floor, n), floor_vrf(&floor, n),
               floor_roll(&floor, n), 1e6 / floor_roll(&floor, n));
    }
    return 0;
}
