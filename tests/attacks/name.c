/* name.c - the names under which a peer is looked up, and how it could misuse them. */
#include "groups.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* UDP4, UDP6: sockets that are not connected, so that only the BIO has the peer's address. */
enum connection { MEMORY, V4, V6, MAPPED, UDP4, UDP6 };
#define IS_UDP(connection) ((connection) == UDP4 || (connection) == UDP6)
#define VERSIONS(connection)                                                                       \
    ((connection) == MEMORY ? ATK_EACH : IS_UDP(connection) ? ATK_DTLS12 : ATK_TLS)

static const struct name_case {
    const char *title;
    enum connection connection;
    const char *sni, *hosts, *address, *files;
    const char *names[2]; /* of the impostor, of the control */
    unsigned key[2];
} name_cases[] = {
#define CASE(title, connection, sni, hosts, address, files, ...)                                   \
    TWO(title, connection, sni, hosts, address, files, __VA_ARGS__)
#define TWO(title, connection, sni, hosts, address, files, names, key, honest_names, honest_key)   \
    {title, connection, sni, hosts, address, files, {names, honest_names}, {key, honest_key}},
#define HONEST(title, connection, sni, hosts, address, files, names, key)                          \
    {title, connection, sni, hosts, address, files, {NULL, names}, {0, key}},
#include "name.list"
#undef HONEST
#undef TWO
#undef CASE
};

/* ---- the pin files ---- */

/* NAME=KEYS: digits are numbers of keys, s stands for subdomains = yes. */
static void write_file(struct atk_run *run, const char *word, size_t len)
{
    const char *sign = memchr(word, '=', len);
    char file[128], text[1024] = "";
    size_t used = 0;

    ATK_NEED(sign != NULL);
    snprintf(file, sizeof file, "%.*s.pins", (int)(sign - word), word);
    for (const char *c = sign + 1; c < word + len; c++) {
        if (*c == 's')
            used += (size_t)snprintf(text + used, sizeof text - used, "subdomains = yes\n");
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "key = %s\n",
                                     atk_key_pin(ATK_CERT(.key = pki_key((unsigned)(*c - '0')))));
    }
    atk_store(run, file, "%s", text);
}

static void write_files(struct atk_run *run, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        write_file(run, words, len);
        words += len + (words[len] == ' ');
    }
}

/* ---- the reference identifiers ---- */

static void set_reference_ids(SSL *ssl, const struct name_case *name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    const char *hosts = name->hosts;

    if (name->sni != NULL)
        ATK_NEED(SSL_set_tlsext_host_name(ssl, name->sni));
    if (name->address != NULL)
        ATK_NEED(X509_VERIFY_PARAM_set1_ip_asc(param, name->address));
    while (hosts != NULL && *hosts != '\0') {
        size_t len = strcspn(hosts, " ");
        ATK_NEED(X509_VERIFY_PARAM_add1_host(param, hosts, len));
        hosts += len + (hosts[len] == ' ');
    }
}

/* ---- real sockets ---- */

static int open_socket(int family, const void *address, socklen_t len)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, address, len) != 0 || listen(fd, 1) != 0)
        atk_skip("this machine has no such address");
    return fd;
}

/* Without delays, because the exchange does not wait for a socket. */
static void make_prompt(int fd)
{
    ATK_NEED(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
             setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0);
}

/* Connects both ends over TCP, so that the client's peer address is visible. MAPPED: an IPv4
 * address in an IPv6 socket. */
static void connect_pair(struct atk_pair *pair, enum connection connection)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const bool is_v4 = connection == V4 || connection == MAPPED;
    void *address = is_v4 ? (void *)&v4 : (void *)&v6;
    socklen_t len = is_v4 ? sizeof v4 : sizeof v6;
    int listening = open_socket(is_v4 ? AF_INET : AF_INET6, address, len);

    ATK_NEED(getsockname(listening, address, &len) == 0);
    if (connection == MAPPED) {
        v6.sin6_port = v4.sin_port;
        ATK_NEED(inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr) == 1);
        address = &v6;
        len = sizeof v6;
    }
    int client = socket(connection == V4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ATK_NEED(client >= 0 && connect(client, address, len) == 0);
    int server = accept(listening, NULL, NULL);
    ATK_NEED(server >= 0);
    make_prompt(client);
    make_prompt(server);
    close(listening);
    ATK_NEED(SSL_set_fd(pair->client, client) && SSL_set_fd(pair->server, server));
}

/* Binds a socket to a free port of the loopback address, which is put into *address. */
static int open_udp(int family, struct sockaddr_storage *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t len = family == AF_INET ? sizeof v4 : sizeof v6;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address, family == AF_INET ? (void *)&v4 : (void *)&v6, len);
    if (fd < 0 || bind(fd, (struct sockaddr *)address, len) != 0)
        atk_skip("this machine has no such address");
    ATK_NEED(getsockname(fd, (struct sockaddr *)address, &len) == 0);
    return fd;
}

static BIO_ADDR *bio_address(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    BIO_ADDR *out = BIO_ADDR_new();

    ATK_NEED(out != NULL);
    if (address->ss_family == AF_INET)
        ATK_NEED(BIO_ADDR_rawmake(out, AF_INET, &v4->sin_addr, sizeof v4->sin_addr, v4->sin_port));
    else
        ATK_NEED(
            BIO_ADDR_rawmake(out, AF_INET6, &v6->sin6_addr, sizeof v6->sin6_addr, v6->sin6_port));
    return out;
}

static void join_udp(struct atk_pair *pair, enum connection connection)
{
    const int family = connection == UDP4 ? AF_INET : AF_INET6;
    SSL *ends[] = {pair->client, pair->server};
    struct sockaddr_storage addresses[2] = {0};
    int fds[] = {open_udp(family, &addresses[0]), open_udp(family, &addresses[1])};

    for (int i = 0; i < 2; i++) {
        BIO *bio = BIO_new_dgram(fds[i], BIO_NOCLOSE);
        BIO_ADDR *peer = bio_address(&addresses[!i]);
        ATK_NEED(bio != NULL && BIO_dgram_set_peer(bio, peer) > 0);
        BIO_ADDR_free(peer);
        SSL_set_bio(ends[i], bio, bio);
        SSL_set_options(ends[i], SSL_OP_NO_QUERY_MTU);
        DTLS_set_link_mtu(ends[i], 1500);
    }
}

/* ---- the cases ---- */

static struct atk_id id_of(const char *names, unsigned key)
{
    const bool alone = strncmp(names, "CN:", 3) == 0;

    return (struct atk_id){.cert =
                               ATK_CERT(.cn = alone ? names + 3 : "a server",
                                        .san = alone ? NULL : names, .key = pki_key(key),
                                        .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY)),
                           .key = pki_key(key)};
}

static void play(struct atk_run *run)
{
    const struct name_case *name = name_cases;
    struct atk_pair pair;

    while (strcmp(name->title, run->test_case->name) != 0)
        name++;
    write_files(run, name->files);
    atk_open_to(run, &pair, atk_client(run),
                atk_server(run, id_of(name->names[run->honest], name->key[run->honest])), NULL);
    set_reference_ids(pair.client, name);
    if (IS_UDP(name->connection))
        join_udp(&pair, name->connection);
    else if (name->connection != MEMORY)
        connect_pair(&pair, name->connection);
    atk_talk(&pair);
    atk_expect(run, &pair);
    if (name->connection != MEMORY) {
        close(SSL_get_fd(pair.client));
        close(SSL_get_fd(pair.server));
    }
    atk_close(&pair);
}

/* Returns a certificate with count names, the last of them ATK_HOST. */
static struct atk_id many(unsigned count, unsigned key)
{
    char *san = malloc(count * 20), *at = san;

    ATK_NEED(san != NULL);
    for (unsigned i = 1; i < count; i++)
        at += sprintf(at, "DNS:n%u.test,", i);
    strcpy(at, "DNS:" ATK_HOST);
    struct atk_id id = id_of(san, key);
    free(san);
    return id;
}

/* Without a reference identifier every name is looked up; arg: their count. */
static void many_names(struct atk_run *run)
{
    atk_pin(run);
    atk_exchange_at(
        run, atk_client(run),
        atk_server(run, many(run->test_case->arg, run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY)),
        NULL);
}

/* A program that names a host looks up no other name. */
static void many_names_one_asked(struct atk_run *run)
{
    atk_pin(run);
    atk_exchange(run, atk_client(run),
                 atk_server(run, many(2000, run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY)));
}

/* The program accepts every host below .test. */
static void many_names_below(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    atk_open_to(run, &pair, atk_client(run),
                atk_server(run, many(2000, run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY)), NULL);
    ATK_NEED(SSL_set1_host(pair.client, ".test"));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* Names that are neither a host nor an address. A resolver may know them. */
static const char unreadable[][16] = {"host test", "../pins/x", "_default", "hos\\116.test",
                                      "host.test:443"};

/* arg: the name. The impostor has no pinned key; the control is named as it is in the DNS. */
static void unreadable_name(struct atk_run *run)
{
    struct atk_pair pair;

    atk_store(run, "host.test.pins", "key = %s\n",
              atk_key_pin(ATK_CERT(.key = pki_key(ATK_TRUE_KEY))));
    atk_open_to(run, &pair, atk_client(run),
                atk_server(run, id_of("DNS:host.test", run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY)),
                NULL);
    const char *sni = run->honest ? "host.test" : unreadable[run->test_case->arg];
    ATK_NEED(SSL_set_tlsext_host_name(pair.client, sni));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

/* The addresses that a program adds are alternatives. The second is pinned. */
enum addresses { SECOND_PINNED, FIRST_ALONE };

static void several_addresses(struct atk_run *run)
{
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
    const bool first_alone = run->test_case->arg == FIRST_ALONE;
    const unsigned key = run->honest && !first_alone ? ATK_TRUE_KEY : ATK_FALSE_KEY;
    const char *san = first_alone ? "IP:192.0.2.1,IP:192.0.2.2" : "IP:192.0.2.2";
    struct atk_pair pair;

    atk_store(run, "192.0.2.2.pins", "key = %s\n",
              atk_key_pin(ATK_CERT(.key = pki_key(ATK_TRUE_KEY))));
    atk_open_to(run, &pair, atk_client(run), atk_server(run, id_of(san, key)), NULL);
    ATK_NEED(SSL_set1_ipaddr(pair.client, "192.0.2.1"));
    if (!first_alone)
        ATK_NEED(SSL_add1_ipaddr(pair.client, "192.0.2.2"));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
#else
    (void)run;
    atk_skip("this OpenSSL has no SSL_add1_ipaddr");
#endif
}

static const struct atk_case cases[] = {
#define CASE(title, connection, ...)   {title, play, play, "P07", VERSIONS(connection), 0, 0, 0},
#define HONEST(title, connection, ...) {title, NULL, play, NULL, VERSIONS(connection), 0, 0, 0},
#include "name.list"
#undef HONEST
#undef CASE
    {"nameless, 2000 names", many_names, many_names, "P07", ATK_EACH, 0, 0, 2000},
    {"nameless, 65 names", many_names, many_names, "P07", ATK_EACH, 0, 0, 65},
    {"2000 names, one asked for", many_names_one_asked, many_names_one_asked, "P07", ATK_EACH, 0, 0,
     0},
    {"a server name that is none", unreadable_name, unreadable_name, "P18", ATK_EACH, 0, 0, 0},
    {"a server name with a slash", unreadable_name, unreadable_name, "P18", ATK_EACH, 0, 0, 1},
    {"a server name like a file of the store", unreadable_name, unreadable_name, "P18", ATK_EACH, 0,
     0, 2},
    {"a server name with an escape of the resolver", unreadable_name, unreadable_name, "P18",
     ATK_EACH, 0, 0, 3},
    {"a server name with a port", unreadable_name, unreadable_name, "P18", ATK_EACH, 0, 0, 4},
    {"several addresses, the second pinned", several_addresses, several_addresses, "P07", ATK_EACH,
     0, 0, SECOND_PINNED},
    {"one address, a certificate with a second that is pinned", NULL, several_addresses, NULL,
     ATK_EACH, 0, 0, FIRST_ALONE},
    {".test, 2000 names", many_names_below, many_names_below, "P07", ATK_EACH, 0, 0, 0},
};

const struct atk_group atk_name = {"name", cases, COUNT(cases)};
