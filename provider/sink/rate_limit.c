/*
 * rate_limit.c - the number of records that are written.
 *
 * A table of fixed size without a lock, so that a fork cannot leave it locked and no thread waits.
 * In a race one record too many or too few may be written, and a key that other keys displace is
 * counted from the start; both cost a line in a log. The limit over all keys always holds.
 */
#include <pinning/sink.h>

#include <stdatomic.h>

#define SLOTS 256
#define PROBE 8 /* number of slots in which a key can be */

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
    stamp out = (stamp)now + 1;

    return out != 0 ? out : 1;
}

/* Seconds between two stamps, in either direction, so that no record is suppressed because the
 * clock was set back. */
static uint32_t abs_diff(stamp a, stamp b)
{
    uint32_t distance = a - b;

    return distance <= UINT32_MAX / 2 ? distance : b - a;
}

static bool elapsed(stamp since, stamp now, uint32_t secs)
{
    return since == 0 || abs_diff(now, since) >= secs;
}

/* Takes one of the records that may be written whatever their keys: claims a slot that was not
 * claimed for a minute. Each slot is claimed once a minute, so the limit holds in any race. */
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

/* Returns the slot of a key. If it has none, it gets an unused slot, else the slot that was not
 * seen for the longest time. */
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

static bool is_power_of_ten(uint32_t n)
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
    bool by_number;

    *suppressed = 0;
    if (seen != 0 && elapsed(seen, at, PIN_REPEAT_FORGET_SECS))
        atomic_store(&slot->count, 0);
    number = atomic_fetch_add(&slot->count, 1) + 1;
    by_number = number <= PIN_REPEAT_FREE || is_power_of_ten(number);
    written = atomic_load(&slot->written);
    /* If several threads find that a minute has passed, the one that changes the time writes. */
    if (!(by_number || elapsed(written, at, PIN_REPEAT_SECS)) || !take_budget(at) ||
        !(atomic_compare_exchange_strong(&slot->written, &written, at) || by_number)) {
        atomic_fetch_add(&slot->suppressed, 1);
        return false;
    }
    *suppressed = atomic_exchange(&slot->suppressed, 0);
    return true;
}
