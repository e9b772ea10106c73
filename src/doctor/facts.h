/* SPDX-License-Identifier: MIT */
/*
 * From what a system says to facts: a setting of bluetoothd, the head of a journal's file, the
 * objects of org.bluez. Pure but for the heap in which GLib parses; any bytes
 * may come in. Any thread.
 */
#ifndef DOCTOR_FACTS_H
#define DOCTOR_FACTS_H

#include "base/types.h"
#include "doctor/system.h"

#include <glib.h>

#define FACTS_CONFIG_SIZE_MAX 65536 /* Of a main.conf. */
#define FACTS_HEAD_SIZE       100   /* Of an SQLite file (SQLite file format, 1.3). */

/* A decimal number with nothing but space after it, at most most; false if text is not one. */
bool facts_number(const char *text, unsigned most, unsigned *out);

enum facts_setting {
    FACTS_SETTING_GIVEN,
    FACTS_SETTING_ABSENT, /* The file is sound and does not have it. */
    FACTS_SETTING_WRONG,  /* The file is no key file, or the value no number. */
};

/* A number of bluetoothd's main.conf. */
enum facts_setting facts_setting(struct bytes file, const char *group, const char *key,
                                 unsigned most, unsigned *out);

enum facts_journal {
    FACTS_JOURNAL_SOUND,
    FACTS_JOURNAL_FOREIGN, /* An SQLite file of another program. */
    FACTS_JOURNAL_NEWER,   /* A later version of this program wrote it. */
    FACTS_JOURNAL_DAMAGED, /* No SQLite file. */
    FACTS_JOURNAL_SHORT,   /* Its end is missing. */
    FACTS_JOURNAL_YOUNG,   /* Nothing is in it yet: what there is may be in its log. */
};

/* What the first bytes of a journal's file and its size say of it. */
enum facts_journal facts_journal(struct bytes head, uint64_t file_size);

/* Reads the answer of GetManagedObjects, of type a{oa{sa{sv}}}; other types say nothing. */
void facts_objects(GVariant *objects, struct doctor_bus *out);

#endif
