/* SPDX-License-Identifier: MIT */
#include "table/statement.h"

#include "base/check.h"
#include "base/wire.h"

size_t statement_action(const struct digest *instance, struct bytes body,
                        uint8_t out[static STATEMENT_ACTION_MAX])
{
    struct writer w = writer_on(out, STATEMENT_ACTION_MAX);
    write_bytes(&w, "BCop", 4);
    write_bytes(&w, instance->bytes, DIGEST_SIZE);
    write_bytes(&w, body.at, body.size);
    return w.failed ? 0 : w.used;
}

bool statement_partial(const struct digest *instance, const Bitcraps__Partial *partial,
                       uint8_t out[static STATEMENT_PARTIAL_SIZE])
{
    if (partial->close.len != DIGEST_SIZE || partial->partial.len != ELEMENT_SIZE ||
        partial->proof.len != PROOF_SIZE || partial->seat >= SEATS_MAX)
        return false;
    struct writer w = writer_on(out, STATEMENT_PARTIAL_SIZE);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, instance->bytes, DIGEST_SIZE);
    write_u64(&w, partial->epoch);
    write_u64(&w, partial->roll);
    write_bytes(&w, partial->close.data, DIGEST_SIZE);
    write_u8(&w, (uint8_t)partial->seat);
    write_bytes(&w, partial->partial.data, ELEMENT_SIZE);
    write_bytes(&w, partial->proof.data, PROOF_SIZE);
    CHECK(!w.failed && w.used == STATEMENT_PARTIAL_SIZE);
    return true;
}
