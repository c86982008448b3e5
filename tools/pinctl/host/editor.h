/*
 * editor.h - the user's editor, and signals while it runs.
 */
#ifndef PINCTL_EDITOR_H
#define PINCTL_EDITOR_H

#include <pinning/error.h>
#include <stdbool.h>

/* From now on SIGINT, SIGQUIT, SIGTERM and SIGHUP do not end pinctl, so that it can clean up. They
 * are blocked but for pinctl_ask(), which they end, and editor_is_interrupted(), which returns true
 * after one of them. */
void editor_catch_signals(void);
bool editor_is_interrupted(void);

/* Opens path in $VISUAL, $EDITOR, sensible-editor or vi, and waits for its end. A SIGINT or SIGQUIT
 * that did not end the editor was meant for it. False with *err if it failed or pinctl was
 * interrupted. */
bool editor_run(const char *path, struct pin_error *err);

#endif
