/* measure.c - memory and descriptors of a process. */
#include "load.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

bool measure_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#endif
#endif
    return false;
}

static long count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    long count = 0;

    ATK_NEED(dir != NULL);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and its own */
}

static long read_rss(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    ATK_NEED(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct measure measure_now(void)
{
    const struct mallinfo2 info = mallinfo2();

    return (struct measure){.descriptors = count_descriptors(),
                            .rss_kib = read_rss(),
                            .heap = measure_is_sanitized() ? 0 : info.uordblks + info.hblkhd};
}

void measure_growth(struct tally *tally, const struct measure *before)
{
    const struct measure now = measure_now();

    tally->descriptors = now.descriptors - before->descriptors;
    tally->heap = (long)now.heap - (long)before->heap;
    tally->rss_kib = now.rss_kib - before->rss_kib;
}
