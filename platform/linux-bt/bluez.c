/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/bluez.h"

#ifdef HAVE_GIO

#include "base/check.h"
#include "platform/linux-bt/errand.h"
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

#define DECIDE_MSEC  3000
#define CONNECT_MSEC 30000
#define READ_MSEC    2000

struct bluez {
    struct bluetooth *bluetooth;
    GMainContext *context;
    int fd;
    msec context_due; /* The context's next timer. */
    GCancellable *cancel;
    unsigned pending;     /* Answers that are to come, besides those of errands. */
    GDBusConnection *bus; /* NULL: there is none. */
    bool connecting;
    bool lost;     /* It is gone. */
    msec connects; /* When to try again. */
    guint name;
    guint signals[4];
    enum bluez_presence presence;
    msec decides;
    bool reads; /* All devices are to be read, */
    msec read;  /* not before this. */
    msec now;
    struct errands errands;
    struct sightings sightings;
};

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
    errands_retry(&z->errands, (uint16_t)index);
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
    errands_ended(&z->errands, (uint16_t)index);
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

static void forget(struct bluez *z)
{
    errands_reset(&z->errands);
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
        errands_join(&z->errands, z->bus);
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
    z->connects = z->now + ERRAND_AGAIN_MSEC;
    if (z->bus == NULL)
        return;
    g_bus_unwatch_name(z->name);
    g_signal_handlers_disconnect_by_data(z->bus, z);
    for (size_t i = 0; i < G_N_ELEMENTS(z->signals); i++)
        g_dbus_connection_signal_unsubscribe(z->bus, z->signals[i]);
    errands_leave(&z->errands);
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
    z->now = z->errands.now = now;
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
        errands_expire(&z->errands);
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
    const msec work = z->presence == BLUEZ_PRESENT ? errands_deadline(&z->errands) : MSEC_NEVER;
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
    errands_init(&z->errands, b, z->cancel);
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
    while (z->pending + z->errands.pending > 0)
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
    errands_clear(&z->errands);
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
