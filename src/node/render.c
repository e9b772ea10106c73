/* SPDX-License-Identifier: MIT */
#include "node/render.h"

#include "craps/house.h"
#include "craps/sentence.h"
#include "ledger/settlement.h"
#include "node/node.h"
#include "node/worker.h"

#include <stdio.h>

void render_id(const struct digest *id, char text[static RENDER_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < DIGEST_SIZE; i++) {
        text[2 * i] = digits[id->bytes[i] >> 4];
        text[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    text[RENDER_ID_SIZE - 1] = '\0';
}

static json_t *id_json(const struct sitting *sitting)
{
    char text[RENDER_ID_SIZE];
    render_id(&sitting->genesis.id, text);
    return json_string(text);
}

static json_t *bet_json(struct craps_bet bet)
{
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    return json_string(name);
}

static const char *seat_name(const struct sitting *sitting, unsigned seat)
{
    return table_final(sitting->table)->seats[seat].name;
}

static json_t *seat_number(unsigned seat)
{
    return seat >= SEATS_MAX ? json_null() : json_integer(seat + 1);
}

static json_t *node_json(const struct node_id *node)
{
    char text[NODE_TEXT_SIZE];
    identity_text(node, text);
    return json_string(text);
}

json_t *render_summary(const struct sitting_summary *summary)
{
    char id[RENDER_ID_SIZE];
    render_id(&summary->id, id);
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:o}", "table", id, "name", summary->name,
                     "state", sitting_standing_name(summary->state), "seats", (int)summary->seats,
                     "taken", (int)summary->taken, "seat",
                     summary->seat == 0 ? json_null() : json_integer(summary->seat), "host",
                     node_json(&summary->host));
}

/* ---- The table
 * ------------------------------------------------------------------------------------- */

static json_t *bets_json(const struct sitting *sitting, const struct state *state, unsigned seat)
{
    json_t *bets = json_array();
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const chips stake = state->craps.seats[seat].stakes[spot];
        if (stake == 0)
            continue;
        json_array_append_new(
            bets, json_pack("{s:o, s:I, s:b}", "bet", bet_json(craps_bet_at(spot)), "amount",
                            (json_int_t)stake, "working",
                            craps_works(&state->craps, &sitting->table->seating.card, seat, spot)));
    }
    return bets;
}

static json_t *seat_json(const struct sitting *sitting, const struct state *state, unsigned seat)
{
    const struct seat *of = &state->seats[seat];
    unsigned rolls;
    const unsigned missed = outlook_absences(sitting->table, seat, &rolls);
    return json_pack(
        "{s:i, s:s, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:i, s:i, s:I, s:I, s:I, s:o}", "seat",
        (int)seat + 1, "name", of->name, "id", node_json(&of->node), "witness", of->witness,
        "reachable", sitting_reachable(sitting, seat), "shooter", state->craps.shooter == seat,
        "ready", (state->ready >> seat) & 1, "votes", (state->roster.set >> seat) & 1, "left",
        (state->left >> seat) & 1, "parts_missed", (int)missed, "parts_due", (int)rolls, "rail",
        (json_int_t)ledger_rail(&state->ledger, seat), "staked",
        (json_int_t)ledger_staked(&state->ledger, seat), "bought",
        (json_int_t)ledger_bought(&state->ledger, seat), "bets", bets_json(sitting, state, seat));
}

static json_t *conviction_json(const struct sitting *sitting, const struct conviction *conviction)
{
    char sentence[LIE_SENTENCE_SIZE];
    lie_sentence(conviction, sentence);
    return json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:i, s:I}", "seat",
                     (int)conviction->seat + 1, "name", seat_name(sitting, conviction->seat),
                     "kind", lie_name(conviction->kind), "sentence", sentence, "epoch",
                     (json_int_t)conviction->epoch, "number", (json_int_t)conviction->number,
                     "height", (json_int_t)conviction->height, "accuser",
                     (int)conviction->accuser + 1, "sequence", (json_int_t)conviction->sequence);
}

static json_t *convictions_json(const struct sitting *sitting)
{
    json_t *convictions = json_array();
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct conviction *conviction = &sitting->table->convictions[seat];
        if (conviction->kind != LIE_NONE)
            json_array_append_new(convictions, conviction_json(sitting, conviction));
    }
    return convictions;
}

static json_t *legal_json(const struct sitting *sitting, const struct state *state)
{
    json_t *legal = json_array();
    const unsigned self = sitting->table->config.self;
    if (state->phase != STATE_PHASE_BETTING || !(state_players(state) >> self & 1) ||
        (state->ready >> self & 1))
        return legal;
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t count = craps_legal(&state->craps, &sitting->table->seating.card, self, offers);
    for (size_t i = 0; i < count; i++) {
        if (offers[i].least <= ledger_rail(&state->ledger, self))
            json_array_append_new(legal, bet_json(offers[i].bet));
    }
    return legal;
}

static const char *phase_name(const struct sitting *sitting, const struct state *state)
{
    switch (state->phase) {
    case STATE_PHASE_KEYS:
        return "keys";
    case STATE_PHASE_BETTING:
        return state_close_due(state, sitting->table->consensus.view) == STATE_CLOSE_NO ? "betting"
                                                                                        : "closing";
    case STATE_PHASE_ROLLING:
        return "rolling";
    case STATE_PHASE_OVER:
        return "over";
    }
    return "";
}

/* What it waits for: who, how many of them, and until when; null: for nothing. */
static json_t *waiting_json(const struct sitting *sitting, const struct state *state,
                            const struct outlook *outlook)
{
    static const char *const names[] = {[OUTLOOK_CLEAR] = "",
                                        [OUTLOOK_REVEAL] = "roll",
                                        [OUTLOOK_REACH] = "seats",
                                        [OUTLOOK_DEAL] = "deals",
                                        [OUTLOOK_CONFIRM] = "confirmations"};
    if (outlook->kind == OUTLOOK_CLEAR)
        return json_null();
    json_t *awaited = json_array();
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (outlook->awaited >> seat & 1)
            json_array_append_new(awaited, json_pack("{s:i, s:s, s:b}", "seat", (int)seat + 1,
                                                     "name", state->seats[seat].name, "reachable",
                                                     sitting_reachable(sitting, seat)));
    }
    return json_pack("{s:s, s:o, s:i, s:i, s:i, s:o, s:o}", "for", names[outlook->kind], "roll",
                     outlook->kind == OUTLOOK_REVEAL ? json_integer((json_int_t)outlook->roll)
                                                     : json_null(),
                     "have", (int)outlook->done, "needed", (int)outlook->needed, "of",
                     (int)outlook->of, "seats", awaited, "put_out_msec",
                     outlook->put_out == MSEC_NEVER ? json_null() : json_integer(outlook->put_out));
}

/* How many seats may lie or be gone, ever and right now; and what the table waits for. */
static void add_outlook(const struct sitting *sitting, const struct state *state, json_t *show)
{
    struct outlook outlook;
    sitting_look(sitting, &outlook);
    json_object_set_new(show, "voters", json_integer(outlook.voters));
    json_object_set_new(show, "tolerates", json_integer(outlook.faults));
    json_object_set_new(show, "quorum", json_integer(outlook.quorum));
    json_object_set_new(show, "reachable", json_integer(outlook.reachable));
    json_object_set_new(show, "may_vanish", json_integer(outlook.spare));
    json_object_set_new(show, "witness_room",
                        json_integer(state_room(state, &sitting->table->seating, true)));
    json_object_set_new(show, "waiting", waiting_json(sitting, state, &outlook));
}

static void add_table(const struct sitting *sitting, json_t *show)
{
    const struct state *state = table_final(sitting->table);
    json_t *seats = json_array();
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (state->owned >> seat & 1)
            json_array_append_new(seats, seat_json(sitting, state, seat));
    }
    json_object_set_new(show, "seats", seats);
    json_object_set_new(show, "convicted", convictions_json(sitting));
    json_object_set_new(show, "you", seat_number(sitting->table->config.self));
    add_outlook(sitting, state, show);
    json_object_set_new(show, "epoch", json_integer((json_int_t)state->roster.epoch));
    json_object_set_new(show, "roll", json_integer((json_int_t)state->roll));
    json_object_set_new(show, "phase", json_string(phase_name(sitting, state)));
    json_object_set_new(show, "point", json_integer(state->craps.puck));
    json_object_set_new(show, "bank",
                        json_pack("{s:I, s:I}", "balance", (json_int_t)ledger_bank(&state->ledger),
                                  "reserved", (json_int_t)state->ledger.reserved));
    json_object_set_new(
        show, "height",
        json_integer((json_int_t)consensus_final_height(&sitting->table->consensus)));
    json_object_set_new(show, "view",
                        json_integer((json_int_t)consensus_view(&sitting->table->consensus)));
    json_object_set_new(show, "rolls_done", json_integer((json_int_t)state->rolls_done));
    json_object_set_new(show, "legal", legal_json(sitting, state));
}

/* Who waits for approval, and whose he has. Before play begins the host's alone is needed. */
static json_t *asking_json(const struct sitting *sitting)
{
    json_t *asking = json_array();
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat == NULL)
            continue;
        json_t *by = json_array();
        unsigned needed = 1;
        uint16_t approving = 0;
        if (sitting->table != NULL) {
            needed = table_final(sitting->table)->roster.quorum;
            approving = state_approving(table_final(sitting->table), &seat->identity);
        }
        for (unsigned number = 0; number < SEATS_MAX; number++) {
            if (approving >> number & 1)
                json_array_append_new(by, json_integer(number + 1));
        }
        json_array_append_new(
            asking, json_pack("{s:s, s:o, s:b, s:i, s:i, s:o}", "name", seat->name, "id",
                              node_json(&seat->node), "witness", seat->witness, "approvals",
                              __builtin_popcount(approving), "needed", (int)needed, "by", by));
    }
    return asking;
}

/* The house's rules: a preset, and by which settings they differ from it. */
static void add_house(const struct craps_rules *rules, json_t *show)
{
    char differences[CRAPS_HOUSE_TEXT_SIZE];
    const struct craps_preset *preset = craps_house_nearest(rules);
    const struct craps_rules from = preset->rules();
    craps_house_differences(rules, &from, differences);
    json_object_set_new(show, "preset", json_string(preset->name));
    json_object_set_new(show, "house", json_string(differences));
}

json_t *render_show(const struct sitting *sitting)
{
    char reason[SITTING_REASON_SIZE];
    const enum sitting_standing state = sitting_standing(sitting, reason);
    const struct craps_limit *line = &sitting->genesis.rules.limits[CRAPS_LIMIT_LINE];
    char sentence[SITTING_REASON_SIZE + 16];
    const bool waits = state == SITTING_PAUSED || state == SITTING_FROZEN;
    snprintf(sentence, sizeof sentence, "%s%s%s", waits ? sitting_standing_name(state) : "",
             waits ? ": " : "", reason);
    json_t *show = json_pack(
        "{s:s, s:o, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:b, s:I}", "schema", "bitcraps.table/1",
        "table", id_json(sitting), "name", sitting->genesis.name, "state",
        sitting_standing_name(state), "reason", sentence, "minimum", (json_int_t)line->min,
        "maximum", (json_int_t)line->max, "admission", admission_name(sitting->genesis.admission),
        "buy_in", (json_int_t)sitting->genesis.buy_in, "host_bank", sitting->genesis.host_bank,
        "window_msec", (json_int_t)sitting->genesis.window);
    add_house(&sitting->genesis.rules, show);
    if (sitting->genesis.admission == ADMISSION_APPROVAL)
        json_object_set_new(show, "asking", asking_json(sitting));
    if (sitting->table != NULL)
        add_table(sitting, show);
    else
        json_object_set_new(show, "you", json_null());
    json_object_set_new(show, "last",
                        sitting->last_roll == NULL ? json_null()
                                                   : json_deep_copy(sitting->last_roll));
    return show;
}

json_t *render_ledger(const struct sitting *sitting, bool settle)
{
    const struct state *state = table_final(sitting->table);
    const struct seating *seating = &sitting->table->seating;
    uint16_t players = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((state->owned >> seat & 1) && !state->seats[seat].witness)
            players |= (uint16_t)(1u << seat);
    }
    const bool host_bank = seating->genesis.host_bank && (players >> seating->host & 1);
    struct settlement settlement;
    if (!settlement_make(&state->ledger, players, host_bank ? seating->host : SETTLEMENT_SHARED,
                         &settlement))
        return NULL;
    json_t *seats = json_array();
    chips sum = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(players >> seat & 1))
            continue;
        sum += settlement.net[seat];
        json_array_append_new(seats,
                              json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "seat", (int)seat + 1,
                                        "name", seat_name(sitting, seat), "bought",
                                        (json_int_t)ledger_bought(&state->ledger, seat), "rail",
                                        (json_int_t)ledger_rail(&state->ledger, seat), "staked",
                                        (json_int_t)ledger_staked(&state->ledger, seat), "net",
                                        (json_int_t)settlement.net[seat]));
    }
    json_t *ledger =
        json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:I}", "schema", "bitcraps.ledger/1", "table",
                  id_json(sitting), "seats", seats, "bank", (json_int_t)ledger_bank(&state->ledger),
                  "bank_funded", (json_int_t)ledger_funded(&state->ledger), "sum", (json_int_t)sum,
                  "rolls_done", (json_int_t)state->rolls_done);
    if (!settle)
        return ledger;
    json_t *transfers = json_array();
    for (unsigned i = 0; i < settlement.count; i++) {
        const struct settlement_transfer *transfer = &settlement.transfers[i];
        json_array_append_new(transfers, json_pack("{s:i, s:i, s:s, s:s, s:I}", "from",
                                                   transfer->from + 1, "to", transfer->to + 1,
                                                   "from_name", seat_name(sitting, transfer->from),
                                                   "to_name", seat_name(sitting, transfer->to),
                                                   "amount", (json_int_t)transfer->amount));
    }
    json_object_set_new(ledger, "transfers", transfers);
    return ledger;
}

static const char *call_name(uint8_t working)
{
    static const char *const names[] = {[CRAPS_WORKING_DEFAULT] = "usual",
                                        [CRAPS_WORKING_ON] = "working",
                                        [CRAPS_WORKING_OFF] = "off"};
    return names[working];
}

json_t *render_done(const struct table_event *event)
{
    json_t *bet = bet_json(craps_bet_at(event->spot));
    if (event->kind == TABLE_EVENT_CALLED)
        return json_pack("{s:o, s:s, s:s}", "bet", bet, "deed", "call", "call",
                         call_name(event->working));
    return json_pack("{s:o, s:s, s:I, s:I}", "bet", bet, "deed",
                     event->kind == TABLE_EVENT_BET ? "add" : "take", "amount",
                     (json_int_t)event->amount, "cost", (json_int_t)event->cost);
}

json_t *render_order(const struct sitting *sitting, const struct sitting_reply *reply,
                     const struct table_event *event)
{
    const bool single = reply->method == REQUEST_BET || reply->method == REQUEST_TAKE_DOWN;
    json_t *answer =
        json_pack("{s:s, s:o, s:I, s:s}", "schema", "bitcraps.order/1", "table", id_json(sitting),
                  "roll", (json_int_t)event->roll, "status", "accepted");
    if (single) {
        json_object_set_new(answer, "bet", bet_json(craps_bet_at(event->spot)));
        json_object_set_new(answer, "amount", json_integer(event->amount));
        json_object_set_new(answer, "cost", json_integer(event->cost));
    }
    if (event->orders > 0)
        json_object_set_new(answer, "orders", json_deep_copy(reply->done));
    if (reply->more)
        json_object_set_new(answer, "more", json_true());
    return answer;
}

/* ---- Events
 * ------------------------------------------------------------------------------------------ */

#define TEXT_SIZE (SITTING_REASON_SIZE + 64)

static json_t *event_json(const struct sitting *sitting, const char *name, const char *text)
{
    return json_pack("{s:s, s:o, s:s}", "event", name, "table", id_json(sitting), "text", text);
}

static json_t *seat_event(const struct sitting *sitting, const struct table_event *event,
                          const char *name, const char *text)
{
    json_t *json = event_json(sitting, name, text);
    json_object_set_new(json, "seat", json_integer(event->seat + 1));
    json_object_set_new(json, "name", json_string(seat_name(sitting, event->seat)));
    json_object_set_new(json, "roll", json_integer((json_int_t)event->roll));
    return json;
}

/* Who, what kind of lie, and where its proof is. */
static json_t *conviction_event(const struct sitting *sitting, const struct table_event *event,
                                const char *kind)
{
    const struct conviction *conviction = &event->conviction;
    char text[TEXT_SIZE];
    char lie[LIE_SENTENCE_SIZE];
    lie_sentence(conviction, lie);
    snprintf(
        text, sizeof text,
        "%s cheated and is out: it %s. The proof is in block %llu: see it with 'bitcraps table "
        "evidence'.",
        seat_name(sitting, event->seat), lie, (unsigned long long)conviction->height);
    json_t *json = seat_event(sitting, event, kind, text);
    json_object_set_new(json, "lie", conviction_json(sitting, conviction));
    return json;
}

static json_t *bet_event(const struct sitting *sitting, const struct table_event *event,
                         const char *name, const char *verb)
{
    char bet[CRAPS_BET_NAME_SIZE];
    char text[TEXT_SIZE];
    craps_bet_name(craps_bet_at(event->spot), bet);
    snprintf(text, sizeof text, "%s %s %lld on %s.", seat_name(sitting, event->seat), verb,
             (long long)event->amount, bet);
    json_t *json = seat_event(sitting, event, name, text);
    json_object_set_new(json, "bet", json_string(bet));
    json_object_set_new(json, "amount", json_integer(event->amount));
    return json;
}

static json_t *call_event(const struct sitting *sitting, const struct table_event *event)
{
    char bet[CRAPS_BET_NAME_SIZE];
    char text[TEXT_SIZE];
    const char *name = seat_name(sitting, event->seat);
    craps_bet_name(craps_bet_at(event->spot), bet);
    switch ((enum craps_working)event->working) {
    case CRAPS_WORKING_DEFAULT:
        snprintf(text, sizeof text, "%s leaves %s to the house's habit.", name, bet);
        break;
    case CRAPS_WORKING_ON:
        snprintf(text, sizeof text, "%s calls %s working.", name, bet);
        break;
    case CRAPS_WORKING_OFF:
        snprintf(text, sizeof text, "%s calls %s off.", name, bet);
        break;
    }
    json_t *json = seat_event(sitting, event, "call", text);
    json_object_set_new(json, "bet", json_string(bet));
    json_object_set_new(json, "call", json_string(call_name(event->working)));
    return json;
}

static json_t *keys_event(const struct sitting *sitting, const char *text)
{
    const struct state *state = table_final(sitting->table);
    json_t *json = event_json(sitting, "keys", text);
    json_object_set_new(json, "dealt", json_integer(__builtin_popcount(state->dealt)));
    json_object_set_new(json, "confirmed", json_integer(__builtin_popcount(state->confirmed)));
    json_object_set_new(json, "needed", json_integer(state->next.count));
    return json;
}

static json_t *refused_event(const struct sitting *sitting, const struct table_event *event)
{
    char sentence[REFUSAL_SENTENCE_SIZE];
    char text[TEXT_SIZE];
    refusal_sentence(&event->refusal, sentence);
    snprintf(text, sizeof text, "%s was refused: %s.", seat_name(sitting, event->seat), sentence);
    return seat_event(sitting, event, "refused", text);
}

static json_t *epoch_event(const struct sitting *sitting)
{
    const struct roster *roster = &table_final(sitting->table)->roster;
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "A new dice key is made: %u seats, of which %u may lie or be gone.",
             roster->count, roster->faults);
    json_t *json = event_json(sitting, "epoch", text);
    json_object_set_new(json, "epoch", json_integer((json_int_t)roster->epoch));
    json_object_set_new(json, "seats", json_integer(roster->count));
    json_object_set_new(json, "tolerates", json_integer(roster->faults));
    return json;
}

/* Somebody who asks is known by name; others by their id. */
static const char *newcomer_name(const struct sitting *sitting, const struct table_event *event)
{
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat != NULL && memcmp(&seat->identity, &event->who, sizeof event->who) == 0)
            return seat->name;
    }
    return event->name[0] != '\0' ? event->name : "a newcomer";
}

json_t *render_approved(const struct sitting *sitting, const struct seat *who, unsigned approvals,
                        unsigned needed)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:i, s:i}", "schema", "bitcraps.approve/1", "table",
                     id_json(sitting), "name", who->name, "id", node_json(&who->node), "approvals",
                     (int)approvals, "needed", (int)needed);
}

json_t *render_approval(const struct sitting *sitting, const struct table_event *event)
{
    struct seat who = {.node = identity_node(&event->who)};
    snprintf(who.name, sizeof who.name, "%s", newcomer_name(sitting, event));
    return render_approved(sitting, &who, event->approvals, event->needed);
}

static json_t *asks_event(const struct sitting *sitting, const struct table_event *event)
{
    char text[TEXT_SIZE];
    char id[NODE_TEXT_SIZE];
    const struct node_id node = identity_node(&event->who);
    identity_text(&node, id);
    snprintf(text, sizeof text, "%s (%s) asks for a seat: 'bitcraps table approve %s' lets in.",
             event->name, id, id);
    json_t *json = event_json(sitting, "asks", text);
    json_object_set_new(json, "name", json_string(event->name));
    json_object_set_new(json, "id", json_string(id));
    return json;
}

static json_t *approved_event(const struct sitting *sitting, const struct table_event *event)
{
    char text[TEXT_SIZE];
    char id[NODE_TEXT_SIZE];
    const struct node_id node = identity_node(&event->who);
    identity_text(&node, id);
    snprintf(text, sizeof text, "%s approves %s (%s): %u of %u.", seat_name(sitting, event->seat),
             newcomer_name(sitting, event), id, event->approvals, event->needed);
    json_t *json = seat_event(sitting, event, "approved", text);
    json_object_set_new(json, "id", json_string(id));
    json_object_set_new(json, "approvals", json_integer(event->approvals));
    json_object_set_new(json, "needed", json_integer(event->needed));
    return json;
}

json_t *render_event(const struct sitting *sitting, const struct table_event *event)
{
    char text[TEXT_SIZE];
    if (event->kind == TABLE_EVENT_ASKS)
        return asks_event(sitting, event);
    const char *name = seat_name(sitting, event->seat);
    switch (event->kind) {
    case TABLE_EVENT_DEALT:
        snprintf(text, sizeof text, "%s dealt key shares.", name);
        return keys_event(sitting, text);
    case TABLE_EVENT_CONFIRMED:
        snprintf(text, sizeof text, "%s confirmed the dice key.", name);
        return keys_event(sitting, text);
    case TABLE_EVENT_KEYS:
        return keys_event(sitting, "The dice key is made: nobody holds it alone. Place your bets.");
    case TABLE_EVENT_ACCUSED:
        return conviction_event(sitting, event, "accused");
    case TABLE_EVENT_BET:
        return bet_event(sitting, event, "bet", "puts");
    case TABLE_EVENT_TAKEN_DOWN:
        return bet_event(sitting, event, "take_down", "takes down");
    case TABLE_EVENT_CALLED:
        return call_event(sitting, event);
    case TABLE_EVENT_READY:
        snprintf(text, sizeof text, "%s is ready.", name);
        return seat_event(sitting, event, "ready", text);
    case TABLE_EVENT_REFUSED:
        return refused_event(sitting, event);
    case TABLE_EVENT_LEFT:
        snprintf(text, sizeof text, "%s leaves the table.", name);
        return seat_event(sitting, event, "left", text);
    case TABLE_EVENT_CLOSED:
        snprintf(text, sizeof text, "Dice are out for roll %llu, no more bets.",
                 (unsigned long long)event->roll);
        return event_json(sitting, "closed", text);
    case TABLE_EVENT_SAT:
        snprintf(text, sizeof text, "%s sits down: the dice key is made anew, play goes on.", name);
        return seat_event(sitting, event, "sat", text);
    case TABLE_EVENT_KICKED:
        snprintf(text, sizeof text, "%s does not answer and is out until it returns.", name);
        return seat_event(sitting, event, "kicked", text);
    case TABLE_EVENT_FORGOT:
        snprintf(text, sizeof text,
                 "%s's journal is not whole: it is out, and asks for its seat with a new key.",
                 name);
        return seat_event(sitting, event, "forgot", text);
    case TABLE_EVENT_CONVICTED:
        return conviction_event(sitting, event, "convicted");
    case TABLE_EVENT_APPROVED:
        return approved_event(sitting, event);
    case TABLE_EVENT_EPOCH:
        return epoch_event(sitting);
    case TABLE_EVENT_ASKS:
    case TABLE_EVENT_ROLL:
    case TABLE_EVENT_DECISION:
    case TABLE_EVENT_ROLLED:
        break;
    }
    return NULL;
}

json_t *render_state_event(const struct sitting *sitting, enum sitting_standing state,
                           const char *reason)
{
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "%s: %s%s%s", sitting->genesis.name, sitting_standing_name(state),
             reason[0] == '\0' ? "" : ": ", reason);
    json_t *json = event_json(sitting, "state", text);
    json_object_set_new(json, "state", json_string(sitting_standing_name(state)));
    json_object_set_new(json, "reason", json_string(reason));
    return json;
}

json_t *render_decision(const struct craps_decision *decision)
{
    static const char *const names[] = {[CRAPS_WIN] = "win",
                                        [CRAPS_LOSE] = "lose",
                                        [CRAPS_PUSH] = "push",
                                        [CRAPS_TRAVEL] = "travel",
                                        [CRAPS_RETURNED] = "return"};
    return json_pack("{s:i, s:o, s:s, s:I, s:I, s:I}", "seat", decision->seat + 1, "bet",
                     bet_json(decision->bet), "outcome", names[decision->outcome], "amount",
                     (json_int_t)decision->stake, "profit",
                     (json_int_t)(decision->profit - decision->vig), "returned",
                     (json_int_t)decision->returned);
}

json_t *render_last_roll(const struct table_event *event)
{
    char call[CRAPS_SENTENCE_SIZE];
    craps_call(event->point_before, event->dice[0], event->dice[1], call);
    return json_pack("{s:I, s:[ii], s:s}", "roll", (json_int_t)event->roll, "dice", event->dice[0],
                     event->dice[1], "call", call);
}

json_t *render_roll_event(const struct sitting *sitting, const struct table_event *event)
{
    char call[CRAPS_SENTENCE_SIZE];
    char text[TEXT_SIZE];
    craps_call(event->point_before, event->dice[0], event->dice[1], call);
    snprintf(text, sizeof text, "Roll %llu: %u and %u. %s", (unsigned long long)event->roll,
             event->dice[0], event->dice[1], call);
    const struct state *state = table_final(sitting->table);
    json_t *seats = json_array();
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(state->owned >> seat & 1) || state->seats[seat].witness)
            continue;
        json_array_append_new(seats, json_pack("{s:i, s:s, s:I, s:I}", "seat", (int)seat + 1,
                                               "name", seat_name(sitting, seat), "net",
                                               (json_int_t)sitting->roll.net[seat], "rail",
                                               (json_int_t)ledger_rail(&state->ledger, seat)));
    }
    json_t *json = event_json(sitting, "roll", text);
    json_object_set_new(json, "roll", json_integer((json_int_t)event->roll));
    json_object_set_new(json, "dice", json_pack("[ii]", event->dice[0], event->dice[1]));
    json_object_set_new(json, "call", json_string(call));
    json_object_set_new(json, "point", json_integer(event->point_after));
    json_object_set_new(json, "seven_out", json_boolean(event->seven_out));
    json_object_set_new(json, "shooter", seat_number(event->shooter));
    json_object_set_new(json, "height", json_integer((json_int_t)event->height));
    json_object_set_new(json, "seats", seats);
    json_object_set_new(json, "decisions", json_incref(sitting->roll.decisions));
    return json;
}
