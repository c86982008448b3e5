/* tally.c - the counts of handshakes and answers. */
#include "load.h"

#include <stdio.h>

static unsigned long most(unsigned long a, unsigned long b)
{
    return a > b ? a : b;
}

static void add_hosts(struct tally *sum, const struct tally *one)
{
    for (unsigned h = 0; h < HOSTS; h++) {
        for (unsigned p = 0; p < PEERS; p++) {
            sum->accepted[h][p] += one->accepted[h][p];
            sum->refused[h][p] += one->refused[h][p];
            sum->decided[h][p] += one->decided[h][p];
        }
        sum->wrongly_accepted[h] += one->wrongly_accepted[h];
        sum->wrongly_refused[h] += one->wrongly_refused[h];
    }
}

void tally_add(struct tally *sum, const struct tally *one)
{
    add_hosts(sum, one);
    for (unsigned v = 0; v < 2; v++)
        for (unsigned m = 0; m < 2; m++)
            sum->by_way[v][m] += one->by_way[v][m];
    sum->offered += one->offered;
    sum->resumed += one->resumed;
    sum->wrong_reason += one->wrong_reason;
    sum->unclear += one->unclear;
    sum->overrun += one->overrun;
    sum->longest = most(sum->longest, one->longest);
}

unsigned long tally_handshakes(const struct tally *tally)
{
    return tally->by_way[0][0] + tally->by_way[0][1] + tally->by_way[1][0] + tally->by_way[1][1];
}

unsigned long tally_wrong(const struct tally *tally)
{
    unsigned long wrong = tally->wrong_reason + tally->unclear + tally->overrun;

    for (unsigned h = 0; h < HOSTS; h++)
        wrong += tally->wrongly_accepted[h] + tally->wrongly_refused[h];
    return wrong;
}

void tally_print(const struct tally *tally)
{
    printf("%-16s %26s %26s %19s\n%-16s %8s %8s %8s %8s %8s %8s %9s %9s\n", "", "A  ", "B  ",
           "wrongly  ", "host", "accepted", "refused", "decided", "accepted", "refused", "decided",
           "accepted", "refused");
    for (unsigned h = 0; h < HOSTS; h++) {
        printf("%-16s", host_names[h]);
        for (unsigned p = 0; p < PEERS; p++)
            printf(" %8lu %8lu %8lu", tally->accepted[h][p], tally->refused[h][p],
                   tally->decided[h][p]);
        printf(" %9lu %9lu\n", tally->wrongly_accepted[h], tally->wrongly_refused[h]);
    }
    printf("TLS 1.2 PEER %lu, NONE %lu; TLS 1.3 PEER %lu, NONE %lu; sessions offered %lu, resumed "
           "%lu\n",
           tally->by_way[0][0], tally->by_way[0][1], tally->by_way[1][0], tally->by_way[1][1],
           tally->offered, tally->resumed);
    printf(
        "wrong reasons %lu, neither accepted nor refused %lu, too long to check %lu; most files in "
        "one handshake %lu\n",
        tally->wrong_reason, tally->unclear, tally->overrun, tally->longest);
}
