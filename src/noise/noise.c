/* SPDX-License-Identifier: MIT */
/*
 * Sections are of the Noise Protocol Framework, revision 34.
 */
#include "noise/noise.h"

#include "base/check.h"

#include <sodium.h>

_Static_assert(NOISE_HASH_SIZE == crypto_hash_sha256_BYTES, "HASHLEN of SHA256");
_Static_assert(NOISE_HASH_SIZE == crypto_auth_hmacsha256_BYTES, "HMAC-HASH gives HASHLEN bytes");
_Static_assert(NOISE_KEY_SIZE == crypto_scalarmult_BYTES, "DHLEN of 25519");
_Static_assert(NOISE_TAG_SIZE == crypto_aead_chacha20poly1305_IETF_ABYTES, "a Poly1305 tag");

/* What a handshake message does, in its order (section 7.5, pattern XX; psk3: section 9). */
enum token {
    TOKEN_END,
    TOKEN_E,
    TOKEN_S,
    TOKEN_EE,
    TOKEN_ES,
    TOKEN_SE,
    TOKEN_PSK,
};

#define MESSAGES 3

static const enum token messages[MESSAGES][5] = {
    {TOKEN_E},
    {TOKEN_E, TOKEN_EE, TOKEN_S, TOKEN_ES},
    {TOKEN_S, TOKEN_SE, TOKEN_PSK},
};

/* The nonce of ChaChaPoly: 32 zero bits, then the counter, little-endian (section 12.3). */
static void nonce_fill(uint8_t nonce[static crypto_aead_chacha20poly1305_IETF_NPUBBYTES],
                       uint64_t counter)
{
    memset(nonce, 0, 4);
    for (int i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(counter >> 8 * i);
}

void noise_seal(const uint8_t key[static NOISE_KEY_SIZE], uint64_t counter, struct bytes associated,
                struct bytes plain, uint8_t *cipher)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];
    nonce_fill(nonce, counter);
    crypto_aead_chacha20poly1305_ietf_encrypt(cipher, NULL, plain.at, plain.size, associated.at,
                                              associated.size, NULL, nonce, key);
}

/* Decrypts size bytes, tag included, to plain, which may be where they are. */
static bool open_to(const uint8_t key[static NOISE_KEY_SIZE], uint64_t counter,
                    struct bytes associated, struct bytes cipher, uint8_t *plain)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];
    nonce_fill(nonce, counter);
    return crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, cipher.at, cipher.size,
                                                     associated.at, associated.size, nonce,
                                                     key) == 0;
}

bool noise_open(const uint8_t key[static NOISE_KEY_SIZE], uint64_t counter, struct bytes associated,
                uint8_t *cipher, size_t size)
{
    return size >= NOISE_TAG_SIZE &&
           open_to(key, counter, associated, (struct bytes){.at = cipher, .size = size}, cipher);
}

static void hmac(const uint8_t key[static NOISE_HASH_SIZE], const uint8_t *first, size_t first_size,
                 uint8_t last, uint8_t out[static NOISE_HASH_SIZE])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, NOISE_HASH_SIZE);
    crypto_auth_hmacsha256_update(&state, first, first_size);
    if (last != 0)
        crypto_auth_hmacsha256_update(&state, &last, 1);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

/* HKDF(chaining key, input) with count outputs of 32 bytes (section 4.3); input is 0 or 32 bytes.
 */
static void hkdf(const uint8_t chaining_key[static NOISE_HASH_SIZE], struct bytes input, int count,
                 uint8_t outputs[][NOISE_HASH_SIZE])
{
    uint8_t secret[NOISE_HASH_SIZE];
    uint8_t before[NOISE_HASH_SIZE];
    hmac(chaining_key, input.at, input.size, 0, secret);
    for (int i = 0; i < count; i++) {
        if (i > 0)
            memcpy(before, outputs[i - 1], sizeof before);
        hmac(secret, before, i > 0 ? sizeof before : 0, (uint8_t)(i + 1), outputs[i]);
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(before, sizeof before);
}

/* MixHash (section 5.2). */
static void mix_hash(struct noise_handshake *h, const uint8_t *data, size_t size)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, h->hash, sizeof h->hash);
    crypto_hash_sha256_update(&state, data, size);
    crypto_hash_sha256_final(&state, h->hash);
}

/* MixKey (section 5.2). */
static void mix_key(struct noise_handshake *h, const uint8_t input[static NOISE_KEY_SIZE])
{
    uint8_t outputs[2][NOISE_HASH_SIZE];
    hkdf(h->chaining_key, (struct bytes){.at = input, .size = NOISE_KEY_SIZE}, 2, outputs);
    memcpy(h->chaining_key, outputs[0], sizeof h->chaining_key);
    memcpy(h->key, outputs[1], sizeof h->key);
    h->has_key = true;
    h->nonce = 0;
    sodium_memzero(outputs, sizeof outputs);
}

/* MixKeyAndHash (section 5.2), for the pre-shared key. */
static void mix_key_and_hash(struct noise_handshake *h, const uint8_t input[static NOISE_KEY_SIZE])
{
    uint8_t outputs[3][NOISE_HASH_SIZE];
    hkdf(h->chaining_key, (struct bytes){.at = input, .size = NOISE_KEY_SIZE}, 3, outputs);
    memcpy(h->chaining_key, outputs[0], sizeof h->chaining_key);
    mix_hash(h, outputs[1], sizeof outputs[1]);
    memcpy(h->key, outputs[2], sizeof h->key);
    h->has_key = true;
    h->nonce = 0;
    sodium_memzero(outputs, sizeof outputs);
}

/* A Diffie-Hellman result into the key; false for a remote key of low order. */
static bool mix_dh(struct noise_handshake *h, const uint8_t *secret, const uint8_t *public)
{
    uint8_t shared[NOISE_KEY_SIZE];
    const bool good = crypto_scalarmult(shared, secret, public) == 0;
    if (good)
        mix_key(h, shared);
    sodium_memzero(shared, sizeof shared);
    return good;
}

/* The tokens that only change keys, the same on both sides. */
static bool mix_token(struct noise_handshake *h, enum token token)
{
    const bool initiator = h->role == NOISE_INITIATOR;
    switch (token) {
    case TOKEN_EE:
        return mix_dh(h, h->ephemeral_secret, h->remote_ephemeral);
    case TOKEN_ES:
        return initiator ? mix_dh(h, h->ephemeral_secret, h->remote_static)
                         : mix_dh(h, h->static_secret, h->remote_ephemeral);
    case TOKEN_SE:
        return initiator ? mix_dh(h, h->static_secret, h->remote_ephemeral)
                         : mix_dh(h, h->ephemeral_secret, h->remote_static);
    case TOKEN_PSK:
        if (h->has_psk)
            mix_key_and_hash(h, h->psk);
        return true;
    case TOKEN_END:
    case TOKEN_E:
    case TOKEN_S:
        break;
    }
    CHECK(!"a token that only changes keys");
    return false;
}

/* An ephemeral key was sent or read; with a pre-shared key it is mixed into the key too (9.2). */
static void mix_ephemeral(struct noise_handshake *h, const uint8_t public[static NOISE_KEY_SIZE])
{
    mix_hash(h, public, NOISE_KEY_SIZE);
    if (h->has_psk)
        mix_key(h, public);
}

/* EncryptAndHash (section 5.2). */
static void write_encrypted(struct noise_handshake *h, struct bytes plain, struct writer *w)
{
    const size_t size = plain.size + (h->has_key ? NOISE_TAG_SIZE : 0);
    if (w->failed || w->size - w->used < size) {
        w->failed = true;
        return;
    }
    uint8_t *at = w->at + w->used;
    if (h->has_key)
        noise_seal(h->key, h->nonce++, (struct bytes){.at = h->hash, .size = sizeof h->hash}, plain,
                   at);
    else if (plain.size > 0)
        memcpy(at, plain.at, plain.size);
    w->used += size;
    mix_hash(h, at, size);
}

/* DecryptAndHash (section 5.2) of size bytes, tag included. */
static bool read_encrypted(struct noise_handshake *h, struct reader *r, size_t size, uint8_t *plain)
{
    const uint8_t *at = read_bytes(r, size);
    if (at == NULL || (h->has_key && size < NOISE_TAG_SIZE))
        return false;
    const struct bytes cipher = {.at = at, .size = size};
    if (h->has_key) {
        const struct bytes associated = {.at = h->hash, .size = sizeof h->hash};
        if (!open_to(h->key, h->nonce++, associated, cipher, plain))
            return false;
    } else if (size > 0) {
        memcpy(plain, at, size);
    }
    mix_hash(h, at, size);
    return true;
}

void noise_begin(struct noise_handshake *h, enum noise_role role, struct bytes prologue,
                 const uint8_t static_secret[static NOISE_KEY_SIZE],
                 const uint8_t ephemeral_secret[static NOISE_KEY_SIZE], const uint8_t *psk)
{
    static const char name[] = "Noise_XX_25519_ChaChaPoly_SHA256";
    static const char name_psk[] = "Noise_XXpsk3_25519_ChaChaPoly_SHA256";
    _Static_assert(sizeof name - 1 == NOISE_HASH_SIZE, "is the first hash as it is (section 5.2)");

    memset(h, 0, sizeof *h);
    h->role = role;
    if (psk == NULL) {
        memcpy(h->hash, name, sizeof h->hash);
    } else {
        crypto_hash_sha256(h->hash, (const uint8_t *)name_psk, sizeof name_psk - 1);
        memcpy(h->psk, psk, sizeof h->psk);
        h->has_psk = true;
    }
    memcpy(h->chaining_key, h->hash, sizeof h->chaining_key);
    mix_hash(h, prologue.at, prologue.size);
    memcpy(h->static_secret, static_secret, sizeof h->static_secret);
    memcpy(h->ephemeral_secret, ephemeral_secret, sizeof h->ephemeral_secret);
    crypto_scalarmult_base(h->static_public, h->static_secret);
    crypto_scalarmult_base(h->ephemeral_public, h->ephemeral_secret);
}

bool noise_writes_next(const struct noise_handshake *h)
{
    return h->step < MESSAGES && (h->step % 2 == 0) == (h->role == NOISE_INITIATOR);
}

bool noise_write(struct noise_handshake *h, struct bytes payload, struct writer *w)
{
    CHECK(noise_writes_next(h));
    for (const enum token *token = messages[h->step]; *token != TOKEN_END; token++) {
        if (*token == TOKEN_E) {
            write_bytes(w, h->ephemeral_public, sizeof h->ephemeral_public);
            mix_ephemeral(h, h->ephemeral_public);
        } else if (*token == TOKEN_S) {
            write_encrypted(
                h, (struct bytes){.at = h->static_public, .size = sizeof h->static_public}, w);
        } else if (!mix_token(h, *token)) {
            return false;
        }
    }
    write_encrypted(h, payload, w);
    h->step++;
    return !w->failed;
}

bool noise_read(struct noise_handshake *h, struct bytes message, uint8_t *payload,
                size_t *payload_size)
{
    CHECK(h->step < MESSAGES && !noise_writes_next(h));
    struct reader r = reader_on(message);
    for (const enum token *token = messages[h->step]; *token != TOKEN_END; token++) {
        if (*token == TOKEN_E) {
            const uint8_t *at = read_bytes(&r, NOISE_KEY_SIZE);
            if (at == NULL)
                return false;
            memcpy(h->remote_ephemeral, at, NOISE_KEY_SIZE);
            mix_ephemeral(h, h->remote_ephemeral);
        } else if (*token == TOKEN_S) {
            const size_t size = NOISE_KEY_SIZE + (h->has_key ? NOISE_TAG_SIZE : 0);
            if (!read_encrypted(h, &r, size, h->remote_static))
                return false;
        } else if (!mix_token(h, *token)) {
            return false;
        }
    }
    const size_t left = r.size;
    if (!read_encrypted(h, &r, left, payload))
        return false;
    *payload_size = left - (h->has_key ? NOISE_TAG_SIZE : 0);
    h->step++;
    return true;
}

void noise_split(const struct noise_handshake *h, uint8_t send_key[static NOISE_KEY_SIZE],
                 uint8_t receive_key[static NOISE_KEY_SIZE])
{
    CHECK(h->step == MESSAGES);
    const int sends = h->role == NOISE_INITIATOR ? 0 : 1;
    uint8_t outputs[2][NOISE_HASH_SIZE];
    hkdf(h->chaining_key, (struct bytes){.at = NULL, .size = 0}, 2, outputs);
    memcpy(send_key, outputs[sends], NOISE_KEY_SIZE);
    memcpy(receive_key, outputs[1 - sends], NOISE_KEY_SIZE);
    sodium_memzero(outputs, sizeof outputs);
}

void noise_clear(struct noise_handshake *h)
{
    sodium_memzero(h, sizeof *h);
}
