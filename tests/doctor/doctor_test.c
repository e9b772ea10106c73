/* SPDX-License-Identifier: MIT */
/*
 * Each check on made-up machines: folders with what /sys, /proc and /etc would hold, and a system
 * that answers as told. A row is one machine, one check, and what it has to say.
 */
#include "config.h"

#include "doctor/doctor.h"
#include "doctor/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX     12
#define FAR_MSEC      60000 /* Only a broken check takes so long. */
#define HANG_MSEC     2000  /* Enough for the check beside one that hangs, on a busy machine. */
#define NOW_SEC       1795000000
#define JOURNAL_PAGES 2

#define ADAPTER "/sys/class/bluetooth/hci0/"
#define NOBODY  65534

/* A made-up system. Zero: everything is fine. */
struct answers {
    int bus_error;
    struct doctor_bus bus;
    int psm_error;
    int bredr_error;
    struct doctor_bredr bredr;
    int udp_error;
    int space_error;
    struct doctor_space space;
    int clock_error;
    int64_t now_sec;
    enum doctor_answer synchronised;
    int daemon_error;
    struct doctor_daemon daemon;
};

static int answer_bus(void *context, struct doctor_bus *out,
                      char sentence[static DOCTOR_SENTENCE_SIZE])
{
    const struct answers *answers = context;
    *out = answers->bus;
    snprintf(sentence, DOCTOR_SENTENCE_SIZE, "%s", answers->bus_error ? "no answer" : "");
    return answers->bus_error;
}

static int answer_psm(void *context, unsigned *psm)
{
    const struct answers *answers = context;
    *psm = 0x81;
    return answers->psm_error;
}

static int answer_bredr(void *context, const char *adapter, struct doctor_bredr *out)
{
    const struct answers *answers = context;
    assert_int_equal(strncmp(adapter, "hci", 3), 0);
    *out = answers->bredr;
    return answers->bredr_error;
}

static int answer_udp(void *context, const char *listen, char sentence[static UDP_ERROR_SIZE])
{
    const struct answers *answers = context;
    snprintf(sentence, UDP_ERROR_SIZE, "cannot listen on %s", listen);
    return answers->udp_error;
}

static int answer_space(void *context, const char *path, struct doctor_space *out)
{
    const struct answers *answers = context;
    assert_int_equal(access(path, F_OK), 0);
    *out = answers->space;
    return answers->space_error;
}

static int answer_clock(void *context, struct doctor_clock *out)
{
    const struct answers *answers = context;
    out->now_sec = answers->now_sec;
    out->synchronised = answers->synchronised;
    return answers->clock_error;
}

static int answer_daemon(void *context, const char *state, struct doctor_daemon *out)
{
    const struct answers *answers = context;
    assert_non_null(state);
    *out = answers->daemon;
    return answers->daemon_error;
}

/* ---- Made-up machines -------------------------------------------------------------------------
 */

struct machine {
    char root[64];
    char state[PATH_MAX];
    struct answers answers;
    struct doctor_system system;
    struct doctor_world world;
};

static void write_file(const char *path, const void *at, size_t size)
{
    char partial[PATH_MAX];
    snprintf(partial, sizeof partial, "%s", path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(partial, 0700);
        *slash = '/';
    }
    if (path[strlen(path) - 1] == '/')
        return;
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, at, size), size);
    close(fd);
}

/* "/path=content" is a file of that line, "/path/" a folder. */
static void put(const struct machine *machine, const char *file)
{
    char path[PATH_MAX], text[512] = "";
    const size_t size = strcspn(file, "=");
    snprintf(path, sizeof path, "%s%.*s", machine->root, (int)size, file);
    if (file[size] == '=')
        snprintf(text, sizeof text, "%s\n", file + size + 1);
    write_file(path, text, strlen(text));
}

static void build(struct machine *machine, const char *const *files, const struct answers *answers)
{
    snprintf(machine->root, sizeof machine->root, "/tmp/doctor_test.XXXXXX");
    assert_non_null(mkdtemp(machine->root));
    snprintf(machine->state, sizeof machine->state, "%s/state", machine->root);
    machine->answers = *answers;
    machine->system = (struct doctor_system){.bus = answer_bus,
                                             .bind_psm = answer_psm,
                                             .bredr = answer_bredr,
                                             .bind_udp = answer_udp,
                                             .space = answer_space,
                                             .clock = answer_clock,
                                             .daemon = answer_daemon,
                                             .context = &machine->answers};
    machine->world = (struct doctor_world){.root = machine->root,
                                           .state = machine->state,
                                           .listen = "0.0.0.0:7667",
                                           .user = geteuid(),
                                           .system = &machine->system};
    for (size_t i = 0; i < FILES_MAX && files && files[i]; i++)
        put(machine, files[i]);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void tear_down(const struct machine *machine)
{
    assert_int_equal(nftw(machine->root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct doctor_finding look(const struct machine *machine, const char *name)
{
    struct doctor_finding finding;
    const struct doctor_check *check = doctor_check_named(name);
    assert_non_null(check);
    doctor_examine(&machine->world, &check, 1, FAR_MSEC, &finding);
    return finding;
}

/* The status, words that the sentence has, and a next step exactly when something can be done. */
static void expect(const struct doctor_finding *finding, enum doctor_status status, const char *why,
                   const char *mend)
{
    if (finding->status != status || !strstr(finding->why, why) ||
        (mend ? !finding->mend[0] || !strstr(finding->mend, mend) : finding->mend[0] != '\0'))
        fail_msg("expected %s '%s' > '%s', got %s '%s' > '%s'", doctor_status_name(status), why,
                 mend ? mend : "", doctor_status_name(finding->status), finding->why,
                 finding->mend);
}

struct row {
    const char *check;
    const char *files[FILES_MAX];
    struct answers answers;
    enum doctor_status status;
    const char *why;
    const char *mend; /* NULL: there is nothing to do. */
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct machine machine;
        build(&machine, rows[i].files, &rows[i].answers);
        const struct doctor_finding finding = look(&machine, rows[i].check);
        expect(&finding, rows[i].status, rows[i].why, rows[i].mend);
        tear_down(&machine);
    }
}

#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof(rows)[0])

#define OK      DOCTOR_STATUS_OK
#define WARN    DOCTOR_STATUS_WARN
#define FAIL    DOCTOR_STATUS_FAIL
#define UNKNOWN DOCTOR_STATUS_UNKNOWN

/* ---- What the kernel has ----------------------------------------------------------------------
 */

#define SWITCH(number, kind, soft_blocked, hard_blocked)                                           \
    "/sys/class/rfkill/rfkill" number "/type=" kind,                                               \
        "/sys/class/rfkill/rfkill" number "/soft=" soft_blocked,                                   \
        "/sys/class/rfkill/rfkill" number "/hard=" hard_blocked

static void blocked_radios_are_found(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"rfkill", {SWITCH("0", "bluetooth", "0", "0")}, {0}, OK, "nothing blocks", NULL},
        {"rfkill", {SWITCH("0", "wlan", "1", "1")}, {0}, OK, "no switch for Bluetooth", NULL},
        {"rfkill",
         {SWITCH("0", "wlan", "0", "0"), SWITCH("1", "bluetooth", "1", "0"),
          "/sys/class/rfkill/rfkill1/name=tpacpi_bluetooth_sw"},
         {0},
         FAIL,
         "by software (tpacpi_bluetooth_sw)",
         "rfkill unblock bluetooth"},
        {"rfkill",
         {SWITCH("0", "bluetooth", "1", "0"), SWITCH("1", "bluetooth", "0", "1")},
         {0},
         FAIL,
         "a switch on the machine blocks Bluetooth (rfkill1)",
         "wireless switch"},
        {"rfkill", {SWITCH("0", "bluetooth", "banana", "0")}, {0}, UNKNOWN, "not every", NULL},
        {"rfkill", {"/sys/class/rfkill/rfkill0/"}, {0}, UNKNOWN, "not every", NULL},
        {"rfkill", {"/sys/class/net/"}, {0}, OK, "no switches", NULL},
        {"rfkill", {"/sys/class/rfkill=x"}, {0}, UNKNOWN, "cannot be read", NULL},
        {"rfkill", {NULL}, {0}, UNKNOWN, "/sys is not there", NULL},
    };
    EXPECT_ROWS(rows);
}

static void adapters_are_listed_without_their_links(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"adapter", {ADAPTER}, {0}, OK, "the kernel has hci0", NULL},
        {"adapter",
         {"/sys/class/bluetooth/hci1/", ADAPTER, "/sys/class/bluetooth/hci0:64/"},
         {0},
         OK,
         "the kernel has hci0, hci1",
         NULL},
        {"adapter", {"/sys/class/bluetooth/"}, {0}, WARN, "no Bluetooth adapter", "plug one in"},
        {"adapter", {"/sys/class/net/"}, {0}, WARN, "no Bluetooth loaded", "plug one in"},
        {"adapter", {"/sys/class/bluetooth=x"}, {0}, UNKNOWN, "cannot be listed", NULL},
        {"adapter", {NULL}, {0}, UNKNOWN, "/sys is not there", NULL},
    };
    EXPECT_ROWS(rows);
}

#define KERNEL(release, version)                                                                   \
    "/proc/sys/kernel/osrelease=" release, "/proc/sys/kernel/version=" version

static void known_bad_kernels_are_known(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"kernel",
         {KERNEL("6.1.0-50-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.190-1 (2026-10-01)")},
         {0},
         OK,
         "6.1.190: a blocking read",
         NULL},
        {"kernel",
         {KERNEL("6.1.0-51-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-01)"),
          ADAPTER},
         {0},
         FAIL,
         "6.1.192 crashes the whole machine",
         "6.12"},
        {"kernel", {KERNEL("6.1.192", "#1 SMP")}, {0}, WARN, "no adapter", "6.12"},
        {"kernel", {KERNEL("6.1.191", "#1 SMP")}, {0}, UNKNOWN, "never tried on 6.1.191", NULL},
        {"kernel", {KERNEL("6.1.193", "#1 SMP")}, {0}, UNKNOWN, "never tried on 6.1.193", NULL},
        {"kernel",
         {KERNEL("6.12.25+rpt-rpi-v8", "#1 SMP PREEMPT Debian 1:6.12.25-1+rpt1 (2025-04-30)")},
         {0},
         OK,
         "works on 6.12.25",
         NULL},
        {"kernel", {KERNEL("6.1.21-v8+", "#1642 SMP PREEMPT")}, {0}, OK, "6.1.21:", NULL},
        {"kernel", {KERNEL("7.0", "#1 SMP")}, {0}, UNKNOWN, "never tried on 7.0.0", NULL},
        {"kernel", {KERNEL("banana", "#1 SMP")}, {0}, UNKNOWN, "no version", NULL},
        {"kernel", {KERNEL("99999999.1.1", "")}, {0}, UNKNOWN, "no version", NULL},
        {"kernel", {NULL}, {0}, UNKNOWN, "cannot be read", NULL},
    };
    EXPECT_ROWS(rows);
}

static void a_namespace_of_its_own_is_told(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"namespace",
         {"/proc/sys/net/core/netdev_budget=300", "/proc/sys/net/core/somaxconn=4096"},
         {0},
         OK,
         "machine's own",
         NULL},
        {"namespace",
         {"/proc/sys/net/core/somaxconn=4096"},
         {0},
         WARN,
         "network namespace",
         "--network host"},
        {"namespace", {NULL}, {0}, UNKNOWN, "cannot be read", NULL},
    };
    EXPECT_ROWS(rows);
}

static void a_socket_is_tried_only_where_bluetooth_is(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"psm", {ADAPTER}, {0}, OK, "PSM 0x81", NULL},
        {"psm", {ADAPTER}, {.psm_error = -EAFNOSUPPORT}, FAIL, "refused", "namespace"},
        {"psm", {ADAPTER}, {.psm_error = -EADDRINUSE}, FAIL, "every PSM", "stop"},
        {"psm", {ADAPTER}, {.psm_error = -EACCES}, FAIL, "may not open", "confines"},
        {"psm", {ADAPTER}, {.psm_error = -ENOMEM}, UNKNOWN, "could not be tried", NULL},
        {"psm", {"/sys/class/bluetooth/"}, {0}, UNKNOWN, "no Bluetooth adapter", NULL},
        {"psm", {NULL}, {0}, UNKNOWN, "not known", NULL},
    };
    EXPECT_ROWS(rows);
}

static void who_can_be_called_over_bredr_is_told(void **state)
{
    (void)state;
#define GOOD KERNEL("6.12.95", "#1 SMP")
    static const struct row rows[] = {
        {"bredr", {ADAPTER, GOOD}, {.bredr = {true, true, false}}, OK, "hci0 answers", NULL},
        {"bredr", {ADAPTER, GOOD}, {.bredr = {true, true, true}}, OK, "invites nobody", NULL},
        {"bredr",
         {ADAPTER, GOOD},
         {.bredr = {true, false, false}},
         OK,
         "btmgmt --index 0 connectable on",
         NULL},
        {"bredr", {ADAPTER, GOOD}, {0}, UNKNOWN, "hci0 is off", NULL},
        {"bredr", {ADAPTER, GOOD}, {.bredr_error = -EACCES}, UNKNOWN, "could not be asked", NULL},
        {"bredr",
         {ADAPTER, KERNEL("6.1.192", "#1 SMP")},
         {.bredr = {true, true, false}},
         OK,
         "LE alone on this kernel",
         NULL},
        {"bredr", {ADAPTER}, {.bredr = {true, true, false}}, UNKNOWN, "cannot be read", NULL},
        {"bredr", {"/sys/class/bluetooth/"}, {0}, UNKNOWN, "no Bluetooth adapter", NULL},
    };
    EXPECT_ROWS(rows);
}

/* ---- What bluetoothd has ----------------------------------------------------------------------
 */

/* A bluetoothd with one adapter, of which some fields are said. */
#define WITH(...)                                                                                  \
    {                                                                                              \
        .bus = { true, 1, {{.name = "hci0", __VA_ARGS__}} }                                        \
    }
#define SILENT                                                                                     \
    {                                                                                              \
        .bus_error = -ETIMEDOUT                                                                    \
    }

static void bluetoothd_is_asked_for_its_version(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"bluetoothd",
         {ADAPTER},
         WITH(.version_major = 5, .version_minor = 66),
         OK,
         "bluetoothd 5.66 runs",
         NULL},
        {"bluetoothd", {ADAPTER}, WITH(.version_major = 6), OK, "6.0", NULL},
        {"bluetoothd",
         {ADAPTER},
         WITH(.version_major = 5, .version_minor = 55),
         WARN,
         "5.55 is older",
         "upgrade"},
        {"bluetoothd", {ADAPTER}, WITH(.version_major = -1), UNKNOWN, "its version", NULL},
        {"bluetoothd", {ADAPTER}, {.bus = {true}}, UNKNOWN, "its version", NULL},
        {"bluetoothd", {ADAPTER}, {0}, FAIL, "does not run", "systemctl enable --now bluetooth"},
        {"bluetoothd", {ADAPTER}, SILENT, UNKNOWN, "could not be asked: no answer", NULL},
        {"bluetoothd", {NULL}, {.bus = {true}}, UNKNOWN, "is not known", NULL},
    };
    EXPECT_ROWS(rows);
}

static void one_adapter_that_is_on_is_enough(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"power", {ADAPTER}, WITH(.powered = DOCTOR_YES), OK, "hci0 is on", NULL},
        {"power",
         {ADAPTER},
         {.bus = {true,
                  2,
                  {{.name = "hci0", .powered = DOCTOR_NO},
                   {.name = "hci1", .powered = DOCTOR_YES}}}},
         OK,
         "hci1 is on",
         NULL},
        {"power", {ADAPTER}, WITH(.powered = DOCTOR_NO), FAIL, "hci0 is off", "power on"},
        {"power", {ADAPTER}, WITH(.powered = DOCTOR_NOT_KNOWN), UNKNOWN, "does not say", NULL},
        {"power", {ADAPTER}, {.bus = {true}}, UNKNOWN, "of no adapter", NULL},
        {"power", {ADAPTER}, {0}, UNKNOWN, "does not run", NULL},
        {"power", {ADAPTER}, SILENT, UNKNOWN, "no answer", NULL},
    };
    EXPECT_ROWS(rows);
}

static void roles_are_those_of_the_best_adapter(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"roles",
         {ADAPTER},
         WITH(.roles_known = true, .central = true, .peripheral = true, .both_at_once = true),
         OK,
         "at the same time",
         NULL},
        {"roles",
         {ADAPTER},
         WITH(.roles_known = true, .central = true, .peripheral = true),
         WARN,
         "does not say",
         "KernelExperimental=671b10b5-42c0-4696-9227-eb28d1b049d6"},
        {"roles",
         {ADAPTER},
         WITH(.roles_known = true, .central = true),
         WARN,
         "call, but not be called",
         "another adapter"},
        {"roles",
         {ADAPTER},
         WITH(.roles_known = true, .peripheral = true),
         WARN,
         "be called, but not call",
         "another adapter"},
        {"roles", {ADAPTER}, WITH(.roles_known = true), FAIL, "no Bluetooth Low", "4.0"},
        {"roles", {ADAPTER}, WITH(.roles_known = false), UNKNOWN, "does not tell", NULL},
        {"roles", {ADAPTER}, SILENT, UNKNOWN, "no answer", NULL},
    };
    EXPECT_ROWS(rows);
}

static void room_for_an_advertisement_is_counted(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"advertising", {ADAPTER}, WITH(.advertising_free = 5), OK, "room for 5 more", NULL},
        {"advertising", {ADAPTER}, WITH(.advertising_free = 1), OK, "1 more advertisement", NULL},
        {"advertising",
         {ADAPTER},
         WITH(.advertising = 5, .advertising_free = 0),
         WARN,
         "no room",
         "stop what does"},
        {"advertising", {ADAPTER}, WITH(.advertising_free = -1), UNKNOWN, "does not say", NULL},
        {"advertising", {ADAPTER}, {0}, UNKNOWN, "does not run", NULL},
    };
    EXPECT_ROWS(rows);
}

#define CONF(text)     "/etc/bluetooth/main.conf=" text
#define DEBUGFS(value) "/sys/kernel/debug/bluetooth/hci0/supervision_timeout=" value

static void supervision_is_the_kernels_or_the_configured_one(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"supervision", {ADAPTER, DEBUGFS("400")}, {0}, OK, "4.00 s, says the kernel", NULL},
        {"supervision",
         {ADAPTER, DEBUGFS("42"), CONF("[LE]\nConnectionSupervisionTimeout=400")},
         {0},
         WARN,
         "0.42 s, says the kernel",
         "ConnectionSupervisionTimeout=400"},
        {"supervision",
         {ADAPTER, CONF("[General]\nName=x\n[LE]\nConnectionSupervisionTimeout=200")},
         {0},
         OK,
         "2.00 s, says /etc/bluetooth/main.conf",
         NULL},
        {"supervision",
         {ADAPTER, CONF("[LE]\nConnectionSupervisionTimeout=199")},
         {0},
         WARN,
         "1.99 s",
         "ConnectionSupervisionTimeout=400"},
        {"supervision",
         {ADAPTER, CONF("[LE]\n#ConnectionSupervisionTimeout=400")},
         {0},
         WARN,
         "0.42 s, Linux's default",
         "[LE]"},
        {"supervision", {ADAPTER}, {0}, WARN, "0.42 s, Linux's default", "[LE]"},
        {"supervision", {ADAPTER, CONF("[General")}, {0}, UNKNOWN, "understood", "systemctl"},
        {"supervision",
         {ADAPTER, CONF("[LE]\nConnectionSupervisionTimeout=long")},
         {0},
         UNKNOWN,
         "understood",
         "systemctl"},
        {"supervision", {ADAPTER, "/etc/bluetooth/main.conf/"}, {0}, UNKNOWN, "neither", NULL},
        {"supervision", {"/sys/class/net/"}, {0}, UNKNOWN, "no Bluetooth adapter", NULL},
    };
    EXPECT_ROWS(rows);
}

/* ---- The state directory ----------------------------------------------------------------------
 */

static void a_directory_that_bitcrapsd_refuses_fails(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        enum doctor_status status;
        const char *why;
        const char *mend;
    } rows[] = {
        {0700, OK, "mode 0700", NULL},           {0750, OK, "mode 0750", NULL},
        {0755, WARN, "everyone can", "chmod"},   {0770, FAIL, "others can write", "chmod 700"},
        {0777, FAIL, "others can", "chmod 700"}, {0500, FAIL, "cannot write", "chmod 700"},
    };
    const char *const files[FILES_MAX] = {"/state/"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine machine;
        build(&machine, files, &(struct answers){0});
        assert_int_equal(chmod(machine.state, rows[i].mode), 0);
        const struct doctor_finding finding = look(&machine, "state");
        expect(&finding, rows[i].status, rows[i].why, rows[i].mend);
        tear_down(&machine);
    }
}

static void a_directory_of_somebody_else_is_told(void **state)
{
    (void)state;
    struct machine machine;
    const char *const files[FILES_MAX] = {"/state/"};
    build(&machine, files, &(struct answers){0});
    machine.world.user = geteuid() + 1;
    struct doctor_finding finding = look(&machine, "state");
    expect(&finding, WARN, "bitcrapsd uses it only when it runs as that user", "sudo -u");
    machine.world.user = 0; /* Root looks on behalf of whoever owns it. */
    finding = look(&machine, "state");
    expect(&finding, OK, "belongs to", NULL);
    tear_down(&machine);
}

static void a_directory_that_is_not_there_can_be_made_or_not(void **state)
{
    (void)state;
    struct machine machine;
    const char *const files[FILES_MAX] = {"/file=x", "/folder/"};
    build(&machine, files, &(struct answers){0});
    struct doctor_finding finding = look(&machine, "state");
    expect(&finding, OK, "is not there yet: bitcrapsd makes it", NULL);
    snprintf(machine.state, sizeof machine.state, "%s/folder/a/b/c", machine.root);
    finding = look(&machine, "state");
    expect(&finding, OK, "is not there yet", NULL);
    snprintf(machine.state, sizeof machine.state, "%s/file", machine.root);
    finding = look(&machine, "state");
    expect(&finding, FAIL, "not a directory", "--state");
    snprintf(machine.state, sizeof machine.state, "%s/file/below", machine.root);
    finding = look(&machine, "state");
    expect(&finding, FAIL, "not a directory", "--state");
    tear_down(&machine);
}

/* Root may look at everything: then the looking is done as nobody. */
static void what_may_not_be_looked_at_is_unknown(void **state)
{
    (void)state;
    struct machine machine;
    const char *const files[FILES_MAX] = {"/locked/state/journal.db=x", "/sealed/"};
    const uid_t user = geteuid();
    char locked[PATH_MAX], sealed[PATH_MAX];
    build(&machine, files, &(struct answers){0});
    snprintf(locked, sizeof locked, "%s/locked", machine.root);
    snprintf(sealed, sizeof sealed, "%s/sealed", machine.root);
    assert_int_equal(chmod(machine.root, 0755), 0);
    assert_int_equal(chmod(locked, 0), 0);
    assert_int_equal(chmod(sealed, 0555), 0);
    if (user == 0)
        assert_int_equal(setresuid(NOBODY, NOBODY, 0), 0);
    snprintf(machine.state, sizeof machine.state, "%s/locked/state", machine.root);
    const struct doctor_finding directory = look(&machine, "state");
    const struct doctor_finding journal = look(&machine, "journal");
    const struct doctor_finding identity = look(&machine, "identity");
    snprintf(machine.state, sizeof machine.state, "%s/sealed/state", machine.root);
    const struct doctor_finding unmakeable = look(&machine, "state");
    if (user == 0)
        assert_int_equal(setresuid(0, 0, 0), 0);
    expect(&directory, UNKNOWN, "may not look", "sudo");
    expect(&journal, UNKNOWN, "cannot be looked at", "sudo");
    expect(&identity, UNKNOWN, "cannot be looked at", "sudo");
    expect(&unmakeable, FAIL, "cannot be made", "--state");
    assert_int_equal(chmod(locked, 0700), 0);
    tear_down(&machine);
}

static void the_key_is_whole_and_private(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        mode_t mode;
        enum doctor_status status;
        const char *why;
        const char *mend;
    } rows[] = {
        {32, 0600, OK, "only its owner can read it", NULL},
        {32, 0640, FAIL, "others can read the secret key", "chmod 600"},
        {32, 0604, FAIL, "others can read the secret key", "chmod 600"},
        {31, 0600, FAIL, "31 bytes instead of 32", "backup"},
        {0, 0600, FAIL, "0 bytes instead of 32", "backup"},
    };
    struct machine machine;
    char path[PATH_MAX + 16];
    const char *const files[FILES_MAX] = {"/state/"};
    build(&machine, files, &(struct answers){0});
    snprintf(path, sizeof path, "%s/identity", machine.state);
    struct doctor_finding finding = look(&machine, "identity");
    expect(&finding, OK, "is not there yet", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(path, "0123456789abcdef0123456789abcdef", rows[i].size);
        assert_int_equal(chmod(path, rows[i].mode), 0);
        finding = look(&machine, "identity");
        expect(&finding, rows[i].status, rows[i].why, rows[i].mend);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    finding = look(&machine, "identity");
    expect(&finding, FAIL, "is no file", "backup");
    tear_down(&machine);
}

/* The first page of a journal of two pages of 4096 bytes. */
static void write_journal(const struct machine *machine, uint32_t application, uint32_t version,
                          size_t size)
{
    static uint8_t file[JOURNAL_PAGES * 4096];
    char path[PATH_MAX + 16];
    memset(file, 0, sizeof file);
    memcpy(file, "SQLite format 3", 16);
    file[16] = 0x10;
    file[31] = JOURNAL_PAGES;
    for (size_t i = 0; i < 4; i++) {
        file[60 + i] = (uint8_t)(version >> (24 - 8 * i));
        file[68 + i] = (uint8_t)(application >> (24 - 8 * i));
    }
    snprintf(path, sizeof path, "%s/journal.db", machine->state);
    write_file(path, file, size);
}

static void the_journals_head_is_read(void **state)
{
    (void)state;
    static const struct {
        uint32_t application;
        uint32_t version;
        size_t size;
        bool log;
        enum doctor_status status;
        const char *why;
        const char *mend;
    } rows[] = {
        {0x42437261, 1, 8192, false, OK, "can be read; bitcrapsd checks", NULL},
        {0x42437261, 1, 4096, false, FAIL, "shorter than it says", "newest copy"},
        {0x42437261, 1, 4096, true, UNKNOWN, "carried back", "has stopped"},
        {0x42437261, 99, 8192, false, FAIL, "a later version", "install"},
        {0x12345678, 1, 8192, false, FAIL, "another program", "--state"},
        {0, 0, 8192, true, OK, "all in its log still", NULL},
        {0, 0, 8192, false, OK, "empty", NULL},
        {0, 0, 0, false, OK, "empty", NULL},
        {0x42437261, 1, 99, false, FAIL, "damaged", "newest copy"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine machine;
        const char *const files[FILES_MAX] = {rows[i].log ? "/state/journal.db-wal=x" : NULL};
        build(&machine, files, &(struct answers){0});
        write_journal(&machine, rows[i].application, rows[i].version, rows[i].size);
        const struct doctor_finding finding = look(&machine, "journal");
        expect(&finding, rows[i].status, rows[i].why, rows[i].mend);
        tear_down(&machine);
    }
    static const struct row odd[] = {
        {"journal", {"/state/journal.db/"}, {0}, FAIL, "cannot be read", "dmesg"},
        {"journal", {"/state/"}, {0}, OK, "is not there yet", NULL},
        {"journal", {"/state=x"}, {0}, UNKNOWN, "cannot be looked at", NULL},
    };
    EXPECT_ROWS(odd);
}

/* Opening a pipe that nobody writes to would wait for ever. */
static void a_pipe_in_a_files_place_does_not_hang(void **state)
{
    (void)state;
    struct machine machine;
    char path[PATH_MAX + 16];
    const char *const files[FILES_MAX] = {"/state/", ADAPTER, "/etc/bluetooth/"};
    build(&machine, files, &(struct answers){0});
    snprintf(path, sizeof path, "%s/journal.db", machine.state);
    assert_int_equal(mkfifo(path, 0600), 0);
    struct doctor_finding finding = look(&machine, "journal");
    expect(&finding, FAIL, "cannot be read", "dmesg");
    snprintf(path, sizeof path, "%s/etc/bluetooth/main.conf", machine.root);
    assert_int_equal(mkfifo(path, 0600), 0);
    finding = look(&machine, "supervision");
    expect(&finding, UNKNOWN, "neither", NULL);
    tear_down(&machine);
}

static void room_is_measured_where_the_directory_will_be(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"space", {"/state/"}, {.space = {1ull << 30}}, OK, "1024 MiB are left", NULL},
        {"space", {NULL}, {.space = {1ull << 30}}, OK, "1024 MiB are left", NULL},
        {"space", {"/state/"}, {.space = {100 << 20}}, WARN, "only 100 MiB", "make room"},
        {"space", {"/state/"}, {.space = {1 << 20}}, FAIL, "full: 1 MiB", "make room"},
        {"space",
         {"/state/"},
         {.space = {.free_bytes = 1ull << 30, .no_files_left = true}},
         FAIL,
         "no more files",
         "make room"},
        {"space",
         {"/state/"},
         {.space = {.free_bytes = 1ull << 30, .read_only = true}},
         FAIL,
         "can only be read",
         "mount"},
        {"space", {"/state/"}, {.space_error = -EIO}, UNKNOWN, "cannot be asked", NULL},
    };
    EXPECT_ROWS(rows);
}

/* ---- The clock, the port, the daemon ----------------------------------------------------------
 */

static void a_clock_is_right_doubtful_or_far_off(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"clock", {NULL}, {.now_sec = NOW_SEC, .synchronised = DOCTOR_YES}, OK, "kept right", NULL},
        {"clock",
         {NULL},
         {.now_sec = NOW_SEC, .synchronised = DOCTOR_NO},
         WARN,
         "may be off",
         "set-ntp"},
        {"clock", {NULL}, {.now_sec = NOW_SEC}, UNKNOWN, "cannot be asked", NULL},
        {"clock",
         {NULL},
         {.now_sec = 100, .synchronised = DOCTOR_YES},
         WARN,
         "says that it is 1970",
         "set-ntp"},
        {"clock",
         {NULL},
         {.now_sec = 5000000000, .synchronised = DOCTOR_YES},
         WARN,
         "says that it is 2128",
         "set-ntp"},
        {"clock", {NULL}, {.clock_error = -EPERM}, UNKNOWN, "cannot be read", NULL},
    };
    EXPECT_ROWS(rows);
}

static void a_journal_of_the_future_tells_on_the_clock(void **state)
{
    (void)state;
    struct machine machine;
    char path[PATH_MAX + 16];
    const char *const files[FILES_MAX] = {"/state/journal.db=x"};
    build(&machine, files, &(struct answers){.now_sec = NOW_SEC, .synchronised = DOCTOR_YES});
    snprintf(path, sizeof path, "%s/journal.db", machine.state);
    const struct timespec future[2] = {{.tv_sec = NOW_SEC + 10 * 86400},
                                       {.tv_sec = NOW_SEC + 10 * 86400}};
    assert_int_equal(utimensat(AT_FDCWD, path, future, 0), 0);
    struct doctor_finding finding = look(&machine, "clock");
    expect(&finding, WARN, "10 days from now", "set-ntp");
    const struct timespec past[2] = {{.tv_sec = NOW_SEC - 1}, {.tv_sec = NOW_SEC - 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    finding = look(&machine, "clock");
    expect(&finding, OK, "kept right", NULL);
    tear_down(&machine);
}

#define RUNNING                                                                                    \
    {                                                                                              \
        .daemon = { "0.0.0", "192.0.2.1:7667", DOCTOR_NO }                                         \
    }

static void the_port_is_free_taken_or_the_daemons_own(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"udp", {NULL}, {.daemon_error = -ENOENT}, OK, "0.0.0.0:7667 is free", NULL},
        {"udp", {NULL}, RUNNING, OK, "bitcrapsd listens at 192.0.2.1:7667", NULL},
        {"udp",
         {NULL},
         {.daemon_error = -ENOENT, .udp_error = -EADDRINUSE},
         FAIL,
         "cannot listen on 0.0.0.0:7667",
         "0.0.0.0:0"},
        {"udp",
         {NULL},
         {.daemon_error = -ENOENT, .udp_error = -EADDRNOTAVAIL},
         FAIL,
         "cannot listen",
         "of this machine"},
        {"udp",
         {NULL},
         {.daemon_error = -ENOENT, .udp_error = -EMFILE},
         UNKNOWN,
         "could not be tried",
         NULL},
    };
    EXPECT_ROWS(rows);
}

static void the_daemon_answers_hangs_or_is_not_there(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"daemon", {NULL}, RUNNING, WARN, "bitcrapsd 0.0.0 runs, but this program is", "restart"},
        {"daemon",
         {NULL},
         {.daemon = {"0.0.0", "", DOCTOR_YES}},
         WARN,
         "degraded",
         "bitcraps status"},
        {"daemon", {NULL}, {.daemon_error = -ENOENT}, WARN, "no bitcrapsd runs", "--state"},
        {"daemon", {NULL}, {.daemon_error = -ECONNREFUSED}, WARN, "no bitcrapsd", "--state"},
        {"daemon", {NULL}, {.daemon_error = -EACCES}, UNKNOWN, "may not talk", "sudo"},
        {"daemon", {NULL}, {.daemon_error = -ETIMEDOUT}, FAIL, "does not answer", "restart"},
        {"daemon", {NULL}, {.daemon_error = -EPROTO}, UNKNOWN, "could not be asked", NULL},
    };
    EXPECT_ROWS(rows);
}

/* ---- All of them ------------------------------------------------------------------------------
 */

static int gate[2];

static int answer_never(void *context, struct doctor_space *out)
{
    char byte;
    (void)context;
    *out = (struct doctor_space){0};
    return read(gate[0], &byte, 1) == 1 ? 0 : -EIO;
}

static int answer_space_never(void *context, const char *path, struct doctor_space *out)
{
    (void)path;
    return answer_never(context, out);
}

static void a_check_that_hangs_is_unknown_and_holds_up_no_other(void **state)
{
    (void)state;
    static struct machine machine; /* The check that hangs may still look at it later. */
    struct doctor_finding findings[2];
    const struct doctor_check *const checks[] = {doctor_check_named("space"),
                                                 doctor_check_named("rfkill")};
    const char *const files[FILES_MAX] = {"/sys/class/net/"};
    build(&machine, files, &(struct answers){0});
    machine.system.space = answer_space_never;
    assert_int_equal(pipe(gate), 0);
    doctor_examine(&machine.world, checks, 2, HANG_MSEC, findings);
    expect(&findings[0], UNKNOWN, "did not answer", "dmesg");
    expect(&findings[1], OK, "no switches", NULL);
    assert_int_equal(write(gate[1], "x", 1), 1);
    tear_down(&machine);
}

static void every_check_says_something_of_an_empty_machine(void **state)
{
    (void)state;
    struct machine machine;
    const struct doctor_check *checks[DOCTOR_CHECKS_MAX];
    struct doctor_finding findings[DOCTOR_CHECKS_MAX];
    size_t count = 0;
    for (; DOCTOR_CHECKS[count].name; count++)
        checks[count] = &DOCTOR_CHECKS[count];
    build(&machine, NULL, &(struct answers){.daemon_error = -ENOENT, .space_error = -EIO});
    doctor_examine(&machine.world, checks, count, FAR_MSEC, findings);
    assert_int_equal(count, 18);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(doctor_check_named(checks[i]->name), checks[i]);
        assert_true(strlen(findings[i].why) > 10);
    }
    assert_null(doctor_check_named("banana"));
    tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocked_radios_are_found),
        cmocka_unit_test(adapters_are_listed_without_their_links),
        cmocka_unit_test(known_bad_kernels_are_known),
        cmocka_unit_test(a_namespace_of_its_own_is_told),
        cmocka_unit_test(a_socket_is_tried_only_where_bluetooth_is),
        cmocka_unit_test(who_can_be_called_over_bredr_is_told),
        cmocka_unit_test(bluetoothd_is_asked_for_its_version),
        cmocka_unit_test(one_adapter_that_is_on_is_enough),
        cmocka_unit_test(roles_are_those_of_the_best_adapter),
        cmocka_unit_test(room_for_an_advertisement_is_counted),
        cmocka_unit_test(supervision_is_the_kernels_or_the_configured_one),
        cmocka_unit_test(a_directory_that_bitcrapsd_refuses_fails),
        cmocka_unit_test(a_directory_of_somebody_else_is_told),
        cmocka_unit_test(a_directory_that_is_not_there_can_be_made_or_not),
        cmocka_unit_test(what_may_not_be_looked_at_is_unknown),
        cmocka_unit_test(the_key_is_whole_and_private),
        cmocka_unit_test(the_journals_head_is_read),
        cmocka_unit_test(a_pipe_in_a_files_place_does_not_hang),
        cmocka_unit_test(room_is_measured_where_the_directory_will_be),
        cmocka_unit_test(a_clock_is_right_doubtful_or_far_off),
        cmocka_unit_test(a_journal_of_the_future_tells_on_the_clock),
        cmocka_unit_test(the_port_is_free_taken_or_the_daemons_own),
        cmocka_unit_test(the_daemon_answers_hangs_or_is_not_there),
        cmocka_unit_test(a_check_that_hangs_is_unknown_and_holds_up_no_other),
        cmocka_unit_test(every_check_says_something_of_an_empty_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
