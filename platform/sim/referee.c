/* SPDX-License-Identifier: MIT */
#include "platform/sim/referee.h"

#include "audit/audit.h"
#include "audit/export.h"
#include "base/check.h"
#include "consensus/vote.h"
#include "frame/frame.h"
#include "table/statement.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A statement that a seat has signed, once: what may not be said otherwise is `said`. */
struct statement {
    uint8_t key[16]; /* Hash of its author's key, kind, epoch, view or number. */
    struct digest said;
};

struct kept_block {
    uint8_t *bytes;
    size_t size;
    struct digest digest;
};

/* Who votes in one epoch. */
struct voters {
    struct electorate electorate;
    uint64_t leader_offset;
    unsigned persons[SEATS_MAX]; /* By position. */
};

struct referee {
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    const struct person *persons;
    unsigned count;
    uint16_t excused;                         /* Bitmap of persons. */
    struct voters voters[REFEREE_EPOCHS_MAX]; /* Of epoch i + 1. */
    char breach[REFEREE_SENTENCE_SIZE];
    struct statement statements[REFEREE_STATEMENTS_MAX]; /* Open addressing by key. */
    struct kept_block blocks[REFEREE_HEIGHTS_MAX];       /* From height 1. */
    uint64_t height;
    struct state reference;          /* After block `height`, executed here; */
    struct state before;             /* and before it. */
    struct digest shares_of;         /* The transcript of the keys whose shares are known. */
    struct scalar shares[SEATS_MAX]; /* By position: */
    uint16_t shares_known;           /* those of a deal that opens. */
    uint64_t throws[REFEREE_CELLS];
    void (*event)(void *context, const struct table_event *event);
    void *context;
};

void referee_break(struct referee *referee, const char *format, ...)
{
    if (referee->breach[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(referee->breach, sizeof referee->breach, format, arguments);
    va_end(arguments);
}

const char *referee_breach(const struct referee *referee)
{
    return referee->breach[0] == '\0' ? NULL : referee->breach;
}

static unsigned person_of(const struct referee *referee, const struct public_key *identity)
{
    for (unsigned person = 0; person < referee->count; person++) {
        if (memcmp(&referee->persons[person].identity.key, identity, sizeof *identity) == 0)
            return person;
    }
    return PERSONS_MAX;
}

unsigned referee_person(const struct referee *referee, unsigned seat)
{
    const struct state *state = &referee->reference;
    if (seat >= SEATS_MAX || !(state->owned >> seat & 1))
        return PERSONS_MAX;
    return person_of(referee, &state->seats[seat].identity);
}

unsigned referee_seat(const struct referee *referee, unsigned person)
{
    return state_seat_of(&referee->reference, &referee->persons[person].identity.key);
}

/* The epoch that the reference came to has these voters. */
static void note_voters(struct referee *referee)
{
    const struct state *state = &referee->reference;
    const struct roster *roster = &state->roster;
    CHECK(roster->epoch >= 1 && roster->epoch <= REFEREE_EPOCHS_MAX);
    struct voters *voters = &referee->voters[roster->epoch - 1];
    voters->leader_offset = roster->leader_offset;
    voters->electorate = (struct electorate){.instance = referee->seating.instance,
                                             .epoch = roster->epoch,
                                             .seats = roster->count,
                                             .quorum = roster->quorum};
    for (unsigned i = 0; i < roster->count; i++) {
        voters->electorate.keys[i] = state->seats[roster->seats[i]].consensus_key;
        voters->persons[i] = person_of(referee, &state->seats[roster->seats[i]].identity);
    }
}

/* NULL: that epoch has not begun. */
static const struct voters *voters_of(const struct referee *referee, uint64_t epoch)
{
    if (epoch < 1 || epoch > referee->reference.roster.epoch)
        return NULL;
    return &referee->voters[epoch - 1];
}

struct referee *referee_create(const struct seating *seating, struct bytes packed,
                               const struct person *persons, unsigned count)
{
    struct referee *referee = calloc(1, sizeof *referee);
    CHECK(referee != NULL && packed.size <= sizeof referee->seating_packed);
    referee->seating = *seating;
    memcpy(referee->seating_packed, packed.at, packed.size);
    referee->seating_size = packed.size;
    referee->persons = persons;
    referee->count = count;
    state_init(&referee->reference, seating);
    note_voters(referee);
    return referee;
}

void referee_destroy(struct referee *referee)
{
    for (uint64_t height = 1; height <= referee->height; height++)
        free(referee->blocks[height].bytes);
    free(referee);
}

void referee_excuse(struct referee *referee, unsigned person)
{
    referee->excused |= (uint16_t)(1u << person);
}

void referee_watch(struct referee *referee,
                   void (*event)(void *context, const struct table_event *event), void *context)
{
    referee->event = event;
    referee->context = context;
}

struct bytes referee_block(const struct referee *referee, uint64_t height)
{
    CHECK(height >= 1 && height <= referee->height);
    return (struct bytes){referee->blocks[height].bytes, referee->blocks[height].size};
}

uint64_t referee_height(const struct referee *referee)
{
    return referee->height;
}

const struct state *referee_state(const struct referee *referee)
{
    return &referee->reference;
}

const uint64_t *referee_throws(const struct referee *referee)
{
    return referee->throws;
}

/* ---- S2, R2, R3: what honest seats say ---- */

/* Whose statement, under which key, of which kind and number. */
struct saying {
    unsigned person;
    const struct public_key *by;
    char kind;
    uint8_t seat; /* Of actions, which each seat number counts for itself. */
    uint64_t epoch;
    uint64_t number;
};

static void said(struct referee *referee, const struct saying *saying, const struct digest *what)
{
    static const uint8_t empty[16];
    uint8_t plain[PUBLIC_KEY_SIZE + 24] = {(uint8_t)saying->kind, saying->seat};
    memcpy(plain + 8, &saying->epoch, sizeof saying->epoch);
    memcpy(plain + 16, &saying->number, sizeof saying->number);
    memcpy(plain + 24, saying->by->bytes, PUBLIC_KEY_SIZE);
    uint8_t key[16];
    crypto_generichash(key, sizeof key, plain, sizeof plain, NULL, 0);
    uint32_t at;
    memcpy(&at, key, sizeof at);
    at %= REFEREE_STATEMENTS_MAX;
    for (unsigned tried = 0; tried < REFEREE_STATEMENTS_MAX; tried++) {
        struct statement *statement = &referee->statements[at];
        at = (at + 1) % REFEREE_STATEMENTS_MAX;
        if (memcmp(statement->key, empty, sizeof empty) == 0) {
            memcpy(statement->key, key, sizeof key);
            statement->said = *what;
            return;
        }
        if (memcmp(statement->key, key, sizeof key) != 0)
            continue;
        if (memcmp(&statement->said, what, sizeof *what) != 0 &&
            !(referee->excused >> saying->person & 1))
            referee_break(referee, "%s: player %u said two things: %c of %llu in epoch %llu",
                          saying->kind == 'P' ? "R3" : "S2", saying->person + 1, saying->kind,
                          (unsigned long long)saying->number, (unsigned long long)saying->epoch);
        return;
    }
    CHECK(!"room for every statement");
}

/* The voters of an epoch that an honest node speaks in; NULL: it has not begun. */
static const struct voters *spoken_in(struct referee *referee, unsigned person, uint64_t epoch)
{
    const struct voters *voters = voters_of(referee, epoch);
    if (voters == NULL)
        referee_break(referee, "E1: player %u speaks in epoch %llu, which has not begun",
                      person + 1, (unsigned long long)epoch);
    return voters;
}

/* A position that an honest node signs for is its own. */
static bool is_own(const struct voters *voters, unsigned person, uint32_t position)
{
    return voters != NULL && position < voters->electorate.seats &&
           voters->persons[position] == person;
}

static void vote_said(struct referee *referee, unsigned person, const Bitcraps__Vote *vote)
{
    const struct voters *voters = spoken_in(referee, person, vote->epoch);
    if (!is_own(voters, person, vote->seat))
        return; /* It passes on what another one said. */
    struct saying saying = {.person = person,
                            .by = &voters->electorate.keys[vote->seat],
                            .kind = 'N',
                            .epoch = vote->epoch,
                            .number = vote->view};
    struct digest what = {{0}};
    if (vote->digest.len == DIGEST_SIZE)
        memcpy(what.bytes, vote->digest.data, DIGEST_SIZE);
    if (vote->type == VOTE_NOTARIZE) {
        said(referee, &saying, &what);
        return;
    }
    /* NULLIFY and FINALIZE of one view exclude each other. */
    const struct digest ending = {{(uint8_t)vote->type}};
    saying.kind = 'E';
    said(referee, &saying, &ending);
    saying.kind = 'F';
    if (vote->type == VOTE_FINALIZE)
        said(referee, &saying, &what);
}

/* The leader's NOTARIZE travels in its proposal. */
static void proposal_said(struct referee *referee, unsigned person, const Bitcraps__Block *block)
{
    struct block_header header;
    struct digest digest;
    CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
    const struct voters *voters = spoken_in(referee, person, header.epoch);
    if (voters == NULL)
        return;
    const uint32_t leader =
        (uint32_t)((header.view + voters->leader_offset) % voters->electorate.seats);
    if (!is_own(voters, person, leader))
        return;
    const struct saying saying = {.person = person,
                                  .by = &voters->electorate.keys[leader],
                                  .kind = 'N',
                                  .epoch = header.epoch,
                                  .number = header.view};
    block_digest(block->header.data, &digest);
    said(referee, &saying, &digest);
}

/* Whether it is signed by the key that the seat has now: not said before it sat down anew, and not
 * by the number's former owner, whose action its new one passes on until it knows. */
static bool is_signed(const struct referee *referee, const struct seat *seat,
                      const Bitcraps__Action *action)
{
    uint8_t statement[STATEMENT_ACTION_MAX];
    const size_t size = statement_action(
        &referee->seating.instance,
        (struct bytes){.at = action->body.data, .size = action->body.len}, statement);
    return size > 0 && action->signature.len == SIGNATURE_SIZE &&
           crypto_sign_verify_detached(action->signature.data, statement, size,
                                       seat->consensus_key.bytes) == 0;
}

/* Actions of a seat number are counted under a key, whatever the epoch. Who goes before his epoch
 * begins, and finds his number taken when he comes back, has the same key at another number. */
static void action_said(struct referee *referee, unsigned person, const Bitcraps__Action *message)
{
    const struct bytes body = {.at = message->body.data, .size = message->body.len};
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__action_body__descriptor, body, &arena, &base) == FRAME_OK);
    const Bitcraps__ActionBody *action = (const Bitcraps__ActionBody *)base;
    if (referee_person(referee, action->seat) != person)
        return;
    const struct seat *seat = &referee->reference.seats[action->seat];
    if (!is_signed(referee, seat, message))
        return;
    const struct saying saying = {.person = person,
                                  .by = &seat->consensus_key,
                                  .kind = 'A',
                                  .seat = (uint8_t)action->seat,
                                  .number = action->sequence};
    struct digest what;
    crypto_generichash(what.bytes, DIGEST_SIZE, body.at, body.size, NULL, 0);
    said(referee, &saying, &what);
}

static void partial_said(struct referee *referee, unsigned person, const Bitcraps__Partial *partial)
{
    const struct voters *voters = spoken_in(referee, person, partial->epoch);
    struct digest close;
    if (!is_own(voters, person, partial->seat))
        return;
    const struct saying saying = {.person = person,
                                  .by = &voters->electorate.keys[partial->seat],
                                  .kind = 'P',
                                  .epoch = partial->epoch,
                                  .number = partial->roll};
    memcpy(close.bytes, partial->close.data, DIGEST_SIZE);
    said(referee, &saying, &close);
    for (uint64_t height = referee->height; height > 0; height--) {
        if (memcmp(&referee->blocks[height].digest, &close, sizeof close) == 0)
            return;
    }
    referee_break(referee, "R2: player %u gave its partial of roll %llu before its bets were final",
                  person + 1, (unsigned long long)partial->roll);
}

static bool verify_signature(void *context, const struct public_key *key, struct bytes message,
                             const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static void certificate_kept(struct referee *referee, unsigned person,
                             const Bitcraps__Certificate *certificate)
{
    const struct consensus_crypto crypto = {.verify = verify_signature};
    const struct voters *voters = voters_of(referee, certificate->epoch);
    if (voters == NULL || !certificate_valid(&voters->electorate, &crypto, certificate))
        referee_break(referee,
                      "S4: player %u keeps a certificate of view %llu in epoch %llu that proves "
                      "nothing",
                      person + 1, (unsigned long long)certificate->view,
                      (unsigned long long)certificate->epoch);
}

static const Bitcraps__Message *unpack(struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK);
    return (const Bitcraps__Message *)base;
}

void referee_hears(struct referee *referee, unsigned person, struct bytes packed)
{
    const Bitcraps__Message *message = unpack(packed);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_VOTE)
        vote_said(referee, person, message->vote);
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_PROPOSAL)
        proposal_said(referee, person, message->proposal->block);
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        action_said(referee, person, message->action);
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL)
        partial_said(referee, person, message->partial);
}

void referee_reads(struct referee *referee, unsigned person, struct bytes record)
{
    const Bitcraps__Message *message = unpack(record);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE)
        certificate_kept(referee, person, message->certificate);
}

/* ---- S1, S3, R1: what is final ---- */

/* The dice secret that a seat proved to have when it sat down. */
static struct scalar dice_secret(const struct referee *referee, const struct seat *seat)
{
    const struct person *person = &referee->persons[person_of(referee, &seat->identity)];
    const struct digest *table = &referee->seating.genesis.id;
    struct seat_secrets secrets;
    if (seat->epoch == 0)
        seat_secrets_derive(person->seed, table, &secrets);
    else
        seat_secrets_derive_late(person->seed, table, seat->epoch, &secrets);
    return secrets.dice;
}

/* A state with new keys still has the deals that they came of. */
static void learn_shares(struct referee *referee)
{
    const struct state *state = &referee->reference;
    const struct roster *roster = &state->roster;
    struct keygen_params params;
    if (memcmp(&referee->shares_of, &state->keys.transcript, sizeof referee->shares_of) == 0)
        return;
    referee->shares_of = state->keys.transcript;
    referee->shares_known = 0;
    state_keys_params(state, &referee->seating, &params);
    for (unsigned i = 0; i < roster->count; i++) {
        const struct seat *seat = &state->seats[roster->seats[i]];
        const struct scalar secret = dice_secret(referee, seat);
        struct scalar shares[SEATS_MAX];
        bool opens = true;
        for (unsigned dealer = 0; dealer < roster->count; dealer++)
            opens = opens && keygen_open_share(&params, (uint8_t)dealer, &state->deals[dealer],
                                               (uint8_t)i, &secret, &shares[dealer]);
        opens = opens && keygen_share(&state->keys, (uint8_t)i, shares, &referee->shares[i]);
        const unsigned person = person_of(referee, &seat->identity);
        if (opens)
            referee->shares_known |= (uint16_t)(1u << i);
        else if (!referee->persons[person].lies)
            referee_break(referee, "R1: honest player %u has no share of the key of epoch %llu",
                          person + 1, (unsigned long long)roster->epoch);
    }
}

/* What the last `count` seats whose shares are known compute together. */
static bool oracle(struct referee *referee, unsigned count, struct element *value,
                   struct roll_dice *dice)
{
    struct roll_statement statement;
    struct element values[SEATS_MAX];
    struct roll_weights weights = {0};
    uint16_t seats = referee->shares_known;
    const uint8_t random[PROOF_RANDOM_SIZE] = {0};
    unsigned used = 0;
    if ((unsigned)__builtin_popcount(seats) < count)
        return false;
    while ((unsigned)__builtin_popcount(seats) > count)
        seats &= (uint16_t)(seats - 1);
    state_roll_statement(&referee->reference, &referee->seating, &statement);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        struct roll_partial partial;
        if (!(seats >> seat & 1))
            continue;
        roll_partial(&statement, &referee->shares[seat], &referee->reference.keys.share_keys[seat],
                     random, &partial);
        values[used++] = partial.value;
    }
    roll_weigh(&weights, seats);
    CHECK(roll_combine(&weights, values, value));
    *dice = roll_dice(&statement, value);
    return true;
}

static void check_roll(struct referee *referee, const Bitcraps__Roll *message)
{
    const unsigned long long roll = message->roll;
    if (referee->reference.phase != STATE_PHASE_ROLLING || referee->reference.roll != roll) {
        referee_break(referee, "S3: roll %llu is final and was not closed", roll);
        return;
    }
    struct element value;
    struct roll_dice dice;
    const unsigned quorum = referee->reference.roster.quorum;
    if (quorum > 1 && oracle(referee, quorum - 1, &value, &dice) &&
        memcmp(value.bytes, message->value.data, ELEMENT_SIZE) == 0)
        referee_break(referee, "R3: fewer seats than a quorum foresee roll %llu", roll);
    if (!oracle(referee, quorum, &value, &dice)) {
        referee_break(referee, "R1: roll %llu was made and too few have a share of its key", roll);
        return;
    }
    referee->throws[(dice.first - 1) * 6 + dice.second - 1]++;
    if (memcmp(value.bytes, message->value.data, ELEMENT_SIZE) != 0)
        referee_break(referee, "R1: roll %llu is not what the key gives", roll);
}

/* The keys that sat down in one payload, before their actions in it. */
struct arrivals {
    struct public_key keys[SEATS_MAX];
    unsigned count;
};

static void note_arrival(struct arrivals *arrivals, ProtobufCBinaryData packed)
{
    struct seat sit;
    if (arrivals->count < SEATS_MAX &&
        sit_read((struct bytes){packed.data, packed.len}, &sit) == SEATING_OK)
        arrivals->keys[arrivals->count++] = sit.consensus_key;
}

/* Whoever acts has signed it: checked apart from the table's own check. */
static void check_action(struct referee *referee, const struct arrivals *arrivals,
                         ProtobufCBinaryData packed)
{
    uint8_t memory[4096] __attribute__((aligned(16)));
    uint8_t statement[4 + DIGEST_SIZE + ACTION_SIZE_MAX] = "BCop";
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__action__descriptor, (struct bytes){packed.data, packed.len},
                       &arena, &base) == FRAME_OK);
    const Bitcraps__Action *action = (const Bitcraps__Action *)base;
    const struct bytes body = {action->body.data, action->body.len};
    CHECK(body.size <= ACTION_SIZE_MAX && action->signature.len == SIGNATURE_SIZE);
    CHECK(frame_unpack(&bitcraps__action_body__descriptor, body, &arena, &base) == FRAME_OK);
    const unsigned seat = ((const Bitcraps__ActionBody *)base)->seat;
    memcpy(statement + 4, referee->seating.instance.bytes, DIGEST_SIZE);
    memcpy(statement + 4 + DIGEST_SIZE, body.at, body.size);
    const size_t size = 4 + DIGEST_SIZE + body.size;
    bool holds = seat < SEATS_MAX && crypto_sign_verify_detached(
                                         action->signature.data, statement, size,
                                         referee->reference.seats[seat].consensus_key.bytes) == 0;
    for (unsigned i = 0; !holds && i < arrivals->count; i++)
        holds = crypto_sign_verify_detached(action->signature.data, statement, size,
                                            arrivals->keys[i].bytes) == 0;
    if (!holds)
        referee_break(referee, "S3: an action of seat %u is final that it never signed", seat + 1);
}

static void check_payload(struct referee *referee, struct bytes payload)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct arrivals arrivals = {.count = 0};
    const ProtobufCMessage *base;
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    for (size_t i = 0; i < message->n_items; i++) {
        const Bitcraps__Item *item = message->items[i];
        if (item->kind_case == BITCRAPS__ITEM__KIND_ROLL)
            check_roll(referee, item->roll);
        else if (item->kind_case == BITCRAPS__ITEM__KIND_ACTION)
            check_action(referee, &arrivals, item->action);
        else if (item->kind_case == BITCRAPS__ITEM__KIND_SIT)
            note_arrival(&arrivals, item->sit);
        else if (item->kind_case == BITCRAPS__ITEM__KIND_EPOCH_END &&
                 referee->reference.phase == STATE_PHASE_ROLLING &&
                 message->items[0]->kind_case != BITCRAPS__ITEM__KIND_ROLL)
            referee_break(referee, "S3: epoch %llu ends between CLOSE and ROLL",
                          (unsigned long long)referee->reference.roster.epoch);
    }
}

/* Whoever had not said that it is ready led a view since time was up: nobody was censored. */
static void check_close(struct referee *referee, uint64_t view)
{
    const struct state *state = &referee->reference;
    const struct roster *roster = &state->roster;
    const uint64_t n = roster->count;
    const uint16_t waiting = state_players(state) & (uint16_t)~state->ready;
    for (unsigned position = 0; position < roster->count; position++) {
        const unsigned seat = roster->seats[position];
        /* The first view after time was up that this seat leads. */
        uint64_t turn = state->time_up_view + 1;
        while ((turn % n + roster->leader_offset) % n != position)
            turn++;
        if ((waiting >> seat & 1) != 0 && (state->time_up_view == 0 || turn >= view))
            referee_break(referee, "S3: roll %llu was closed before seat %u had its turn",
                          (unsigned long long)state->roll, seat + 1);
    }
}

/* A1: the guilty are liars, or their disks lied. */
static void check_guilty(struct referee *referee)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(referee->reference.guilty >> seat & 1))
            continue;
        const unsigned person = referee_person(referee, seat);
        if (person == PERSONS_MAX ||
            (!referee->persons[person].lies && !(referee->excused >> person & 1)))
            referee_break(referee, "A1: honest seat %u is convicted", seat + 1);
    }
}

/*
 * The epoch that begins has whom the last one wanted, and all of them have a share. Who was put
 * out, convicted, or left has no voice any more.
 */
static void check_epoch(struct referee *referee, const struct state *before)
{
    const struct state *state = &referee->reference;
    const uint64_t epoch = state->roster.epoch;
    if (epoch == before->roster.epoch)
        return;
    if (epoch != before->roster.epoch + 1)
        referee_break(referee, "E1: epoch %llu follows epoch %llu", (unsigned long long)epoch,
                      (unsigned long long)before->roster.epoch);
    if ((state->roster.set & (state->left | state->guilty | (uint16_t)~state->owned)) != 0)
        referee_break(referee, "E1: somebody votes in epoch %llu who is out",
                      (unsigned long long)epoch);
    note_voters(referee);
}

/* They come from nowhere and go nowhere, and what the ledger says is staked lies on the table. */
static void check_chips(struct referee *referee)
{
    const struct state *state = &referee->reference;
    if (ledger_fault(&state->ledger) != NULL)
        referee_break(referee, "S3: %s", ledger_fault(&state->ledger));
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct craps_money lying = craps_lying(&state->craps, &referee->seating.card, seat);
        if (ledger_staked(&state->ledger, seat) != lying.stake + lying.vig)
            referee_break(referee, "S3: seat %u has staked %lld, and %lld lie on the table",
                          seat + 1, (long long)ledger_staked(&state->ledger, seat),
                          (long long)(lying.stake + lying.vig));
    }
}

/* The first to finalize a height brings its block; it is executed once more. */
static void first_final(struct referee *referee, const struct referee_final *final,
                        const Bitcraps__Block *block, const struct digest *digest)
{
    struct kept_block *kept = &referee->blocks[final->height];
    kept->bytes = malloc(final->size);
    CHECK(kept->bytes != NULL);
    memcpy(kept->bytes, final->packed, final->size);
    kept->size = final->size;
    kept->digest = *digest;
    referee->height = final->height;
    struct block_header header;
    struct digest root;
    CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
    state_root(&referee->reference, &root);
    if (memcmp(&root, &header.state_root, sizeof root) != 0)
        referee_break(referee, "S3: the state root under block %llu",
                      (unsigned long long) final->height);
    const struct bytes payload = {block->payload.data, block->payload.len};
    check_payload(referee, payload);
    referee->before = referee->reference;
    const struct execution execution = {
        .seating = &referee->seating, .event = referee->event, .context = referee->context};
    const enum state_verdict verdict =
        state_execute(&referee->reference, &execution, &header, digest, payload);
    if (verdict != STATE_VALID)
        referee_break(referee, "S3: block %llu is final and invalid: %s",
                      (unsigned long long) final->height, state_verdict_text(verdict));
    if (referee->reference.phase == STATE_PHASE_ROLLING &&
        memcmp(&referee->reference.close, digest, sizeof *digest) == 0)
        check_close(referee, header.view);
    check_chips(referee);
    if (verdict != STATE_VALID)
        return;
    check_guilty(referee);
    check_epoch(referee, &referee->before);
    if (referee->reference.phase == STATE_PHASE_BETTING ||
        referee->reference.phase == STATE_PHASE_ROLLING)
        learn_shares(referee);
}

void referee_finalized(struct referee *referee, unsigned person, const struct referee_final *final)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    const uint64_t height = final->height;
    CHECK(height < REFEREE_HEIGHTS_MAX);
    CHECK(frame_unpack(&bitcraps__block__descriptor, (struct bytes){final->packed, final->size},
                       &arena, &base) == FRAME_OK);
    const Bitcraps__Block *block = (const Bitcraps__Block *)base;
    struct digest digest;
    block_digest(block->header.data, &digest);
    if (height == referee->height + 1)
        first_final(referee, final, block, &digest);
    else if (height > referee->height)
        referee_break(referee, "S1: player %u skipped to height %llu", person + 1,
                      (unsigned long long)height);
    else if (memcmp(&referee->blocks[height].digest, &digest, sizeof digest) != 0)
        referee_break(referee, "S1: two blocks are final at height %llu",
                      (unsigned long long)height);
}

/* ---- R4: the export ---- */

struct exported {
    uint8_t *file;
    size_t size;
    struct arena arena;
    struct audit *audit;
};

static void export_open(const struct referee *referee, uint64_t height, struct bytes certificate,
                        const struct referee_ending *endings, size_t endings_count,
                        struct exported *e)
{
    size_t size = EXPORT_OVERHEAD(height) + referee->seating_size + certificate.size;
    for (uint64_t i = 1; i <= height; i++)
        size += referee->blocks[i].size;
    for (size_t i = 0; i < endings_count; i++)
        size += 16 + endings[i].packed.size;
    e->file = malloc(size);
    e->arena = (struct arena){.size = AUDIT_ARENA_SIZE(size)};
    e->arena.at = malloc(e->arena.size);
    e->audit = malloc(sizeof *e->audit);
    CHECK(e->file != NULL && e->arena.at != NULL && e->audit != NULL);
    struct writer w = writer_on(e->file, size);
    export_begin(&w, (struct bytes){referee->seating_packed, referee->seating_size});
    for (uint64_t i = 1; i <= height; i++)
        export_block(&w, (struct bytes){referee->blocks[i].bytes, referee->blocks[i].size});
    if (certificate.size > 0)
        export_end(&w, certificate);
    for (size_t i = 0; i < endings_count; i++) {
        if (endings[i].height <= height)
            export_ending(&w, endings[i].packed);
    }
    CHECK(!w.failed);
    e->size = w.used;
}

static bool export_holds(struct exported *e)
{
    e->arena.used = 0;
    return audit_export(e->audit, (struct bytes){e->file, e->size}, &e->arena, NULL, NULL);
}

void referee_audit(struct referee *referee, uint64_t height, struct bytes certificate,
                   const struct referee_ending *endings, size_t endings_count,
                   struct chance *chance, unsigned mutations)
{
    struct exported e;
    export_open(referee, height, certificate, endings, endings_count, &e);
    if (!export_holds(&e))
        referee_break(referee, "R4: the audit says: %s", e.audit->wrong);
    for (unsigned i = 0; i < mutations; i++) {
        const uint64_t bit = chance_below(chance, 8 * e.size);
        e.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (export_holds(&e))
            referee_break(referee, "R4: the audit overlooks bit %llu of an export",
                          (unsigned long long)bit);
        e.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(e.audit);
    free(e.arena.at);
    free(e.file);
}
