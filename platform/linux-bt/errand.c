/* SPDX-License-Identifier: MIT */
#include "config.h"

#ifdef HAVE_GIO

#include "platform/linux-bt/errand.h"

#include "base/check.h"
#include "platform/posix/log.h"

#include <stdio.h>
#include <string.h>

/* An operator hears of it when it has failed so often; once happens while things start. */
#define FAILURES_SAID 3

#define PATH_SIZE 64

#define ADAPTER    "org.bluez.Adapter1"
#define ADVERTISER "org.bluez.LEAdvertisingManager1"

/* Our object with its path: org.bluez.LEAdvertisement1 as bluetoothd reads it. */
static const char interface_xml[] = "<node><interface name='org.bluez.LEAdvertisement1'>"
                                    "<method name='Release'/>"
                                    "<property name='Type' type='s' access='read'/>"
                                    "<property name='ServiceData' type='a{sv}' access='read'/>"
                                    "<property name='Discoverable' type='b' access='read'/>"
                                    "</interface></node>";

enum call { CALL_UNREGISTER, CALL_REGISTER, CALL_FILTER, CALL_START, CALL_STOP };

/* What an answer is for. */
struct question {
    struct errands *errands;
    struct errand *errand;
    unsigned owner;
    unsigned life;
    enum call call;
};

static const struct {
    enum work work;
    const char *interface;
    const char *method;
} calls[] = {[CALL_UNREGISTER] = {WORK_ADVERTISE, ADVERTISER, "UnregisterAdvertisement"},
             [CALL_REGISTER] = {WORK_ADVERTISE, ADVERTISER, "RegisterAdvertisement"},
             [CALL_FILTER] = {WORK_SCAN, ADAPTER, "SetDiscoveryFilter"},
             [CALL_START] = {WORK_SCAN, ADAPTER, "StartDiscovery"},
             [CALL_STOP] = {WORK_SCAN, ADAPTER, "StopDiscovery"}};

/* ---- What went wrong --------------------------------------------------------------------------
 */

/* What bluetoothd or the bus may answer (BlueZ doc/advertising-api.txt, doc/adapter-api.txt). */
static const struct {
    const char *error;
    const char *sentence;
} refusals[] = {
    {"org.bluez.Error.NotPermitted", "bluetoothd has no room for another advertisement: stop what "
                                     "else advertises over Bluetooth"},
    {"org.bluez.Error.NotReady", "bluetoothd says that it is off: 'bluetoothctl power on'"},
    {"org.bluez.Error.NotSupported", "bluetoothd cannot do that with it: use another adapter"},
    {"org.freedesktop.DBus.Error.AccessDenied",
     "this user may not ask bluetoothd: make it a member of the group 'bluetooth'"},
    {"org.freedesktop.DBus.Error.UnknownObject",
     "bluetoothd does not have it: 'systemctl restart bluetooth'"},
    {"org.freedesktop.DBus.Error.UnknownMethod",
     "bluetoothd cannot advertise or scan with it: use another adapter"},
    {"org.freedesktop.DBus.Error.NoReply",
     "bluetoothd does not answer: 'systemctl restart bluetooth'"},
    {"org.freedesktop.DBus.Error.Timeout",
     "bluetoothd does not answer: 'systemctl restart bluetooth'"},
};

static void say_refusal(const struct errand *a, enum work work, GError *error)
{
    const char *what = work == WORK_ADVERTISE ? "others do not find this node" : "it finds nobody";
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(refusals); i++) {
        if (strcmp(name, refusals[i].error) != 0)
            continue;
        log_line(LOG_LEVEL_WARNING, LOG_LINK, "hci%u: %s; until then %s", a->index,
                 refusals[i].sentence, what);
        return;
    }
    g_dbus_error_strip_remote_error(error);
    log_line(LOG_LEVEL_WARNING, LOG_LINK,
             "hci%u: bluetoothd refuses (%s), see 'bitcraps doctor'; until then %s", a->index,
             error->message, what);
}

static void note_failure(struct errands *e, struct errand *a, enum call call, GError *error)
{
    struct effort *effort = &a->efforts[calls[call].work];
    const msec wait = (msec)ERRAND_AGAIN_MSEC << (effort->failures < 6 ? effort->failures : 6);
    effort->again = e->now + (wait < ERRAND_AGAIN_MSEC_MAX ? wait : ERRAND_AGAIN_MSEC_MAX);
    log_line(LOG_LEVEL_DEBUG, LOG_LINK, "hci%u: %s: %s", a->index, calls[call].method,
             error->message);
    if (++effort->failures == FAILURES_SAID)
        say_refusal(a, calls[call].work, error);
}

/* ---- Advertising and scanning -----------------------------------------------------------------
 */

static bool is_error(const GError *error, const char *name)
{
    g_autofree char *remote = error == NULL ? NULL : g_dbus_error_get_remote_error(error);
    return remote != NULL && strcmp(remote, name) == 0;
}

/* What a call has brought about; its failure may be just as good. False: it has failed. */
static bool take_outcome(struct errand *a, enum call call, const GError *error)
{
    switch (call) {
    case CALL_UNREGISTER: /* It cannot fail but for want of one. */
        a->registration = REGISTRATION_NONE;
        return true;
    case CALL_REGISTER:
        if (is_error(error, "org.bluez.Error.AlreadyExists"))
            a->registration = REGISTRATION_DOUBTFUL;
        else if (error == NULL)
            a->registration = REGISTRATION_DONE;
        if (error == NULL && !a->announced)
            log_line(LOG_LEVEL_INFO, LOG_LINK,
                     "hci%u: advertising over Bluetooth LE, by bluetoothd", a->index);
        a->announced |= error == NULL;
        return error == NULL;
    case CALL_FILTER:
        a->filtered = error == NULL;
        return a->filtered;
    case CALL_START:
        a->scanning = error == NULL || is_error(error, "org.bluez.Error.InProgress");
        return a->scanning;
    case CALL_STOP: /* It cannot fail but for having ended. */
        a->scanning = false;
        return true;
    }
    return false;
}

static void answered(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autofree struct question *question = data;
    g_autoptr(GError) error = NULL;
    GVariant *answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    g_clear_pointer(&answer, g_variant_unref);
    struct errands *e = question->errands;
    struct errand *a = question->errand;
    e->pending--;
    if (question->owner != e->owner || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    struct effort *effort = &a->efforts[calls[question->call].work];
    effort->busy = false;
    if (question->life != a->life)
        a->registration = REGISTRATION_DOUBTFUL;
    else if (!take_outcome(a, question->call, error))
        note_failure(e, a, question->call, error);
    else if (question->call == CALL_REGISTER || question->call == CALL_START)
        effort->failures = 0;
}

static void ask(struct errands *e, struct errand *a, enum call call, GVariant *parameters)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/org/bluez/hci%u", a->index);
    struct question *question = g_new(struct question, 1);
    *question = (struct question){
        .errands = e, .errand = a, .owner = e->owner, .life = a->life, .call = call};
    a->efforts[calls[call].work].busy = true;
    e->pending++;
    g_dbus_connection_call(e->bus, "org.bluez", path, calls[call].interface, calls[call].method,
                           parameters, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, e->cancel,
                           answered, question);
}

/* bluetoothd has ended it: Release is the one method. */
static void take_release(GDBusConnection *bus, const char *sender, const char *path,
                         const char *interface, const char *method, GVariant *parameters,
                         GDBusMethodInvocation *invocation, gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)method, (void)parameters;
    struct errand *a = data;
    if (a->registration == REGISTRATION_DONE)
        a->registration = REGISTRATION_DOUBTFUL;
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static GVariant *tell_property(GDBusConnection *bus, const char *sender, const char *path,
                               const char *interface, const char *name, GError **error,
                               gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)error;
    const struct errand *a = data;
    if (strcmp(name, "Type") == 0)
        return g_variant_new_string("peripheral");
    if (strcmp(name, "Discoverable") == 0)
        return g_variant_new_boolean(TRUE);
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(
        &builder, "{sv}", ADVERTISEMENT_UUID,
        g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, a->data, ADVERTISEMENT_SIZE, 1));
    return g_variant_builder_end(&builder);
}

static const GDBusInterfaceVTable object_table = {.method_call = take_release,
                                                  .get_property = tell_property};

static void advertise(struct errands *e, struct errand *a, const uint8_t *data)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/org/bitcraps/hci%u", a->index);
    if (a->registration != REGISTRATION_NONE) {
        ask(e, a, CALL_UNREGISTER, g_variant_new("(o)", path));
        return;
    }
    memcpy(a->data, data, ADVERTISEMENT_SIZE);
    if (a->object == 0)
        a->object = g_dbus_connection_register_object(e->bus, path, e->interface->interfaces[0],
                                                      &object_table, a, NULL, NULL);
    ask(e, a, CALL_REGISTER, g_variant_new("(oa{sv})", path, NULL));
}

static void scan(struct errands *e, struct errand *a, bool wanted)
{
    if (!wanted || a->filtered) {
        ask(e, a, wanted ? CALL_START : CALL_STOP, NULL);
        return;
    }
    /* Not by UUID: for that bluetoothd looks at lists of services, not at their data. */
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "Transport", g_variant_new_string("le"));
    g_variant_builder_add(&builder, "{sv}", "DuplicateData", g_variant_new_boolean(TRUE));
    ask(e, a, CALL_FILTER, g_variant_new("(a{sv})", &builder));
}

/* Whether an adapter does what it is to do. */
static bool is_settled(const struct errand *a, const struct bluetooth_adapter *wanted,
                       enum work work)
{
    if (work == WORK_SCAN)
        return a->scanning == wanted->scanning;
    return a->registration == REGISTRATION_DONE &&
           memcmp(a->data, wanted->data, ADVERTISEMENT_SIZE) == 0;
}

static bool is_busy(const struct errand *a)
{
    return a->efforts[WORK_ADVERTISE].busy || a->efforts[WORK_SCAN].busy;
}

static struct errand *find(struct errands *e, uint16_t index)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (e->all[i].known && e->all[i].index == index)
            return &e->all[i];
    return NULL;
}

/* An adapter has gone off: bluetoothd ends its scan, and perhaps its advertisement. */
static void set_down(struct errand *a)
{
    a->used = false;
    a->life++;
    a->filtered = a->scanning = a->announced = false;
    if (a->registration == REGISTRATION_DONE)
        a->registration = REGISTRATION_DOUBTFUL;
}

/* One that is new takes a place of which nothing is waited for. */
static struct errand *set_up(struct errands *e, uint16_t index)
{
    struct errand *a = find(e, index);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX && a == NULL; i++)
        if (!e->all[i].used && !is_busy(&e->all[i]))
            a = &e->all[i];
    if (a == NULL)
        return NULL;
    if (a->index != index && a->object != 0) {
        g_dbus_connection_unregister_object(e->bus, a->object);
        a->object = 0;
    }
    a->known = a->used = true;
    a->index = index;
    for (size_t i = 0; i < WORKS; i++) {
        a->efforts[i].failures = 0;
        a->efforts[i].again = e->now;
    }
    return a;
}

static void use(struct errands *e, const struct bluetooth_adapter *wanted)
{
    struct errand *a = find(e, wanted->index);
    if (a == NULL || !a->used)
        a = set_up(e, wanted->index);
    for (enum work work = 0; work < WORKS && a != NULL; work++) {
        const struct effort *effort = &a->efforts[work];
        if (effort->busy || effort->again > e->now || is_settled(a, wanted, work))
            continue;
        if (work == WORK_ADVERTISE)
            advertise(e, a, wanted->data);
        else
            scan(e, a, wanted->scanning);
    }
}

void errands_expire(struct errands *e)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct errand *a = &e->all[i];
        if (a->used && bluetooth_adapter_of(e->bluetooth, a->index) == NULL)
            set_down(a);
    }
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (e->bluetooth->adapters[i].used)
            use(e, &e->bluetooth->adapters[i]);
}

void errands_init(struct errands *e, const struct bluetooth *b, GCancellable *cancel)
{
    *e = (struct errands){.bluetooth = b, .cancel = cancel};
    e->interface = g_dbus_node_info_new_for_xml(interface_xml, NULL);
    CHECK(e->interface != NULL);
}

void errands_clear(struct errands *e)
{
    CHECK(e->bus == NULL && e->pending == 0);
    g_dbus_node_info_unref(e->interface);
}

void errands_join(struct errands *e, GDBusConnection *bus)
{
    CHECK(e->bus == NULL);
    e->bus = bus;
}

void errands_leave(struct errands *e)
{
    errands_reset(e);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        if (e->all[i].object != 0)
            g_dbus_connection_unregister_object(e->bus, e->all[i].object);
        e->all[i].object = 0;
    }
    e->bus = NULL;
}

void errands_reset(struct errands *e)
{
    e->owner++;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct errand *a = &e->all[i];
        set_down(a);
        a->registration = REGISTRATION_NONE;
        memset(a->efforts, 0, sizeof a->efforts);
    }
}

void errands_retry(struct errands *e, uint16_t index)
{
    struct errand *a = find(e, index);
    for (size_t i = 0; i < WORKS && a != NULL; i++)
        a->efforts[i].again = e->now;
}

void errands_ended(struct errands *e, uint16_t index)
{
    struct errand *a = find(e, index);
    if (a == NULL || !a->scanning)
        return;
    a->filtered = a->scanning = false;
    a->efforts[WORK_SCAN].again = e->now + ERRAND_AGAIN_MSEC;
}

/* When bluetoothd is to be asked for something; 0: now. */
msec errands_deadline(const struct errands *e)
{
    msec next = MSEC_NEVER;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        const struct errand *a = &e->all[i];
        const struct bluetooth_adapter *wanted =
            a->known ? bluetooth_adapter_of(e->bluetooth, a->index) : NULL;
        if (a->used != (wanted != NULL))
            return 0;
        for (enum work work = 0; work < WORKS && a->used; work++)
            if (!a->efforts[work].busy && !is_settled(a, wanted, work) &&
                a->efforts[work].again < next)
                next = a->efforts[work].again;
    }
    /* Of those that have no place yet. */
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        const struct bluetooth_adapter *wanted = &e->bluetooth->adapters[i];
        if (wanted->used && find((struct errands *)e, wanted->index) == NULL)
            return 0;
    }
    return next;
}

#endif
