/* states.c - the contents of a pin file, and the answers to A and to B that follow. */
#include "load.h"

#include <pinning/error.h>

#include <string.h>

const char *const host_names[HOSTS] = {
    [HOST_SWING] = "swing.test",     [HOST_BELOW] = "www.parent.test", [HOST_GONE] = "gone.test",
    [HOST_RENEWED] = "renewed.test", [HOST_TORN] = "torn.test",        [HOST_FIXED] = "fixed.test",
    [HOST_FREE] = "free.test",
};

const char *const host_files[HOSTS] = {
    [HOST_SWING] = "swing.test.pins", [HOST_BELOW] = "parent.test.pins",
    [HOST_GONE] = "gone.test.pins",   [HOST_RENEWED] = "renewed.test.pins",
    [HOST_TORN] = "torn.test.pins",   [HOST_FIXED] = "fixed.test.pins",
};

enum { FIRST_A = 0, FIRST_B = 5, FIRST_BROKEN = 7, FIRST_NOTHING = 13, ALL = 14 };

const struct state states[] = {
    [FIRST_A] = {"A", "key = $a\n", OK_A, PIN_R_MISMATCH, 0, false},
    {"A and a backup", "key = $c # backup\nkey = $a\n", OK_A, PIN_R_MISMATCH, 0, false},
    {"A by its certificate", "# renewed\n\ncert = $A\n", OK_A, PIN_R_MISMATCH, 0, false},
    {"A by its root", "ca = $R\n", OK_A, PIN_R_MISMATCH, 0, false},
    {"A, and a date", "key = $a until 9999-12-31\nmode = enforce\n", OK_A, PIN_R_MISMATCH, 0,
     false},
    [FIRST_B] = {"B", "key = $b\n", OK_B, PIN_R_MISMATCH, 0, false},
    {"B and a backup", "key = $b\nkey = $c\n", OK_B, PIN_R_MISMATCH, 0, false},
    [FIRST_BROKEN] = {"half a pin", "key = sha256//AAAA\n", 0, PIN_R_SYNTAX, 0, false},
    {"empty", "", 0, PIN_R_SYNTAX, 0, false},
    {"an unknown name", "key = $a\nkey = $b\npin = $a\n", 0, PIN_R_SYNTAX, 0, false},
    {"writable by all", "key = $a\nkey = $b\n", 0, PIN_R_UNSAFE, 0666, false},
    {"a link to nothing", "nothing", 0, PIN_R_UNREADABLE, 0, true},
    {"another's key", "key = $c\n", 0, PIN_R_MISMATCH, 0, false},
    [FIRST_NOTHING] = {"no file", NULL, OK_A | OK_B, 0, 0, false},
};

unsigned state_of(enum kind kind, uint64_t number)
{
    static const unsigned first[KINDS + 1] = {FIRST_A, FIRST_B, FIRST_BROKEN, FIRST_NOTHING, ALL};

    return first[kind] + (unsigned)(number % (first[kind + 1] - first[kind]));
}

static const char *pin_of(const struct pins *pins, char letter)
{
    return letter == 'a'   ? pins->a
           : letter == 'b' ? pins->b
           : letter == 'c' ? pins->c
           : letter == 'A' ? pins->cert_a
                           : pins->root_a;
}

/* Without stdio, because the soak test measures what is allocated. */
size_t state_write(const struct state *state, const struct pins *pins, const char *first_line,
                   char *out, size_t size)
{
    size_t used = strlen(first_line);

    ATK_NEED(used < size);
    memcpy(out, first_line, used);
    for (const char *at = state->text; *at != '\0'; at++) {
        char letter[2] = {*at, '\0'};
        const char *piece = *at == '$' ? pin_of(pins, *++at) : letter;
        size_t len = strlen(piece);
        ATK_NEED(used + len < size);
        memcpy(out + used, piece, len);
        used += len;
    }
    return used;
}
