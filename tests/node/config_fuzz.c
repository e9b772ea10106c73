/* SPDX-License-Identifier: MIT */
/* Whatever a config file says: it is taken, or a sentence says why not. */
#include "config.h"

#include "base/check.h"
#include "node/node.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    char path[32];
    char sentence[NODE_SENTENCE_SIZE] = "";
    if (file < 0)
        file = memfd_create("config", MFD_CLOEXEC);
    CHECK(file >= 0 && ftruncate(file, 0) == 0);
    CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct node_config config;
    node_config_default(&config);
    const bool taken = node_config_read(&config, path, sentence);
    CHECK(taken == (sentence[0] == '\0'));
    CHECK(memchr(sentence, '\0', sizeof sentence) != NULL);
    CHECK(config.state[0] != '\0' && memchr(config.state, '\0', sizeof config.state) != NULL);
    CHECK(memchr(config.listen, '\0', sizeof config.listen) != NULL);
    CHECK(config.connects <= NODE_CONNECTS_MAX);
    for (unsigned i = 0; i < config.connects; i++)
        CHECK(config.connect[i][0] != '\0');
    CHECK(config.witnesses <= NODE_WITNESS_MAX);
    for (unsigned i = 0; i < config.witnesses; i++)
        CHECK(config.witness[i][0] != '\0' &&
              memchr(config.witness[i], '\0', sizeof config.witness[i]) != NULL);
    CHECK(config.witness_tables >= 1 && config.witness_tables <= NODE_WITNESS_MOST);
    return 0;
}
