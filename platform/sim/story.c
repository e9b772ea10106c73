/* SPDX-License-Identifier: MIT */
#include "platform/sim/story.h"

#include "table/state.h"

#include <stdarg.h>

void story_tell(const struct story *story, const char *format, ...)
{
    if (story->file == NULL)
        return;
    const long long elapsed = (long long)(story->now - story->start);
    fprintf(story->file, "%5lld.%03lld s  ", elapsed / 1000, elapsed % 1000);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(story->file, format, arguments);
    va_end(arguments);
    fputc('\n', story->file);
}

void story_liar(const struct story *story, unsigned person, uint32_t habits)
{
    for (unsigned habit = 0; habit < LIAR_HABITS; habit++) {
        if ((habits >> habit & 1) != 0)
            story_tell(story, "player %u lies: it %s", person + 1,
                       liar_phrase((enum liar_habit)habit));
    }
}

void story_event(void *context, const struct table_event *event)
{
    const struct story *story = context;
    char bet[CRAPS_BET_NAME_SIZE] = "";
    const unsigned seat = event->seat + 1;
    const unsigned long long roll = event->roll;
    const unsigned long long height = event->height;
    if (event->kind == TABLE_EVENT_BET || event->kind == TABLE_EVENT_TAKEN_DOWN ||
        event->kind == TABLE_EVENT_CALLED)
        craps_bet_name(craps_bet_at(event->spot), bet);
    switch (event->kind) {
    case TABLE_EVENT_DEALT:
        story_tell(story, "block %llu: seat %u has dealt its key shares", height, seat);
        break;
    case TABLE_EVENT_CONFIRMED:
        story_tell(story, "block %llu: seat %u holds a good share", height, seat);
        break;
    case TABLE_EVENT_ACCUSED:
        story_tell(story, "block %llu: seat %u is convicted of cheating; the table is over", height,
                   seat);
        break;
    case TABLE_EVENT_KEYS:
        story_tell(story, "block %llu: the dice key is made; betting is open", height);
        break;
    case TABLE_EVENT_BET:
        story_tell(story, "block %llu: seat %u bets %lld on %s", height, seat,
                   (long long)event->amount, bet);
        break;
    case TABLE_EVENT_TAKEN_DOWN:
        story_tell(story, "block %llu: seat %u takes %lld off %s", height, seat,
                   (long long)event->amount, bet);
        break;
    case TABLE_EVENT_CALLED:
        story_tell(story, "block %llu: seat %u calls %s on or off", height, seat, bet);
        break;
    case TABLE_EVENT_READY:
        story_tell(story, "block %llu: seat %u is ready", height, seat);
        break;
    case TABLE_EVENT_REFUSED: {
        char sentence[REFUSAL_SENTENCE_SIZE];
        refusal_sentence(&event->refusal, sentence);
        story_tell(story, "block %llu: seat %u is refused: %s", height, seat, sentence);
        break;
    }
    case TABLE_EVENT_LEFT:
        story_tell(story, "block %llu: seat %u leaves", height, seat);
        break;
    case TABLE_EVENT_SAT:
        story_tell(story, "block %llu: seat %u sits down", height, seat);
        break;
    case TABLE_EVENT_KICKED:
        story_tell(story, "block %llu: seat %u is silent and put out", height, seat);
        break;
    case TABLE_EVENT_FORGOT:
        story_tell(story, "block %llu: seat %u forgot what it signed and asks anew", height, seat);
        break;
    case TABLE_EVENT_CONVICTED:
        story_tell(story, "block %llu: seat %u is convicted of a lie", height, seat);
        break;
    case TABLE_EVENT_APPROVED:
        story_tell(story, "block %llu: seat %u approves a newcomer, %u of %u", height, seat,
                   event->approvals, event->needed);
        break;
    case TABLE_EVENT_EPOCH:
        story_tell(story, "block %llu: an epoch ends", height);
        break;
    case TABLE_EVENT_CLOSED:
        story_tell(story,
                   "block %llu: betting for roll %llu is closed; shares of the dice may go "
                   "out",
                   height, roll);
        break;
    case TABLE_EVENT_ROLL:
        story_tell(story, "block %llu: roll %llu is %u and %u", height, roll, event->dice[0],
                   event->dice[1]);
        break;
    case TABLE_EVENT_ASKS:
    case TABLE_EVENT_DECISION:
    case TABLE_EVENT_ROLLED:
        break;
    }
}
