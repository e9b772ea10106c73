/* SPDX-License-Identifier: MIT */
/*
 * Asks the system bus who owns org.bluez and what it has, over a connection and a main context of
 * its own, so that every step ends by one deadline. Nothing is started by asking.
 */
#include "config.h"

#include "doctor/facts.h"

#include <errno.h>
#include <stdio.h>

#ifdef HAVE_GIO
#include <gio/gio.h>

#define BLUEZ "org.bluez"

struct wait {
    GMainContext *context;
    GCancellable *cancellable;
    GAsyncResult *result;
};

static void note_result(GObject *source, GAsyncResult *result, gpointer data)
{
    struct wait *wait = data;
    (void)source;
    wait->result = g_object_ref(result);
}

static gboolean give_up(gpointer data)
{
    g_cancellable_cancel(data);
    return G_SOURCE_REMOVE;
}

/* Runs the context until the result is there, which a cancelled step has too. */
static GAsyncResult *wait_for(struct wait *wait)
{
    while (!wait->result)
        g_main_context_iteration(wait->context, TRUE);
    return g_steal_pointer(&wait->result);
}

static GDBusConnection *connect_to_bus(struct wait *wait, GError **error)
{
    g_autofree char *address =
        g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, wait->cancellable, error);
    if (!address)
        return NULL;
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, wait->cancellable, note_result, wait);
    g_autoptr(GAsyncResult) result = wait_for(wait);
    return g_dbus_connection_new_for_address_finish(result, error);
}

/*
 * Calls, taking over parameters (may be NULL). NULL with an error when there is no answer; how long
 * that may take is the cancellable's business.
 */
static GVariant *call(struct wait *wait, GDBusConnection *connection, const char *name,
                      const char *path, const char *interface, const char *method,
                      GVariant *parameters, const char *type, GError **error)
{
    g_dbus_connection_call(connection, name, path, interface, method, parameters,
                           G_VARIANT_TYPE(type), G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT,
                           wait->cancellable, note_result, wait);
    g_autoptr(GAsyncResult) result = wait_for(wait);
    return g_dbus_connection_call_finish(connection, result, error);
}

static bool ask(struct wait *wait, GDBusConnection *connection, struct doctor_bus *out,
                GError **error)
{
    gboolean owned = FALSE;
    g_autoptr(GVariant) owner =
        call(wait, connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
             "org.freedesktop.DBus", "NameHasOwner", g_variant_new("(s)", BLUEZ), "(b)", error);
    if (!owner)
        return false;
    g_variant_get(owner, "(b)", &owned);
    out->bluetoothd = owned;
    if (!owned)
        return true;
    g_autoptr(GVariant) answer =
        call(wait, connection, BLUEZ, "/", "org.freedesktop.DBus.ObjectManager",
             "GetManagedObjects", NULL, "(a{oa{sa{sv}}})", error);
    if (!answer)
        return false;
    g_autoptr(GVariant) objects = g_variant_get_child_value(answer, 0);
    facts_objects(objects, out);
    return true;
}

/* Why there was no answer, in a person's words where there are some. */
static int explain(const GError *error, char sentence[static DOCTOR_SENTENCE_SIZE])
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        snprintf(sentence, DOCTOR_SENTENCE_SIZE, "no answer within %d s", DOCTOR_BUS_MSEC / 1000);
        return -ETIMEDOUT;
    }
    if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)) {
        snprintf(sentence, DOCTOR_SENTENCE_SIZE, "this user may not ask it");
        return -EACCES;
    }
    snprintf(sentence, DOCTOR_SENTENCE_SIZE, "the system bus says: %s", error->message);
    return -EIO;
}

int bus_ask(void *context, struct doctor_bus *out, char sentence[static DOCTOR_SENTENCE_SIZE])
{
    (void)context;
    *out = (struct doctor_bus){0};
    struct wait wait = {.context = g_main_context_new(), .cancellable = g_cancellable_new()};
    g_autoptr(GError) error = NULL;
    g_main_context_push_thread_default(wait.context);
    GSource *deadline = g_timeout_source_new(DOCTOR_BUS_MSEC);
    g_source_set_callback(deadline, give_up, wait.cancellable, NULL);
    g_source_attach(deadline, wait.context);
    GDBusConnection *connection = connect_to_bus(&wait, &error);
    const bool answered = connection && ask(&wait, connection, out, &error);
    g_clear_object(&connection);
    g_source_destroy(deadline);
    g_source_unref(deadline);
    g_main_context_pop_thread_default(wait.context);
    g_main_context_unref(wait.context);
    g_object_unref(wait.cancellable);
    return answered ? 0 : explain(error, sentence);
}

#else

int bus_ask(void *context, struct doctor_bus *out, char sentence[static DOCTOR_SENTENCE_SIZE])
{
    (void)context;
    *out = (struct doctor_bus){0};
    snprintf(sentence, DOCTOR_SENTENCE_SIZE, "built without D-Bus");
    return -ENOSYS;
}

#endif
