/* internal.h - internal to parse/: the cursor, the keywords and the parsers of values. */
#ifndef PINNING_PARSE_INTERNAL_H
#define PINNING_PARSE_INTERNAL_H

#include <pinning/parse.h>

/* The contents of a file. A pin file and _store use a part each. */
struct parsed_file {
    struct pin_policy policy;
    size_t capacity; /* of policy.pins */
    bool refuse_unpinned;
    bool refuse_nameless;
};

struct cursor;

struct keyword {
    const char *name;
    const char *form; /* of the value, for messages */
    bool (*parse)(struct cursor *c, struct parsed_file *file);
    bool once;
    enum pin_kind kind; /* of a pin */
};

#define KEYWORDS_MAX 7

struct grammar {
    enum pin_reason reason; /* of an error in such a file */
    const char *names;      /* of all keywords, for messages */
    size_t count;
    struct keyword keywords[KEYWORDS_MAX];
};

/* The position in a file. Each line is copied, so that words can be terminated in place and a
 * column is a difference of pointers. */
struct cursor {
    const char *file;
    struct pin_error *err;
    const struct grammar *grammar;
    const struct keyword *keyword; /* whose value is being parsed */
    unsigned seen[KEYWORDS_MAX];   /* the last line of each keyword, or 0 */
    unsigned line;                 /* from 1 */
    char *at;                      /* the next byte of text */
    char text[PIN_LINE_MAX + 1];
};

#define BLANKS " \t"

/* Places the cursor before the first line of a file. */
void pin_cursor_begin(struct cursor *c, const struct grammar *grammar, const char *file,
                      struct pin_error *err);

/* Copies the next line into c->text, without its comment. Returns false with an error if the line
 * is too long or contains a byte that no pin file may contain. */
bool pin_cursor_load_line(struct cursor *c, const char *bytes, size_t len);

/* Sets the error of the cursor for the place at in c->text. Returns false always. */
__attribute__((format(printf, 3, 4))) bool pin_cursor_fail(struct cursor *c, const char *at,
                                                           const char *fmt, ...);

/* Terminates the next word and returns it; NULL at the end of the line. */
char *pin_cursor_word(struct cursor *c);

/* A word in a message: bounded. Its bytes are printable, because the line was checked before. */
#define WORD "'%.40s'"

/* The parsers of values. They return false with an error. The caller has checked that the first
 * word exists, and afterwards refuses any words that are left. */
bool pin_parse_pin(struct cursor *c, struct parsed_file *file);
bool pin_parse_subdomains(struct cursor *c, struct parsed_file *file);
bool pin_parse_mode(struct cursor *c, struct parsed_file *file);
bool pin_parse_report_after(struct cursor *c, struct parsed_file *file);
bool pin_parse_probe(struct cursor *c, struct parsed_file *file);
bool pin_parse_unpinned(struct cursor *c, struct parsed_file *file);
bool pin_parse_nameless(struct cursor *c, struct parsed_file *file);

#endif
