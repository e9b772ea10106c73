/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the reader of recorded sessions, and the engine with whatever could be read: all of it is
 * bounded, and no session brings the engine to a state that it would not write down and read back.
 */
#include <string.h>

#include "base/check.h"
#include "tests/craps/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct corpus_session session;
    static struct replay replay;
    static uint8_t memory[CRAPS_ENCODED_MAX];
    static struct craps again;
    char fault[CORPUS_FAULT_SIZE] = "";

    if (!corpus_read((struct bytes){data, size}, &session, fault)) {
        CHECK(fault[0] != '\0' && strlen(fault) < CORPUS_FAULT_SIZE);
        return 0;
    }
    CHECK(session.steps_count <= CORPUS_STEPS_MAX);
    replay_session(&replay, &session);
    struct writer out = writer_on(memory, sizeof memory);
    craps_encode(&replay.craps, &out);
    struct reader in = reader_on(written(&out));
    CHECK(!out.failed && craps_decode(&in, &again) && in.size == 0);
    CHECK(memcmp(&again, &replay.craps, sizeof again) == 0);
    return 0;
}
