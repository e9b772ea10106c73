/* SPDX-License-Identifier: MIT */
/* What is read as a packet is written as the same bytes; what is read as a piece keeps its bounds.
 */
#include "base/check.h"
#include "mesh/packet.h"
#include "mesh/piece.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes view = {.at = data, .size = size};
    struct packet packet;
    if (packet_decode(view, &packet) != PACKET_OK)
        return 0;
    uint8_t again[PACKET_SIZE_MAX];
    CHECK(packet_encode(&packet, again) == size);
    const size_t unsigned_size = PACKET_HEADER_SIZE + packet.body.size;
    CHECK(memcmp(again, data, unsigned_size) == 0);
    CHECK((packet.signature == NULL) == (unsigned_size == size));
    struct piece piece;
    if (piece_decode(packet.body, &piece))
        CHECK(piece.part < piece.parts && piece.parts <= PIECES_MAX &&
              piece.slice.size <= PIECE_SIZE_MAX);
    return 0;
}
