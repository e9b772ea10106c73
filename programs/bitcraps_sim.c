/* SPDX-License-Identifier: MIT */
/*
 * bitcraps-sim: plays tables in a simulated world, seed by seed, and says which seeds broke an
 * invariant. A seed replays exactly.
 */
#include "config.h"

#include "base/limits.h"
#include "platform/sim/scenario.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: bitcraps-sim [--nodes N] [--seeds A..B] [--rolls N] [--loss P] [--duplicate P]\n"
    "                    [--delay MSEC] [--crash P] [--partition P] [--faults MSEC]\n"
    "\n"
    "Plays tables in a simulated world and checks after every step that nothing forks, no chip is\n"
    "lost, no die is known early, and everything comes to rest. One line for each failing seed.\n"
    "\n"
    "  --nodes N       seats at the table, 1 to 16 (default 4)\n"
    "  --seeds A..B    seeds to play (default 1..20)\n"
    "  --rolls N       rolls in each (default 10)\n"
    "  --loss P        chance that a message is lost, 0 to 1 (default 0)\n"
    "  --duplicate P   chance that a message comes twice (default 0)\n"
    "  --delay MSEC    messages take 1 to MSEC milliseconds (default 20)\n"
    "  --crash P       chance of a crash in each 100 ms, restarted later (default 0)\n"
    "  --partition P   chance of a new partition in each 100 ms (default 0)\n"
    "  --faults MSEC   how long the faults last at most (default 60000)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 all seeds held, 1 some did not, 2 wrong usage.\n";

static bool permille_of(const char *text, unsigned *out)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= 1))
        return false;
    *out = (unsigned)(value * 1000 + 0.5);
    return true;
}

static bool number_of(const char *text, unsigned long low, unsigned long high, unsigned long *out)
{
    char *end;
    *out = strtoul(text, &end, 10);
    return end != text && *end == '\0' && text[0] != '-' && *out >= low && *out <= high;
}

static bool seeds_of(const char *text, unsigned long *first, unsigned long *last)
{
    char *end;
    if (text[0] == '-')
        return false;
    *first = *last = strtoul(text, &end, 10);
    if (end == text)
        return false;
    if (strncmp(end, "..", 2) == 0)
        return number_of(end + 2, *first, ~0ul, last);
    return *end == '\0';
}

static const struct option options[] = {
    {"nodes", required_argument, NULL, 'n'},     {"seeds", required_argument, NULL, 's'},
    {"rolls", required_argument, NULL, 'r'},     {"loss", required_argument, NULL, 'l'},
    {"duplicate", required_argument, NULL, 'd'}, {"delay", required_argument, NULL, 'w'},
    {"crash", required_argument, NULL, 'c'},     {"partition", required_argument, NULL, 'p'},
    {"faults", required_argument, NULL, 'f'},    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},         {0}};

int main(int argc, char **argv)
{
    struct scenario_config config = scenario_default();
    unsigned long first = 1;
    unsigned long last = 20;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        unsigned long number = 0;
        bool good = true;
        switch (option) {
        case 'n':
            good = number_of(optarg, 1, SEATS_MAX, &number);
            config.nodes = (unsigned)number;
            break;
        case 's':
            good = seeds_of(optarg, &first, &last);
            break;
        case 'r':
            good = number_of(optarg, 1, 500, &number);
            config.rolls = (unsigned)number;
            break;
        case 'l':
            good = permille_of(optarg, &config.loss_permille);
            break;
        case 'd':
            good = permille_of(optarg, &config.duplicate_permille);
            break;
        case 'w':
            good = number_of(optarg, 1, 60000, &number);
            config.delay_max = (long)number;
            break;
        case 'c':
            good = permille_of(optarg, &config.crash_permille);
            break;
        case 'p':
            good = permille_of(optarg, &config.part_permille);
            break;
        case 'f':
            good = number_of(optarg, 0, 86400000, &number);
            config.faults_msec = (long)number;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'v':
            puts("bitcraps-sim " PACKAGE_VERSION);
            return 0;
        default:
            return 2;
        }
        if (!good) {
            fprintf(stderr, "bitcraps-sim: '%s' is out of range; see 'bitcraps-sim --help'\n",
                    optarg);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "bitcraps-sim: unexpected word '%s'; see 'bitcraps-sim --help'\n",
                argv[optind]);
        return 2;
    }
    if (sodium_init() < 0)
        return 1;
    unsigned long failed = 0;
    uint64_t rolls = 0;
    uint64_t steps = 0;
    for (unsigned long seed = first;; seed++) {
        struct scenario_result result;
        scenario_run(&config, seed, &result);
        rolls += result.rolls;
        steps += result.steps;
        if (!result.held) {
            failed++;
            printf("seed %lu: %s\n", seed, result.broken);
        }
        if (seed == last)
            break;
    }
    printf("%llu rolls, %llu steps\n", (unsigned long long)rolls, (unsigned long long)steps);
    printf("%lu seeds, %lu failed\n", last - first + 1, failed);
    return failed == 0 ? 0 : 1;
}
