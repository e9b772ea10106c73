/* SPDX-License-Identifier: MIT */
/* Anything that anybody may put on the air. */
#include "base/check.h"
#include "platform/linux-bt/advertisement.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static const uint8_t network[NETWORK_ID_SIZE];
    /* In memory of exactly its size, so that a read behind it is seen. */
    uint8_t *eir = malloc(size + (size == 0));
    CHECK(eir != NULL);
    if (size > 0)
        memcpy(eir, at, size);
    const uint8_t *data = advertisement_find((struct bytes){.at = eir, .size = size});
    if (data != NULL) {
        CHECK(data >= eir && data + ADVERTISEMENT_SIZE <= eir + size);
        const struct advertisement_key key = advertisement_key_of(network);
        uint8_t psm = 0;
        bool bredr;
        if (advertisement_read(&key, data, &psm, &bredr) == ADVERTISEMENT_OURS)
            CHECK(psm >= ADVERTISEMENT_PSM_FIRST);
    }
    free(eir);
    return 0;
}
