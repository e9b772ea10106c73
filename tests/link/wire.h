/* SPDX-License-Identifier: MIT */
/*
 * Up to eight endpoints joined by a wire in memory, in virtual time. A test says what the wire does
 * with each datagram; everything else is the real thing.
 */
#ifndef TESTS_LINK_WIRE_H
#define TESTS_LINK_WIRE_H

#include "link/link.h"

#define WIRE_NODES_MAX   8
#define WIRE_FLIGHTS_MAX 4096
#define WIRE_DELAY_MSEC  10

struct wire_flight {
    msec at;
    struct link_address from;
    struct link_address to;
    uint8_t bytes[FRAME_SIZE_MAX];
    size_t size;
};

struct wire_node {
    bool running;
    struct link link;
    struct link_address address;
    struct link_address radio; /* Where it is reached by Bluetooth LE, */
    struct link_address bredr; /* and by BR/EDR. */
    unsigned int ups;
    unsigned int downs;
    msec up_at; /* The last one. */
    msec down_at;
    unsigned int records;
    uint8_t last_type;
    uint8_t last_body[FRAME_SIZE_MAX];
    size_t last_size;
    unsigned int got[FRAME_SIZE_MAX + 1]; /* Records of each size. */
    msec got_at[FRAME_SIZE_MAX + 1];      /* The first of them. */
};

struct wire {
    msec now;
    struct wire_node nodes[WIRE_NODES_MAX];
    struct wire_flight flights[WIRE_FLIGHTS_MAX];
    size_t flights_count;
    uint64_t random;        /* Of wire_random. */
    unsigned int frames[6]; /* Sent, by the low nibble of the first byte. */
    /* Whether a datagram arrives; NULL: all do. May call wire_throw and change the bytes. */
    bool (*passes)(struct wire *w, struct wire_flight *flight);
    void *context;
    enum link_verdict verdict; /* Of the last link_receive. */
};

/* An empty wire; memory is static and reused. */
struct wire *wire_new(void);

/* Starts (or restarts, with a new boot) a node; its identity is derived from its number. */
void wire_start(struct wire *w, size_t number, uint32_t boot);

/* The same under another network id, or identity. */
void wire_start_with(struct wire *w, size_t number, const struct identity *identity,
                     const struct link_config *config);

/* The node's process is gone: nothing sent, nothing heard. */
void wire_kill(struct wire *w, size_t number);

struct link_address wire_address(size_t number);
struct link_address wire_radio(size_t number);
struct link_address wire_bredr(size_t number);

/* Where a node is reached by addresses of that kind. */
const struct link_address *wire_address_of(const struct wire_node *node, uint8_t kind);

struct identity wire_identity(size_t number);
struct link_config wire_config(uint32_t boot);

/* Node dials node. */
void wire_dial(struct wire *w, size_t from, size_t to, bool persistent);
void wire_dial_target(struct wire *w, size_t from, const struct link_target *target);

/* A record of that many bytes from node to node; the verdict of link_send. */
enum link_send_verdict wire_send(struct wire *w, size_t from, size_t to, size_t size,
                                 enum link_urgency urgency);

void wire_close(struct wire *w, size_t from, size_t to);

/* Puts a datagram on the wire as it is. */
void wire_throw(struct wire *w, const struct wire_flight *flight);

/* Hands a datagram to a node at once. */
enum link_verdict wire_deliver(struct wire *w, const struct wire_flight *flight);

/* Lets so much time pass. */
void wire_run(struct wire *w, msec span);

/* Tells a node that an address is lost. */
void wire_lose(struct wire *w, size_t number, const struct link_address *address);

/* Whether a has b up. */
bool wire_linked(const struct wire *w, size_t a, size_t b);

/* Whether both have one another up, and send on two ends of one session. */
bool wire_agrees(const struct wire *w, size_t a, size_t b);

size_t wire_sessions(const struct wire *w, size_t number);

uint32_t wire_random(struct wire *w);

#endif
