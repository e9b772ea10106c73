/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/management.h"

#include "base/check.h"
#include "platform/posix/log.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MSEC 5000
#define AGAIN_MSEC  1000
#define OFF_MSEC    4000 /* bluez.c knows by then whether bluetoothd has switched it off to go. */

/* Numbers of doc/mgmt-api.txt; all integers are little-endian. */
enum command {
    COMMAND_NONE = 0,
    COMMAND_READ_INDEX_LIST = 0x0003,
    COMMAND_READ_INFO = 0x0004,
    COMMAND_SET_POWERED = 0x0005,
    COMMAND_SET_CONNECTABLE = 0x0007,
    COMMAND_SET_LE = 0x000d,
    COMMAND_START_DISCOVERY = 0x0023,
    COMMAND_STOP_DISCOVERY = 0x0024,
    COMMAND_ADD_ADVERTISING = 0x003e,
    COMMAND_REMOVE_ADVERTISING = 0x003f,
};

#define EVENT_COMMAND_COMPLETE    0x0001
#define EVENT_COMMAND_STATUS      0x0002
#define EVENT_INDEX_ADDED         0x0004
#define EVENT_INDEX_REMOVED       0x0005
#define EVENT_NEW_SETTINGS        0x0006
#define EVENT_DEVICE_FOUND        0x0012
#define EVENT_DISCOVERING         0x0013
#define EVENT_ADVERTISING_REMOVED 0x0024

#define STATUS_SUCCESS           0x00
#define STATUS_RFKILLED          0x12
#define STATUS_PERMISSION_DENIED 0x14

#define SETTING_POWERED      0x00000001
#define SETTING_CONNECTABLE  0x00000002 /* Over BR/EDR. */
#define SETTING_DISCOVERABLE 0x00000008
#define SETTING_BREDR        0x00000080
#define SETTING_LE           0x00000200

#define HEADER_SIZE  6
#define MESSAGE_SIZE 1024
#define INDEX_NONE   0xffff
#define DISCOVER_LE  0x06 /* Public and random addresses. */
#define INSTANCE     1    /* Of advertising. */
#define ADVERTISE_AS 0x01 /* Connectable; general discoverable is a flag of its own: */
#define DISCOVERABLE 0x02

struct managed {
    bool used;
    uint16_t index;
    bool known; /* The kernel has told: */
    struct device device;
    uint32_t supported;
    uint32_t settings;
    bool up;          /* As told to bluetooth.c, */
    uint32_t told;    /* with these of settings about BR/EDR. */
    bool connectable; /* Was asked to be. */
    bool powered;     /* It was on; who switches it off then is obeyed. */
    bool off;         /* Was said to be. */
    bool discovering;
    bool advertising;
    uint8_t advertised[ADVERTISEMENT_SIZE];
    enum command asked; /* What waits for an answer. */
    uint8_t asked_data[ADVERTISEMENT_SIZE];
    msec due; /* When the next step may be taken, or the answer is overdue. */
};

struct management {
    struct bluetooth *bluetooth;
    int fd;
    bool leads;  /* There is no bluetoothd. */
    bool denied; /* No privilege: only looks. */
    struct managed adapters[CHANNEL_ADAPTERS_MAX];
};

static uint16_t read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t read_32(const uint8_t *at)
{
    return read_16(at) | (uint32_t)read_16(at + 2) << 16;
}

static struct device read_device(const uint8_t *at)
{
    struct device device;
    for (size_t i = 0; i < DEVICE_SIZE; i++)
        device.bytes[i] = at[DEVICE_SIZE - 1 - i];
    return device;
}

static bool send_command(struct management *m, enum command command, uint16_t index,
                         const uint8_t *body, size_t size)
{
    uint8_t message[HEADER_SIZE + 64];
    CHECK(size <= 64);
    const uint8_t header[HEADER_SIZE] = {(uint8_t)command, (uint8_t)((unsigned)command >> 8),
                                         (uint8_t)index,   (uint8_t)(index >> 8),
                                         (uint8_t)size,    0};
    memcpy(message, header, HEADER_SIZE);
    if (size > 0)
        memcpy(message + HEADER_SIZE, body, size);
    return send(m->fd, message, HEADER_SIZE + size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void ask(struct management *m, msec now, struct managed *a, enum command command,
                const uint8_t *body, size_t size)
{
    a->asked = send_command(m, command, a->index, body, size) ? command : COMMAND_NONE;
    a->due = now + (a->asked == COMMAND_NONE ? AGAIN_MSEC : ANSWER_MSEC);
}

static void ask_byte(struct management *m, msec now, struct managed *a, enum command command,
                     uint8_t value)
{
    ask(m, now, a, command, &value, 1);
}

/* ---- What is wanted ---------------------------------------------------------------------------
 */

static void advertise(struct management *m, msec now, struct managed *a,
                      const uint8_t data[static ADVERTISEMENT_SIZE])
{
    /* Instance 1, flags 4, duration 2, timeout 2, sizes of advertising data and scan response. */
    uint8_t body[11 + ADVERTISEMENT_EIR_SIZE] = {INSTANCE, ADVERTISE_AS | DISCOVERABLE};
    body[9] = ADVERTISEMENT_EIR_SIZE;
    advertisement_eir(data, body + 11);
    memcpy(a->asked_data, data, ADVERTISEMENT_SIZE);
    ask(m, now, a, COMMAND_ADD_ADVERTISING, body, sizeof body);
}

static void set_up(struct management *m, msec now, struct managed *a, bool up)
{
    if (a->up == up)
        return;
    a->up = up;
    a->told = 0;
    a->advertising = false;
    a->discovering = false;
    if (!up) {
        bluetooth_adapter_down(m->bluetooth, a->index);
        return;
    }
    const int code = bluetooth_adapter_up(m->bluetooth, now, a->index, &a->device);
    if (code == 0)
        return;
    a->up = false;
    a->due = now + AGAIN_MSEC * 5;
    log_line(LOG_LEVEL_WARNING, LOG_LINK, "hci%u: cannot listen: %s", a->index, strerror(-code));
}

/* What an adapter that is up is to do. */
static void use(struct management *m, msec now, struct managed *a)
{
    const struct bluetooth_adapter *wanted = bluetooth_adapter_of(m->bluetooth, a->index);
    if (wanted == NULL)
        return;
    const bool changed = memcmp(a->advertised, wanted->data, ADVERTISEMENT_SIZE) != 0;
    if (!a->advertising || changed)
        advertise(m, now, a, wanted->data);
    else if (wanted->scanning != a->discovering)
        ask_byte(m, now, a, wanted->scanning ? COMMAND_START_DISCOVERY : COMMAND_STOP_DISCOVERY,
                 DISCOVER_LE);
}

static uint32_t bredr_settings(const struct managed *a)
{
    return a->settings & (SETTING_BREDR | SETTING_CONNECTABLE | SETTING_DISCOVERABLE);
}

/* Who is visible just now wants to pair with something, and would be asked about us as well. */
static bool is_answering(const struct managed *a)
{
    return bredr_settings(a) == (SETTING_BREDR | SETTING_CONNECTABLE);
}

static bool is_on(const struct managed *a)
{
    return (a->settings & SETTING_POWERED) != 0 && (a->settings & SETTING_LE) != 0;
}

/* Whether anything may be asked of it besides what it is. */
static bool commands(const struct management *m, const struct managed *a)
{
    return m->leads && !m->denied && (a->supported & SETTING_LE) != 0;
}

/* What is to be switched on next. */
static enum command to_switch_on(const struct management *m, const struct managed *a)
{
    if ((a->settings & SETTING_LE) == 0)
        return COMMAND_SET_LE;
    if (m->bluetooth->has_bredr && bredr_settings(a) == SETTING_BREDR && !a->connectable)
        return COMMAND_SET_CONNECTABLE;
    if ((a->settings & SETTING_POWERED) == 0 && !a->powered && !a->off)
        return COMMAND_SET_POWERED;
    return COMMAND_NONE;
}

/* Whether one of its kill switches is set: "hard", on the machine itself, or "soft". */
static bool is_blocked(uint16_t index, const char *how)
{
    char pattern[64];
    glob_t found;
    bool blocked = false;
    snprintf(pattern, sizeof pattern, "/sys/class/bluetooth/hci%u/rfkill*/%s", index, how);
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "re");
        blocked |= file != NULL && fgetc(file) == '1';
        if (file != NULL)
            fclose(file);
    }
    globfree(&found);
    return blocked;
}

/* Says once that it is off, and how to switch it on. */
static void say_off(const struct management *m, struct managed *a)
{
    if (a->off || (a->supported & SETTING_LE) == 0)
        return;
    a->off = true;
    if (m->denied)
        return; /* That is what is said; bluetoothd will switch it on. */
    if (is_blocked(a->index, "hard"))
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "hci%u was switched off by a switch or key of this machine: turn it on there",
                 a->index);
    else if (is_blocked(a->index, "soft"))
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "hci%u was switched off by rfkill: 'rfkill unblock bluetooth'", a->index);
    else
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "hci%u was switched off: it is used again when it is on ('%s power on')", a->index,
                 m->leads ? "btmgmt" : "bluetoothctl");
}

/* The next thing to ask of an adapter. */
static void step(struct management *m, msec now, struct managed *a)
{
    if (!a->known) {
        ask(m, now, a, COMMAND_READ_INFO, NULL, 0);
        return;
    }
    const bool was_up = a->up;
    set_up(m, now, a, is_on(a));
    if (a->up && a->told != bredr_settings(a)) {
        a->told = bredr_settings(a);
        bluetooth_adapter_bredr(m->bluetooth, now, a->index, (a->told & SETTING_BREDR) != 0,
                                is_answering(a));
    }
    if (is_on(a))
        a->off = false;
    if (was_up && !is_on(a)) {
        a->due = now + OFF_MSEC; /* One that is pulled out goes off first. */
        return;
    }
    const enum command command = commands(m, a) ? to_switch_on(m, a) : COMMAND_NONE;
    if (command != COMMAND_NONE) {
        a->connectable |= command == COMMAND_SET_CONNECTABLE;
        ask_byte(m, now, a, command, 1);
    } else if (!is_on(a)) {
        say_off(m, a);
    } else if (commands(m, a) && a->up) {
        use(m, now, a);
    }
}

static bool needs_step(const struct management *m, const struct managed *a)
{
    if (!a->used)
        return false;
    if (a->asked != COMMAND_NONE || !a->known)
        return true;
    if (is_on(a) != a->up || (is_on(a) && a->off) || (a->up && a->told != bredr_settings(a)))
        return true;
    if (!is_on(a) && !a->off && (a->supported & SETTING_LE) != 0)
        return true;
    if (!commands(m, a))
        return false;
    if (to_switch_on(m, a) != COMMAND_NONE)
        return true;
    const struct bluetooth_adapter *wanted = bluetooth_adapter_of(m->bluetooth, a->index);
    return wanted != NULL && (!a->advertising || wanted->scanning != a->discovering ||
                              memcmp(a->advertised, wanted->data, ADVERTISEMENT_SIZE) != 0);
}

/* What we have on the air ends: others would dial a port that nobody listens at. */
static void end(struct management *m, struct managed *a)
{
    const uint8_t instance = INSTANCE;
    const uint8_t discover = DISCOVER_LE;
    if (a->used && a->advertising)
        (void)send_command(m, COMMAND_REMOVE_ADVERTISING, a->index, &instance, 1);
    if (a->used && a->discovering)
        (void)send_command(m, COMMAND_STOP_DISCOVERY, a->index, &discover, 1);
    a->advertising = false;
    a->discovering = false;
}

void management_lead(struct management *m, msec now, bool leads)
{
    if (m->leads == leads)
        return;
    m->leads = leads;
    m->denied = false;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct managed *a = &m->adapters[i];
        if (!leads) {
            end(m, a);
        } else {
            /* A bluetoothd that ends switches its adapters off: they may be switched on again. */
            a->powered = is_on(a);
            a->off = false;
            a->connectable = false;
        }
        if (a->asked == COMMAND_NONE && a->due > now)
            a->due = now;
    }
}

void management_expire(struct management *m, msec now)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct managed *a = &m->adapters[i];
        if (!needs_step(m, a) || now < a->due)
            continue;
        a->asked = COMMAND_NONE;
        step(m, now, a);
    }
}

msec management_deadline(const struct management *m)
{
    msec next = MSEC_NEVER;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (needs_step(m, &m->adapters[i]) && m->adapters[i].due < next)
            next = m->adapters[i].due;
    return next;
}

/* ---- What the kernel says ---------------------------------------------------------------------
 */

static struct managed *find(struct management *m, uint16_t index)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (m->adapters[i].used && m->adapters[i].index == index)
            return &m->adapters[i];
    return NULL;
}

static void add(struct management *m, uint16_t index)
{
    if (!bluetooth_wants(m->bluetooth, index) || find(m, index) != NULL)
        return;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        if (m->adapters[i].used)
            continue;
        m->adapters[i] = (struct managed){.used = true, .index = index};
        return;
    }
}

static void take_settings(msec now, struct managed *a, uint32_t settings)
{
    const bool was = is_on(a);
    a->settings = settings;
    a->powered |= (settings & SETTING_POWERED) != 0;
    if (was != is_on(a) && a->asked == COMMAND_NONE)
        a->due = now;
}

static void take_info(const struct management *m, msec now, struct managed *a, const uint8_t *body,
                      size_t size)
{
    /* Address 6, version 1, manufacturer 2, supported settings 4, current settings 4. */
    if (size < 17)
        return;
    a->device = read_device(body);
    a->supported = read_32(body + 9);
    take_settings(now, a, read_32(body + 13));
    a->known = true;
    if (!is_on(a) && !m->leads)
        a->due = now + OFF_MSEC;
    if ((a->supported & SETTING_LE) == 0)
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "hci%u is too old for Bluetooth LE: use another adapter", a->index);
}

/* A command was carried out. */
static void take_done(const struct management *m, msec now, struct managed *a, enum command command,
                      const uint8_t *body, size_t size)
{
    switch (command) {
    case COMMAND_READ_INFO:
        take_info(m, now, a, body, size);
        break;
    case COMMAND_SET_POWERED:
    case COMMAND_SET_CONNECTABLE:
    case COMMAND_SET_LE:
        if (size >= 4)
            take_settings(now, a, read_32(body));
        break;
    case COMMAND_ADD_ADVERTISING:
        if (!a->advertising)
            log_line(LOG_LEVEL_INFO, LOG_LINK, "hci%u: advertising over Bluetooth LE", a->index);
        a->advertising = true;
        memcpy(a->advertised, a->asked_data, ADVERTISEMENT_SIZE);
        break;
    case COMMAND_START_DISCOVERY:
        a->discovering = true;
        break;
    case COMMAND_STOP_DISCOVERY:
        a->discovering = false;
        break;
    case COMMAND_NONE:
    case COMMAND_READ_INDEX_LIST:
    case COMMAND_REMOVE_ADVERTISING:
        break;
    }
}

static void take_refusal(struct management *m, msec now, struct managed *a, enum command command,
                         uint8_t status)
{
    a->due = now + AGAIN_MSEC;
    if (status == STATUS_PERMISSION_DENIED && !m->denied) {
        m->denied = true;
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "Bluetooth: this program may not advertise or scan by itself, so others do not "
                 "find it: start bluetoothd ('systemctl start bluetooth'; 'apt install bluez' if "
                 "there is none), or give it CAP_NET_ADMIN");
    } else if (status == STATUS_RFKILLED) {
        say_off(m, a);
    } else {
        if (command == COMMAND_STOP_DISCOVERY)
            a->discovering = false; /* It had ended. */
        log_line(LOG_LEVEL_DEBUG, LOG_LINK, "hci%u: command 0x%04x refused with status 0x%02x",
                 a->index, command, status);
    }
}

static void take_answer(struct management *m, msec now, uint16_t index, const uint8_t *body,
                        size_t size)
{
    /* Opcode 2, status 1, and the answer. */
    if (size < 3)
        return;
    const enum command command = (enum command)read_16(body);
    const uint8_t status = body[2];
    if (command == COMMAND_READ_INDEX_LIST && status == STATUS_SUCCESS && size >= 5) {
        const size_t count = read_16(body + 3);
        for (size_t i = 0; i < count && 5 + 2 * i + 2 <= size; i++)
            add(m, read_16(body + 5 + 2 * i));
        return;
    }
    struct managed *a = find(m, index);
    if (a == NULL || a->asked != command)
        return;
    a->asked = COMMAND_NONE;
    a->due = now;
    if (status == STATUS_SUCCESS)
        take_done(m, now, a, command, body + 3, size - 3);
    else
        take_refusal(m, now, a, command, status);
    if (!m->leads)
        end(m, a); /* It was asked when there was no bluetoothd. */
}

static void take_found(struct management *m, msec now, uint16_t index, const uint8_t *body,
                       size_t size)
{
    /* Address 6, type 1, signal 1, flags 4, size 2, advertising data. */
    if (size < 14)
        return;
    const size_t eir_size = read_16(body + 12);
    if (14 + eir_size > size)
        return;
    const struct device device = read_device(body);
    bluetooth_heard(m->bluetooth, now, index, &device, body[6],
                    (struct bytes){.at = body + 14, .size = eir_size});
}

/* It ends by itself when its time is up, and at once while a connection is made: no hurry then. */
static void take_discovering(struct managed *a, msec now, bool discovering)
{
    a->discovering = discovering;
    if (!discovering && a->asked == COMMAND_NONE && a->due < now + AGAIN_MSEC)
        a->due = now + AGAIN_MSEC;
}

static void remove_adapter(struct management *m, msec now, struct managed *a)
{
    if (a->known)
        log_line(LOG_LEVEL_WARNING, LOG_LINK,
                 "hci%u is gone: it is used again when it is plugged in", a->index);
    set_up(m, now, a, false);
    a->used = false;
}

static void take_event(struct management *m, msec now, uint16_t event, uint16_t index,
                       const uint8_t *body, size_t size)
{
    struct managed *a = find(m, index);
    if (event == EVENT_COMMAND_COMPLETE || event == EVENT_COMMAND_STATUS)
        take_answer(m, now, index, body, size);
    else if (event == EVENT_INDEX_ADDED)
        add(m, index);
    else if (a == NULL)
        return;
    else if (event == EVENT_INDEX_REMOVED)
        remove_adapter(m, now, a);
    else if (event == EVENT_NEW_SETTINGS && size >= 4)
        take_settings(now, a, read_32(body));
    else if (event == EVENT_DEVICE_FOUND)
        take_found(m, now, index, body, size);
    else if (event == EVENT_DISCOVERING && size >= 2 && m->leads)
        take_discovering(a, now, body[1] != 0);
    else if (event == EVENT_ADVERTISING_REMOVED && size >= 1 && body[0] == INSTANCE)
        a->advertising = false;
}

void management_receive(struct management *m, msec now)
{
    uint8_t message[MESSAGE_SIZE];
    for (int i = 0; i < 64; i++) {
        const ssize_t size = recv(m->fd, message, sizeof message, MSG_DONTWAIT);
        if (size < HEADER_SIZE)
            break;
        const size_t body = read_16(message + 4);
        if (HEADER_SIZE + body > (size_t)size)
            continue;
        take_event(m, now, read_16(message), read_16(message + 2), message + HEADER_SIZE, body);
    }
    management_expire(m, now);
}

/* ---- Open and close ---------------------------------------------------------------------------
 */

struct management *management_open(struct bluetooth *b, msec now, int *code)
{
    (void)now;
    struct management *m = calloc(1, sizeof *m);
    *code = -ENOMEM;
    if (m == NULL)
        return NULL;
    m->bluetooth = b;
    m->fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_HCI);
    const struct sockaddr_hci here = {
        .hci_family = AF_BLUETOOTH, .hci_dev = HCI_DEV_NONE, .hci_channel = HCI_CHANNEL_CONTROL};
    if (m->fd >= 0 && bind(m->fd, (const struct sockaddr *)&here, sizeof here) == 0 &&
        send_command(m, COMMAND_READ_INDEX_LIST, INDEX_NONE, NULL, 0))
        return m;
    *code = -errno;
    management_close(m);
    return NULL;
}

void management_close(struct management *m)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        end(m, &m->adapters[i]);
    if (m->fd >= 0)
        close(m->fd);
    free(m);
}

int management_fd(const struct management *m)
{
    return m->fd;
}
