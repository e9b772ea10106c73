/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a Vote or a Certificate to somebody who knows the seats' keys: only what the seats
 * signed is ever valid, here the statements of four seats about one block and two views. The first
 * byte chooses which of the two it is.
 */
#include "base/check.h"
#include "consensus/vote.h"
#include "frame/frame.h"

#include <sodium.h>
#include <string.h>

#define SEATS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct electorate electorate;

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static const struct consensus_crypto crypto = {.verify = verify};

static void know_the_seats(void)
{
    uint8_t secret[64];
    CHECK(sodium_init() >= 0);
    electorate = (struct electorate){.epoch = 1, .seats = SEATS, .quorum = vote_quorum(SEATS)};
    memset(electorate.instance.bytes, 1, DIGEST_SIZE);
    for (unsigned seat = 0; seat < SEATS; seat++) {
        const uint8_t seed[32] = {(uint8_t)(seat + 1)};
        crypto_sign_seed_keypair(electorate.keys[seat].bytes, secret, seed);
    }
}

/* The corpus was signed for the digest of thirty-two twos: NOTARIZE and FINALIZE in view 7, NULLIFY
 * in view 8. */
static bool was_signed(uint32_t type, uint64_t view, const struct digest *digest)
{
    struct digest block;
    memset(block.bytes, type == VOTE_NULLIFY ? 0 : 2, DIGEST_SIZE);
    return view == (type == VOTE_NULLIFY ? 8u : 7u) && memcmp(digest, &block, sizeof block) == 0;
}

static void take_vote(const Bitcraps__Vote *vote)
{
    struct digest digest = {{0}};
    struct signature signature;
    const bool nullify = vote->type == VOTE_NULLIFY;
    if (vote->type < VOTE_NOTARIZE || vote->type > VOTE_FINALIZE || vote->epoch != 1 ||
        vote->seat >= SEATS || vote->signature.len != SIGNATURE_SIZE ||
        vote->digest.len != (nullify ? 0u : DIGEST_SIZE))
        return;
    if (!nullify)
        memcpy(digest.bytes, vote->digest.data, DIGEST_SIZE);
    memcpy(signature.bytes, vote->signature.data, SIGNATURE_SIZE);
    if (vote_valid(&electorate, &crypto, (enum vote_type)vote->type, vote->view, &digest,
                   vote->seat, &signature))
        CHECK(was_signed(vote->type, vote->view, &digest));
}

static void take_certificate(const Bitcraps__Certificate *certificate)
{
    const bool valid = certificate_valid(&electorate, &crypto, certificate);
    if (!certificate_well_formed(&electorate, certificate)) {
        CHECK(!valid);
        return;
    }
    const struct digest digest = certificate_digest(certificate);
    for (unsigned i = 0; i < electorate.quorum; i++)
        (void)certificate_signature(certificate, i);
    CHECK(!valid || was_signed(certificate->type, certificate->view, &digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _Alignas(max_align_t) uint8_t memory[4096];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *message;
    if (size == 0)
        return 0;
    if (electorate.seats == 0)
        know_the_seats();
    const struct bytes in = {.at = data + 1, .size = size - 1};
    if (data[0] % 2 == 0 &&
        frame_unpack(&bitcraps__vote__descriptor, in, &arena, &message) == FRAME_OK)
        take_vote((const Bitcraps__Vote *)message);
    else if (data[0] % 2 == 1 &&
             frame_unpack(&bitcraps__certificate__descriptor, in, &arena, &message) == FRAME_OK)
        take_certificate((const Bitcraps__Certificate *)message);
    return 0;
}
