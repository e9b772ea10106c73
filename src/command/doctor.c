/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "doctor/doctor.h"

#include "base/check.h"
#include "command/catalog.h"
#include "command/command.h"
#include "command/speech.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_DEFAULT "0.0.0.0:7667" /* As bitcrapsd has it. */
#define DEADLINE_MSEC  6000 /* Longer than a bus that says nothing and then a daemon that does. */
#define NAME_COLUMN    8
#define WORDS_COLUMN   20
#define STATUSES       (DOCTOR_STATUS_UNKNOWN + 1)

_Static_assert(DEADLINE_MSEC > DOCTOR_BUS_MSEC + DOCTOR_DAEMON_MSEC, "theirs come first");

/* The checks that were named, or all. Returns how many; -1, said on standard error, if one is none.
 */
static int choose(const struct invocation *invocation,
                  const struct doctor_check *out[static DOCTOR_CHECKS_MAX])
{
    int count = 0;
    for (int i = 0; i < invocation->count; i++) {
        const char *given = invocation->arguments[i], *best = NULL;
        if ((out[count++] = doctor_check_named(given)) != NULL)
            continue;
        for (const struct doctor_check *at = DOCTOR_CHECKS; at->name; at++)
            best = catalog_nearer(given, at->name, best);
        char clean[64];
        snprintf(clean, sizeof clean, "%s", given);
        speech_clean_text(clean);
        command_fail(COMMAND_USAGE,
                     "there is no check '%s'%s%s%s: 'bitcraps doctor --list' names them", clean,
                     best ? " (did you mean '" : "", best ? best : "", best ? "'?)" : "");
        return -1;
    }
    for (; invocation->count == 0 && DOCTOR_CHECKS[count].name; count++)
        out[count] = &DOCTOR_CHECKS[count];
    return count;
}

static void list_checks(const struct doctor_check *const *checks, int count, bool json)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        if (json)
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "check", checks[i]->name, "what", checks[i]->what));
        else
            printf("%-*s%s\n", WORDS_COLUMN - NAME_COLUMN, checks[i]->name, checks[i]->what);
    }
    json_t *answer = json_pack("{s:s, s:o}", "schema", "bitcraps.doctor_checks/1", "checks", list);
    CHECK(answer != NULL);
    if (json)
        command_print_json(answer);
    json_decref(answer);
}

static void print_json(const struct doctor_check *const *checks,
                       const struct doctor_finding *findings, int count, const int *sums)
{
    json_t *list = json_array(), *counts = json_object();
    for (int i = 0; i < count; i++) {
        const struct doctor_finding *at = &findings[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "check", checks[i]->name,
                                              "status", doctor_status_name(at->status), "why",
                                              at->why, "mend", at->mend[0] ? at->mend : NULL));
    }
    for (int i = 0; i < STATUSES; i++)
        json_object_set_new(counts, doctor_status_name((enum doctor_status)i),
                            json_integer(sums[i]));
    json_t *answer = json_pack("{s:s, s:s, s:b, s:o, s:o}", "schema", "bitcraps.doctor/1",
                               "version", PACKAGE_VERSION, "healthy", sums[DOCTOR_STATUS_FAIL] == 0,
                               "counts", counts, "checks", list);
    CHECK(answer != NULL);
    command_print_json(answer);
    json_decref(answer);
}

static void print_text(const struct doctor_check *const *checks,
                       const struct doctor_finding *findings, int count, const int *sums)
{
    for (int i = 0; i < count; i++) {
        const struct doctor_finding *at = &findings[i];
        printf("%-*s%-*s", NAME_COLUMN, doctor_status_name(at->status), WORDS_COLUMN - NAME_COLUMN,
               checks[i]->name);
        speech_print_wrapped(at->why, WORDS_COLUMN);
        if (at->mend[0]) {
            printf("%*s", WORDS_COLUMN, "");
            printf("> ");
            speech_print_wrapped(at->mend, WORDS_COLUMN + 2);
        }
    }
    printf("%d ok, %d warn, %d fail, %d unknown\n", sums[DOCTOR_STATUS_OK],
           sums[DOCTOR_STATUS_WARN], sums[DOCTOR_STATUS_FAIL], sums[DOCTOR_STATUS_UNKNOWN]);
}

enum command_exit command_doctor(struct invocation *invocation)
{
    const struct doctor_check *checks[DOCTOR_CHECKS_MAX];
    struct doctor_finding findings[DOCTOR_CHECKS_MAX];
    struct link_address address;
    int sums[STATUSES] = {0};
    const char *listen = command_option(invocation, "listen");
    if (listen && udp_parse(listen, &address) != 0)
        return command_fail(COMMAND_USAGE,
                            "'%s' is no address: write it as 192.0.2.1:7667 or [2001:db8::1]:7667",
                            listen);
    const int count = choose(invocation, checks);
    if (count < 0)
        return COMMAND_USAGE;
    if (command_option(invocation, "list")) {
        list_checks(checks, count, invocation->json);
        return COMMAND_DONE;
    }
    const struct doctor_world world = {
        .root = "",
        .state = invocation->state_directory,
        .listen = listen ? listen : LISTEN_DEFAULT,
        .user = geteuid(),
        .system = &DOCTOR_SYSTEM,
    };
    doctor_examine(&world, checks, (size_t)count, DEADLINE_MSEC, findings);
    for (int i = 0; i < count; i++) {
        speech_clean_text(findings[i].why);
        speech_clean_text(findings[i].mend);
        sums[findings[i].status]++;
    }
    if (invocation->json)
        print_json(checks, findings, count, sums);
    else
        print_text(checks, findings, count, sums);
    return sums[DOCTOR_STATUS_FAIL] > 0 ? COMMAND_DEGRADED : COMMAND_DONE;
}
