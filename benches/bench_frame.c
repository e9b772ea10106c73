/* SPDX-License-Identifier: MIT */
/*
 * What it costs to read and write a message: frame/ against protobuf-c with malloc and protobuf-c
 * with an arena allocator. A vote, and a batch of eight actions.
 *
 * All contestants take turns within one run; medians of the rounds are printed, and ratios, which
 * mean more than the times do.
 */
#include "base/check.h"
#include "frame/frame.h"
#include "tests/frame/sample.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS        61
#define REPEATS       4000
#define BATCH_ACTIONS 8
#define BUFFER_SIZE   8192
#define ARENA_BYTES   16384

enum contestant { CONTESTANT_FRAME, CONTESTANT_MALLOC, CONTESTANT_ARENA, CONTESTANTS };

static const char *const contestant_names[CONTESTANTS] = {
    [CONTESTANT_FRAME] = "frame",
    [CONTESTANT_MALLOC] = "protobuf-c, malloc",
    [CONTESTANT_ARENA] = "protobuf-c, arena",
};

/* One message under test, packed and unpacked. */
struct subject {
    const char *name;
    const ProtobufCMessageDescriptor *descriptor;
    const ProtobufCMessage *message;
    uint8_t packed[BUFFER_SIZE];
    size_t packed_size;
};

static uint64_t heap_calls;
static volatile uintptr_t sink; /* Keeps results alive. */
static _Alignas(16) uint8_t arena_memory[ARENA_BYTES];
static uint8_t buffer[BUFFER_SIZE];

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

/* The linker sends every heap call of this program, frame/ included, through these. */
void *__wrap_malloc(size_t size)
{
    heap_calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    heap_calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    heap_calls++;
    return __real_realloc(memory, size);
}

static void *heap_alloc(void *data, size_t size)
{
    (void)data;
    return malloc(size);
}

static void heap_free(void *data, void *memory)
{
    (void)data;
    free(memory);
}

static void *bump_alloc(void *data, size_t size)
{
    struct arena *arena = data;
    const size_t rounded = (size + 15) & ~(size_t)15;
    if (arena->size - arena->used < rounded)
        return NULL;
    void *taken = arena->at + arena->used;
    arena->used += rounded;
    return taken;
}

static void bump_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void decode(const struct subject *subject, enum contestant contestant, unsigned repeats)
{
    struct arena arena = {.at = arena_memory, .size = sizeof arena_memory};
    ProtobufCAllocator bump = {.alloc = bump_alloc, .free = bump_free, .allocator_data = &arena};
    const struct bytes in = {.at = subject->packed, .size = subject->packed_size};
    for (unsigned i = 0; i < repeats; i++) {
        arena.used = 0;
        switch (contestant) {
        case CONTESTANT_FRAME: {
            const ProtobufCMessage *message;
            CHECK(frame_unpack(subject->descriptor, in, &arena, &message) == FRAME_OK);
            sink = (uintptr_t)message;
            break;
        }
        case CONTESTANT_MALLOC: {
            ProtobufCMessage *message =
                protobuf_c_message_unpack(subject->descriptor, NULL, in.size, in.at);
            CHECK(message != NULL);
            protobuf_c_message_free_unpacked(message, NULL);
            break;
        }
        case CONTESTANT_ARENA: {
            const ProtobufCMessage *message =
                protobuf_c_message_unpack(subject->descriptor, &bump, in.size, in.at);
            CHECK(message != NULL);
            sink = (uintptr_t)message;
            break;
        }
        case CONTESTANTS:
            CHECK(!"a contestant");
        }
    }
}

static void encode(const struct subject *subject, enum contestant contestant, unsigned repeats)
{
    for (unsigned i = 0; i < repeats; i++) {
        switch (contestant) {
        case CONTESTANT_FRAME: {
            struct writer w = writer_on(buffer, sizeof buffer);
            CHECK(frame_pack(subject->message, &w));
            sink = w.used;
            break;
        }
        case CONTESTANT_MALLOC: {
            uint8_t *memory = malloc(protobuf_c_message_get_packed_size(subject->message));
            CHECK(memory != NULL);
            sink = protobuf_c_message_pack(subject->message, memory);
            free(memory);
            break;
        }
        case CONTESTANT_ARENA:
            CHECK(protobuf_c_message_get_packed_size(subject->message) <= sizeof buffer);
            sink = protobuf_c_message_pack(subject->message, buffer);
            break;
        case CONTESTANTS:
            CHECK(!"a contestant");
        }
    }
}

typedef void work(const struct subject *subject, enum contestant contestant, unsigned repeats);

/* Heap calls of one decode or encode; protobuf-c's own are seen through an allocator of ours. */
static uint64_t count_heap_calls(const struct subject *subject, enum contestant contestant,
                                 work *what)
{
    heap_calls = 0;
    if (what == decode && contestant == CONTESTANT_MALLOC) {
        ProtobufCAllocator heap = {.alloc = heap_alloc, .free = heap_free};
        ProtobufCMessage *message = protobuf_c_message_unpack(
            subject->descriptor, &heap, subject->packed_size, subject->packed);
        protobuf_c_message_free_unpacked(message, &heap);
    } else {
        what(subject, contestant, 1);
    }
    return heap_calls;
}

static int compare_times(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void measure(const struct subject *subject, const char *verb, work *what)
{
    static uint64_t times[CONTESTANTS][ROUNDS];
    double medians[CONTESTANTS];
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (enum contestant c = 0; c < CONTESTANTS; c++) {
            const uint64_t start = now_ns();
            what(subject, c, REPEATS);
            times[c][round] = now_ns() - start;
        }
    }
    for (enum contestant c = 0; c < CONTESTANTS; c++) {
        qsort(times[c], ROUNDS, sizeof times[c][0], compare_times);
        medians[c] = (double)times[c][ROUNDS / 2] / REPEATS;
    }
    for (enum contestant c = 0; c < CONTESTANTS; c++)
        printf("%-7s %s %-20s %8.1f ns %3" PRIu64 " allocations %6.2fx\n", subject->name, verb,
               contestant_names[c], medians[c], count_heap_calls(subject, c, what),
               medians[c] / medians[CONTESTANT_FRAME]);
}

static void subject_fill(struct subject *subject, const char *name, const ProtobufCMessage *message)
{
    *subject = (struct subject){.name = name, .descriptor = message->descriptor};
    subject->message = message;
    CHECK(protobuf_c_message_get_packed_size(message) <= BUFFER_SIZE);
    subject->packed_size = protobuf_c_message_pack(message, subject->packed);
    struct writer w = writer_on(buffer, sizeof buffer);
    CHECK(frame_pack(message, &w) && w.used == subject->packed_size);
    CHECK(memcmp(buffer, subject->packed, w.used) == 0);
}

int main(void)
{
    static struct subject vote_subject;
    static struct subject batch_subject;
    uint8_t noise[SIGNATURE_SIZE];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 37 + 11);
    const ProtobufCBinaryData digest = {.len = DIGEST_SIZE, .data = noise};
    const ProtobufCBinaryData signature = {.len = SIGNATURE_SIZE, .data = noise};

    Sample__Vote vote = SAMPLE__VOTE__INIT;
    vote.table = digest;
    vote.epoch = 3;
    vote.view = 4711;
    vote.block = digest;
    vote.voter = digest;
    vote.signature = signature;

    Sample__Action actions[BATCH_ACTIONS];
    Sample__Action *action_list[BATCH_ACTIONS];
    for (uint32_t i = 0; i < BATCH_ACTIONS; i++) {
        sample__action__init(&actions[i]);
        actions[i].seat = i + 1;
        actions[i].sequence = 300 + i;
        actions[i].roll = 57;
        actions[i].bet = 4 + i;
        actions[i].amount = 25 * (i + 1);
        actions[i].signature = signature;
        action_list[i] = &actions[i];
    }
    Sample__Batch batch = SAMPLE__BATCH__INIT;
    batch.epoch = 3;
    batch.view = 4711;
    batch.table = digest;
    batch.parent = digest;
    batch.state = digest;
    batch.n_actions = BATCH_ACTIONS;
    batch.actions = action_list;
    batch.signature = signature;

    subject_fill(&vote_subject, "vote", &vote.base);
    subject_fill(&batch_subject, "batch", &batch.base);
    printf("vote: %zu bytes; batch of %d actions: %zu bytes; medians of %d rounds\n",
           vote_subject.packed_size, BATCH_ACTIONS, batch_subject.packed_size, ROUNDS);
    measure(&vote_subject, "decode", decode);
    measure(&vote_subject, "encode", encode);
    measure(&batch_subject, "decode", decode);
    measure(&batch_subject, "encode", encode);
    return 0;
}
