/* SPDX-License-Identifier: MIT */
/*
 * One loop over epoll. A connection is read while it has fewer than CONTROL_PENDING_MAX unanswered
 * requests, and written whenever it takes bytes; it is closed when the peer has ended its side and
 * everything asked was answered and sent.
 */
#include "config.h"

#include "control/server.h"

#include "base/check.h"
#include "control/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct pending {
    uint64_t token; /* 0 when free. */
    json_t *id;
};

struct connection {
    int fd; /* -1 when free. */
    uint64_t number;
    uint64_t topic;
    bool subscribed;
    bool ended;  /* Nothing more is read. */
    bool broken; /* To be closed at once. */
    uint32_t interest;
    size_t pending_count;
    struct pending pending[CONTROL_PENDING_MAX];
    size_t input_used;
    char input[REQUEST_SIZE_MAX + 1]; /* A line and its newline. */
    size_t output_used;
    size_t output_size;
    char *output; /* Heap, grown up to CONTROL_OUTPUT_SIZE_MAX; NULL when nothing waits. */
};

enum outgoing_type {
    OUTGOING_RESULT,
    OUTGOING_ERROR,
    OUTGOING_SUBSCRIPTION,
    OUTGOING_NOTIFICATION,
};

struct outgoing {
    enum outgoing_type type;
    enum control_error code;
    uint64_t token;
    uint64_t topic;
    json_t *value; /* The result, the event, or the error's sentence. */
};

struct control_server {
    control_handler *handler;
    void *context;
    struct endpoint endpoint;
    int listener;
    int epoll;
    int wake;
    int reserve; /* Given up to refuse a client when descriptors run out. */
    pthread_t thread;
    uint64_t last_client;
    uint64_t last_token;
    struct connection connections[CONTROL_CLIENTS_MAX];

    pthread_mutex_t mutex; /* Guards what follows. */
    bool stopping;
    size_t first;
    size_t count;
    size_t notifications;
    struct outgoing outgoing[CONTROL_OUTGOING_MAX];
    struct control_counters counters;
};

static void count_one(struct control_server *server, uint64_t *counter)
{
    pthread_mutex_lock(&server->mutex);
    ++*counter;
    pthread_mutex_unlock(&server->mutex);
}

/* ---- Connections: output ----------------------------------------------------------------------
 */

static void write_output(struct connection *connection)
{
    size_t sent = 0;
    while (sent < connection->output_used && !connection->broken) {
        ssize_t done = send(connection->fd, connection->output + sent,
                            connection->output_used - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (done < 0)
            connection->broken = true;
        else
            sent += (size_t)done;
    }
    connection->output_used -= sent;
    if (connection->output_used > 0) {
        memmove(connection->output, connection->output + sent, connection->output_used);
        return;
    }
    free(connection->output);
    connection->output = NULL;
    connection->output_size = 0;
}

/* Makes room for size bytes more. False when that is past the limit or the heap's. */
static bool reserve_output(struct connection *connection, size_t size)
{
    if (size > CONTROL_OUTPUT_SIZE_MAX - connection->output_used)
        return false;
    size_t needed = connection->output_used + size;
    if (needed <= connection->output_size)
        return true;
    size_t grown = connection->output_size > 0 ? connection->output_size : 4096;
    while (grown < needed)
        grown *= 2;
    char *output = realloc(connection->output, grown);
    if (!output)
        return false;
    connection->output = output;
    connection->output_size = grown;
    return true;
}

/* Sends one message as a line, what the socket does not take now later. Takes over message. */
static void send_message(struct control_server *server, struct connection *connection,
                         json_t *message)
{
    size_t size = json_dumpb(message, NULL, 0, JSON_COMPACT);
    if (size == 0 || connection->broken) {
        json_decref(message);
        return;
    }
    if (reserve_output(connection, size + 1)) {
        json_dumpb(message, connection->output + connection->output_used, size, JSON_COMPACT);
        connection->output[connection->output_used + size] = '\n';
        connection->output_used += size + 1;
        write_output(connection);
    } else {
        connection->broken = true;
        count_one(server, &server->counters.subscribers_dropped);
    }
    json_decref(message);
}

/* The message of an error. Borrows id, which may be NULL. */
static json_t *error_message(json_t *id, enum control_error code, const char *sentence)
{
    return json_pack("{s:s, s:O?, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id ? id : json_null(),
                     "error", "code", (int)code, "message", sentence);
}

/* ---- Connections: input -----------------------------------------------------------------------
 */

static void remember(struct connection *connection, uint64_t token, json_t *id)
{
    for (size_t i = 0; i < CONTROL_PENDING_MAX; i++) {
        if (connection->pending[i].token == 0) {
            connection->pending[i] = (struct pending){.token = token, .id = json_incref(id)};
            connection->pending_count++;
            return;
        }
    }
    CHECK(!"room for a pending request");
}

static void take_line(struct control_server *server, struct connection *connection,
                      struct bytes line)
{
    struct request request;
    enum request_verdict verdict = request_parse(line, &request);
    if (verdict != REQUEST_TAKEN) {
        count_one(server, &server->counters.requests_invalid);
        send_message(
            server, connection,
            error_message(request.id,
                          verdict == REQUEST_NOT_JSON ? CONTROL_ERROR_PARSE : CONTROL_ERROR_REQUEST,
                          request.why));
        request_clear(&request);
        return;
    }
    count_one(server, &server->counters.requests);
    uint64_t token = ++server->last_token;
    json_t *params = request.params ? json_incref(request.params) : json_object();
    remember(connection, token, request.id);
    server->handler(server->context, &(struct control_request){.client = connection->number,
                                                               .token = token,
                                                               .method = request.method,
                                                               .params = params});
    json_decref(params);
    request_clear(&request);
}

/* Takes the whole lines of the input while the client may have more requests unanswered. */
static void take_lines(struct control_server *server, struct connection *connection)
{
    size_t begin = 0;
    while (connection->pending_count < CONTROL_PENDING_MAX && !connection->broken) {
        const char *at = connection->input + begin;
        const char *newline = memchr(at, '\n', connection->input_used - begin);
        if (!newline)
            break;
        size_t size = (size_t)(newline - at);
        take_line(server, connection, (struct bytes){(const uint8_t *)at, size});
        begin += size + 1;
    }
    connection->input_used -= begin;
    if (begin > 0)
        memmove(connection->input, connection->input + begin, connection->input_used);
    if (connection->input_used == sizeof connection->input &&
        !memchr(connection->input, '\n', connection->input_used)) {
        count_one(server, &server->counters.requests_invalid);
        send_message(
            server, connection,
            error_message(NULL, CONTROL_ERROR_REQUEST, "a request has at most 65536 bytes"));
        connection->ended = true;
        connection->input_used = 0;
    }
}

static void read_input(struct control_server *server, struct connection *connection)
{
    size_t room = sizeof connection->input - connection->input_used;
    if (room == 0 || connection->ended)
        return;
    ssize_t got =
        recv(connection->fd, connection->input + connection->input_used, room, MSG_DONTWAIT);
    if (got < 0) {
        connection->broken = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        return;
    }
    connection->input_used += (size_t)got;
    connection->ended = got == 0;
    take_lines(server, connection);
}

/* ---- Connections: life ------------------------------------------------------------------------
 */

static void close_connection(struct connection *connection)
{
    close(connection->fd);
    for (size_t i = 0; i < CONTROL_PENDING_MAX; i++)
        json_decref(connection->pending[i].id);
    free(connection->output);
    *connection = (struct connection){.fd = -1};
}

/* Closes a connection that is done with; else asks epoll for just what can go on. */
static void settle(struct control_server *server, struct connection *connection)
{
    bool idle = connection->pending_count == 0 && connection->output_used == 0;
    if (connection->broken || (connection->ended && idle)) {
        close_connection(connection);
        return;
    }
    uint32_t interest = connection->output_used > 0 ? EPOLLOUT : 0;
    if (!connection->ended && connection->input_used < sizeof connection->input &&
        connection->pending_count < CONTROL_PENDING_MAX)
        interest |= EPOLLIN;
    if (interest == connection->interest)
        return;
    struct epoll_event event = {.events = interest, .data.ptr = connection};
    connection->interest = interest;
    if (epoll_ctl(server->epoll, EPOLL_CTL_MOD, connection->fd, &event) < 0)
        close_connection(connection);
}

/* Tells a client why it is not served, and closes it. */
static void refuse(struct control_server *server, int fd, enum control_error code,
                   const char *sentence)
{
    json_t *message = error_message(NULL, code, sentence);
    char *text = json_dumps(message, JSON_COMPACT);
    if (text) {
        struct iovec parts[2] = {{text, strlen(text)}, {"\n", 1}};
        const struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
        (void)!sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    free(text);
    json_decref(message);
    close(fd);
    count_one(server, &server->counters.clients_refused);
}

static bool peer_is_trusted(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid();
}

/* Out of descriptors, the waiting client is refused with the reserve; else epoll would spin. */
static void shed_client(struct control_server *server)
{
    close(server->reserve);
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        refuse(server, fd, CONTROL_ERROR_FAILED, "the daemon has no file descriptors left");
    server->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_client(struct control_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        shed_client(server);
    if (fd < 0)
        return;
    if (!peer_is_trusted(fd)) {
        refuse(server, fd, CONTROL_ERROR_PERMISSION,
               "only the daemon's own user and root may control it");
        return;
    }
    struct connection *connection = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX && !connection; i++) {
        if (server->connections[i].fd < 0)
            connection = &server->connections[i];
    }
    if (!connection) {
        refuse(server, fd, CONTROL_ERROR_FAILED, "32 clients are connected already: close one");
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        refuse(server, fd, CONTROL_ERROR_FAILED, "the daemon cannot watch another socket");
        return;
    }
    connection->fd = fd;
    connection->number = ++server->last_client;
    connection->interest = EPOLLIN;
    count_one(server, &server->counters.clients);
}

/* ---- What other threads hand over -------------------------------------------------------------
 */

static struct connection *find_asker(struct control_server *server, uint64_t token, size_t *slot)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct connection *connection = &server->connections[i];
        for (*slot = 0; connection->fd >= 0 && *slot < CONTROL_PENDING_MAX; ++*slot) {
            if (connection->pending[*slot].token == token)
                return connection;
        }
    }
    return NULL;
}

static void deliver_answer(struct control_server *server, struct outgoing *item)
{
    size_t slot;
    struct connection *connection = find_asker(server, item->token, &slot);
    if (!connection) {
        json_decref(item->value);
        count_one(server, &server->counters.answers_dropped);
        return;
    }
    json_t *id = connection->pending[slot].id;
    json_t *message;
    if (item->type == OUTGOING_RESULT && item->value) {
        message = json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", item->value);
    } else {
        const char *sentence = json_string_value(item->value);
        message = error_message(id, sentence ? item->code : CONTROL_ERROR_INTERNAL,
                                sentence ? sentence : "the daemon could not build its answer");
        json_decref(item->value);
    }
    json_decref(id);
    connection->pending[slot] = (struct pending){0};
    connection->pending_count--;
    send_message(server, connection, message);
    take_lines(server, connection);
    settle(server, connection);
}

static void deliver_notification(struct control_server *server, struct outgoing *item)
{
    json_t *message =
        json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", "event", "params", item->value);
    for (size_t i = 0; message && i < CONTROL_CLIENTS_MAX; i++) {
        struct connection *connection = &server->connections[i];
        bool wanted = connection->fd >= 0 && connection->subscribed && !connection->ended &&
                      (connection->topic == CONTROL_TOPIC_ALL || item->topic == CONTROL_TOPIC_ALL ||
                       connection->topic == item->topic);
        if (!wanted)
            continue;
        send_message(server, connection, json_incref(message));
        settle(server, connection);
    }
    json_decref(message);
}

static void deliver(struct control_server *server, struct outgoing *item)
{
    size_t slot;
    struct connection *connection;
    switch (item->type) {
    case OUTGOING_RESULT:
    case OUTGOING_ERROR:
        deliver_answer(server, item);
        return;
    case OUTGOING_NOTIFICATION:
        deliver_notification(server, item);
        return;
    case OUTGOING_SUBSCRIPTION:
        connection = find_asker(server, item->token, &slot);
        if (connection) {
            connection->subscribed = true;
            connection->topic = item->topic;
        }
        return;
    }
}

static bool take_outgoing(struct control_server *server, struct outgoing *out)
{
    pthread_mutex_lock(&server->mutex);
    bool any = server->count > 0;
    if (any) {
        *out = server->outgoing[server->first];
        server->first = (server->first + 1) % CONTROL_OUTGOING_MAX;
        server->count--;
        if (out->type == OUTGOING_NOTIFICATION)
            server->notifications--;
    }
    pthread_mutex_unlock(&server->mutex);
    return any;
}

static void deliver_all(struct control_server *server)
{
    struct outgoing item;
    while (take_outgoing(server, &item))
        deliver(server, &item);
}

static void hand_over(struct control_server *server, struct outgoing item)
{
    static const uint64_t ONE = 1;
    pthread_mutex_lock(&server->mutex);
    bool notification = item.type == OUTGOING_NOTIFICATION;
    bool full = server->stopping || server->count == CONTROL_OUTGOING_MAX ||
                (notification && server->notifications == CONTROL_NOTIFICATIONS_MAX);
    if (full) {
        ++*(notification ? &server->counters.notifications_dropped
                         : &server->counters.answers_dropped);
    } else {
        server->outgoing[(server->first + server->count++) % CONTROL_OUTGOING_MAX] = item;
        server->notifications += notification;
    }
    pthread_mutex_unlock(&server->mutex);
    if (full)
        json_decref(item.value);
    else
        (void)!write(server->wake, &ONE, sizeof ONE);
}

void control_reply(struct control_server *server, uint64_t token, json_t *result)
{
    hand_over(server, (struct outgoing){.type = OUTGOING_RESULT, .token = token, .value = result});
}

void control_reply_error(struct control_server *server, uint64_t token, enum control_error code,
                         const char *sentence)
{
    hand_over(server, (struct outgoing){.type = OUTGOING_ERROR,
                                        .token = token,
                                        .code = code,
                                        .value = json_string(sentence)});
}

void control_subscribe(struct control_server *server, uint64_t token, uint64_t topic)
{
    hand_over(server,
              (struct outgoing){.type = OUTGOING_SUBSCRIPTION, .token = token, .topic = topic});
}

void control_notify(struct control_server *server, uint64_t topic, json_t *event)
{
    if (event)
        hand_over(server,
                  (struct outgoing){.type = OUTGOING_NOTIFICATION, .topic = topic, .value = event});
}

void control_counters(struct control_server *server, struct control_counters *out)
{
    pthread_mutex_lock(&server->mutex);
    *out = server->counters;
    pthread_mutex_unlock(&server->mutex);
}

/* ---- The thread -------------------------------------------------------------------------------
 */

static bool is_stopping(struct control_server *server)
{
    pthread_mutex_lock(&server->mutex);
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->mutex);
    return stopping;
}

static void serve_connection(struct control_server *server, struct connection *connection,
                             uint32_t events)
{
    if (connection->fd < 0) /* Closed earlier in the same round of events. */
        return;
    if (events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN))
        connection->broken = true;
    if (events & EPOLLIN)
        read_input(server, connection);
    if (events & EPOLLOUT)
        write_output(connection);
    settle(server, connection);
}

static void *run(void *argument)
{
    struct control_server *server = argument;
    struct epoll_event events[CONTROL_CLIENTS_MAX];
    while (!is_stopping(server)) {
        int count = epoll_wait(server->epoll, events, CONTROL_CLIENTS_MAX, -1);
        bool knocked = false;
        for (int i = 0; i < count; i++) {
            uint64_t wakes;
            if (events[i].data.ptr == &server->listener)
                knocked = true;
            else if (events[i].data.ptr == &server->wake)
                (void)!read(server->wake, &wakes, sizeof wakes);
            else
                serve_connection(server, events[i].data.ptr, events[i].events);
        }
        deliver_all(server);
        if (knocked) /* Last: a slot freed above must not be mistaken for the one that had it. */
            accept_client(server);
    }
    deliver_all(server);
    return NULL;
}

/* ---- Opening and closing ----------------------------------------------------------------------
 */

/* Removes a socket that nobody answers at. Returns 0, or -EADDRINUSE if somebody does. */
static int clear_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? -errno : 0;
    close(fd);
    if (result == 0 || result == -EAGAIN)
        return -EADDRINUSE;
    if (result == -ECONNREFUSED)
        return unlink(address->sun_path) < 0 ? -errno : 0;
    return result == -ENOENT ? 0 : result;
}

static int listen_at(const struct sockaddr_un *address, int *out)
{
    int result = clear_stale(address);
    if (result < 0)
        return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* Linux gives the new inode the socket's own mode, so it is never open to others. */
    if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ||
        listen(fd, CONTROL_CLIENTS_MAX) < 0) {
        result = -errno;
        close(fd);
        return result;
    }
    *out = fd;
    return 0;
}

static int watch(int epoll, int fd, void *pointer)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = pointer};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_descriptors(struct control_server *server)
{
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (server->epoll < 0 || server->wake < 0 || server->reserve < 0)
        return -errno;
    int result = listen_at(&server->endpoint.address, &server->listener);
    if (result == 0)
        result = watch(server->epoll, server->listener, &server->listener);
    if (result == 0)
        result = watch(server->epoll, server->wake, &server->wake);
    return result;
}

/* Signals are for the daemon's main thread. */
static int start_thread(struct control_server *server)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = -pthread_create(&server->thread, NULL, run, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static void close_descriptor(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void destroy(struct control_server *server)
{
    if (server->listener >= 0)
        unlink(server->endpoint.address.sun_path);
    close_descriptor(server->listener);
    close_descriptor(server->epoll);
    close_descriptor(server->wake);
    close_descriptor(server->reserve);
    endpoint_close(&server->endpoint);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

int control_open(const char *state_directory, control_handler *handler, void *context,
                 struct control_server **out)
{
    struct control_server *server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    server->handler = handler;
    server->context = context;
    server->listener = server->epoll = server->wake = server->reserve = -1;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        server->connections[i].fd = -1;
    pthread_mutex_init(&server->mutex, NULL);
    int result = endpoint_open(state_directory, &server->endpoint);
    if (result == 0)
        result = open_descriptors(server);
    *out = server; /* Before the thread starts: the first request may come at once. */
    if (result == 0)
        result = start_thread(server);
    if (result < 0) {
        destroy(server);
        *out = NULL;
    }
    return result;
}

void control_close(struct control_server *server)
{
    static const uint64_t ONE = 1;
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    pthread_mutex_unlock(&server->mutex);
    (void)!write(server->wake, &ONE, sizeof ONE);
    pthread_join(server->thread, NULL);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (server->connections[i].fd >= 0)
            close_connection(&server->connections[i]);
    }
    destroy(server);
}
