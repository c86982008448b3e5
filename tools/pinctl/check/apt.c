/* The check of apt's sources: from Debian 13 on apt uses OpenSSL, and updates repair a host. */
#include "check/check.h"
#include "tls/probe.h"

#include <pinning/judge.h>
#include <stdio.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define APT_SINCE 13 /* of Debian */

/* True if this is a Debian whose apt uses OpenSSL. */
static bool apt_uses_openssl(void)
{
    FILE *in = fopen("/etc/os-release", "re");
    char line[256];
    bool is_debian = false, is_new = false;

    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        is_debian |= strcmp(line, "ID=debian\n") == 0;
        if (strncmp(line, "VERSION_ID=", 11) == 0)
            is_new = atoi(line + 11 + strspn(line + 11, "\"'")) >= APT_SINCE;
    }
    if (in != NULL)
        fclose(in);
    return is_debian && is_new;
}

static void check_host(struct check *check, const struct pin_identity *host, const char *file)
{
    struct pin_error err = {.reason = PIN_OK};
    struct pin_policies policies = {.list = NULL};
    struct pin_reference_ids ids;

    if (reference_ids_for(host, false, &ids, &err))
        pin_judge_lookup(&check->instance, &ids, NULL, NULL, &policies);
    for (size_t i = 0; i < policies.count; i++) {
        const struct pin_policy *policy = &policies.list[i].policy;
        if (policy->count == 0 || pin_match_has_ca(policy, check->today))
            continue;
        char name[PIN_IDENTITY_MAX + sizeof ".pins"];
        snprintf(name, sizeof name, "%s.pins", policies.list[i].name);
        check_report(
            check, CHECK_WARNING, name, PIN_OK,
            "%s names %s, which is pinned by its own key alone: a renewal with a new key would "
            "block updates; pin a CA of it too",
            file, host->text);
    }
    pin_policies_clear(&policies);
    pin_reference_ids_clear(&ids);
}

/* Checks each https://HOST in the file. */
static void check_sources(struct check *check, const char *file)
{
    static const char scheme[] = "https://";
    FILE *in = fopen(file, "re");
    char line[4096], last[PIN_IDENTITY_MAX + 1] = "";
    struct pinctl_target target;

    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        if (line[strspn(line, " \t")] == '#')
            continue;
        for (char *at = line; (at = strstr(at, scheme)) != NULL;) {
            struct pin_error ignored = {.reason = PIN_OK};
            at += strlen(scheme);
            size_t len = strcspn(at, "/ \t\r\n");
            char end = at[len];
            at[len] = '\0';
            const char *user = strrchr(at, '@');
            bool is_host = pinctl_target_parse(user != NULL ? user + 1 : at, &target, &ignored);
            at[len] = end;
            if (!is_host || strcmp(last, target.host.text) == 0)
                continue;
            snprintf(last, sizeof last, "%s", target.host.text);
            check_host(check, &target.host, file);
        }
    }
    if (in != NULL)
        fclose(in);
}

static bool is_source(const char *name)
{
    size_t len = strlen(name);
    return (len > 5 && strcmp(name + len - 5, ".list") == 0) ||
           (len > 8 && strcmp(name + len - 8, ".sources") == 0);
}

void check_apt(struct check *check)
{
    const char *apt = check->apt != NULL ? check->apt : "/etc/apt";
    const struct dirent *entry;
    char path[4096];
    DIR *dir;

    if (check->errors_only || (check->apt == NULL && !apt_uses_openssl()))
        return;
    snprintf(path, sizeof path, "%s/sources.list", apt);
    check_sources(check, path);
    snprintf(path, sizeof path, "%s/sources.list.d", apt);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (!is_source(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/sources.list.d/%s", apt, entry->d_name);
        check_sources(check, path);
    }
    if (dir != NULL)
        closedir(dir);
}
