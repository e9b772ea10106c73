/* SPDX-License-Identifier: MIT */
/*
 * bitcraps-sim: plays tables in a simulated world, seed by seed, and says which seeds broke an
 * invariant. A seed replays exactly; --story tells it in words.
 */
#include "config.h"

#include "base/limits.h"
#include "platform/sim/liar.h"
#include "platform/sim/scenario.h"

#include <getopt.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: bitcraps-sim [--nodes N] [--byzantine N] [--loss P] [--seeds A..B] [--story] [...]\n"
    "\n"
    "Plays tables in a simulated world and checks after every step that nothing forks, no chip is\n"
    "lost, no die is known early, and everything comes to rest. One line for each failing seed.\n"
    "\n"
    "  --seeds A..B      seeds to play (default 1..20); each replays exactly\n"
    "  --story           tell in words what happens; meant for one seed\n"
    "  --nodes N         seats at the table, 1 to 16 (default 4), or 'any': drawn from the seed\n"
    "  --byzantine N     seats that lie (default 0), or 'any': none to a third\n"
    "  --liar NAME,...   how they lie; default: drawn from the seed; 'list' shows all\n"
    "  --rolls N         rolls in each (default 10)\n"
    "  --still           nobody comes, leaves, vanishes, is put out or expelled once play has "
    "begun;\n"
    "                    default: up to three more people come, and many go and return\n"
    "  --storm           draw every fault below from the seed that is not given\n"
    "  --crypto KIND     'real': libsodium's; 'swapped': same shape, for volume; 'mixed' "
    "(default):\n"
    "                    real in every 16th seed\n"
    "  --progress        a line for every 500 seeds on standard error\n"
    "\n"
    "Faults: chances P are from 0 to 1.\n"
    "  --loss P          a message is lost\n"
    "  --burst P         a link falls silent for some 20 messages\n"
    "  --duplicate P     a message comes twice\n"
    "  --corrupt P       a byte of a message is changed\n"
    "  --late P          a message takes up to 50 times the assumed delay\n"
    "  --delay MSEC      messages take 1 to MSEC milliseconds (default 20)\n"
    "  --sync MSEC       disks take up to MSEC milliseconds (default 5)\n"
    "  --crash P         in each 100 ms: a node crashes, and comes back later\n"
    "  --power P         in each 100 ms: all nodes crash at once\n"
    "  --damage P        a crash tears, rots, ages or empties the disk, as far as a third may\n"
    "  --full P          in each 100 ms: a disk is full for a while\n"
    "  --partition P     in each 100 ms: the network parts anew\n"
    "  --one-way P       in each 100 ms: a link works one way only\n"
    "  --flap P          in each 100 ms: a link goes up and down for a while\n"
    "  --clock P         in each 100 ms: a clock jumps\n"
    "  --faults MSEC     how long the faults last at most (default 60000)\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 all seeds held, 1 some did not, 2 wrong usage.\n";

enum crypto_kind { CRYPTO_MIXED, CRYPTO_REAL, CRYPTO_SWAPPED };

#define REAL_EVERY     16
#define MALLOC_KEPT    (32 << 20) /* Bytes; the largest threshold that glibc takes. */
#define PROGRESS_EVERY 500
/* Of 35 degrees of freedom: above 100 by chance once in 30 million. */
#define CHI_SQUARE_MAX 100
#define THROWS_MIN     720 /* Below, no verdict on the dice. */

struct request {
    struct scenario_config config;
    unsigned long first, last;
    enum crypto_kind crypto;
    bool progress;
};

struct totals {
    unsigned long failed;
    uint64_t rolls, steps, messages, crashes, lies, damaged, amnesiac;
    uint64_t epochs, sat, left, put_out, expelled;
    uint64_t throws[SCENARIO_CELLS];
    uint64_t wished, granted;
};

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
    return end != text && *end == '\0' && text[0] >= '0' && text[0] <= '9' && *out >= low &&
           *out <= high;
}

static bool seeds_of(const char *text, unsigned long *first, unsigned long *last)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *first = *last = strtoul(text, &end, 10);
    if (strncmp(end, "..", 2) == 0)
        return number_of(end + 2, *first, ~0ul, last);
    return *end == '\0';
}

static bool count_of(const char *text, unsigned low, unsigned high, unsigned *out)
{
    unsigned long number;
    if (strcmp(text, "any") == 0) {
        *out = SCENARIO_ANY;
        return true;
    }
    if (!number_of(text, low, high, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

static bool msec_of(const char *text, unsigned long low, unsigned long high, msec *out)
{
    unsigned long number;
    if (!number_of(text, low, high, &number))
        return false;
    *out = (msec)number;
    return true;
}

static bool habits_of(const char *text, uint32_t *out)
{
    char words[512];
    char *rest;
    if (strlen(text) >= sizeof words)
        return false;
    memcpy(words, text, strlen(text) + 1);
    *out = 0;
    for (char *word = strtok_r(words, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        const enum liar_habit habit = liar_find(word);
        if (habit == LIAR_HABITS)
            return false;
        *out |= UINT32_C(1) << habit;
    }
    return *out != 0;
}

static int list_habits(void)
{
    for (unsigned habit = 0; habit < LIAR_HABITS; habit++)
        printf("%-18s %s\n", liar_name((enum liar_habit)habit),
               liar_phrase((enum liar_habit)habit));
    return 0;
}

static bool crypto_of(const char *text, enum crypto_kind *out)
{
    static const char *const names[] = {"mixed", "real", "swapped"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum crypto_kind)i;
            return true;
        }
    }
    return false;
}

static const struct option options[] = {{"nodes", required_argument, NULL, 'n'},
                                        {"byzantine", required_argument, NULL, 'b'},
                                        {"liar", required_argument, NULL, 'L'},
                                        {"seeds", required_argument, NULL, 's'},
                                        {"rolls", required_argument, NULL, 'r'},
                                        {"storm", no_argument, NULL, 'S'},
                                        {"story", no_argument, NULL, 't'},
                                        {"progress", no_argument, NULL, 'P'},
                                        {"still", no_argument, NULL, 'i'},
                                        {"crypto", required_argument, NULL, 'y'},
                                        {"loss", required_argument, NULL, 'l'},
                                        {"burst", required_argument, NULL, 'B'},
                                        {"duplicate", required_argument, NULL, 'd'},
                                        {"corrupt", required_argument, NULL, 'C'},
                                        {"late", required_argument, NULL, 'a'},
                                        {"delay", required_argument, NULL, 'w'},
                                        {"sync", required_argument, NULL, 'k'},
                                        {"crash", required_argument, NULL, 'c'},
                                        {"power", required_argument, NULL, 'o'},
                                        {"damage", required_argument, NULL, 'D'},
                                        {"full", required_argument, NULL, 'F'},
                                        {"partition", required_argument, NULL, 'p'},
                                        {"one-way", required_argument, NULL, 'e'},
                                        {"flap", required_argument, NULL, 'g'},
                                        {"clock", required_argument, NULL, 'j'},
                                        {"faults", required_argument, NULL, 'f'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'v'},
                                        {0}};

static bool take_option(struct request *request, int option, const char *text)
{
    struct scenario_config *config = &request->config;
    unsigned long number = 0;
    switch (option) {
    case 'n':
        return count_of(text, 1, SEATS_MAX, &config->nodes);
    case 'b':
        return count_of(text, 0, SEATS_MAX, &config->byzantine);
    case 'L':
        return habits_of(text, &config->habits);
    case 's':
        return seeds_of(text, &request->first, &request->last);
    case 'r':
        if (!number_of(text, 1, 500, &number))
            return false;
        config->rolls = (unsigned)number;
        return true;
    case 'S':
        return config->storm = true;
    case 't':
        config->story = stdout;
        return true;
    case 'P':
        return request->progress = true;
    case 'i':
        return config->still = true;
    case 'y':
        return crypto_of(text, &request->crypto);
    case 'l':
        return permille_of(text, &config->loss_permille);
    case 'B':
        return permille_of(text, &config->burst_permille);
    case 'd':
        return permille_of(text, &config->duplicate_permille);
    case 'C':
        return permille_of(text, &config->corrupt_permille);
    case 'a':
        return permille_of(text, &config->late_permille);
    case 'w':
        return msec_of(text, 1, 60000, &config->delay_max);
    case 'k':
        return msec_of(text, 0, 60000, &config->sync_max);
    case 'c':
        return permille_of(text, &config->crash_permille);
    case 'o':
        return permille_of(text, &config->power_permille);
    case 'D':
        return permille_of(text, &config->damage_permille);
    case 'F':
        return permille_of(text, &config->disk_permille);
    case 'p':
        return permille_of(text, &config->part_permille);
    case 'e':
        return permille_of(text, &config->cut_permille);
    case 'g':
        return permille_of(text, &config->flap_permille);
    case 'j':
        return permille_of(text, &config->clock_permille);
    case 'f':
        return msec_of(text, 0, 86400000, &config->faults_msec);
    default:
        return false;
    }
}

/* How many may lie depends on how many there are. */
static bool liars_fit(const struct scenario_config *config)
{
    if (config->byzantine == SCENARIO_ANY || config->byzantine == 0)
        return true;
    if (config->nodes == SCENARIO_ANY) {
        fputs("bitcraps-sim: '--byzantine' with a number needs '--nodes' with one, too\n", stderr);
        return false;
    }
    const unsigned most = scenario_faults_safe(config->nodes);
    if (config->byzantine <= most)
        return true;
    fprintf(stderr, "bitcraps-sim: of %u seats at most %u may lie: with more nothing is promised\n",
            config->nodes, most);
    return false;
}

/* -1: play; else the exit status. */
static int read_arguments(int argc, char **argv, struct request *request)
{
    int option;
    int which = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, &which)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option == 'v') {
            puts("bitcraps-sim " PACKAGE_VERSION);
            return 0;
        }
        if (option == 'L' && strcmp(optarg, "list") == 0)
            return list_habits();
        if (option == '?' || option == ':') {
            fprintf(stderr, "bitcraps-sim: '%s' %s; see 'bitcraps-sim --help'\n", argv[optind - 1],
                    option == '?' ? "is no option" : "lacks its value");
            return 2;
        }
        if (!take_option(request, option, optarg)) {
            fprintf(stderr, "bitcraps-sim: --%s does not take '%s'; see 'bitcraps-sim --help'\n",
                    options[which].name, optarg);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "bitcraps-sim: unexpected word '%s'; see 'bitcraps-sim --help'\n",
                argv[optind]);
        return 2;
    }
    return liars_fit(&request->config) ? -1 : 2;
}

static void add_up(struct totals *totals, const struct scenario_result *result)
{
    totals->rolls += result->rolls;
    totals->steps += result->steps;
    totals->messages += result->messages;
    totals->crashes += result->crashes;
    totals->lies += result->lies;
    totals->damaged += result->damaged;
    totals->amnesiac += result->amnesiac;
    totals->epochs += result->epochs;
    totals->sat += result->sat;
    totals->left += result->left;
    totals->put_out += result->put_out;
    totals->expelled += result->expelled;
    totals->wished += result->wished;
    totals->granted += result->granted;
    for (unsigned cell = 0; cell < SCENARIO_CELLS; cell++)
        totals->throws[cell] += result->throws[cell];
}

/* R5: the dice are uniform, and a sore loser's wish comes true one time in six. */
static bool dice_are_fair(const struct totals *totals)
{
    uint64_t count = 0;
    double chi_square = 0;
    for (unsigned cell = 0; cell < SCENARIO_CELLS; cell++)
        count += totals->throws[cell];
    if (count < THROWS_MIN)
        return true;
    const double expected = (double)count / SCENARIO_CELLS;
    for (unsigned cell = 0; cell < SCENARIO_CELLS; cell++) {
        const double off = (double)totals->throws[cell] - expected;
        chi_square += off * off / expected;
    }
    printf("dice: %llu throws, chi-square %.1f of 35 degrees", (unsigned long long)count,
           chi_square);
    /* Off by more than five deviations: (granted - n/6)^2 > 25 n 5/36. */
    const double n = (double)totals->wished;
    const double surplus = (double)totals->granted - n / 6;
    const bool wish = surplus * surplus > 25 * n * 5 / 36;
    if (totals->wished > 0)
        printf("; with a sore loser %llu of %llu as it wished (%.2f %%, 16.67 by chance)",
               (unsigned long long)totals->granted, (unsigned long long)totals->wished,
               100 * (double)totals->granted / n);
    const bool fair = chi_square < CHI_SQUARE_MAX && !wish;
    puts(fair ? "" : ": R5 broken, the dice are biased");
    return fair;
}

static void play(const struct request *request, struct totals *totals)
{
    struct scenario_config config = request->config;
    for (unsigned long seed = request->first;; seed++) {
        struct scenario_result result;
        config.swapped = request->crypto == CRYPTO_SWAPPED ||
                         (request->crypto == CRYPTO_MIXED && seed % REAL_EVERY != 0);
        scenario_run(&config, seed, &result);
        add_up(totals, &result);
        if (!result.held) {
            totals->failed++;
            printf("seed %lu (%u seats, %u lie): %s\n", seed, result.nodes, result.byzantine,
                   result.broken);
            fflush(stdout);
        }
        const unsigned long played = seed - request->first + 1;
        if (request->progress && played % PROGRESS_EVERY == 0)
            fprintf(stderr, "%lu seeds, %lu failed, %llu rolls, %llu steps\n", played,
                    totals->failed, (unsigned long long)totals->rolls,
                    (unsigned long long)totals->steps);
        if (seed == request->last)
            return;
    }
}

int main(int argc, char **argv)
{
    struct request request = {.config = scenario_default(), .first = 1, .last = 20};
    struct totals totals = {0};
    const int status = read_arguments(argc, argv, &request);
    if (status >= 0)
        return status;
    if (sodium_init() < 0)
        return 1;
    /* Every seed takes the same memory again: giving it back in between costs more than playing. */
    mallopt(M_MMAP_THRESHOLD, MALLOC_KEPT);
    mallopt(M_TRIM_THRESHOLD, MALLOC_KEPT * 16);
    play(&request, &totals);
    printf("%llu rolls, %llu steps, %llu messages, %llu lies, %llu crashes, %llu disks damaged, "
           "%llu noticed\n",
           (unsigned long long)totals.rolls, (unsigned long long)totals.steps,
           (unsigned long long)totals.messages, (unsigned long long)totals.lies,
           (unsigned long long)totals.crashes, (unsigned long long)totals.damaged,
           (unsigned long long)totals.amnesiac);
    printf("%llu changes of epoch: %llu sat down, %llu left, %llu were put out, %llu convicted\n",
           (unsigned long long)totals.epochs, (unsigned long long)totals.sat,
           (unsigned long long)totals.left, (unsigned long long)totals.put_out,
           (unsigned long long)totals.expelled);
    const bool fair = dice_are_fair(&totals);
    printf("%lu seeds, %lu failed\n", request.last - request.first + 1, totals.failed);
    return totals.failed == 0 && fair ? 0 : 1;
}
