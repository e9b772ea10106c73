/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as messages to one seat of four whose crypto believes everything: nothing may break,
 * whatever a majority of liars could say. The input is a sequence of size 2 | packed Message.
 */
#include "base/wire.h"
#include "consensus/consensus.h"
#include "frame/frame.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sign(void *context, struct bytes message, struct signature *out)
{
    (void)context;
    memset(out->bytes, message.size > 40 ? message.at[40] : 1, SIGNATURE_SIZE);
}

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    (void)context;
    (void)key;
    (void)message;
    return signature->bytes[0] != 0xff;
}

static enum consensus_work work(void *context, unsigned slot, uint64_t next_view)
{
    (void)context;
    (void)slot;
    return next_view % 3 == 0 ? CONSENSUS_WORK_DUE : CONSENSUS_WORK_WAIT;
}

static size_t propose(void *context, unsigned parent, const struct block_header *header,
                      uint8_t *payload, size_t size_max)
{
    (void)context;
    (void)parent;
    if (size_max < 8)
        return 0;
    memset(payload, (int)(header->view & 0x7f), 8);
    return 8;
}

static bool execute(void *context, unsigned parent, unsigned slot,
                    const struct block_header *header, const struct digest *digest,
                    struct bytes payload)
{
    (void)context;
    (void)header;
    (void)digest;
    return parent != slot && (payload.size == 0 || payload.at[0] != 0xee);
}

static void root(void *context, unsigned slot, struct digest *out)
{
    (void)context;
    (void)slot;
    memset(out->bytes, 0, DIGEST_SIZE);
}

static void finalize(void *context, unsigned slot, const struct block_header *header,
                     const struct digest *digest, struct bytes payload)
{
    (void)context;
    (void)slot;
    (void)header;
    (void)digest;
    (void)payload;
}

static struct bytes last_action(void *context, unsigned seat)
{
    (void)context;
    (void)seat;
    return (struct bytes){NULL, 0};
}

static bool knows_action(void *context, struct bytes action)
{
    (void)context;
    return action.at[0] != 0xee;
}

static const struct consensus_config config = {
    .epoch = 1,
    .seats = 4,
    .self = 0,
    .delay = 100,
    .crypto = {.sign = sign, .verify = verify},
    .application = {.work = work,
                    .propose = propose,
                    .execute = execute,
                    .root = root,
                    .finalize = finalize,
                    .last_action = last_action,
                    .knows_action = knows_action},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct consensus consensus;
    static struct effect effects[CONSENSUS_OUTBOX_EFFECTS];
    static uint8_t bytes[CONSENSUS_OUTBOX_SIZE];
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct outbox out = {.effects = effects,
                         .effects_max = CONSENSUS_OUTBOX_EFFECTS,
                         .arena = bytes,
                         .arena_size = sizeof bytes};
    msec now = 1000;
    consensus_init(&consensus, &config, now);
    struct reader r = reader_on((struct bytes){data, size});
    while (r.size > 2) {
        const uint16_t length = read_u16(&r);
        struct bytes one = {r.at, length & 0x7fff};
        if (read_bytes(&r, one.size) == NULL)
            break;
        struct arena arena = {.at = memory, .size = sizeof memory};
        const ProtobufCMessage *message;
        outbox_clear(&out);
        /* The highest bit lets time pass instead. */
        if ((length & 0x8000) != 0) {
            now = consensus_deadline(&consensus) == MSEC_NEVER ? now + 1000
                                                               : consensus_deadline(&consensus);
            consensus_expire(&consensus, now, now, &out);
            outbox_clear(&out);
        }
        if (frame_unpack(&bitcraps__message__descriptor, one, &arena, &message) != FRAME_OK)
            continue;
        const Bitcraps__Message *kind = (const Bitcraps__Message *)message;
        if (kind->kind_case != BITCRAPS__MESSAGE__KIND__NOT_SET &&
            kind->kind_case < BITCRAPS__MESSAGE__KIND_ACTION)
            consensus_receive(&consensus, now, now, kind, &out);
    }
    return 0;
}
