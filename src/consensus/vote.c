/* SPDX-License-Identifier: MIT */
#include "consensus/vote.h"

#include "base/check.h"
#include "base/wire.h"

unsigned vote_quorum(unsigned seats)
{
    CHECK(seats >= 1 && seats <= SEATS_MAX);
    return seats - (seats - 1) / 3;
}

void vote_statement(const struct electorate *electorate, enum vote_type type, uint64_t view,
                    const struct digest *digest, uint8_t out[static VOTE_STATEMENT_SIZE])
{
    static const struct digest none;
    struct writer w = writer_on(out, VOTE_STATEMENT_SIZE);
    write_bytes(&w, "BCv1", 4);
    write_bytes(&w, electorate->instance.bytes, DIGEST_SIZE);
    write_u64(&w, electorate->epoch);
    write_u8(&w, (uint8_t)type);
    write_u64(&w, view);
    write_bytes(&w, digest == NULL ? none.bytes : digest->bytes, DIGEST_SIZE);
    CHECK(!w.failed && w.used == VOTE_STATEMENT_SIZE);
}

bool vote_valid(const struct electorate *electorate, const struct consensus_crypto *crypto,
                enum vote_type type, uint64_t view, const struct digest *digest, unsigned seat,
                const struct signature *signature)
{
    CHECK(seat < electorate->seats);
    uint8_t statement[VOTE_STATEMENT_SIZE];
    vote_statement(electorate, type, view, digest, statement);
    return crypto->verify(crypto->context, &electorate->keys[seat],
                          (struct bytes){statement, sizeof statement}, signature);
}

bool certificate_well_formed(const struct electorate *electorate,
                             const Bitcraps__Certificate *certificate)
{
    const unsigned quorum = electorate->quorum;
    if (certificate->type < VOTE_NOTARIZE || certificate->type > VOTE_FINALIZE)
        return false;
    const size_t digest_size = certificate->type == VOTE_NULLIFY ? 0 : DIGEST_SIZE;
    return certificate->epoch == electorate->epoch && certificate->view > 0 &&
           certificate->digest.len == digest_size &&
           certificate->bitmap >> (electorate->seats - 1) <= 1 &&
           (unsigned)__builtin_popcountll(certificate->bitmap) == quorum &&
           certificate->signatures.len == (size_t)quorum * SIGNATURE_SIZE;
}

struct digest certificate_digest(const Bitcraps__Certificate *certificate)
{
    struct digest digest = {{0}};
    if (certificate->digest.len == DIGEST_SIZE)
        memcpy(digest.bytes, certificate->digest.data, DIGEST_SIZE);
    return digest;
}

struct signature certificate_signature(const Bitcraps__Certificate *certificate, unsigned index)
{
    struct signature signature;
    CHECK((size_t)(index + 1) * SIGNATURE_SIZE <= certificate->signatures.len);
    memcpy(signature.bytes, certificate->signatures.data + (size_t)index * SIGNATURE_SIZE,
           SIGNATURE_SIZE);
    return signature;
}

bool certificate_valid(const struct electorate *electorate, const struct consensus_crypto *crypto,
                       const Bitcraps__Certificate *certificate)
{
    if (!certificate_well_formed(electorate, certificate))
        return false;
    const struct digest digest = certificate_digest(certificate);
    unsigned index = 0;
    for (unsigned seat = 0; seat < electorate->seats; seat++) {
        if ((certificate->bitmap >> seat & 1) == 0)
            continue;
        const struct signature signature = certificate_signature(certificate, index++);
        if (!vote_valid(electorate, crypto, (enum vote_type)certificate->type, certificate->view,
                        &digest, seat, &signature))
            return false;
    }
    return true;
}
