/* SPDX-License-Identifier: MIT */
/*
 * Finding others through bluetoothd, by the real D-Bus client: the other end of its socket is a bus
 * of the test's own with a bluetoothd on it, which notes what it is asked, asks back as the real
 * one does, and says what the test wants. Time is the test's; what is waited for is always a
 * message.
 */
#include "config.h"

#include "platform/linux-bt/bluez.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#if defined HAVE_GIO && defined HAVE_BLUETOOTH

#include "platform/channel/local.h"
#include "platform/posix/log.h"

#include <gio/gio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MESSAGE_DEADLINE_MSEC 30000 /* Real time: only what is broken takes so long. */

#define BUS       "org.freedesktop.DBus"
#define BLUEZ     "org.bluez"
#define ASKED_MAX 64

/* After so long, whatever was refused is tried again. */
#define PATIENCE_MSEC 60000

/* ---- The bus, and bluetoothd on it ------------------------------------------------------------
 */

struct asked {
    char path[64];
    char method[64];
    bool start; /* It would have started a service. */
};

static struct {
    GMutex lock; /* The filter runs on GDBus's thread. */
    GThread *thread;
    GMainContext *context;
    GMainLoop *loop;
    GDBusServer *server;
    GDBusConnection *connection;
    unsigned connections;
    char owner[16]; /* Of org.bluez; "": nobody. */
    struct asked asked[ASKED_MAX];
    unsigned asked_count;
    /* What the last registration and filter said. */
    GDBusMessage *registering; /* Waits for its properties. */
    guint32 serial;
    uint8_t data[ADVERTISEMENT_SIZE];
    bool discoverable;
    char type[16];
    char transport[16];
    /* How it answers. */
    const char *refused_method;
    const char *refusal; /* NULL: not yet. */
    GDBusMessage *held;
    char *objects; /* What GetManagedObjects says. */
} fake;

/* To somebody who may have gone. */
static void send(GDBusMessage *message)
{
    (void)g_dbus_connection_send_message(fake.connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                         NULL, NULL);
}

static void answer(GDBusMessage *call, GVariant *body)
{
    g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_reply(call);
    g_dbus_message_set_sender(reply, BUS);
    if (body != NULL)
        g_dbus_message_set_body(reply, body);
    send(reply);
}

static void refuse(GDBusMessage *call, const char *error, const char *text)
{
    g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_error_literal(call, error, text);
    send(reply);
}

/* bluetoothd reads an advertisement's properties before it answers. */
static void ask_back(GDBusMessage *call)
{
    const char *path;
    g_variant_get(g_dbus_message_get_body(call), "(&oa{sv})", &path, NULL);
    g_autoptr(GDBusMessage) question =
        g_dbus_message_new_method_call(NULL, path, "org.freedesktop.DBus.Properties", "GetAll");
    g_dbus_message_set_sender(question, fake.owner);
    g_dbus_message_set_body(question, g_variant_new("(s)", "org.bluez.LEAdvertisement1"));
    g_clear_object(&fake.registering);
    fake.registering = g_object_ref(call);
    (void)g_dbus_connection_send_message(fake.connection, question, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                         &fake.serial, NULL);
}

static void take_advertisement(GDBusMessage *reply)
{
    g_autoptr(GVariant) properties = g_variant_get_child_value(g_dbus_message_get_body(reply), 0);
    g_autoptr(GVariant) services =
        g_variant_lookup_value(properties, "ServiceData", G_VARIANT_TYPE_VARDICT);
    g_autoptr(GVariant) data =
        g_variant_lookup_value(services, ADVERTISEMENT_UUID, G_VARIANT_TYPE_BYTESTRING);
    gboolean discoverable = FALSE;
    const char *type = "";
    gsize size;
    const void *bytes = g_variant_get_fixed_array(data, &size, 1);
    g_assert_cmpint((int)size, ==, ADVERTISEMENT_SIZE);
    memcpy(fake.data, bytes, ADVERTISEMENT_SIZE);
    g_variant_lookup(properties, "Discoverable", "b", &discoverable);
    g_variant_lookup(properties, "Type", "&s", &type);
    fake.discoverable = discoverable;
    snprintf(fake.type, sizeof fake.type, "%s", type);
    answer(fake.registering, NULL);
    g_clear_object(&fake.registering);
}

static void take_filter(GDBusMessage *call)
{
    g_autoptr(GVariant) filter = g_variant_get_child_value(g_dbus_message_get_body(call), 0);
    const char *transport = "";
    g_variant_lookup(filter, "Transport", "&s", &transport);
    snprintf(fake.transport, sizeof fake.transport, "%s", transport);
    answer(call, NULL);
}

static void serve_bus(GDBusMessage *call, const char *method)
{
    if (strcmp(method, "Hello") == 0)
        answer(call, g_variant_new("(s)", ":1.1"));
    else if (strcmp(method, "GetNameOwner") == 0 && fake.owner[0] != '\0')
        answer(call, g_variant_new("(s)", fake.owner));
    else if (strcmp(method, "GetNameOwner") == 0)
        refuse(call, BUS ".Error.NameHasNoOwner", "nobody");
    else
        answer(call, NULL); /* AddMatch, RemoveMatch: it hears everything. */
}

/* Answers later; that it was asked is told by a signal that says nothing else. */
static void hold(GDBusMessage *call)
{
    g_autoptr(GDBusMessage) signal = g_dbus_message_new_signal(
        "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "PropertiesChanged");
    g_dbus_message_set_sender(signal, fake.owner);
    g_dbus_message_set_body(signal, g_variant_new_parsed("('org.bluez.Adapter1', @a{sv} {},"
                                                         " @as [])"));
    g_set_object(&fake.held, call);
    send(signal);
}

static void serve_bluez(GDBusMessage *call, const char *method)
{
    struct asked *asked = &fake.asked[fake.asked_count];
    g_assert_true(fake.asked_count < ASKED_MAX);
    fake.asked_count++;
    snprintf(asked->path, sizeof asked->path, "%s", g_dbus_message_get_path(call));
    snprintf(asked->method, sizeof asked->method, "%s", method);
    asked->start = !(g_dbus_message_get_flags(call) & G_DBUS_MESSAGE_FLAGS_NO_AUTO_START);
    if (fake.refused_method != NULL && strcmp(fake.refused_method, method) == 0) {
        if (fake.refusal != NULL)
            refuse(call, fake.refusal, "no\nsuch luck");
        else
            hold(call);
    } else if (strcmp(method, "GetManagedObjects") == 0) {
        answer(call, g_variant_new_parsed(fake.objects));
    } else if (strcmp(method, "RegisterAdvertisement") == 0) {
        ask_back(call);
    } else if (strcmp(method, "SetDiscoveryFilter") == 0) {
        take_filter(call);
    } else {
        answer(call, NULL);
    }
}

static GDBusMessage *filter(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                            gpointer context)
{
    (void)connection;
    (void)context;
    const GDBusMessageType type = g_dbus_message_get_message_type(message);
    if (!incoming || type == G_DBUS_MESSAGE_TYPE_SIGNAL)
        return message;
    g_mutex_lock(&fake.lock);
    const char *to = g_dbus_message_get_destination(message);
    if (type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN && fake.registering != NULL &&
        g_dbus_message_get_reply_serial(message) == fake.serial)
        take_advertisement(message);
    else if (type == G_DBUS_MESSAGE_TYPE_METHOD_CALL && strcmp(to, BUS) == 0)
        serve_bus(message, g_dbus_message_get_member(message));
    else if (type == G_DBUS_MESSAGE_TYPE_METHOD_CALL && fake.owner[0] != '\0')
        serve_bluez(message, g_dbus_message_get_member(message));
    else if (type == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        refuse(message, BUS ".Error.NameHasNoOwner", "nobody");
    g_mutex_unlock(&fake.lock);
    g_object_unref(message);
    return NULL;
}

static gboolean take_connection(GDBusServer *server, GDBusConnection *connection, gpointer context)
{
    (void)server;
    (void)context;
    g_mutex_lock(&fake.lock);
    g_clear_object(&fake.connection);
    fake.connection = g_object_ref(connection);
    fake.connections++;
    g_mutex_unlock(&fake.lock);
    g_dbus_connection_add_filter(connection, filter, NULL, NULL);
    return TRUE;
}

static gpointer serve(gpointer context)
{
    (void)context;
    g_main_context_push_thread_default(fake.context);
    g_main_loop_run(fake.loop);
    g_main_context_pop_thread_default(fake.context);
    return NULL;
}

/* In the loop, so that it has begun. */
static gboolean quit(gpointer context)
{
    (void)context;
    g_main_loop_quit(fake.loop);
    return G_SOURCE_REMOVE;
}

static void say(const char *path, const char *interface, const char *member, GVariant *body)
{
    g_autoptr(GDBusMessage) signal = g_dbus_message_new_signal(path, interface, member);
    g_mutex_lock(&fake.lock);
    g_dbus_message_set_sender(signal, strcmp(interface, BUS) == 0 ? BUS : fake.owner);
    g_dbus_message_set_body(signal, body);
    send(signal);
    g_mutex_unlock(&fake.lock);
}

/* bluetoothd begins, ends, or is another. */
static void own(const char *owner)
{
    char before[sizeof fake.owner];
    g_mutex_lock(&fake.lock);
    memcpy(before, fake.owner, sizeof before);
    snprintf(fake.owner, sizeof fake.owner, "%s", owner);
    fake.asked_count = 0;
    memset(fake.data, 0, sizeof fake.data);
    g_mutex_unlock(&fake.lock);
    say("/org/freedesktop/DBus", BUS, "NameOwnerChanged",
        g_variant_new("(sss)", BLUEZ, before, owner));
}

static void refuse_from_now(const char *method, const char *error)
{
    g_mutex_lock(&fake.lock);
    fake.refused_method = method;
    fake.refusal = error;
    g_mutex_unlock(&fake.lock);
}

static void answer_held(void)
{
    g_mutex_lock(&fake.lock);
    fake.refused_method = NULL;
    answer(fake.held, NULL);
    g_mutex_unlock(&fake.lock);
}

static unsigned asked_for(const char *path, const char *method)
{
    unsigned count = 0;
    g_mutex_lock(&fake.lock);
    for (unsigned i = 0; i < fake.asked_count; i++)
        count += strcmp(fake.asked[i].path, path) == 0 && strcmp(fake.asked[i].method, method) == 0;
    g_mutex_unlock(&fake.lock);
    return count;
}

static void forget_asked(void)
{
    g_mutex_lock(&fake.lock);
    fake.asked_count = 0;
    g_mutex_unlock(&fake.lock);
}

/* ---- The node's side --------------------------------------------------------------------------
 */

static const struct device adapters[] = {{{0x02, 0xb7, 0xa1, 0, 0, 1}},
                                         {{0x02, 0xb7, 0xa1, 0, 0, 2}}};
static const uint8_t network[NETWORK_ID_SIZE] = {7};

static struct bluetooth b;
static struct bluez *z;
static msec now;
static int log_file;
static int standard_error;

static bool is_scanning(unsigned index)
{
    char path[32];
    snprintf(path, sizeof path, "/org/bluez/hci%u", index);
    return asked_for(path, "StartDiscovery") > asked_for(path, "StopDiscovery");
}

static bool is_advertising(unsigned index)
{
    char path[32];
    bool same;
    snprintf(path, sizeof path, "/org/bluez/hci%u", index);
    g_mutex_lock(&fake.lock);
    same =
        memcmp(fake.data, bluetooth_adapter_of(&b, (uint16_t)index)->data, ADVERTISEMENT_SIZE) == 0;
    g_mutex_unlock(&fake.lock);
    return same && asked_for(path, "RegisterAdvertisement") > 0;
}

/* Takes what comes until it is so, and all timers that are due at this time. */
#define until(condition)                                                                           \
    do {                                                                                           \
        take();                                                                                    \
        if (condition)                                                                             \
            break;                                                                                 \
        wait_for_message(#condition);                                                              \
    } while (true)

static void take(void)
{
    bluez_receive(z, now);
    while (bluez_deadline(z) <= now)
        bluez_expire(z, now);
}

static void wait_for_message(const char *condition)
{
    struct pollfd fd = {.fd = bluez_fd(z), .events = POLLIN};
    if (poll(&fd, 1, MESSAGE_DEADLINE_MSEC) != 1) {
        dprintf(standard_error, "no message came before %s, at %lld, due %lld\n", condition,
                (long long)now, (long long)bluez_deadline(z));
        for (unsigned i = 0; i < fake.asked_count; i++)
            dprintf(standard_error, "it asked %s %s\n", fake.asked[i].path, fake.asked[i].method);
        fail();
    }
}

/* How often the log has a text. */
static unsigned logged(const char *text)
{
    static char lines[65536];
    const ssize_t size = pread(log_file, lines, sizeof lines - 1, 0);
    unsigned count = 0;
    assert_true(size >= 0);
    lines[size] = '\0';
    for (const char *at = lines; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void add_adapter(uint16_t index)
{
    assert_int_equal(bluetooth_adapter_up(&b, now, index, &adapters[index]), 0);
}

static int set_up(void **state)
{
    (void)state;
    const uint8_t seed[NEIGHBOURHOOD_SEED_SIZE] = {1};
    g_autofree char *guid = g_dbus_generate_guid();
    memset(&fake, 0, sizeof fake);
    g_mutex_init(&fake.lock);
    fake.objects = "@(a{oa{sa{sv}}}) ({},)";
    snprintf(fake.owner, sizeof fake.owner, ":1.7");
    fake.context = g_main_context_new();
    fake.loop = g_main_loop_new(fake.context, FALSE);
    g_main_context_push_thread_default(fake.context);
    fake.server = g_dbus_server_new_sync("unix:tmpdir=/tmp", G_DBUS_SERVER_FLAGS_NONE, guid, NULL,
                                         NULL, NULL);
    assert_non_null(fake.server);
    g_signal_connect(fake.server, "new-connection", G_CALLBACK(take_connection), NULL);
    g_dbus_server_start(fake.server);
    g_main_context_pop_thread_default(fake.context);
    fake.thread = g_thread_new("bus", serve, NULL);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", g_dbus_server_get_client_address(fake.server), 1);
    log_file = memfd_create("log", MFD_CLOEXEC);
    standard_error = dup(STDERR_FILENO);
    assert_true(log_file >= 0 && dup2(log_file, STDERR_FILENO) >= 0);
    memset(&b, 0, sizeof b);
    assert_int_equal(channels_open(&b.channels, &local_medium, CHANNELS_PER_ADAPTER, seed), 0);
    b.key = advertisement_key_of(network);
    snprintf(b.wanted, sizeof b.wanted, "auto");
    now = 1000;
    log_open(LOG_LEVEL_INFO); /* Forgets what earlier tests said, which would be repeats. */
    add_adapter(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bluez_close(z);
    z = NULL;
    channel_operations.close(&b.channels.transport);
    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
    close(log_file);
    GSource *end = g_idle_source_new();
    g_source_set_callback(end, quit, NULL, NULL);
    g_source_attach(end, fake.context);
    g_source_unref(end);
    g_thread_join(fake.thread);
    if (fake.connection != NULL)
        g_dbus_connection_close_sync(fake.connection, NULL, NULL);
    g_clear_object(&fake.connection);
    g_clear_object(&fake.registering);
    g_clear_object(&fake.held);
    g_dbus_server_stop(fake.server);
    g_object_unref(fake.server);
    g_main_loop_unref(fake.loop);
    g_main_context_unref(fake.context);
    return 0;
}

/* ---- Those who are found ----------------------------------------------------------------------
 */

#define DEVICE_PATH "/org/bluez/hci0/dev_AA_BB_CC_DD_EE_"

/* What somebody of our network with that PSM advertises, as GVariant's text has it. */
static void data_text(uint8_t psm, char text[static 128])
{
    static const uint8_t id[ADVERTISEMENT_ID_SIZE] = {9, 9, 9};
    uint8_t data[ADVERTISEMENT_SIZE];
    advertisement_pack(&b.key, psm, false, id, data);
    size_t at = (size_t)sprintf(text, "{'" ADVERTISEMENT_UUID "': <[byte");
    for (size_t i = 0; i < sizeof data; i++)
        at += (size_t)sprintf(text + at, "%s 0x%02x", i > 0 ? "," : "", data[i]);
    sprintf(text + at, "]>}");
}

/* The objects' text for one device; strength 0: it is remembered only. */
static char *device_text(const char *type, int strength, uint8_t psm)
{
    char data[128];
    data_text(psm, data);
    g_autofree char *heard =
        strength != 0 ? g_strdup_printf("'RSSI': <int16 %d>, ", strength) : g_strdup("");
    return g_strdup_printf("{'org.bluez.Device1': {'AddressType': <'%s'>, %s"
                           "'ServiceData': <%s>, 'Paired': <false>}}",
                           type, heard, data);
}

static void say_added(const char *end, const char *interfaces)
{
    g_autofree char *text =
        g_strdup_printf("(@o '" DEVICE_PATH "%s', @a{sa{sv}} %s)", end, interfaces);
    say("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", g_variant_new_parsed(text));
}

static void say_changed(const char *path, const char *interface, const char *properties)
{
    g_autofree char *text = g_strdup_printf("('%s', @a{sv} %s, @as [])", interface, properties);
    say(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", g_variant_new_parsed(text));
}

static struct found *found(uint8_t last)
{
    const struct device device = {{0xaa, 0xbb, 0xcc, 0xdd, 0xee, last}};
    return neighbourhood_find(&b.channels.neighbourhood, &device, &adapters[0]);
}

/* All that was answered so far has been taken: the bus keeps its order. */
static void settle(void)
{
    const uint64_t before = b.strange;
    say_added("FF", "{'org.bluez.Device1': {'AddressType': <'public'>, 'RSSI': <int16 -9>,"
                    " 'ServiceData': <{'" ADVERTISEMENT_UUID
                    "': <[byte 0x10, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]>}>}}");
    until(b.strange > before);
}

/* Waits for so many calls that are refused, each when it is due. */
static void refused_times(const char *method, unsigned times)
{
    until(asked_for("/org/bluez/hci0", method) >= 1);
    for (unsigned i = 1; i < times; i++) {
        settle();
        now += PATIENCE_MSEC;
        until(asked_for("/org/bluez/hci0", method) >= i + 1);
    }
    settle();
}

static void begin(void)
{
    z = bluez_open(&b, now);
    until(is_advertising(0) && is_scanning(0));
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void it_advertises_and_scans_through_bluetoothd(void **state)
{
    (void)state;
    z = bluez_open(&b, now);
    assert_int_equal(bluez_presence(z), BLUEZ_UNKNOWN);
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(bluez_presence(z), BLUEZ_PRESENT);
    assert_string_equal(fake.type, "peripheral");
    assert_true(fake.discoverable);
    assert_string_equal(fake.transport, "le");
    until(logged("hci0: advertising over Bluetooth LE") == 1);
    for (unsigned i = 0; i < fake.asked_count; i++)
        assert_false(fake.asked[i].start);
}

static void it_rests_and_tells_a_new_id(void **state)
{
    (void)state;
    begin();
    b.adapters[0].scanning = false;
    until(asked_for("/org/bluez/hci0", "StopDiscovery") == 1);
    b.adapters[0].data[3] ^= 0xff;
    until(is_advertising(0));
    assert_int_equal(asked_for("/org/bluez/hci0", "UnregisterAdvertisement"), 1);
    assert_int_equal(asked_for("/org/bluez/hci0", "RegisterAdvertisement"), 2);
    b.adapters[0].scanning = true;
    until(is_scanning(0));
    until(logged("advertising over") == 1);
}

static void who_is_there_already_is_found(void **state)
{
    (void)state;
    g_autofree char *heard = device_text("random", -60, 0x91);
    g_autofree char *remembered = device_text("public", 0, 0x92);
    g_autofree char *objects =
        g_strdup_printf("@(a{oa{sa{sv}}}) ({'" DEVICE_PATH "02': %s, '" DEVICE_PATH "01': %s,"
                        " '" DEVICE_PATH "03': {'org.bluez.Device1': {'RSSI': <int16 -5>}},"
                        " '/org/bluez/hci0/nonsense': %s},)",
                        remembered, heard, heard);
    fake.objects = objects;
    begin();
    until(b.heard == 1);
    assert_non_null(found(1));
    assert_int_equal(found(1)->end.type, 2);
    assert_int_equal(found(1)->end.port, 0x91);
    assert_null(found(2));
    /* It comes within hearing: only its strength is told. */
    say_changed(DEVICE_PATH "02", "org.bluez.Device1", "{'RSSI': <int16 -70>}");
    until(b.heard == 2);
    assert_int_equal(found(2)->end.type, 1);
    assert_int_equal(found(2)->end.port, 0x92);
}

static void who_comes_is_told_once(void **state)
{
    (void)state;
    char data[128];
    begin();
    g_autofree char *added = device_text("public", -60, 0x91);
    say_added("01", added);
    until(b.heard == 1);
    assert_int_equal(found(1)->end.port, 0x91);
    /* It listens elsewhere now. */
    data_text(0x99, data);
    g_autofree char *changed = g_strdup_printf("{'ServiceData': <%s>}", data);
    say_changed(DEVICE_PATH "01", "org.bluez.Device1", changed);
    until(b.heard == 2);
    assert_int_equal(found(1)->end.port, 0x99);
    /* Others, what is no news of hearing it, and what is malformed, say nothing. */
    say_changed(DEVICE_PATH "01", "org.bluez.Device1", "{'Connected': <true>}");
    say_changed(DEVICE_PATH "07", "org.bluez.Device1", "{'RSSI': <int16 -50>}");
    say_added("08", "{'org.bluez.Device1': {'AddressType': <'public'>, 'RSSI': <int16 -5>,"
                    " 'ServiceData': <{'" ADVERTISEMENT_UUID "': <[byte 1, 2]>}>}}");
    say_added("09", "{'org.bluez.Device1': {'AddressType': <true>, 'RSSI': <'loud'>,"
                    " 'ServiceData': <'much'>}}");
    say("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", g_variant_new("(s)", "?"));
    say(DEVICE_PATH "01", "org.freedesktop.DBus.Properties", "PropertiesChanged",
        g_variant_new("(sss)", "org.bluez.Device1", "?", "?"));
    say_changed(DEVICE_PATH "01", "org.bluez.Device1", "{'RSSI': <int16 -40>}");
    until(b.heard == 3);
    assert_int_equal(b.strange + b.wrong, 0);
    assert_null(found(7));
    assert_null(found(8));
}

static void one_whose_type_is_not_known_is_looked_up(void **state)
{
    (void)state;
    char data[128];
    begin();
    g_autofree char *added = device_text("random", -60, 0x95);
    g_autofree char *objects =
        g_strdup_printf("@(a{oa{sa{sv}}}) ({'" DEVICE_PATH "05': %s},)", added);
    g_mutex_lock(&fake.lock);
    fake.objects = objects;
    g_mutex_unlock(&fake.lock);
    data_text(0x95, data);
    g_autofree char *changed = g_strdup_printf("{'ServiceData': <%s>}", data);
    /* As often as it likes: everything is read once in a while. */
    for (int i = 0; i < 5; i++)
        say_changed(DEVICE_PATH "05", "org.bluez.Device1", changed);
    say_added("06", added);
    until(b.heard == 1 && found(6) != NULL);
    now = bluez_deadline(z);
    until(b.heard == 2);
    assert_int_equal(found(5)->end.type, 2);
    assert_int_equal(asked_for("/", "GetManagedObjects"), 2);
}

static void a_hundred_who_look_like_us_are_bounded(void **state)
{
    (void)state;
    char end[8];
    begin();
    for (unsigned i = 0; i < 100; i++) {
        g_autofree char *added = device_text("random", -60, 0x91);
        snprintf(end, sizeof end, "%02X", i);
        say_added(end, added);
    }
    until(b.heard == 100);
    /* The first was forgotten: it is looked up, and is not there. */
    say_changed(DEVICE_PATH "00", "org.bluez.Device1", "{'RSSI': <int16 -70>}");
    say_changed(DEVICE_PATH "63", "org.bluez.Device1", "{'RSSI': <int16 -70>}");
    until(b.heard == 101);
    /* So is one that bluetoothd has forgotten. */
    say("/", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
        g_variant_new_parsed("(@o '" DEVICE_PATH "63', ['org.bluez.Device1'])"));
    say_changed(DEVICE_PATH "63", "org.bluez.Device1", "{'RSSI': <int16 -70>}");
    say_changed(DEVICE_PATH "62", "org.bluez.Device1", "{'RSSI': <int16 -70>}");
    until(b.heard == 102);
}

static void a_bluetoothd_that_restarts_is_asked_for_everything_again(void **state)
{
    (void)state;
    begin();
    own("");
    until(bluez_presence(z) == BLUEZ_UNKNOWN);
    assert_int_equal(logged("bluetoothd has ended"), 1);
    own(":1.8");
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(asked_for("/org/bluez/hci0", "UnregisterAdvertisement"), 0);
    assert_int_equal(bluez_presence(z), BLUEZ_PRESENT);
    /* Another takes the name without a gap. */
    own(":1.9");
    until(is_advertising(0) && is_scanning(0));
}

static void without_bluetoothd_others_may_take_over_until_it_comes(void **state)
{
    (void)state;
    begin();
    own("");
    until(bluez_presence(z) == BLUEZ_UNKNOWN);
    const msec decides = bluez_deadline(z);
    assert_true(decides > now);
    now = decides;
    take();
    assert_int_equal(bluez_presence(z), BLUEZ_ABSENT);
    assert_true(bluez_deadline(z) > now);
    own(":1.8");
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(bluez_presence(z), BLUEZ_PRESENT);
}

static void a_bus_without_bluetoothd_is_known_at_once(void **state)
{
    (void)state;
    fake.owner[0] = '\0';
    z = bluez_open(&b, now);
    until(bluez_presence(z) == BLUEZ_ABSENT);
    own(":1.8");
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(logged("bluetoothd has ended"), 0);
}

static void no_bus_is_tried_again(void **state)
{
    (void)state;
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
    z = bluez_open(&b, now);
    until(bluez_presence(z) == BLUEZ_ABSENT);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", g_dbus_server_get_client_address(fake.server), 1);
    const msec again = bluez_deadline(z);
    assert_true(again > now && again < MSEC_NEVER);
    now = again;
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(bluez_presence(z), BLUEZ_PRESENT);
}

static void a_bus_that_does_not_answer_is_not_waited_for(void **state)
{
    (void)state;
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "nonsense", 1);
    z = bluez_open(&b, now);
    while (bluez_presence(z) == BLUEZ_UNKNOWN) {
        assert_true(now < 60000);
        now = bluez_deadline(z) > now ? bluez_deadline(z) : now + 1;
        bluez_expire(z, now);
    }
    assert_int_equal(bluez_presence(z), BLUEZ_ABSENT);
}

static void a_bus_that_restarts_is_connected_to_again(void **state)
{
    (void)state;
    begin();
    forget_asked();
    g_mutex_lock(&fake.lock);
    GDBusConnection *connection = g_object_ref(fake.connection);
    g_mutex_unlock(&fake.lock);
    assert_true(g_dbus_connection_close_sync(connection, NULL, NULL));
    g_object_unref(connection);
    until(bluez_presence(z) == BLUEZ_UNKNOWN && bluez_deadline(z) < now + 3000);
    now = bluez_deadline(z);
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(fake.connections, 2);
}

static void a_refusal_is_said_once_and_tried_again(void **state)
{
    static const struct {
        const char *error, *sentence;
    } refusals[] = {{"org.bluez.Error.NotPermitted", "no room for another advertisement"},
                    {"org.bluez.Error.NotReady", "it is off: 'bluetoothctl power on'"},
                    {"org.freedesktop.DBus.Error.AccessDenied", "the group 'bluetooth'"},
                    {"org.freedesktop.DBus.Error.UnknownObject", "bluetoothd does not have it"},
                    {"org.bluez.Error.Failed", "bluetoothd refuses (no\\x0asuch luck)"}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        refuse_from_now("RegisterAdvertisement", refusals[i].error);
        if (z == NULL)
            z = bluez_open(&b, now);
        else
            own(i % 2 == 0 ? ":1.8" : ":1.9");
        refused_times("RegisterAdvertisement", 7);
        assert_int_equal(logged(refusals[i].sentence), 1);
        assert_int_equal(logged("until then others do not find this node"), i + 1);
        /* It scans all the same. */
        assert_true(is_scanning(0));
    }
    assert_int_equal(logged("advertising over"), 0);
    refuse_from_now(NULL, NULL);
    now += PATIENCE_MSEC;
    until(is_advertising(0) && logged("advertising over") == 1);
}

static void what_fails_while_bluetoothd_starts_is_not_said(void **state)
{
    (void)state;
    refuse_from_now("StartDiscovery", "org.bluez.Error.NotReady");
    z = bluez_open(&b, now);
    refused_times("StartDiscovery", 2);
    refuse_from_now("SetDiscoveryFilter", "org.freedesktop.DBus.Error.UnknownObject");
    now += PATIENCE_MSEC;
    until(is_scanning(0));
    assert_int_equal(logged("until then"), 0);
    /* When its adapter is exported at last, the next try does not wait. */
    own("");
    until(bluez_presence(z) == BLUEZ_UNKNOWN);
    refuse_from_now("RegisterAdvertisement", "org.freedesktop.DBus.Error.UnknownObject");
    own(":1.8");
    refused_times("RegisterAdvertisement", 2);
    refuse_from_now(NULL, NULL);
    say("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
        g_variant_new_parsed("(@o '/org/bluez/hci0', {'org.bluez.LEAdvertisingManager1':"
                             " {'SupportedInstances': <byte 4>}})"));
    until(is_advertising(0));
}

static void what_bluetoothd_ends_begins_again(void **state)
{
    (void)state;
    begin();
    forget_asked();
    g_autoptr(GDBusMessage) release = g_dbus_message_new_method_call(
        NULL, "/org/bitcraps/hci0", "org.bluez.LEAdvertisement1", "Release");
    g_mutex_lock(&fake.lock);
    send(release);
    g_mutex_unlock(&fake.lock);
    until(is_advertising(0));
    say_changed("/org/bluez/hci0", "org.bluez.Adapter1", "{'Discovering': <false>}");
    settle();
    settle();
    assert_false(is_scanning(0)); /* Not in a loop, if it ended it at once each time. */
    now += PATIENCE_MSEC;
    until(is_scanning(0));
    assert_int_equal(asked_for("/org/bluez/hci0", "SetDiscoveryFilter"), 1);
}

static void what_is_so_already_is_good(void **state)
{
    (void)state;
    refuse_from_now("StartDiscovery", "org.bluez.Error.InProgress");
    z = bluez_open(&b, now);
    until(is_advertising(0) && is_scanning(0));
    settle();
    refuse_from_now("StopDiscovery", "org.bluez.Error.Failed");
    b.adapters[0].scanning = false;
    until(asked_for("/org/bluez/hci0", "StopDiscovery") == 1);
    settle();
    now += PATIENCE_MSEC;
    settle();
    assert_int_equal(asked_for("/org/bluez/hci0", "StartDiscovery"), 1);
    assert_int_equal(asked_for("/org/bluez/hci0", "StopDiscovery"), 1);
    /* An advertisement that it has from before makes way. */
    own("");
    until(bluez_presence(z) == BLUEZ_UNKNOWN);
    refuse_from_now("RegisterAdvertisement", "org.bluez.Error.AlreadyExists");
    own(":1.8");
    refused_times("RegisterAdvertisement", 1);
    refuse_from_now("UnregisterAdvertisement", "org.bluez.Error.DoesNotExist");
    now += PATIENCE_MSEC;
    until(is_advertising(0));
    assert_int_equal(asked_for("/org/bluez/hci0", "UnregisterAdvertisement"), 1);
}

static void adapters_come_and_go(void **state)
{
    (void)state;
    begin();
    add_adapter(1);
    until(is_advertising(1) && is_scanning(1));
    bluetooth_adapter_down(&b, 0);
    take();
    forget_asked();
    add_adapter(0);
    until(is_advertising(0) && is_scanning(0));
    assert_int_equal(asked_for("/org/bluez/hci0", "UnregisterAdvertisement"), 1);
    assert_int_equal(asked_for("/org/bluez/hci1", "RegisterAdvertisement"), 0);
    /* Both go; they come in another order, so that each has the other's place. */
    bluetooth_adapter_down(&b, 0);
    bluetooth_adapter_down(&b, 1);
    take();
    forget_asked();
    add_adapter(1);
    until(is_advertising(1) && is_scanning(1));
    add_adapter(0);
    until(is_advertising(0) && is_scanning(0));
}

/* The answer is to what was asked of the adapter before it went off. */
static void an_answer_that_comes_late_says_nothing(void **state)
{
    static const char *const methods[] = {"StartDiscovery", "RegisterAdvertisement"};
    (void)state;
    z = bluez_open(&b, now);
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        own("");
        until(bluez_presence(z) != BLUEZ_PRESENT);
        refuse_from_now(methods[i], NULL);
        own(i == 0 ? ":1.8" : ":1.9");
        until(asked_for("/org/bluez/hci0", methods[i]) == 1);
        bluetooth_adapter_down(&b, 0);
        take();
        add_adapter(0);
        settle();
        assert_int_equal(asked_for("/org/bluez/hci0", methods[i]), 1);
        answer_held();
        until(asked_for("/org/bluez/hci0", methods[i]) == 2);
        until(is_advertising(0) && is_scanning(0));
    }
    assert_int_equal(asked_for("/org/bluez/hci0", "UnregisterAdvertisement"), 1);
}

static void it_ends_while_bluetoothd_is_silent(void **state)
{
    (void)state;
    refuse_from_now("RegisterAdvertisement", NULL);
    z = bluez_open(&b, now);
    until(is_scanning(0) && asked_for("/org/bluez/hci0", "RegisterAdvertisement") == 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_advertises_and_scans_through_bluetoothd),
        TEST(it_rests_and_tells_a_new_id),
        TEST(who_is_there_already_is_found),
        TEST(who_comes_is_told_once),
        TEST(one_whose_type_is_not_known_is_looked_up),
        TEST(a_hundred_who_look_like_us_are_bounded),
        TEST(a_bluetoothd_that_restarts_is_asked_for_everything_again),
        TEST(without_bluetoothd_others_may_take_over_until_it_comes),
        TEST(a_bus_without_bluetoothd_is_known_at_once),
        TEST(no_bus_is_tried_again),
        TEST(a_bus_that_does_not_answer_is_not_waited_for),
        TEST(a_bus_that_restarts_is_connected_to_again),
        TEST(a_refusal_is_said_once_and_tried_again),
        TEST(what_fails_while_bluetoothd_starts_is_not_said),
        TEST(what_bluetoothd_ends_begins_again),
        TEST(what_is_so_already_is_good),
        TEST(adapters_come_and_go),
        TEST(an_answer_that_comes_late_says_nothing),
        TEST(it_ends_while_bluetoothd_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without_dbus_there_is_no_bluetoothd(void **state)
{
    (void)state;
#ifdef HAVE_BLUETOOTH
    assert_null(bluez_open(NULL, 0));
    assert_int_equal(bluez_presence(NULL), BLUEZ_ABSENT);
#else
    const uint8_t network[NETWORK_ID_SIZE] = {7};
    char sentence[BLUETOOTH_ERROR_SIZE] = "";
    struct transport *transports[BLUETOOTH_TRANSPORTS];
    assert_int_equal(bluetooth_open(0, "auto", network, transports, sentence), 0);
    assert_non_null(strstr(sentence, "without Bluetooth"));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_dbus_there_is_no_bluetoothd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
