/* SPDX-License-Identifier: MIT */
/*
 * Two parties learn who the other is and share two keys: Noise_XX_25519_ChaChaPoly_SHA256, or
 * Noise_XXpsk3_25519_ChaChaPoly_SHA256 when both hold a pre-shared key (Noise Protocol Framework,
 * revision 34). Then the keys seal and open transport messages under explicit counters.
 *
 * Three messages, written and read in turn:
 *     -> e        <- e, ee, s, es        -> s, se (, psk)
 * No randomness inside: the ephemeral secret comes in and must be fresh. Whether the remote static
 * key may be trusted is the caller's to judge (identity.h). Called by link/, on the thread that
 * owns the handshake; a struct noise_handshake is plain memory and may be copied to try a message
 * on.
 */
#ifndef NOISE_NOISE_H
#define NOISE_NOISE_H

#include "base/types.h"
#include "base/wire.h"

#define NOISE_KEY_SIZE  32
#define NOISE_HASH_SIZE 32
#define NOISE_TAG_SIZE  16

/* What the three messages add to their payloads; message 1 has a tag only with a pre-shared key. */
#define NOISE_OVERHEAD_1     32
#define NOISE_OVERHEAD_1_PSK 48
#define NOISE_OVERHEAD_2     96
#define NOISE_OVERHEAD_3     64

/* Noise specification, section 3: a message is at most 65535 bytes. */
#define NOISE_MESSAGE_SIZE_MAX 65535

enum noise_role {
    NOISE_INITIATOR,
    NOISE_RESPONDER,
};

/* A handshake under way. Holds secrets: noise_clear when it is over. */
struct noise_handshake {
    enum noise_role role;
    uint8_t step; /* Messages done, 0 to 3. */
    bool has_key; /* key is set: from here on payloads are encrypted. */
    bool has_psk;
    uint64_t nonce;
    uint8_t key[NOISE_KEY_SIZE];
    uint8_t chaining_key[NOISE_HASH_SIZE];
    uint8_t hash[NOISE_HASH_SIZE]; /* After the third message: the channel binding. */
    uint8_t psk[NOISE_KEY_SIZE];
    uint8_t static_secret[NOISE_KEY_SIZE];
    uint8_t static_public[NOISE_KEY_SIZE];
    uint8_t ephemeral_secret[NOISE_KEY_SIZE];
    uint8_t ephemeral_public[NOISE_KEY_SIZE];
    uint8_t remote_static[NOISE_KEY_SIZE]; /* Valid once read: message 2 or 3. */
    uint8_t remote_ephemeral[NOISE_KEY_SIZE];
};

/*
 * Starts a handshake; copies everything. psk may be NULL: then it is XX, else XXpsk3. The ephemeral
 * secret is 32 fresh random bytes that nothing else ever uses.
 */
void noise_begin(struct noise_handshake *h, enum noise_role role, struct bytes prologue,
                 const uint8_t static_secret[static NOISE_KEY_SIZE],
                 const uint8_t ephemeral_secret[static NOISE_KEY_SIZE], const uint8_t *psk);

/* Whether the next message is ours to write; false when all three are done. */
bool noise_writes_next(const struct noise_handshake *h);

/*
 * Appends the next message with this payload to w. False when the remote's key is of low order or
 * there is no room: the handshake is then spoilt. Out of turn is a bug: CHECK.
 */
bool noise_write(struct noise_handshake *h, struct bytes payload, struct writer *w);

/*
 * Reads the next message and writes its payload, at most message.size bytes, to payload, which may
 * not overlap the message; *payload_size is set. False when it is not authentic, too short or of a
 * low-order key: the handshake is then spoilt, so read on a copy what anyone may have sent. Out of
 * turn is a bug: CHECK.
 */
bool noise_read(struct noise_handshake *h, struct bytes message, uint8_t *payload,
                size_t *payload_size);

/* After the third message: the keys for what we send and for what we receive (section 5.2). */
void noise_split(const struct noise_handshake *h, uint8_t send_key[static NOISE_KEY_SIZE],
                 uint8_t receive_key[static NOISE_KEY_SIZE]);

/* Overwrites all secrets. */
void noise_clear(struct noise_handshake *h);

/*
 * Encrypts a transport message: size bytes from plain to cipher (may be the same), NOISE_TAG_SIZE
 * more at its end. A counter is used once per key.
 */
void noise_seal(const uint8_t key[static NOISE_KEY_SIZE], uint64_t counter, struct bytes associated,
                struct bytes plain, uint8_t *cipher);

/*
 * Decrypts a transport message of size bytes, tag included, in place; size - NOISE_TAG_SIZE bytes
 * of plaintext remain at the front. False when it is not authentic or shorter than a tag: the
 * memory is then not plaintext.
 */
bool noise_open(const uint8_t key[static NOISE_KEY_SIZE], uint64_t counter, struct bytes associated,
                uint8_t *cipher, size_t size);

#endif
