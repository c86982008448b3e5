/*
 * load.c - a load of HTTP requests for the bench, over connections that stay open.
 *
 *     load PORT PATH CONNECTIONS COUNT
 *
 * Prints the wall-clock time of COUNT requests in nanoseconds. An answer other than 204 ends the
 * program, because a quick refusal is not a load.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64

static char request[256];
static long left;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("load: connect");
    return fd;
}

/* Sends the next request on a connection, if one is left. Returns the number sent. */
static int ask(int fd)
{
    const ssize_t len = (ssize_t)strlen(request);

    if (left <= 0)
        return 0;
    left--;
    if (write(fd, request, (size_t)len) != len)
        die("load: write");
    return 1;
}

/* Reads an answer. It has a header and no body, so it comes in one piece. */
static void take(int fd)
{
    char answer[4096];
    ssize_t got = read(fd, answer, sizeof answer - 1);

    if (got <= 0)
        die("load: read");
    answer[got] = '\0';
    if (strncmp(answer, "HTTP/1.1 204 ", 13) != 0 || strstr(answer, "\r\n\r\n") == NULL) {
        fprintf(stderr, "load: the answer is %.60s\n", answer);
        exit(1);
    }
}

static void run(struct pollfd *connections, unsigned long count)
{
    int waiting = 0;

    for (unsigned long i = 0; i < count; i++)
        waiting += ask(connections[i].fd);
    while (waiting > 0) {
        if (poll(connections, count, 10000) <= 0)
            die("load: poll");
        for (unsigned long i = 0; i < count; i++) {
            if (connections[i].revents == 0)
                continue;
            take(connections[i].fd);
            waiting += ask(connections[i].fd) - 1;
        }
    }
}

int main(int argc, char **argv)
{
    struct pollfd connections[CONNECTIONS_MAX];
    struct timespec from, to;
    unsigned long count = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;

    if (count == 0 || count > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: load PORT PATH CONNECTIONS COUNT\n");
        return 2;
    }
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    left = atol(argv[4]);
    for (unsigned long i = 0; i < count; i++)
        connections[i] =
            (struct pollfd){.fd = connect_to((unsigned)atoi(argv[1])), .events = POLLIN};
    clock_gettime(CLOCK_MONOTONIC, &from);
    run(connections, count);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
    return 0;
}
