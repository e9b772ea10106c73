/* SPDX-License-Identifier: MIT */
#include "consensus/block.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

static const char magic[4] = {'B', 'C', 'b', '1'};

void block_header_encode(const struct block_header *header, uint8_t out[static BLOCK_HEADER_SIZE])
{
    struct writer w = writer_on(out, BLOCK_HEADER_SIZE);
    write_bytes(&w, magic, sizeof magic);
    write_bytes(&w, header->instance.bytes, DIGEST_SIZE);
    write_u64(&w, header->epoch);
    write_u64(&w, header->view);
    write_u64(&w, header->parent_view);
    write_bytes(&w, header->parent.bytes, DIGEST_SIZE);
    write_u64(&w, header->height);
    write_bytes(&w, header->payload_root.bytes, DIGEST_SIZE);
    write_bytes(&w, header->state_root.bytes, DIGEST_SIZE);
    write_bytes(&w, header->skip_root.bytes, DIGEST_SIZE);
    write_i64(&w, header->time);
    CHECK(!w.failed && w.used == BLOCK_HEADER_SIZE);
}

static void read_digest(struct reader *r, struct digest *out)
{
    const uint8_t *at = read_bytes(r, DIGEST_SIZE);
    if (at != NULL)
        memcpy(out->bytes, at, DIGEST_SIZE);
}

bool block_header_decode(struct bytes in, struct block_header *out)
{
    if (in.size != BLOCK_HEADER_SIZE || memcmp(in.at, magic, sizeof magic) != 0)
        return false;
    struct reader r = reader_on(in);
    read_bytes(&r, sizeof magic);
    read_digest(&r, &out->instance);
    out->epoch = read_u64(&r);
    out->view = read_u64(&r);
    out->parent_view = read_u64(&r);
    read_digest(&r, &out->parent);
    out->height = read_u64(&r);
    read_digest(&r, &out->payload_root);
    read_digest(&r, &out->state_root);
    read_digest(&r, &out->skip_root);
    out->time = read_i64(&r);
    return !r.failed;
}

void block_digest(const uint8_t header[static BLOCK_HEADER_SIZE], struct digest *out)
{
    crypto_generichash(out->bytes, DIGEST_SIZE, header, BLOCK_HEADER_SIZE, NULL, 0);
}
