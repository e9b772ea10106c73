/* SPDX-License-Identifier: MIT */
/* What is said on the air, and what is made of what others say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "platform/linux-bt/advertisement.h"

static const uint8_t network[NETWORK_ID_SIZE] = {1, 2, 3};
static const uint8_t other[NETWORK_ID_SIZE] = {3, 2, 1};
static const uint8_t id[ADVERTISEMENT_ID_SIZE] = {0xaa, 0xbb, 0xcc};

/* Flags and a name before it, as other programs send. */
static size_t around(const uint8_t data[static ADVERTISEMENT_SIZE], uint8_t eir[static 64])
{
    static const uint8_t before[] = {2, 0x01, 0x06, 4, 0x09, 'p', 'i', '4'};
    memcpy(eir, before, sizeof before);
    advertisement_eir(data, eir + sizeof before);
    return sizeof before + ADVERTISEMENT_EIR_SIZE;
}

static void members_of_a_network_know_one_another(void **state)
{
    (void)state;
    const struct advertisement_key ours = advertisement_key_of(network);
    const struct advertisement_key theirs = advertisement_key_of(other);
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t psm = 0;
    bool bredr = true;
    advertisement_pack(&ours, 0x85, false, id, data);
    assert_int_equal(advertisement_read(&ours, data, &psm, &bredr), ADVERTISEMENT_OURS);
    assert_int_equal(psm, 0x85);
    assert_false(bredr);
    assert_int_equal(advertisement_read(&theirs, data, &psm, &bredr), ADVERTISEMENT_STRANGE);
}

static void who_takes_calls_over_bredr_says_so(void **state)
{
    (void)state;
    const struct advertisement_key ours = advertisement_key_of(network);
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t psm = 0;
    bool bredr = false;
    advertisement_pack(&ours, 0x85, true, id, data);
    assert_int_equal(advertisement_read(&ours, data, &psm, &bredr), ADVERTISEMENT_OURS);
    assert_int_equal(psm, 0x85);
    assert_true(bredr);
    /* The kernel takes odd ones, with an even upper byte, and below 0x1001 from nobody. */
    assert_int_equal(advertisement_bredr_psm(ADVERTISEMENT_PSM_FIRST), 0x1001);
    assert_int_equal(advertisement_bredr_psm(0x81), 0x1003);
    assert_int_equal(advertisement_bredr_psm(ADVERTISEMENT_PSM_LAST), 0x10ff);
}

/* Made by Python's hashlib and hmac. */
static void a_known_advertisement_reads_as_known(void **state)
{
    (void)state;
    static const uint8_t known[ADVERTISEMENT_SIZE] = {0x10, 0x85, 0x01, 0x02, 0x03,
                                                      0x04, 0x00, 0x9e, 0x2a, 0x90};
    static const uint8_t nobody[NETWORK_ID_SIZE];
    const struct advertisement_key key = advertisement_key_of(nobody);
    uint8_t psm = 0;
    bool bredr = true;
    assert_int_equal(advertisement_read(&key, known, &psm, &bredr), ADVERTISEMENT_OURS);
}

static void any_changed_bit_is_no_longer_ours(void **state)
{
    (void)state;
    const struct advertisement_key ours = advertisement_key_of(network);
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t psm;
    bool bredr;
    advertisement_pack(&ours, 0x85, false, id, data);
    for (unsigned bit = 8; bit < ADVERTISEMENT_SIZE * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(advertisement_read(&ours, data, &psm, &bredr), ADVERTISEMENT_OURS);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(advertisement_read(&ours, data, &psm, &bredr), ADVERTISEMENT_OURS);
}

static void other_versions_and_ports_are_wrong(void **state)
{
    (void)state;
    const struct advertisement_key ours = advertisement_key_of(network);
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t psm;
    bool bredr;
    for (unsigned port = 0; port < 0x100; port++) {
        advertisement_pack(&ours, (uint8_t)port, false, id, data);
        assert_int_equal(advertisement_read(&ours, data, &psm, &bredr),
                         port >= ADVERTISEMENT_PSM_FIRST ? ADVERTISEMENT_OURS
                                                         : ADVERTISEMENT_WRONG);
    }
    advertisement_pack(&ours, 0x85, false, id, data);
    data[0] = 0x20;
    assert_int_equal(advertisement_read(&ours, data, &psm, &bredr), ADVERTISEMENT_WRONG);
}

static void it_is_found_among_other_elements(void **state)
{
    (void)state;
    const struct advertisement_key ours = advertisement_key_of(network);
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t eir[64] = {0};
    advertisement_pack(&ours, 0x85, false, id, data);
    const size_t size = around(data, eir);
    const uint8_t *found = advertisement_find((struct bytes){.at = eir, .size = size});
    assert_non_null(found);
    assert_memory_equal(found, data, ADVERTISEMENT_SIZE);
    /* Cut anywhere, it is not there; an element of length 0 ends all. */
    for (size_t cut = 0; cut < size; cut++)
        assert_null(advertisement_find((struct bytes){.at = eir, .size = cut}));
    eir[3] = 0;
    assert_null(advertisement_find((struct bytes){.at = eir, .size = size}));
}

static void it_fits_legacy_advertising_beside_the_flags(void **state)
{
    (void)state;
    assert_int_equal(3 + ADVERTISEMENT_EIR_SIZE, 31);
    /* The UUID in the data is the one that D-Bus is told, backwards. */
    uint8_t data[ADVERTISEMENT_SIZE] = {0};
    uint8_t eir[ADVERTISEMENT_EIR_SIZE];
    uint8_t uuid[16];
    char digits[33] = "";
    size_t count = 0;
    for (const char *at = ADVERTISEMENT_UUID; *at != '\0'; at++)
        if (*at != '-')
            digits[count++] = *at;
    assert_int_equal(sodium_hex2bin(uuid, sizeof uuid, digits, count, NULL, NULL, NULL), 0);
    advertisement_eir(data, eir);
    for (size_t i = 0; i < sizeof uuid; i++)
        assert_int_equal(eir[2 + i], uuid[15 - i]);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_network_know_one_another),
        cmocka_unit_test(who_takes_calls_over_bredr_says_so),
        cmocka_unit_test(a_known_advertisement_reads_as_known),
        cmocka_unit_test(any_changed_bit_is_no_longer_ours),
        cmocka_unit_test(other_versions_and_ports_are_wrong),
        cmocka_unit_test(it_is_found_among_other_elements),
        cmocka_unit_test(it_fits_legacy_advertising_beside_the_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
