/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/bluez.h"

#ifdef HAVE_GIO

#include "base/check.h"
#include "platform/linux-bt/sighting.h"
#include "platform/posix/log.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define SERVICE    "org.bluez"
#define ADAPTER    "org.bluez.Adapter1"
#define DEVICE     "org.bluez.Device1"
#define ADVERTISER "org.bluez.LEAdvertisingManager1"
#define OBJECTS    "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES "org.freedesktop.DBus.Properties"

#define PATH_SIZE 64

#define DECIDE_MSEC    3000
#define AGAIN_MSEC     1000
#define AGAIN_MSEC_MAX 60000
#define CONNECT_MSEC   30000
#define READ_MSEC      2000

/* An operator hears of it when it has failed so often; once happens while things start. */
#define FAILURES_SAID 3

/* Our object with its path: org.bluez.LEAdvertisement1 as bluetoothd reads it. */
static const char interface_xml[] = "<node><interface name='org.bluez.LEAdvertisement1'>"
                                    "<method name='Release'/>"
                                    "<property name='Type' type='s' access='read'/>"
                                    "<property name='ServiceData' type='a{sv}' access='read'/>"
                                    "<property name='Discoverable' type='b' access='read'/>"
                                    "</interface></node>";

/* The two things an adapter is to do; one call for each is on its way at a time. */
enum work { WORK_ADVERTISE, WORK_SCAN, WORKS };

enum call { CALL_UNREGISTER, CALL_REGISTER, CALL_FILTER, CALL_START, CALL_STOP };

/* Whether bluetoothd has our advertisement. */
enum registration {
    REGISTRATION_NONE,
    REGISTRATION_DOUBTFUL, /* Perhaps, or an old one: it is taken away first. */
    REGISTRATION_DONE
};

struct effort {
    bool busy;
    unsigned failures; /* In a row. */
    msec again;
};

struct advertiser {
    bool known; /* There was such an adapter, */
    bool used;  /* and is. */
    uint16_t index;
    unsigned life; /* Counts how often it went off: earlier answers say nothing. */
    struct effort efforts[WORKS];
    enum registration registration;
    uint8_t data[ADVERTISEMENT_SIZE]; /* What is registered. */
    bool filtered;
    bool scanning;
    bool announced; /* That it advertises was said. */
    guint object;   /* Our advertisement on the bus. */
};

struct bluez {
    struct bluetooth *bluetooth;
    GMainContext *context;
    int fd;
    msec context_due; /* The context's next timer. */
    GCancellable *cancel;
    unsigned pending; /* Answers that are to come. */
    GDBusNodeInfo *interface;
    GDBusConnection *bus; /* NULL: there is none. */
    bool connecting;
    bool lost;     /* It is gone. */
    msec connects; /* When to try again. */
    guint name;
    guint signals[4];
    enum bluez_presence presence;
    unsigned owner; /* Counts bluetoothds: answers of an earlier one say nothing. */
    msec decides;
    bool reads; /* All devices are to be read, */
    msec read;  /* not before this. */
    msec now;
    struct advertiser adapters[CHANNEL_ADAPTERS_MAX];
    struct sightings sightings;
};

/* What an answer is for. */
struct question {
    struct bluez *bluez;
    struct advertiser *adapter;
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

static void say_refusal(const struct advertiser *a, enum work work, GError *error)
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

static void note_failure(struct bluez *z, struct advertiser *a, enum call call, GError *error)
{
    struct effort *effort = &a->efforts[calls[call].work];
    const msec wait = (msec)AGAIN_MSEC << (effort->failures < 6 ? effort->failures : 6);
    effort->again = z->now + (wait < AGAIN_MSEC_MAX ? wait : AGAIN_MSEC_MAX);
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
static bool take_outcome(struct advertiser *a, enum call call, const GError *error)
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
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    struct bluez *z = question->bluez;
    struct advertiser *a = question->adapter;
    z->pending--;
    if (question->owner != z->owner || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    struct effort *effort = &a->efforts[calls[question->call].work];
    effort->busy = false;
    if (question->life != a->life)
        a->registration = REGISTRATION_DOUBTFUL;
    else if (!take_outcome(a, question->call, error))
        note_failure(z, a, question->call, error);
    else if (question->call == CALL_REGISTER || question->call == CALL_START)
        effort->failures = 0;
}

static void ask(struct bluez *z, struct advertiser *a, enum call call, GVariant *parameters)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/org/bluez/hci%u", a->index);
    struct question *question = g_new(struct question, 1);
    *question = (struct question){
        .bluez = z, .adapter = a, .owner = z->owner, .life = a->life, .call = call};
    a->efforts[calls[call].work].busy = true;
    z->pending++;
    g_dbus_connection_call(z->bus, SERVICE, path, calls[call].interface, calls[call].method,
                           parameters, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, z->cancel,
                           answered, question);
}

/* bluetoothd has ended it: Release is the one method. */
static void take_release(GDBusConnection *bus, const char *sender, const char *path,
                         const char *interface, const char *method, GVariant *parameters,
                         GDBusMethodInvocation *invocation, gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)method, (void)parameters;
    struct advertiser *a = data;
    if (a->registration == REGISTRATION_DONE)
        a->registration = REGISTRATION_DOUBTFUL;
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static GVariant *tell_property(GDBusConnection *bus, const char *sender, const char *path,
                               const char *interface, const char *name, GError **error,
                               gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)error;
    const struct advertiser *a = data;
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

static void advertise(struct bluez *z, struct advertiser *a, const uint8_t *data)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/org/bitcraps/hci%u", a->index);
    if (a->registration != REGISTRATION_NONE) {
        ask(z, a, CALL_UNREGISTER, g_variant_new("(o)", path));
        return;
    }
    memcpy(a->data, data, ADVERTISEMENT_SIZE);
    if (a->object == 0)
        a->object = g_dbus_connection_register_object(z->bus, path, z->interface->interfaces[0],
                                                      &object_table, a, NULL, NULL);
    ask(z, a, CALL_REGISTER, g_variant_new("(oa{sv})", path, NULL));
}

static void scan(struct bluez *z, struct advertiser *a, bool wanted)
{
    if (!wanted || a->filtered) {
        ask(z, a, wanted ? CALL_START : CALL_STOP, NULL);
        return;
    }
    /* Not by UUID: for that bluetoothd looks at lists of services, not at their data. */
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "Transport", g_variant_new_string("le"));
    g_variant_builder_add(&builder, "{sv}", "DuplicateData", g_variant_new_boolean(TRUE));
    ask(z, a, CALL_FILTER, g_variant_new("(a{sv})", &builder));
}

/* Whether an adapter does what it is to do. */
static bool is_settled(const struct advertiser *a, const struct bluetooth_adapter *wanted,
                       enum work work)
{
    if (work == WORK_SCAN)
        return a->scanning == wanted->scanning;
    return a->registration == REGISTRATION_DONE &&
           memcmp(a->data, wanted->data, ADVERTISEMENT_SIZE) == 0;
}

static bool is_busy(const struct advertiser *a)
{
    return a->efforts[WORK_ADVERTISE].busy || a->efforts[WORK_SCAN].busy;
}

static struct advertiser *find(struct bluez *z, uint16_t index)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (z->adapters[i].known && z->adapters[i].index == index)
            return &z->adapters[i];
    return NULL;
}

/* An adapter has gone off: bluetoothd ends its scan, and perhaps its advertisement. */
static void set_down(struct advertiser *a)
{
    a->used = false;
    a->life++;
    a->filtered = a->scanning = a->announced = false;
    if (a->registration == REGISTRATION_DONE)
        a->registration = REGISTRATION_DOUBTFUL;
}

/* One that is new takes a place of which nothing is waited for. */
static struct advertiser *set_up(struct bluez *z, uint16_t index)
{
    struct advertiser *a = find(z, index);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX && a == NULL; i++)
        if (!z->adapters[i].used && !is_busy(&z->adapters[i]))
            a = &z->adapters[i];
    if (a == NULL)
        return NULL;
    if (a->index != index && a->object != 0) {
        g_dbus_connection_unregister_object(z->bus, a->object);
        a->object = 0;
    }
    a->known = a->used = true;
    a->index = index;
    for (size_t i = 0; i < WORKS; i++) {
        a->efforts[i].failures = 0;
        a->efforts[i].again = z->now;
    }
    return a;
}

static void use(struct bluez *z, const struct bluetooth_adapter *wanted)
{
    struct advertiser *a = find(z, wanted->index);
    if (a == NULL || !a->used)
        a = set_up(z, wanted->index);
    for (enum work work = 0; work < WORKS && a != NULL; work++) {
        const struct effort *effort = &a->efforts[work];
        if (effort->busy || effort->again > z->now || is_settled(a, wanted, work))
            continue;
        if (work == WORK_ADVERTISE)
            advertise(z, a, wanted->data);
        else
            scan(z, a, wanted->scanning);
    }
}

static void use_all(struct bluez *z)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct advertiser *a = &z->adapters[i];
        if (a->used && bluetooth_adapter_of(z->bluetooth, a->index) == NULL)
            set_down(a);
    }
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (z->bluetooth->adapters[i].used)
            use(z, &z->bluetooth->adapters[i]);
}

/* ---- Who is there -----------------------------------------------------------------------------
 */

static void take_device(struct bluez *z, const char *path, GVariant *properties, bool all)
{
    if (!sightings_take(&z->sightings, z->bluetooth, z->now, path, properties, all) && !all)
        z->reads = true;
}

/* An object with its interfaces, a{sa{sv}}. */
static void take_object(struct bluez *z, const char *path, GVariant *interfaces)
{
    g_autoptr(GVariant) device = g_variant_lookup_value(interfaces, DEVICE, G_VARIANT_TYPE_VARDICT);
    g_autoptr(GVariant) advertiser =
        g_variant_lookup_value(interfaces, ADVERTISER, G_VARIANT_TYPE_VARDICT);
    unsigned index;
    if (device != NULL)
        take_device(z, path, device, true);
    /* What was refused because bluetoothd did not have the adapter yet, it may take now. */
    if (advertiser == NULL || sscanf(path, "/org/bluez/hci%4u", &index) != 1)
        return;
    struct advertiser *a = find(z, (uint16_t)index);
    for (size_t i = 0; i < WORKS && a != NULL; i++)
        a->efforts[i].again = z->now;
}

static void take_objects(GObject *source, GAsyncResult *result, gpointer data)
{
    struct bluez *z = data;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    z->pending--;
    if (answer == NULL)
        return;
    g_autoptr(GVariant) objects = g_variant_get_child_value(answer, 0);
    GVariantIter iterator;
    const char *path;
    GVariant *interfaces;
    g_variant_iter_init(&iterator, objects);
    while (g_variant_iter_loop(&iterator, "{&o@a{sa{sv}}}", &path, &interfaces))
        take_object(z, path, interfaces);
}

static void read_objects(struct bluez *z)
{
    z->reads = false;
    z->read = z->now + READ_MSEC;
    z->pending++;
    g_dbus_connection_call(z->bus, SERVICE, "/", OBJECTS, "GetManagedObjects", NULL,
                           G_VARIANT_TYPE("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                           z->cancel, take_objects, z);
}

static void take_added(GDBusConnection *bus, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *parameters,
                       gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    const char *object;
    g_autoptr(GVariant) interfaces = NULL;
    if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(oa{sa{sv}})")))
        return;
    g_variant_get(parameters, "(&o@a{sa{sv}})", &object, &interfaces);
    take_object(data, object, interfaces);
}

static void take_removed(GDBusConnection *bus, const char *sender, const char *path,
                         const char *interface, const char *signal, GVariant *parameters,
                         gpointer data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    struct bluez *z = data;
    const char *object;
    if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(oas)")))
        return;
    g_variant_get(parameters, "(&oas)", &object, NULL);
    sightings_remove(&z->sightings, object);
}

/* Scanning has ended without us: somebody has switched the adapter off, or it was the last's. */
static void take_adapter_change(struct bluez *z, const char *path, GVariant *properties)
{
    gboolean discovering;
    unsigned index;
    if (!g_variant_lookup(properties, "Discovering", "b", &discovering) || discovering ||
        sscanf(path, "/org/bluez/hci%4u", &index) != 1)
        return;
    struct advertiser *a = find(z, (uint16_t)index);
    if (a == NULL || !a->scanning)
        return;
    a->filtered = a->scanning = false;
    a->efforts[WORK_SCAN].again = z->now + AGAIN_MSEC;
}

static void take_change(GDBusConnection *bus, const char *sender, const char *path,
                        const char *interface, const char *signal, GVariant *parameters,
                        gpointer data)
{
    (void)bus, (void)sender, (void)interface, (void)signal;
    const char *changed;
    g_autoptr(GVariant) properties = NULL;
    if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sa{sv}as)")))
        return;
    g_variant_get(parameters, "(&s@a{sv}as)", &changed, &properties, NULL);
    if (strcmp(changed, DEVICE) == 0)
        take_device(data, path, properties, false);
    else
        take_adapter_change(data, path, properties);
}

/* ---- Coming and going -------------------------------------------------------------------------
 */

/* Nothing is left of what a bluetoothd was asked for. */
static void forget(struct bluez *z)
{
    z->owner++;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        struct advertiser *a = &z->adapters[i];
        set_down(a);
        a->registration = REGISTRATION_NONE;
        memset(a->efforts, 0, sizeof a->efforts);
    }
    memset(&z->sightings, 0, sizeof z->sightings);
}

static void take_appeared(GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
    (void)bus, (void)name, (void)owner;
    struct bluez *z = data;
    forget(z);
    z->presence = BLUEZ_PRESENT;
    z->reads = true;
    log_line(LOG_LEVEL_INFO, LOG_LINK, "Bluetooth: bluetoothd is there to find others");
}

static void take_vanished(GDBusConnection *bus, const char *name, gpointer data)
{
    (void)bus, (void)name;
    struct bluez *z = data;
    const bool was = z->presence == BLUEZ_PRESENT;
    forget(z);
    z->reads = false;
    z->presence = was ? BLUEZ_UNKNOWN : BLUEZ_ABSENT;
    z->decides = z->now + DECIDE_MSEC;
    if (was)
        log_line(LOG_LEVEL_INFO, LOG_LINK,
                 "Bluetooth: bluetoothd has ended; nobody is found until it is back");
}

static void take_closed(GDBusConnection *bus, gboolean vanished, GError *error, gpointer data)
{
    (void)bus, (void)vanished, (void)error;
    struct bluez *z = data;
    z->lost = true;
}

static void watch(struct bluez *z)
{
    static const struct {
        const char *interface, *member, *argument;
        GDBusSignalCallback take;
    } wanted[] = {{OBJECTS, "InterfacesAdded", NULL, take_added},
                  {OBJECTS, "InterfacesRemoved", NULL, take_removed},
                  {PROPERTIES, "PropertiesChanged", DEVICE, take_change},
                  {PROPERTIES, "PropertiesChanged", ADAPTER, take_change}};
    _Static_assert(G_N_ELEMENTS(wanted) == G_N_ELEMENTS(((struct bluez *)0)->signals), "all");
    g_dbus_connection_set_exit_on_close(z->bus, FALSE);
    g_signal_connect(z->bus, "closed", G_CALLBACK(take_closed), z);
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        z->signals[i] = g_dbus_connection_signal_subscribe(
            z->bus, SERVICE, wanted[i].interface, wanted[i].member, NULL, wanted[i].argument,
            G_DBUS_SIGNAL_FLAGS_NONE, wanted[i].take, z, NULL);
    z->name = g_bus_watch_name_on_connection(z->bus, SERVICE, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                             take_appeared, take_vanished, z, NULL);
}

static void take_bus(GObject *source, GAsyncResult *result, gpointer data)
{
    (void)source;
    struct bluez *z = data;
    g_autoptr(GError) error = NULL;
    z->pending--;
    z->connecting = false;
    z->bus = g_dbus_connection_new_for_address_finish(result, &error);
    if (z->bus != NULL) {
        watch(z);
        return;
    }
    log_line(LOG_LEVEL_DEBUG, LOG_LINK, "no system bus: %s", error->message);
    z->presence = BLUEZ_ABSENT;
    z->connects = z->now + CONNECT_MSEC;
}

static void connect_to_bus(struct bluez *z)
{
    g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    z->connects = z->now + CONNECT_MSEC;
    if (address == NULL)
        return;
    z->connecting = true;
    z->pending++;
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, z->cancel, take_bus, z);
}

/* No callback comes after it, but answers that are pending. */
static void disconnect_from_bus(struct bluez *z)
{
    forget(z);
    if (z->presence == BLUEZ_PRESENT) {
        z->presence = BLUEZ_UNKNOWN;
        z->decides = z->now + DECIDE_MSEC;
    }
    z->lost = false;
    z->connects = z->now + AGAIN_MSEC;
    if (z->bus == NULL)
        return;
    g_bus_unwatch_name(z->name);
    g_signal_handlers_disconnect_by_data(z->bus, z);
    for (size_t i = 0; i < G_N_ELEMENTS(z->signals); i++)
        g_dbus_connection_signal_unsubscribe(z->bus, z->signals[i]);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        if (z->adapters[i].object != 0)
            g_dbus_connection_unregister_object(z->bus, z->adapters[i].object);
        z->adapters[i].object = 0;
    }
    g_clear_object(&z->bus);
}

/* ---- Receive, expire, open, close -------------------------------------------------------------
 */

/* When the context wants to be turned without its descriptor. Tells of that descriptor, too. */
static void look_at_context(struct bluez *z)
{
    GPollFD fds[4];
    gint priority;
    gint timeout = -1;
    CHECK(g_main_context_acquire(z->context));
    const gboolean ready = g_main_context_prepare(z->context, &priority);
    const gint count = g_main_context_query(z->context, priority, &timeout, fds, 4);
    g_main_context_release(z->context);
    CHECK(count == 1); /* What wakes it; the bus is read by GDBus's own thread. */
    z->fd = fds[0].fd;
    z->context_due = ready ? z->now : timeout < 0 ? MSEC_NEVER : z->now + timeout;
}

enum bluez_presence bluez_presence(const struct bluez *z)
{
    return z == NULL ? BLUEZ_ABSENT : z->presence;
}

int bluez_fd(const struct bluez *z)
{
    return z == NULL ? -1 : z->fd;
}

void bluez_receive(struct bluez *z, msec now)
{
    if (z == NULL)
        return;
    z->now = now;
    g_main_context_push_thread_default(z->context);
    for (int i = 0; i < 64 && g_main_context_iteration(z->context, FALSE); i++)
        continue;
    if (z->lost)
        disconnect_from_bus(z);
    if (z->bus == NULL && !z->connecting && now >= z->connects)
        connect_to_bus(z);
    if (z->presence == BLUEZ_UNKNOWN && now >= z->decides)
        z->presence = BLUEZ_ABSENT;
    if (z->presence == BLUEZ_PRESENT)
        use_all(z);
    if (z->presence == BLUEZ_PRESENT && z->reads && now >= z->read)
        read_objects(z);
    look_at_context(z);
    g_main_context_pop_thread_default(z->context);
}

void bluez_expire(struct bluez *z, msec now)
{
    if (bluez_deadline(z) <= now)
        bluez_receive(z, now);
}

/* When bluetoothd is to be asked for something; 0: now. */
static msec work_deadline(const struct bluez *z)
{
    msec next = MSEC_NEVER;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        const struct advertiser *a = &z->adapters[i];
        const struct bluetooth_adapter *wanted =
            a->known ? bluetooth_adapter_of(z->bluetooth, a->index) : NULL;
        if (a->used != (wanted != NULL))
            return 0;
        for (enum work work = 0; work < WORKS && a->used; work++)
            if (!a->efforts[work].busy && !is_settled(a, wanted, work) &&
                a->efforts[work].again < next)
                next = a->efforts[work].again;
    }
    /* Of those that have no place yet. */
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++) {
        const struct bluetooth_adapter *wanted = &z->bluetooth->adapters[i];
        if (wanted->used && find((struct bluez *)z, wanted->index) == NULL)
            return 0;
    }
    return next;
}

msec bluez_deadline(const struct bluez *z)
{
    if (z == NULL)
        return MSEC_NEVER;
    msec next = z->context_due;
    if (z->bus == NULL && !z->connecting && z->connects < next)
        next = z->connects;
    if (z->presence == BLUEZ_UNKNOWN && z->decides < next)
        next = z->decides;
    if (z->presence == BLUEZ_PRESENT && z->reads && z->read < next)
        next = z->read;
    const msec work = z->presence == BLUEZ_PRESENT ? work_deadline(z) : MSEC_NEVER;
    return work < next ? work : next;
}

struct bluez *bluez_open(struct bluetooth *b, msec now)
{
    struct bluez *z = g_new0(struct bluez, 1);
    z->bluetooth = b;
    z->now = now;
    z->decides = now + DECIDE_MSEC;
    /* Waited for by an epoll: it has to be woken although nobody owns it then. */
    z->context = g_main_context_new_with_flags(G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);
    z->cancel = g_cancellable_new();
    z->interface = g_dbus_node_info_new_for_xml(interface_xml, NULL);
    CHECK(z->interface != NULL);
    g_main_context_push_thread_default(z->context);
    connect_to_bus(z);
    look_at_context(z);
    g_main_context_pop_thread_default(z->context);
    return z;
}

void bluez_close(struct bluez *z)
{
    if (z == NULL)
        return;
    g_main_context_push_thread_default(z->context);
    g_cancellable_cancel(z->cancel);
    GDBusConnection *bus = z->bus == NULL ? NULL : g_object_ref(z->bus);
    disconnect_from_bus(z);
    while (z->pending > 0)
        g_main_context_iteration(z->context, TRUE);
    /* bluetoothd takes what we had on the air away when we leave the bus. */
    disconnect_from_bus(z);
    if (bus != NULL)
        g_dbus_connection_close_sync(bus, NULL, NULL);
    g_clear_object(&bus);
    while (g_main_context_iteration(z->context, FALSE))
        continue;
    g_main_context_pop_thread_default(z->context);
    g_object_unref(z->cancel);
    g_dbus_node_info_unref(z->interface);
    g_main_context_unref(z->context);
    g_free(z);
}

#else

struct bluez *bluez_open(struct bluetooth *b, msec now)
{
    (void)b, (void)now;
    return NULL;
}

void bluez_close(struct bluez *z)
{
    (void)z;
}

int bluez_fd(const struct bluez *z)
{
    (void)z;
    return -1;
}

void bluez_receive(struct bluez *z, msec now)
{
    (void)z, (void)now;
}

void bluez_expire(struct bluez *z, msec now)
{
    (void)z, (void)now;
}

msec bluez_deadline(const struct bluez *z)
{
    (void)z;
    return MSEC_NEVER;
}

enum bluez_presence bluez_presence(const struct bluez *z)
{
    (void)z;
    return BLUEZ_ABSENT;
}

#endif
