/* SPDX-License-Identifier: MIT */
#include "node/event.h"

#include "base/limits.h"

#include <string.h>

#define EVENTS_MAX  8192
#define FRAMES_MAX  8192
#define OBJECTS_MAX 64
#define THREADS     16

bool event_pools_open(struct event_pools *pools)
{
    pools->events = pool_create(sizeof(struct event), EVENTS_MAX, THREADS);
    pools->frames = buffer_pool_create(FRAME_SIZE_MAX, FRAMES_MAX, THREADS);
    pools->objects = buffer_pool_create(MESSAGE_SIZE_MAX, OBJECTS_MAX, 4);
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
