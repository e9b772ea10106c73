/* SPDX-License-Identifier: MIT */
/*
 * The settings of a house by name: "odds=3-4-5x", "field=2-3", "bets=-fire,-replay".
 *
 * One table gives each setting its name, how its value is written, what it is about, and how it is
 * read and printed; session files, commands and the rules card all go by it. Rules that were sound
 * stay sound: what no table could be played by is refused, with one sentence that says what, why
 * and what to write instead. That a bet favours the player is for src/odds/ to say. Pure; any
 * thread.
 */
#ifndef CRAPS_HOUSE_H
#define CRAPS_HOUSE_H

#include "craps/rules.h"

/* Room for a sentence of refusal, and for any value, with their zeros. */
#define CRAPS_HOUSE_SENTENCE_SIZE 320
#define CRAPS_HOUSE_VALUE_SIZE    640

/* Room for all settings as "name=value ...". */
#define CRAPS_HOUSE_TEXT_SIZE 4096

struct craps_house_setting {
    const char *name;
    const char *form;    /* How its value is written: "EASY-HARD, as 15-30". */
    const char *summary; /* What it is, in one line without a full stop. */
};

/* The setting at an index; NULL after the last. Later ones may depend on earlier ones. */
const struct craps_house_setting *craps_house_at(size_t index);

/*
 * Sets what name says to what value says. False: nothing changes but the sentence. The rules have
 * no fault, and have none afterwards. Playing crapless takes the bets away that it makes senseless.
 */
bool craps_house_set(struct craps_rules *rules, struct bytes name, struct bytes value,
                     char sentence[static CRAPS_HOUSE_SENTENCE_SIZE]);

/* Sets all as the preset of that name has it. False: nothing changes but the sentence. */
bool craps_house_preset(struct craps_rules *rules, struct bytes name,
                        char sentence[static CRAPS_HOUSE_SENTENCE_SIZE]);

/* As craps_house_set(), of "name=value". */
bool craps_house_set_pair(struct craps_rules *rules, struct bytes pair,
                          char sentence[static CRAPS_HOUSE_SENTENCE_SIZE]);

/* Writes the value of the setting at an index: what craps_house_set() reads as the same. */
void craps_house_value(const struct craps_rules *rules, size_t index,
                       char value[static CRAPS_HOUSE_VALUE_SIZE]);

/* Whether two houses differ in the setting at an index. */
bool craps_house_differs(const struct craps_rules *rules, const struct craps_rules *from,
                         size_t index);

/*
 * Writes all settings in which rules differ from another house's, "name=value name=value", in their
 * order: set one after the other on that house, they make it this one. Returns how many.
 */
size_t craps_house_differences(const struct craps_rules *rules, const struct craps_rules *from,
                               char text[static CRAPS_HOUSE_TEXT_SIZE]);

/* The preset that differs in the fewest settings; the first of several. */
const struct craps_preset *craps_house_nearest(const struct craps_rules *rules);

/* The name of a kind as settings write it: "dont-pass-odds". */
void craps_house_kind(unsigned kind, char name[static CRAPS_BET_NAME_SIZE]);

#endif
