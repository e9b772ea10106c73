/* SPDX-License-Identifier: MIT */
/* Looks the embedded programs up. */
#include "strategy/library.h"

#include "strategy/texts.h"

const struct strategy_source *strategy_library_at(size_t index)
{
    return index < strategy_texts_count ? &strategy_texts[index] : NULL;
}

/* The next letter or digit of a name, in lower case, at or after *at; 0 at its end. */
static uint8_t next_letter(struct bytes name, size_t *at)
{
    while (*at < name.size) {
        const uint8_t letter = name.at[(*at)++];
        if (letter >= 'A' && letter <= 'Z')
            return (uint8_t)(letter - 'A' + 'a');
        if (letter != ' ' && letter != '-' && letter != '_' && letter != '\'')
            return letter;
    }
    return 0;
}

static bool same(struct bytes a, struct bytes b)
{
    size_t a_at = 0;
    size_t b_at = 0;
    for (;;) {
        const uint8_t letter = next_letter(a, &a_at);
        if (letter != next_letter(b, &b_at))
            return false;
        if (letter == 0)
            return true;
    }
}

const struct strategy_source *strategy_library_find(struct bytes name)
{
    for (size_t i = 0; i < strategy_texts_count; i++) {
        const char *known = strategy_texts[i].name;
        size_t size = 0;
        while (known[size] != '\0')
            size++;
        if (same(name, (struct bytes){.at = (const uint8_t *)known, .size = size}))
            return &strategy_texts[i];
    }
    return NULL;
}
