/*
 * sink_repeat.c - how often.
 *
 * A table of fixed size without a lock: a fork cannot leave it locked and a thread cannot wait for
 * another. Under races a record too many or too few may be written, and a key that is pushed out by
 * others starts anew; both cost a line in a log, and the bound over all keys holds regardless.
 */
#include <pinning/sink.h>

#include <stdatomic.h>

#define SLOTS 256
#define PROBE 8 /* slots in which a key can be */

/* Times are seconds modulo 2^32, shifted by one so that 0 means never. */
typedef uint32_t stamp;

struct slot {
    _Atomic uint64_t key; /* 0: never used */
    _Atomic uint32_t count;
    _Atomic uint64_t suppressed;
    _Atomic stamp written;
    _Atomic stamp seen;
};

static struct slot slots[SLOTS];

/* When each of the last PIN_REPEAT_ALL records was written, in no order. */
static _Atomic stamp written_all[PIN_REPEAT_ALL];

static stamp stamp_of(time_t now)
{
    stamp s = (stamp)now + 1;

    return s != 0 ? s : 1;
}

/* Seconds from one to the other, in either direction: after a clock was set back records must not
 * be held until it catches up. */
static uint32_t abs_diff(stamp a, stamp b)
{
    uint32_t d = a - b;

    return d <= UINT32_MAX / 2 ? d : b - a;
}

static bool elapsed(stamp since, stamp now, uint32_t secs)
{
    return since == 0 || abs_diff(now, since) >= secs;
}

/* Spends one of the records that may be written whatever their keys: takes a place that nobody took
 * for a minute. As each place is taken once a minute, the bound holds under any race. */
static bool take_budget(stamp now)
{
    for (unsigned i = 0; i < PIN_REPEAT_ALL; i++) {
        stamp since = atomic_load(&written_all[i]);

        if (elapsed(since, now, PIN_REPEAT_SECS) &&
            atomic_compare_exchange_strong(&written_all[i], &since, now))
            return true;
    }
    return false;
}

/* The slot of a key, or the one that it takes over: an unused one, else the longest unseen. */
static struct slot *slot_of(uint64_t key, stamp now)
{
    struct slot *oldest = NULL;
    uint32_t age = 0;
    uint64_t was;

    for (unsigned i = 0; i < PROBE; i++) {
        struct slot *slot = &slots[(key + i) % SLOTS];
        uint32_t unseen;

        was = atomic_load(&slot->key);
        if (was == key)
            return slot;
        if (was == 0) {
            if (atomic_compare_exchange_strong(&slot->key, &was, key) || was == key)
                return slot;
            continue;
        }
        unseen = abs_diff(now, atomic_load(&slot->seen));
        if (oldest == NULL || unseen > age) {
            oldest = slot;
            age = unseen;
        }
    }
    if (oldest == NULL)
        oldest = &slots[key % SLOTS];
    was = atomic_load(&oldest->key);
    if (was != key && atomic_compare_exchange_strong(&oldest->key, &was, key)) {
        atomic_store(&oldest->count, 0);
        atomic_store(&oldest->suppressed, 0);
        atomic_store(&oldest->written, 0);
        atomic_store(&oldest->seen, now);
    }
    return oldest;
}

static bool power_of_ten(uint32_t n)
{
    while (n >= 10 && n % 10 == 0)
        n /= 10;
    return n == 1;
}

bool pin_sink_admit(uint64_t key, time_t now, uint64_t *suppressed)
{
    stamp at = stamp_of(now);
    struct slot *slot = slot_of(key != 0 ? key : 1, at);
    stamp seen = atomic_exchange(&slot->seen, at);
    stamp written;
    uint32_t number;
    bool counts;

    *suppressed = 0;
    if (seen != 0 && elapsed(seen, at, PIN_REPEAT_FORGET_SECS))
        atomic_store(&slot->count, 0);
    number = atomic_fetch_add(&slot->count, 1) + 1;
    counts = number <= PIN_REPEAT_FREE || power_of_ten(number);
    written = atomic_load(&slot->written);
    /* Of threads that all find a minute over, the one that changes the time writes. */
    if (!(counts || elapsed(written, at, PIN_REPEAT_SECS)) || !take_budget(at) ||
        !(atomic_compare_exchange_strong(&slot->written, &written, at) || counts)) {
        atomic_fetch_add(&slot->suppressed, 1);
        return false;
    }
    *suppressed = atomic_exchange(&slot->suppressed, 0);
    return true;
}
