/* What is kept with an SSL. */
#include "hook_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Longer ago than this nothing was a moment ago: a peer that lets us wait must not win by it. */
#define MOMENT_IN_NS 1000000000u

struct pin_conn *pin_conn_peek(const SSL *ssl, const struct pin_door *door)
{
    return SSL_get_ex_data(ssl, door->ssl_index);
}

struct pin_conn *pin_conn_of(SSL *ssl, const struct pin_door *door)
{
    struct pin_conn *conn = pin_conn_peek(ssl, door);

    if (conn != NULL || (conn = calloc(1, sizeof *conn)) == NULL)
        return conn;
    if (SSL_set_ex_data(ssl, door->ssl_index, conn))
        return conn;
    free(conn);
    return NULL;
}

void pin_conn_set_judged(struct pin_conn *conn, const struct pin_leaf *leaf)
{
    X509 *cert = leaf->cert != NULL && X509_up_ref(leaf->cert) ? leaf->cert : NULL;
    EVP_PKEY *key = leaf->raw_key != NULL && EVP_PKEY_up_ref(leaf->raw_key) ? leaf->raw_key : NULL;

    X509_free(conn->judged);
    EVP_PKEY_free(conn->judged_key);
    conn->judged = cert;
    conn->judged_key = key;
}

bool pin_conn_was_judged(const struct pin_conn *conn, const struct pin_leaf *leaf)
{
    return leaf->cert != NULL ? leaf->cert == conn->judged
                              : leaf->raw_key != NULL && leaf->raw_key == conn->judged_key;
}

void pin_conn_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    struct pin_conn *conn = ptr;

    (void)parent;
    (void)ad;
    (void)index;
    (void)argl;
    (void)argp;
    if (conn == NULL)
        return;
    free(conn->sni);
    pin_policies_clear(&conn->found);
    X509_free(conn->judged);
    EVP_PKEY_free(conn->judged_key);
    free(conn);
}

/* A copy of an SSL (SSL_dup(3)) starts without what we know of the first. */
int pin_conn_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int index,
                 long argl, void *argp)
{
    (void)to;
    (void)from;
    (void)index;
    (void)argl;
    (void)argp;
    *from_d = NULL;
    return 1;
}

/* No socket, or one that is connected to nobody. Other errors (no memory, forbidden) hide an
 * address for which there may be a file. */
static bool has_no_address(int error)
{
    return error == ENOTSOCK || error == EBADF || error == ENOTCONN || error == EINVAL ||
           error == EOPNOTSUPP;
}

static void read_socket(struct pin_asked *asked, const SSL *ssl)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } address;
    socklen_t len = sizeof address;
    int fd = SSL_get_fd(ssl);

    if (fd < 0)
        return;
    if (getpeername(fd, &address.any, &len) != 0) {
        asked->socket_error = has_no_address(errno) ? 0 : errno;
        return;
    }
    if (address.any.sa_family == AF_INET) {
        asked->socket_len = sizeof address.v4.sin_addr;
        memcpy(asked->socket, &address.v4.sin_addr, asked->socket_len);
    } else if (address.any.sa_family == AF_INET6) {
        asked->socket_len = sizeof address.v6.sin6_addr;
        memcpy(asked->socket, &address.v6.sin6_addr, asked->socket_len);
    }
}

static bool read_hosts(struct pin_asked *asked, X509_VERIFY_PARAM *param)
{
    const char *host;

    for (int i = 0; (host = X509_VERIFY_PARAM_get0_host(param, i)) != NULL; i++) {
        char **hosts = realloc(asked->hosts, (asked->host_count + 1) * sizeof *hosts);
        if (hosts == NULL)
            return false;
        asked->hosts = hosts;
        if ((hosts[asked->host_count] = strdup(host)) == NULL)
            return false;
        asked->host_count++;
    }
    return true;
}

/* NULL means that there is none, and also that there is no memory for it: so it is asked again. */
static bool read_address(struct pin_asked *asked, X509_VERIFY_PARAM *param)
{
    char *address = X509_VERIFY_PARAM_get1_ip_asc(param);

    if (address == NULL)
        address = X509_VERIFY_PARAM_get1_ip_asc(param);
    if (address == NULL)
        return true;
    asked->address = strdup(address);
    OPENSSL_free(address);
    return asked->address != NULL;
}

bool pin_conn_keep_sni(struct pin_conn *conn, SSL *ssl)
{
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    free(conn->sni);
    conn->sni = sni != NULL ? strdup(sni) : NULL;
    conn->sni_known = sni == NULL || conn->sni != NULL;
    return conn->sni_known;
}

bool pin_conn_asked(const struct pin_conn *conn, SSL *ssl, struct pin_asked *asked)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    *asked = (struct pin_asked){0};
    read_socket(asked, ssl);
    return (conn->sni == NULL || (asked->sni = strdup(conn->sni)) != NULL) &&
           (param == NULL || (read_hosts(asked, param) && read_address(asked, param)));
}

/* FNV-1a. Nobody but the program has a say in its names, so nobody could want two to be alike. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    for (const unsigned char *at = bytes; len > 0; len--, at++)
        hash = (hash ^ *at) * 0x100000001b3u;
    return (hash ^ 0x100) * 0x100000001b3u;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text != NULL ? mix(hash, text, strlen(text)) : mix(hash, NULL, 0);
}

uint64_t pin_conn_asked_for(SSL *ssl)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    uint64_t hash =
        mix_text(0xcbf29ce484222325u, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    char *address = param != NULL ? X509_VERIFY_PARAM_get1_ip_asc(param) : NULL;
    const char *host;
    int fd = SSL_get_fd(ssl);

    for (int i = 0; param != NULL && (host = X509_VERIFY_PARAM_get0_host(param, i)) != NULL; i++)
        hash = mix_text(hash, host);
    hash = mix_text(hash, address);
    OPENSSL_free(address);
    return mix(hash, &fd, sizeof fd);
}

uint64_t pin_conn_now_in_ns(void)
{
    struct timespec now;

    return clock_gettime(CLOCK_BOOTTIME, &now) == 0
               ? (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec
               : 0;
}

bool pin_conn_looked_within(const struct pin_conn *conn, uint64_t now_in_ns, uint64_t span_in_ns)
{
    return now_in_ns != 0 && conn->looked_at_in_ns != 0 &&
           now_in_ns - conn->looked_at_in_ns < span_in_ns;
}

void pin_conn_keep(struct pin_conn *conn, struct pin_policies *found)
{
    if (conn == NULL || !found->for_any_leaf || found->fault.reason != PIN_OK) {
        pin_policies_clear(found);
        return;
    }
    pin_policies_clear(&conn->found);
    conn->found = *found;
    conn->holds = true;
    *found = (struct pin_policies){0};
}

bool pin_conn_take(struct pin_conn *conn, SSL *ssl, struct pin_policies *found)
{
    if (!conn->holds)
        return false;
    *found = conn->found;
    conn->found = (struct pin_policies){0};
    conn->holds = false;
    if (!SSL_session_reused(ssl) && conn->asked_for == pin_conn_asked_for(ssl) &&
        pin_conn_looked_within(conn, pin_conn_now_in_ns(), MOMENT_IN_NS))
        return true;
    pin_policies_clear(found);
    return false;
}
