/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the system bus, by the real D-Bus client: of a bus of the test's own, at the
 * other end of a socket, which answers for bluetoothd as told, or not at all.
 */
#include "config.h"

#include "doctor/facts.h"
#include "doctor/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef HAVE_GIO
#include <gio/gio.h>

/* What a bluetoothd 5.66 with one adapter tells, a keyboard it knows, and a second adapter. */
static const char OBJECTS[] =
    "@(a{oa{sa{sv}}}) ({'/org/bluez': {'org.bluez.AgentManager1': @a{sv} {}},"
    " '/org/bluez/hci0': {'org.bluez.Adapter1': {'Address': <'00:11:22:33:44:55'>,"
    "   'Powered': <true>, 'Modalias': <'usb:v1D6Bp0246d0542'>,"
    "   'Roles': <['central', 'peripheral', 'central-peripheral']>},"
    "  'org.bluez.LEAdvertisingManager1': {'ActiveInstances': <byte 1>,"
    "   'SupportedInstances': <byte 4>}},"
    " '/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF': {'org.bluez.Device1': {'Powered': <false>}},"
    " '/org/bluez/hci1': {'org.bluez.Adapter1': {'Powered': <'perhaps'>,"
    "   'Modalias': <'usb:v1D6Bp0246d05zz'>, 'Roles': <'central'>}}},)";

struct bus {
    bool bluetoothd;
    const char *refusal; /* The name of the error that it answers with; NULL: it answers. */
    GThread *thread;
    GMainContext *context;
    GMainLoop *loop;
    GDBusServer *server;
    GDBusConnection *connection;
    bool started_something; /* It was asked with leave to start bluetoothd. */
};

static GVariant *answer_of(const struct bus *bus, const char *method)
{
    if (strcmp(method, "Hello") == 0)
        return g_variant_new("(s)", ":1.1");
    if (strcmp(method, "NameHasOwner") == 0)
        return g_variant_new("(b)", bus->bluetoothd);
    if (strcmp(method, "GetManagedObjects") == 0 && bus->bluetoothd)
        return g_variant_new_parsed(OBJECTS);
    return NULL;
}

static GDBusMessage *filter(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                            gpointer data)
{
    struct bus *bus = data;
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    const char *method = g_dbus_message_get_member(message);
    GVariant *answer = answer_of(bus, method);
    const bool refused = bus->refusal && strcmp(method, "Hello") != 0;
    if (strcmp(method, "GetManagedObjects") == 0 &&
        !(g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_NO_AUTO_START))
        bus->started_something = true;
    g_autoptr(GDBusMessage) reply =
        refused || !answer
            ? g_dbus_message_new_method_error_literal(
                  message, refused ? bus->refusal : "org.freedesktop.DBus.Error.UnknownMethod",
                  "no\nsuch luck")
            : g_dbus_message_new_method_reply(message);
    if (refused || !answer)
        g_clear_pointer(&answer, g_variant_unref);
    else
        g_dbus_message_set_body(reply, answer);
    g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(message);
    return NULL;
}

static gboolean take_connection(GDBusServer *server, GDBusConnection *connection, gpointer data)
{
    struct bus *bus = data;
    (void)server;
    g_clear_object(&bus->connection);
    bus->connection = g_object_ref(connection);
    g_dbus_connection_add_filter(connection, filter, bus, NULL);
    return TRUE;
}

static gpointer serve(gpointer data)
{
    struct bus *bus = data;
    g_main_context_push_thread_default(bus->context);
    g_main_loop_run(bus->loop);
    g_main_context_pop_thread_default(bus->context);
    return NULL;
}

static void start(struct bus *bus)
{
    g_autofree char *guid = g_dbus_generate_guid();
    bus->context = g_main_context_new();
    bus->loop = g_main_loop_new(bus->context, FALSE);
    g_main_context_push_thread_default(bus->context);
    bus->server = g_dbus_server_new_sync("unix:tmpdir=/tmp", G_DBUS_SERVER_FLAGS_NONE, guid, NULL,
                                         NULL, NULL);
    assert_non_null(bus->server);
    g_signal_connect(bus->server, "new-connection", G_CALLBACK(take_connection), bus);
    g_dbus_server_start(bus->server);
    g_main_context_pop_thread_default(bus->context);
    bus->thread = g_thread_new("bus", serve, bus);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", g_dbus_server_get_client_address(bus->server), 1);
}

static void stop(struct bus *bus)
{
    g_main_loop_quit(bus->loop);
    g_thread_join(bus->thread);
    if (bus->connection)
        g_dbus_connection_close_sync(bus->connection, NULL, NULL);
    g_clear_object(&bus->connection);
    g_dbus_server_stop(bus->server);
    g_object_unref(bus->server);
    g_main_loop_unref(bus->loop);
    g_main_context_unref(bus->context);
}

static int ask(struct bus *bus, struct doctor_bus *out, char *sentence)
{
    start(bus);
    const int result = DOCTOR_SYSTEM.bus(NULL, out, sentence);
    stop(bus);
    assert_false(bus->started_something);
    return result;
}

static void adapters_are_read_as_bluetoothd_tells_them(void **state)
{
    (void)state;
    struct doctor_bus out;
    char sentence[DOCTOR_SENTENCE_SIZE] = "";
    struct bus bus = {.bluetoothd = true};
    assert_int_equal(ask(&bus, &out, sentence), 0);
    assert_true(out.bluetoothd);
    assert_int_equal(out.count, 2);
    const struct doctor_adapter *first = &out.adapters[0], *second = &out.adapters[1];
    assert_string_equal(first->name, "hci0");
    assert_int_equal(first->powered, DOCTOR_YES);
    assert_int_equal(first->version_major, 5);
    assert_int_equal(first->version_minor, 66);
    assert_true(first->roles_known && first->central && first->peripheral && first->both_at_once);
    assert_int_equal(first->advertising, 1);
    assert_int_equal(first->advertising_free, 4);
    /* Of what is of another type nothing is known. */
    assert_string_equal(second->name, "hci1");
    assert_int_equal(second->powered, DOCTOR_NOT_KNOWN);
    assert_int_equal(second->version_major, -1);
    assert_false(second->roles_known);
    assert_int_equal(second->advertising_free, -1);
}

static void a_bus_without_bluetoothd_is_an_answer(void **state)
{
    (void)state;
    struct doctor_bus out;
    char sentence[DOCTOR_SENTENCE_SIZE] = "";
    struct bus bus = {.bluetoothd = false};
    assert_int_equal(ask(&bus, &out, sentence), 0);
    assert_false(out.bluetoothd);
    assert_int_equal(out.count, 0);
}

static void a_refusal_is_told_as_one(void **state)
{
    (void)state;
    struct doctor_bus out;
    char sentence[DOCTOR_SENTENCE_SIZE] = "";
    struct bus refusing = {true, .refusal = "org.freedesktop.DBus.Error.AccessDenied"};
    assert_int_equal(ask(&refusing, &out, sentence), -EACCES);
    assert_string_equal(sentence, "this user may not ask it");
    struct bus failing = {true, .refusal = "org.freedesktop.DBus.Error.Failed"};
    assert_int_equal(ask(&failing, &out, sentence), -EIO);
    assert_non_null(strstr(sentence, "the system bus says"));
}

static void no_bus_is_told_at_once(void **state)
{
    (void)state;
    struct doctor_bus out;
    char sentence[DOCTOR_SENTENCE_SIZE] = "";
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    assert_int_equal(DOCTOR_SYSTEM.bus(NULL, &out, sentence), -EIO);
    assert_true(strlen(sentence) > 20);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "nonsense", 1);
    assert_int_equal(DOCTOR_SYSTEM.bus(NULL, &out, sentence), -EIO);
}

/* It takes callers and says nothing. */
static void a_silent_bus_is_given_up_in_time(void **state)
{
    (void)state;
    struct doctor_bus out;
    char folder[] = "/tmp/bus_test.XXXXXX", address[128], sentence[DOCTOR_SENTENCE_SIZE] = "";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    snprintf(at.sun_path, sizeof at.sun_path, "%s/bus", folder);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    snprintf(address, sizeof address, "unix:path=%s", at.sun_path);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
    const gint64 began = g_get_monotonic_time();
    assert_int_equal(DOCTOR_SYSTEM.bus(NULL, &out, sentence), -ETIMEDOUT);
    assert_in_range(g_get_monotonic_time() - began, DOCTOR_BUS_MSEC * 1000, 60000000);
    assert_string_equal(sentence, "no answer within 3 s");
    close(fd);
    unlink(at.sun_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adapters_are_read_as_bluetoothd_tells_them),
        cmocka_unit_test(a_bus_without_bluetoothd_is_an_answer),
        cmocka_unit_test(a_refusal_is_told_as_one),
        cmocka_unit_test(no_bus_is_told_at_once),
        cmocka_unit_test(a_silent_bus_is_given_up_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without_dbus_it_says_so(void **state)
{
    (void)state;
    struct doctor_bus out;
    char sentence[DOCTOR_SENTENCE_SIZE];
    assert_int_equal(DOCTOR_SYSTEM.bus(NULL, &out, sentence), -ENOSYS);
    assert_string_equal(sentence, "built without D-Bus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_dbus_it_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
