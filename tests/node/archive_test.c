/* SPDX-License-Identifier: MIT */
/*
 * The archive of final blocks over a real journal: every block and finalization comes back byte for
 * byte, whether it is in memory or only in the journal, and memory stays bounded.
 */
#include "node/archive.h"

#include "base/check.h"
#include "base/wire.h"
#include "consensus/block.h"
#include "consensus/vote.h"
#include "frame/frame.h"
#include "journal/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <pthread.h>
#include <sodium.h>

#define BLOCKS  5000
#define SEATS   3
#define KIND    2
#define PAYLOAD 300

struct desk {
    char directory[64];
    char path[96];
    struct journal *journal;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t durable;
    uint64_t ticket;
    struct archive *archive;
};

static const struct digest scope = {{1}};
static const struct digest other_scope = {{2}};

static void completed(void *context, const struct journal_receipt *receipt)
{
    struct desk *desk = context;
    CHECK(receipt->error == 0);
    pthread_mutex_lock(&desk->lock);
    desk->durable = receipt->ticket;
    pthread_cond_signal(&desk->moved);
    pthread_mutex_unlock(&desk->lock);
}

static void start(struct desk *desk)
{
    char sentence[JOURNAL_SENTENCE_SIZE];
    assert_int_equal(journal_open(desk->path, &desk->journal, sentence), JOURNAL_OK);
    assert_int_equal(journal_replay(desk->journal, NULL, NULL, sentence), JOURNAL_OK);
    desk->durable = desk->ticket = 0;
    assert_int_equal(journal_start(desk->journal, completed, desk), JOURNAL_OK);
    desk->archive = archive_create();
    assert_non_null(desk->archive);
    archive_attach(desk->archive, desk->journal, &scope, KIND);
}

static void stop(struct desk *desk)
{
    archive_detach(desk->archive);
    journal_close(desk->journal);
    archive_destroy(desk->archive);
}

static void begin(struct desk *desk)
{
    memset(desk, 0, sizeof *desk);
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->moved, NULL);
    snprintf(desk->directory, sizeof desk->directory, "/tmp/archive-test.XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    snprintf(desk->path, sizeof desk->path, "%s/journal", desk->directory);
    start(desk);
}

static void end(struct desk *desk)
{
    stop(desk);
    unlink(desk->path);
    rmdir(desk->directory);
    pthread_mutex_destroy(&desk->lock);
    pthread_cond_destroy(&desk->moved);
}

static void wait_for_the_disk(struct desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    while (desk->durable < desk->ticket)
        pthread_cond_wait(&desk->moved, &desk->lock);
    pthread_mutex_unlock(&desk->lock);
}

static void append(struct desk *desk, const struct digest *of, struct bytes body)
{
    const struct journal_record record = {.kind = KIND, .body = body};
    enum journal_verdict verdict;
    while ((verdict = journal_append(desk->journal, of, &record, 1, desk->ticket + 1)) ==
           JOURNAL_BUSY)
        wait_for_the_disk(desk);
    assert_int_equal(verdict, JOURNAL_OK);
    desk->ticket++;
}

/* Every third block is final only by a descendant. */
static bool certified(uint64_t height)
{
    return height % 3 != 0;
}

struct made {
    uint8_t block[1024];
    size_t block_size;
    uint8_t certificate[512];
    size_t certificate_size;
    uint8_t block_row[2048];
    size_t block_row_size;
    uint8_t certificate_row[1024];
    size_t certificate_row_size;
};

static size_t packed(const ProtobufCMessage *message, uint8_t *to, size_t size)
{
    struct writer w = writer_on(to, size);
    CHECK(frame_pack(message, &w));
    return w.used;
}

/* The block of a height, its finalization, and the rows that hold them. */
static struct made make(uint64_t height)
{
    static struct made made;
    uint8_t payload[PAYLOAD];
    uint8_t encoded[BLOCK_HEADER_SIZE];
    uint8_t signatures[SEATS * SIGNATURE_SIZE];
    struct digest digest;
    const struct block_header header = {.height = height, .view = height + 3, .epoch = 1};
    memset(payload, (int)height, sizeof payload);
    memset(signatures, (int)height + 1, sizeof signatures);
    block_header_encode(&header, encoded);
    block_digest(encoded, &digest);
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    block.header = (ProtobufCBinaryData){sizeof encoded, encoded};
    block.payload = (ProtobufCBinaryData){50 + height % (PAYLOAD - 50), payload};
    Bitcraps__Certificate certificate = BITCRAPS__CERTIFICATE__INIT;
    certificate.type = VOTE_FINALIZE;
    certificate.epoch = 1;
    certificate.view = header.view;
    certificate.digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    certificate.bitmap = 7;
    certificate.signatures = (ProtobufCBinaryData){sizeof signatures, signatures};
    made.block_size = packed(&block.base, made.block, sizeof made.block);
    made.certificate_size =
        certified(height) ? packed(&certificate.base, made.certificate, sizeof made.certificate)
                          : 0;
    /* As the core records them: a proposal, or a body that was fetched. */
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    Bitcraps__Proposal proposal = BITCRAPS__PROPOSAL__INIT;
    Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
    Bitcraps__Block *one = &block;
    proposal.block = &block;
    proposal.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signatures};
    blocks.n_blocks = 1;
    blocks.blocks = &one;
    if (height % 2 == 0) {
        message.kind_case = BITCRAPS__MESSAGE__KIND_PROPOSAL;
        message.proposal = &proposal;
    } else {
        message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS;
        message.blocks = &blocks;
    }
    made.block_row_size = packed(&message.base, made.block_row, sizeof made.block_row);
    message.kind_case = BITCRAPS__MESSAGE__KIND_CERTIFICATE;
    message.certificate = &certificate;
    made.certificate_row_size =
        packed(&message.base, made.certificate_row, sizeof made.certificate_row);
    return made;
}

static void put(struct desk *desk, uint64_t height)
{
    const struct made made = make(height);
    archive_put(desk->archive, height, (struct bytes){made.block, made.block_size},
                (struct bytes){made.certificate, made.certificate_size});
}

/* A body is written some blocks before it is final; others' rows lie between. */
static void play(struct desk *desk, uint64_t from, uint64_t to)
{
    for (uint64_t height = from; height <= to; height++) {
        struct made made = make(height + 2);
        append(desk, &scope, (struct bytes){made.block_row, made.block_row_size});
        append(desk, &other_scope, (struct bytes){made.block_row, made.block_row_size});
        if (certified(height)) {
            made = make(height);
            append(desk, &scope, (struct bytes){made.certificate_row, made.certificate_row_size});
        }
        if (height % 100 == 0)
            wait_for_the_disk(desk);
        put(desk, height);
    }
}

static void every_block_is_there(struct desk *desk, uint64_t count)
{
    assert_int_equal(archive_height(desk->archive), count);
    for (uint64_t height = 1; height <= count; height++) {
        const struct made made = make(height);
        const struct bytes block = archive_block(desk->archive, height);
        assert_int_equal(block.size, made.block_size);
        assert_memory_equal(block.at, made.block, block.size);
        assert_int_equal(archive_block_size(desk->archive, height), made.block_size);
        const struct bytes certificate = archive_certificate(desk->archive, height);
        assert_int_equal(certificate.size, made.certificate_size);
        if (certificate.size > 0)
            assert_memory_equal(certificate.at, made.certificate, certificate.size);
        assert_int_equal(archive_certified(desk->archive, height), certified(height) ? height
                                                                   : height == count ? 0
                                                                                     : height + 1);
    }
    assert_int_equal(archive_block(desk->archive, count + 1).size, 0);
    assert_int_equal(archive_block(desk->archive, 0).size, 0);
}

static void test_old_blocks_come_from_the_journal_and_memory_is_bounded(void **state)
{
    (void)state;
    struct desk desk;
    begin(&desk);
    for (uint64_t height = 1; height <= 2; height++) {
        const struct made made = make(height);
        append(&desk, &scope, (struct bytes){made.block_row, made.block_row_size});
    }
    play(&desk, 1, BLOCKS);
    assert_true(archive_kept(desk.archive) <= 3 * ARCHIVE_KEPT);
    assert_true(archive_memory(desk.archive) < 800000);
    every_block_is_there(&desk, BLOCKS);
    stop(&desk);

    /* Another life: all rows are there before the first block is put again. */
    start(&desk);
    for (uint64_t height = 1; height <= BLOCKS; height++)
        put(&desk, height);
    assert_true(archive_kept(desk.archive) <= 3 * ARCHIVE_KEPT);
    every_block_is_there(&desk, BLOCKS);
    play(&desk, BLOCKS + 1, BLOCKS + 1000);
    every_block_is_there(&desk, BLOCKS + 1000);
    assert_true(archive_kept(desk.archive) <= 3 * ARCHIVE_KEPT);
    end(&desk);
}

static void test_what_the_journal_lacks_stays_in_memory(void **state)
{
    (void)state;
    struct desk desk;
    begin(&desk);
    for (uint64_t height = 1; height <= 2000; height++)
        put(&desk, height);
    assert_int_equal(archive_kept(desk.archive), 2000);
    every_block_is_there(&desk, 2000);
    /* Late, all at once. */
    for (uint64_t height = 1; height <= 2000; height++) {
        const struct made made = make(height);
        append(&desk, &scope, (struct bytes){made.block_row, made.block_row_size});
        if (certified(height))
            append(&desk, &scope, (struct bytes){made.certificate_row, made.certificate_row_size});
    }
    wait_for_the_disk(&desk);
    for (uint64_t height = 2001; height <= 2600; height++)
        put(&desk, height);
    assert_true(archive_kept(desk.archive) <= 600 + 2 * ARCHIVE_KEPT);
    every_block_is_there(&desk, 2600);
    end(&desk);
}

static void test_without_a_journal_everything_stays(void **state)
{
    (void)state;
    struct desk desk = {.archive = archive_create()};
    for (uint64_t height = 1; height <= 2000; height++)
        put(&desk, height);
    assert_int_equal(archive_kept(desk.archive), 2000);
    every_block_is_there(&desk, 2000);
    archive_destroy(desk.archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_blocks_come_from_the_journal_and_memory_is_bounded),
        cmocka_unit_test(test_what_the_journal_lacks_stays_in_memory),
        cmocka_unit_test(test_without_a_journal_everything_stays),
    };
    CHECK(sodium_init() >= 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
