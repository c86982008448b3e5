/* Between the files of the room parse: the place in a file, and the readers of values. */
#ifndef PINNING_PARSE_INTERNAL_H
#define PINNING_PARSE_INTERNAL_H

#include <pinning/parse.h>

/* What a file may say. Of the two kinds of file each uses a part. */
struct parsed_file {
    struct pin_policy policy;
    size_t capacity; /* of policy.pins */
    bool refuse_unpinned;
};

struct cursor;

/* One name of the grammar. */
struct keyword {
    const char *name;
    const char *form; /* of its value, for people */
    bool (*read)(struct cursor *c, struct parsed_file *parsed_file);
    bool once;
    enum pin_kind kind;
};

#define KEYWORDS_MAX 7

struct grammar {
    enum pin_reason reason; /* of an error in such a file */
    const char *names;      /* for people */
    size_t count;
    struct keyword keywords[KEYWORDS_MAX];
};

/* Where we are. A line is copied, so that its words can be cut off with NULs in place and a column
 * is a difference of pointers. */
struct cursor {
    const char *file;
    struct pin_error *err;
    const struct grammar *grammar;
    const struct keyword *keyword; /* the name whose value is being read */
    unsigned seen[KEYWORDS_MAX];   /* the line on which each row stood, or 0 */
    unsigned line;                 /* from 1 */
    char *at;                      /* the next byte of text */
    char text[PIN_LINE_MAX + 1];
};

#define BLANKS " \t"

/* Places the cursor before the first line of a file. */
void pin_cursor_begin(struct cursor *c, const struct grammar *grammar, const char *file,
                      struct pin_error *err);

/* Copies the next line into c->text, without its comment. False if it is too long or contains a
 * byte that no pin file may contain. */
bool pin_cursor_load_line(struct cursor *c, const char *bytes, size_t len);

/* Says what is wrong at where, a place in c->text. Returns false. */
__attribute__((format(printf, 3, 4))) bool pin_cursor_fail(struct cursor *c, const char *source,
                                                           const char *fmt, ...);

/* Cuts off the next word and returns it; NULL at the end of the line. */
char *pin_cursor_word(struct cursor *c);

/* Longer is no word in a message. Its bytes are printable: the line was checked before. */
#define WORD "'%.40s'"

/* The readers of values. The first word is there: an empty value was refused before. Whatever
 * follows what they read is refused after. */
bool pin_parse_pin(struct cursor *c, struct parsed_file *parsed_file);
bool pin_parse_subdomains(struct cursor *c, struct parsed_file *parsed_file);
bool pin_parse_mode(struct cursor *c, struct parsed_file *parsed_file);
bool pin_parse_report_after(struct cursor *c, struct parsed_file *parsed_file);
bool pin_parse_probe(struct cursor *c, struct parsed_file *parsed_file);
bool pin_parse_unpinned(struct cursor *c, struct parsed_file *parsed_file);

#endif
