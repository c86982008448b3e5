/* test_rate_limit.c - the records that are written and those that are suppressed. */
#include "expect.h"
#include "suite.h"

#include <pinning/sink.h>
#include <pthread.h>

/* Each test has its own key and day, because the table is shared if they do not fork (CK_FORK=no).
 */
static uint64_t key = UINT64_C(0x0123456789abcdef);
static time_t now = 1700000000;

static void next_day(void)
{
    key += UINT64_C(0x9e3779b97f4a7c15);
    now += 86400;
}

/* Offers a record several times. Returns how many were written, and adds the suppressed. */
static unsigned offer(uint64_t of, unsigned times, uint64_t *suppressed_sum)
{
    unsigned written = 0;

    for (unsigned i = 0; i < times; i++) {
        uint64_t suppressed = 4711;

        if (pin_sink_admit(of, now, &suppressed)) {
            written++;
            *suppressed_sum += suppressed;
        } else {
            ck_assert_uint_eq(suppressed, 0);
        }
    }
    return written;
}

START_TEST(same_key_by_number)
{
    static const struct {
        unsigned number;
        uint64_t suppressed;
    } expected[] = {{1, 0}, {2, 0}, {3, 0}, {10, 6}, {100, 89}, {1000, 899}, {10000, 8999}};
    size_t next = 0;
    uint64_t suppressed;

    for (unsigned i = 1; i <= 12345; i++) {
        if (!pin_sink_admit(key, now, &suppressed))
            continue;
        ck_assert_uint_lt(next, sizeof(expected) / sizeof(expected[0]));
        ck_assert_uint_eq(i, expected[next].number);
        ck_assert_uint_eq(suppressed, expected[next].suppressed);
        next++;
    }
    ck_assert_uint_eq(next, sizeof(expected) / sizeof(expected[0]));
    /* A minute after the last record that was written, the next one counts the rest. */
    now += PIN_REPEAT_SECS;
    ck_assert(pin_sink_admit(key, now, &suppressed));
    ck_assert_uint_eq(suppressed, 2345);
    ck_assert(!pin_sink_admit(key, now, &suppressed));
}
END_TEST

/* The time of the next record after the third that was written. */
static const struct {
    time_t later;
    bool written;
} later_cases[] = {
    {0, false},
    {1, false},
    {PIN_REPEAT_SECS - 1, false},
    {PIN_REPEAT_SECS, true},
    {PIN_REPEAT_SECS + 1, true},
    {PIN_REPEAT_FORGET_SECS - 1, true},
    {PIN_REPEAT_FORGET_SECS, true},
    {100000, true},
    {-1, false},
    {1 - PIN_REPEAT_SECS, false},
    {-PIN_REPEAT_SECS, true}, /* the clock was set back: do not wait until it catches up */
    {-100000, true},
};

START_TEST(later_record)
{
    uint64_t suppressed = 0;

    ck_assert_uint_eq(offer(key, 5, &suppressed), 3);
    now += later_cases[_i].later;
    char name[48];
    snprintf(name, sizeof name, "rate_limit/%lld-seconds-later", (long long)later_cases[_i].later);
    expect_bool(name, later_cases[_i].written, pin_sink_admit(key, now, &suppressed));
    ck_assert_uint_eq(suppressed, later_cases[_i].written ? 2 : 0);
}
END_TEST

/* Once a minute for two months, as a cron job would: each is written. */
START_TEST(one_a_minute_all_written)
{
    uint64_t suppressed;

    for (int i = 0; i < 90000; i++) {
        ck_assert(pin_sink_admit(key, now, &suppressed));
        ck_assert_uint_eq(suppressed, 0);
        now += PIN_REPEAT_SECS;
    }
}
END_TEST

/* Every second: three at first, then the tenth, and one a minute. Never silent for longer. */
START_TEST(one_a_second_bounded)
{
    uint64_t suppressed, sum = 0, written = 0;
    time_t last = now;

    for (int i = 0; i < 36000; i++, now++) {
        if (pin_sink_admit(key, now, &suppressed)) {
            written++;
            sum += suppressed;
            last = now;
        }
        ck_assert_int_lt(now - last, PIN_REPEAT_SECS);
    }
    ck_assert_uint_le(written, 36000 / PIN_REPEAT_SECS + 8);
    ck_assert_uint_ge(written, 36000 / PIN_REPEAT_SECS);
    ck_assert_uint_le(36000 - written - sum, PIN_REPEAT_SECS);
}
END_TEST

static const struct {
    time_t pause;
    unsigned written; /* of three more */
} forget_cases[] = {
    {0, 0},
    {PIN_REPEAT_SECS, 1},
    {PIN_REPEAT_FORGET_SECS - 1, 1},
    {PIN_REPEAT_FORGET_SECS, 3},
    {PIN_REPEAT_FORGET_SECS + 1, 3},
};

START_TEST(key_forgotten)
{
    uint64_t sum = 0;

    ck_assert_uint_eq(offer(key, 6, &sum), 3);
    now += forget_cases[_i].pause;
    char name[48];
    snprintf(name, sizeof name, "rate_limit/pause-of-%lld-seconds",
             (long long)forget_cases[_i].pause);
    expect_number(name, forget_cases[_i].written, offer(key, 3, &sum));
    ck_assert_uint_eq(sum, forget_cases[_i].written > 0 ? 3 : 0);
}
END_TEST

/* A key is forgotten when it was not seen, not when it was not written. */
START_TEST(seen_key_not_forgotten)
{
    uint64_t sum = 0;
    uint64_t suppressed;

    ck_assert_uint_eq(offer(key, 11, &sum), 4);
    for (int i = 0; i < 100; i++) {
        now += 50;
        (void)pin_sink_admit(key, now, &suppressed);
    }
    ck_assert_uint_eq(offer(key, 3, &sum), 0);
}
END_TEST

START_TEST(keys_counted_apart)
{
    const uint64_t keys[] = {0, 256, key, key + 1, key + 256, key ^ UINT64_C(1) << 63, UINT64_MAX};
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        ck_assert_uint_eq(offer(keys[i], 20, &sum), 4);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        ck_assert_uint_eq(offer(keys[i], 20, &sum), 0);
    ck_assert_uint_eq(sum, sizeof(keys) / sizeof(keys[0]) * 6);
}
END_TEST

/* More keys for the same slots than there are: each is written. */
START_TEST(keys_of_same_slots_written)
{
    uint64_t sum = 0;

    /* Keys of no other test, because without a fork the table still has those. */
    for (uint64_t i = 1; i <= 40; i++)
        ck_assert_uint_eq(offer((UINT64_C(1) << 40) + i * 256, 5, &sum), 3);
    ck_assert_uint_eq(sum, 0);
}
END_TEST

/* A scan of 60000 hosts: the limit holds in any minute. */
START_TEST(all_keys_limited)
{
    unsigned char second[600] = {0};
    uint64_t suppressed;
    uint64_t host = 1;

    for (size_t s = 0; s < sizeof(second); s++, now++) {
        for (int i = 0; i < 100; i++, host++)
            second[s] =
                (unsigned char)(second[s] + pin_sink_admit(host * 2654435761, now, &suppressed));
    }
    for (size_t s = 0; s + PIN_REPEAT_SECS <= sizeof(second); s++) {
        unsigned sum = 0;

        for (size_t i = 0; i < PIN_REPEAT_SECS; i++)
            sum += second[s + i];
        ck_assert_uint_eq(sum, PIN_REPEAT_ALL);
    }
}
END_TEST

/* A key that the limit over all keys suppressed is written later, with its count. */
START_TEST(all_keys_limit_passes)
{
    uint64_t suppressed = 0;

    for (uint64_t i = 0; i < PIN_REPEAT_ALL; i++)
        ck_assert(pin_sink_admit(i * 7919 + 13, now, &suppressed));
    ck_assert_uint_eq(offer(key, 5, &suppressed), 0);
    now += PIN_REPEAT_SECS - 1;
    ck_assert_uint_eq(offer(key, 1, &suppressed), 0);
    now += 1;
    ck_assert_uint_eq(offer(key, 1, &suppressed), 1);
    ck_assert_uint_eq(suppressed, 6);
}
END_TEST

START_TEST(odd_clocks)
{
    static const time_t clocks[] = {
        0, -1, 1, INT32_MAX, (time_t)UINT32_MAX, (time_t)UINT32_MAX + 1};
    uint64_t suppressed;

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        for (uint64_t k = 0; k < 50; k++)
            ck_assert(pin_sink_admit(key + k, clocks[i], &suppressed) || i > 0);
    }
    next_day();
    ck_assert(pin_sink_admit(key, now, &suppressed));
}
END_TEST

/* ---- threads ---- */

#define THREADS 16
#define ROUNDS  20000

struct hammer {
    uint64_t keys; /* so many different ones */
    uint64_t written;
    uint64_t suppressed;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        uint64_t suppressed;

        if (pin_sink_admit((i % h->keys + 1) * UINT64_C(0x9e3779b97f4a7c15), now, &suppressed)) {
            h->written++;
            h->suppressed += suppressed;
        }
    }
    return NULL;
}

static struct hammer hammer_all(uint64_t keys)
{
    struct hammer each[THREADS];
    struct hammer sum = {0};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        each[i] = (struct hammer){.keys = keys};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &each[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum.written += each[i].written;
        sum.suppressed += each[i].suppressed;
    }
    return sum;
}

/* One key: the same records as from one thread, and an exact count. */
START_TEST(threads_with_one_key)
{
    const uint64_t one = UINT64_C(0x9e3779b97f4a7c15);
    struct hammer sum;
    uint64_t suppressed;

    ck_assert(pin_sink_admit(one, now, &suppressed));
    sum = hammer_all(1);
    ck_assert_uint_eq(sum.written, 2 + 5); /* and 10, 100, 1000, 10000, 100000 of 320001 */
    now += PIN_REPEAT_SECS;
    ck_assert(pin_sink_admit(one, now, &suppressed));
    ck_assert_uint_eq(sum.written + sum.suppressed + suppressed, THREADS * ROUNDS);
}
END_TEST

/* More keys than slots: the limit over all keys holds. */
START_TEST(threads_with_many_keys)
{
    ck_assert_uint_le(hammer_all(20).written, PIN_REPEAT_ALL);
    next_day();
    ck_assert_uint_eq(hammer_all(5000).written, PIN_REPEAT_ALL);
    ck_assert_uint_eq(hammer_all(5000).written, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate_limit");
    TCase *tcase = tcase_create("rate_limit");

    tcase_add_checked_fixture(tcase, next_day, NULL);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    tcase_add_test(tcase, same_key_by_number);
    SUITE_CASES(tcase, later_record, later_cases);
    tcase_add_test(tcase, one_a_minute_all_written);
    tcase_add_test(tcase, one_a_second_bounded);
    SUITE_CASES(tcase, key_forgotten, forget_cases);
    tcase_add_test(tcase, seen_key_not_forgotten);
    tcase_add_test(tcase, keys_counted_apart);
    tcase_add_test(tcase, keys_of_same_slots_written);
    tcase_add_test(tcase, all_keys_limited);
    tcase_add_test(tcase, all_keys_limit_passes);
    tcase_add_test(tcase, odd_clocks);
    tcase_add_test(tcase, threads_with_one_key);
    tcase_add_test(tcase, threads_with_many_keys);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
