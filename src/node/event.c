/* SPDX-License-Identifier: MIT */
#include "node/event.h"

#include "base/limits.h"

#include <string.h>

#define OBJECTS_MAX     32
#define OBJECTS_THREADS 4 /* Their magazines are small: 64 KB an object. */

bool event_pools_open(struct event_pools *pools, uint32_t queues, uint32_t threads)
{
    /* Every queue full, and as many events held until the journal has written what they rest on. */
    const uint32_t events = (queues + 1) * QUEUE_ENTRIES_DEFAULT;
    pools->events = pool_create(sizeof(struct event), events, threads);
    pools->frames = buffer_pool_create(FRAME_SIZE_MAX, events, threads);
    pools->objects = buffer_pool_create(MESSAGE_SIZE_MAX, OBJECTS_MAX, OBJECTS_THREADS);
    return pools->events != NULL && pools->frames != NULL && pools->objects != NULL;
}

void event_pools_close(struct event_pools *pools)
{
    pool_destroy(pools->events);
    pool_destroy(pools->frames);
    pool_destroy(pools->objects);
}

struct event *event_get(struct event_pools *pools, enum event_kind kind, enum queue_lane lane)
{
    struct event *event = pool_get(pools->events);
    if (event == NULL)
        return NULL;
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->lane = lane;
    return event;
}

struct event *event_copy(struct event_pools *pools, enum event_kind kind, enum queue_lane lane,
                         struct bytes bytes)
{
    struct event *event = event_get(pools, kind, lane);
    if (event == NULL)
        return NULL;
    event->buffer = buffer_get(bytes.size <= FRAME_SIZE_MAX ? pools->frames : pools->objects);
    if (event->buffer == NULL) {
        event_put(pools, event);
        return NULL;
    }
    uint8_t *at = buffer_append(event->buffer, bytes.size);
    memcpy(at, bytes.at, bytes.size);
    event->bytes = buffer_bytes(event->buffer);
    return event;
}

void event_put(struct event_pools *pools, struct event *event)
{
    if (event == NULL)
        return;
    buffer_put(event->buffer);
    json_decref(event->params);
    event->params = NULL;
    event->buffer = NULL;
    pool_put(pools->events, event);
}
