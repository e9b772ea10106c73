/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "control/client.h"
#include "control/server.h"
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* Long enough for a loaded machine; no test waits for it unless it fails. */
#define PATIENCE_MSEC 60000

/* ---- Bare lines, as a script would send them ----------------------------------------------------
 */

static int open_bare(const struct host *host)
{
    struct client client;
    assert_int_equal(client_open(host->directory, &client), 0);
    int fd = dup(client.fd);
    client_close(&client);
    assert_true(fd >= 0);
    return fd;
}

static void send_bare(int fd, const char *text)
{
    size_t size = strlen(text);
    assert_int_equal(send(fd, text, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Reads one line without its newline; "" when the daemon has closed. */
static void read_bare(int fd, char line[static 512])
{
    size_t used = 0;
    while (used < 511 && recv(fd, line + used, 1, 0) == 1 && line[used] != '\n')
        used++;
    line[used] = '\0';
}

static void assert_line(int fd, const char *expected)
{
    char line[512];
    read_bare(fd, line);
    assert_string_equal(line, expected);
}

static void a_line_is_answered_by_a_line_with_its_id(void **state)
{
    static const struct {
        const char *sent, *answered;
    } TABLE[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"echo\",\"params\":{\"a\":1}}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"echo\"}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"nothing\"}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":8,\"error\":{\"code\":-32601,\"message\":"
         "\"there is no such method\"}}"},
        {"no JSON\n", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":"
                      "\"the line is not one JSON value\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"echo\"}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":"
         "\"the line is not one JSON value\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
         "\"a request has an \\\"id\\\", a string or an integer\"}}"},
        {"{\"jsonrpc\":\"1.0\",\"id\":9,\"method\":\"echo\"}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":9,\"error\":{\"code\":-32600,\"message\":"
         "\"a request has \\\"jsonrpc\\\":\\\"2.0\\\"\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"echo\",\"params\":[]}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":9,\"error\":{\"code\":-32600,\"message\":"
         "\"\\\"params\\\" are an object\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"echo\",\"param\":{}}\n",
         "{\"jsonrpc\":\"2.0\",\"id\":9,\"error\":{\"code\":-32600,\"message\":"
         "\"a request has no members but jsonrpc, id, method and params\"}}"},
        {"[]\n", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
                 "\"a request is one object; batches are not taken\"}}"},
    };
    (void)state;
    struct host host;
    host_open(&host, NULL);
    int fd = open_bare(&host);
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        send_bare(fd, TABLE[i].sent);
        assert_line(fd, TABLE[i].answered);
    }
    struct control_counters counters;
    control_counters(host.server, &counters);
    assert_int_equal(counters.requests, 3);
    assert_int_equal(counters.requests_invalid, 7);
    close(fd);
    host_close(&host);
}

static void a_line_may_come_in_pieces_and_many_lines_in_one(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    int fd = open_bare(&host);
    send_bare(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
    send_bare(fd, "od\":\"echo\"}\n");
    assert_line(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    char lines[4096] = "", line[128];
    for (int i = 0; i < 3 * CONTROL_PENDING_MAX; i++) {
        snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"echo\"}\n", i);
        strcat(lines, line);
    }
    send_bare(fd, lines);
    for (int i = 0; i < 3 * CONTROL_PENDING_MAX; i++) {
        snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{}}", i);
        assert_line(fd, line);
    }
    close(fd);
    host_close(&host);
}

static void too_long_a_line_is_refused_and_ends_the_connection(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    int fd = open_bare(&host);
    static char line[REQUEST_SIZE_MAX + 2];
    memset(line, ' ', REQUEST_SIZE_MAX + 1);
    send_bare(fd, line);
    assert_line(fd, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
                    "\"a request has at most 65536 bytes\"}}");
    assert_line(fd, "");
    close(fd);
    host_close(&host);
}

static void a_client_that_ended_its_side_still_gets_its_answer(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    int fd = open_bare(&host);
    send_bare(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hold\"}\n");
    shutdown(fd, SHUT_WR);
    control_reply(host.server, host_wait_held(&host), json_true());
    assert_line(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":true}");
    assert_line(fd, "");
    close(fd);
    host_close(&host);
}

static void an_answer_that_could_not_be_built_is_an_internal_error(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    int fd = open_bare(&host);
    send_bare(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hold\"}\n");
    control_reply(host.server, host_wait_held(&host), NULL);
    assert_line(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":"
                    "\"the daemon could not build its answer\"}}");
    close(fd);
    host_close(&host);
}

/* ---- The client -------------------------------------------------------------------------------
 */

static struct client open_client(const struct host *host)
{
    struct client client;
    assert_int_equal(client_open(host->directory, &client), 0);
    return client;
}

static void assert_echoes(struct client *client, json_int_t number)
{
    json_t *result;
    assert_int_equal(
        client_call(client, "echo", json_pack("{s:I}", "n", number), PATIENCE_MSEC, &result),
        CLIENT_ANSWERED);
    assert_int_equal(json_integer_value(json_object_get(result, "n")), number);
    json_decref(result);
}

static void assert_next(struct client *client, json_int_t number)
{
    json_t *event;
    assert_int_equal(client_next(client, PATIENCE_MSEC, &event), CLIENT_ANSWERED);
    assert_int_equal(json_integer_value(json_object_get(event, "n")), number);
    json_decref(event);
}

static void assert_watches(struct client *client, json_int_t topic)
{
    json_t *result;
    assert_int_equal(
        client_call(client, "watch", json_pack("{s:I}", "topic", topic), PATIENCE_MSEC, &result),
        CLIENT_ANSWERED);
    json_decref(result);
}

static void a_late_answer_does_not_disturb_the_next_call(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    struct client client = open_client(&host);
    json_t *result;
    assert_int_equal(client_call(&client, "hold", NULL, 0, &result), CLIENT_TIMED_OUT);
    assert_null(result);
    control_reply(host.server, host_wait_held(&host), json_pack("{s:i}", "n", 99));
    assert_echoes(&client, 1);
    assert_int_equal(client_call(&client, "nothing", NULL, PATIENCE_MSEC, &result), CLIENT_ERROR);
    assert_int_equal(client.code, CONTROL_ERROR_METHOD);
    assert_string_equal(client.message, "there is no such method");
    client_close(&client);
    host_close(&host);
}

static void a_daemon_that_goes_away_is_noticed(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    struct client client = open_client(&host);
    assert_echoes(&client, 1);
    host_close(&host);
    json_t *result;
    assert_int_equal(client_call(&client, "echo", NULL, PATIENCE_MSEC, &result), CLIENT_LOST);
    client_close(&client);
    assert_int_equal(client_open(host.directory, &client), -ENOENT);
}

static void events_reach_those_who_watch_their_topic(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    struct client all = open_client(&host), one = open_client(&host), none = open_client(&host);
    assert_watches(&all, CONTROL_TOPIC_ALL);
    assert_watches(&one, 1);
    for (int i = 1; i <= 2; i++)
        control_notify(host.server, (uint64_t)i, json_pack("{s:i}", "n", i));
    control_notify(host.server, CONTROL_TOPIC_ALL, json_pack("{s:i}", "n", 3));
    assert_echoes(&one, 7); /* Events that come while an answer is awaited are kept. */
    for (int i = 1; i <= 3; i++)
        assert_next(&all, i);
    assert_next(&one, 1);
    assert_next(&one, 3);
    json_t *event;
    assert_echoes(&none, 7);
    assert_int_equal(client_next(&none, 0, &event), CLIENT_TIMED_OUT);
    client_close(&all);
    client_close(&one);
    client_close(&none);
    host_close(&host);
}

static void who_does_not_read_is_dropped_and_the_others_are_not(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, NULL);
    struct client slow = open_client(&host), quick = open_client(&host);
    assert_watches(&slow, CONTROL_TOPIC_ALL);
    assert_watches(&quick, CONTROL_TOPIC_ALL);
    static char filler[65536];
    memset(filler, 'x', sizeof filler - 1);
    struct control_counters counters = {0};
    int count = 0;
    while (counters.subscribers_dropped == 0 && count < 1000) {
        control_notify(host.server, 1, json_pack("{s:i, s:s}", "n", ++count, "filler", filler));
        assert_next(&quick, count);
        control_counters(host.server, &counters);
    }
    assert_int_equal(counters.subscribers_dropped, 1);
    assert_int_equal(counters.notifications_dropped, 0);
    assert_true((size_t)count * sizeof filler > CONTROL_OUTPUT_SIZE_MAX);
    assert_echoes(&quick, 1);
    client_close(&slow);
    client_close(&quick);
    host_close(&host);
}

/* ---- The socket -------------------------------------------------------------------------------
 */

static void ignore(void *context, const struct control_request *request)
{
    (void)context;
    (void)request;
}

static void the_socket_is_private_and_goes_with_the_daemon(void **state)
{
    (void)state;
    struct host host;
    char path[300];
    struct stat stat_of;
    host_open(&host, NULL);
    snprintf(path, sizeof path, "%s/control.sock", host.directory);
    assert_int_equal(stat(path, &stat_of), 0);
    assert_true(S_ISSOCK(stat_of.st_mode));
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    struct control_server *second;
    assert_int_equal(control_open(host.directory, ignore, NULL, &second), -EADDRINUSE);
    host_close(&host);
    assert_int_equal(stat(path, &stat_of), -1);
}

static void a_socket_that_nobody_answers_at_is_replaced(void **state)
{
    (void)state;
    char directory[] = "/tmp/bitcraps-test.XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(directory));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", directory);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd); /* As a daemon that was killed leaves it. */
    struct control_server *server;
    assert_int_equal(control_open(directory, ignore, NULL, &server), 0);
    control_close(server);
    assert_int_equal(rmdir(directory), 0);
}

static void a_path_longer_than_a_socket_address_works(void **state)
{
    (void)state;
    char parent[] = "/tmp/bitcraps-test.XXXXXX", directory[256];
    assert_non_null(mkdtemp(parent));
    snprintf(directory, sizeof directory, "%s/%0150d", parent, 0);
    assert_int_equal(mkdir(directory, 0700), 0);
    struct control_server *server;
    struct client client;
    assert_int_equal(control_open(directory, ignore, NULL, &server), 0);
    assert_int_equal(client_open(directory, &client), 0);
    client_close(&client);
    control_close(server);
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(rmdir(parent), 0);
}

static void one_client_too_many_is_told_so(void **state)
{
    (void)state;
    struct host host;
    struct client clients[CONTROL_CLIENTS_MAX];
    host_open(&host, NULL);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        clients[i] = open_client(&host);
        assert_echoes(&clients[i], i);
    }
    struct client extra = open_client(&host);
    json_t *result;
    assert_int_equal(client_call(&extra, "echo", NULL, PATIENCE_MSEC, &result), CLIENT_ERROR);
    assert_string_equal(extra.message, "32 clients are connected already: close one");
    client_close(&extra);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        assert_echoes(&clients[i], i);
        client_close(&clients[i]);
    }
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_answered_by_a_line_with_its_id),
        cmocka_unit_test(a_line_may_come_in_pieces_and_many_lines_in_one),
        cmocka_unit_test(too_long_a_line_is_refused_and_ends_the_connection),
        cmocka_unit_test(a_client_that_ended_its_side_still_gets_its_answer),
        cmocka_unit_test(an_answer_that_could_not_be_built_is_an_internal_error),
        cmocka_unit_test(a_late_answer_does_not_disturb_the_next_call),
        cmocka_unit_test(a_daemon_that_goes_away_is_noticed),
        cmocka_unit_test(events_reach_those_who_watch_their_topic),
        cmocka_unit_test(who_does_not_read_is_dropped_and_the_others_are_not),
        cmocka_unit_test(the_socket_is_private_and_goes_with_the_daemon),
        cmocka_unit_test(a_socket_that_nobody_answers_at_is_replaced),
        cmocka_unit_test(a_path_longer_than_a_socket_address_works),
        cmocka_unit_test(one_client_too_many_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
