/* SPDX-License-Identifier: MIT */
#include "consensus/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct chain chain;
static uint8_t packed[40000];

static struct digest named(uint64_t name)
{
    struct digest digest = {{0}};
    memcpy(digest.bytes, &name, sizeof name);
    return digest;
}

static struct held *hold(uint64_t height, size_t size)
{
    const struct digest digest = named(height);
    const struct block_header header = {
        .parent = named(height - 1), .height = height, .view = height, .parent_view = height - 1};
    memset(packed, (int)height, size);
    return chain_hold(&chain, &digest, &header, (struct bytes){packed, size},
                      (struct bytes){packed + 10, size - 10});
}

static int start(void **state)
{
    (void)state;
    const struct digest genesis = named(0);
    chain_init(&chain, &genesis);
    return 0;
}

static void assert_intact(const struct held *held, uint64_t height, size_t size)
{
    const struct bytes bytes = chain_packed(&chain, held);
    assert_int_equal(bytes.size, size);
    assert_int_equal(bytes.at[0], height);
    assert_int_equal(bytes.at[size - 1], height);
    assert_int_equal(chain_payload(&chain, held).size, size - 10);
}

static void test_released_memory_is_used_again_and_others_stay_intact(void **state)
{
    (void)state;
    struct held *blocks[8];
    for (uint64_t i = 1; i <= 7; i++)
        blocks[i] = hold(i, 30000);
    assert_null(hold(8, 30000));
    chain_release(&chain, blocks[3]);
    const struct digest third = named(3);
    assert_null(chain_find(&chain, &third));
    blocks[3] = hold(9, 30000);
    assert_non_null(blocks[3]);
    for (uint64_t i = 1; i <= 7; i++)
        assert_intact(blocks[i], i == 3 ? 9 : i, 30000);
}

static void test_places_are_limited(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= BLOCKS_MAX; i++)
        assert_non_null(hold(i, 100));
    assert_null(hold(BLOCKS_MAX + 1, 100));
}

static void test_final_blocks_go_to_the_archive_which_forgets_the_oldest(void **state)
{
    (void)state;
    uint8_t certificate[700];
    for (uint64_t height = 1; height <= 1000; height++) {
        struct held *held = hold(height, 300 + height % 100 * 30);
        held->state = HELD_VALID;
        held->slot = chain_take_slot(&chain);
        memset(certificate, (int)(height + 1), sizeof certificate);
        const size_t certificate_size = height % 3 == 0 ? 0 : sizeof certificate;
        chain_finalize(&chain, held, (struct bytes){certificate, certificate_size});
        const struct archived *archived = chain_archived(&chain, height);
        assert_non_null(archived);
        assert_int_equal(chain.final_height, height);
        assert_null(chain_archived(&chain, height + 1));
        for (unsigned i = 0; i < chain.archived_count; i++) {
            archived = &chain.archived[i];
            assert_ptr_equal(chain_archived(&chain, archived->height), archived);
            assert_int_equal(chain.archive[archived->offset], archived->height & 0xff);
            assert_int_equal(archived->certificate_size,
                             archived->height % 3 == 0 ? 0 : sizeof certificate);
            if (archived->certificate_size > 0)
                assert_int_equal(chain.archive[archived->offset + archived->size],
                                 (archived->height + 1) & 0xff);
        }
    }
    assert_null(chain_archived(&chain, 1));
    assert_int_equal(chain.bodies_used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_released_memory_is_used_again_and_others_stay_intact, start),
        cmocka_unit_test_setup(test_places_are_limited, start),
        cmocka_unit_test_setup(test_final_blocks_go_to_the_archive_which_forgets_the_oldest, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
