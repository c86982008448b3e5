/* reference_ids.c - reading reference identifiers from an SSL. */
#include "reference_ids.h"

#include <pinning/str.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* No socket, or one that is not connected. Other errors (no memory, forbidden) hide an address for
 * which there may be a file. */
static bool has_no_address(int error)
{
    return error == ENOTSOCK || error == EBADF || error == ENOTCONN || error == EINVAL ||
           error == EOPNOTSUPP;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
};

/* The peer of a UDP socket that is not connected: its BIO has the address (BIO_s_datagram(3)).
 * Below a filter BIO, such as a buffer, the call is passed on. */
static bool read_bio_peer(SSL *ssl, union address *address)
{
    BIO *bio = SSL_get_rbio(ssl);

    return bio != NULL && BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_PEER, sizeof *address, address) > 0;
}

/* Returns 0 or an errno. Where there is no address, the family stays AF_UNSPEC. */
static int read_peer(SSL *ssl, union address *address)
{
    socklen_t len = sizeof *address;
    int fd = SSL_get_fd(ssl), error;

    *address = (union address){0};
    if (fd < 0 || getpeername(fd, &address->any, &len) == 0)
        return 0;
    error = errno;
    if (error != ENOTCONN || !SSL_is_dtls(ssl) || !read_bio_peer(ssl, address))
        address->any.sa_family = AF_UNSPEC;
    return has_no_address(error) ? 0 : error;
}

void pin_reference_ids_read_peer(SSL *ssl, char *text, size_t size, unsigned *port)
{
    union address address;

    text[0] = '\0';
    if (read_peer(ssl, &address) != 0)
        return;
    if (address.any.sa_family == AF_INET &&
        inet_ntop(AF_INET, &address.v4.sin_addr, text, (socklen_t)size) != NULL)
        *port = ntohs(address.v4.sin_port);
    else if (address.any.sa_family == AF_INET6 &&
             inet_ntop(AF_INET6, &address.v6.sin6_addr, text, (socklen_t)size) != NULL)
        *port = ntohs(address.v6.sin6_port);
}

static void read_socket(struct pin_reference_ids *ids, SSL *ssl)
{
    union address address;

    ids->socket_error = read_peer(ssl, &address);
    if (address.any.sa_family == AF_INET) {
        ids->socket_len = sizeof address.v4.sin_addr;
        memcpy(ids->socket, &address.v4.sin_addr, ids->socket_len);
    } else if (address.any.sa_family == AF_INET6) {
        ids->socket_len = sizeof address.v6.sin6_addr;
        memcpy(ids->socket, &address.v6.sin6_addr, ids->socket_len);
    }
}

static bool read_hosts(struct pin_reference_ids *ids, X509_VERIFY_PARAM *param)
{
    const char *host;

    for (int i = 0; (host = X509_VERIFY_PARAM_get0_host(param, i)) != NULL; i++) {
        char **hosts = realloc(ids->hosts, (ids->host_count + 1) * sizeof *hosts);
        if (hosts == NULL)
            return false;
        ids->hosts = hosts;
        if ((hosts[ids->host_count] = strdup(host)) == NULL)
            return false;
        ids->host_count++;
    }
    return true;
}

/* NULL means that there is none, and also that there is no memory for it: so it is asked again. */
static bool read_address(struct pin_reference_ids *ids, X509_VERIFY_PARAM *param)
{
    char *address = X509_VERIFY_PARAM_get1_ip_asc(param);

    if (address == NULL)
        address = X509_VERIFY_PARAM_get1_ip_asc(param);
    if (address == NULL)
        return true;
    ids->address = strdup(address);
    ids->more_addresses = pin_ossl_has(X509_VERIFY_PARAM_add1_ip);
    OPENSSL_free(address);
    return ids->address != NULL;
}

static bool read_sni(struct pin_reference_ids *ids, SSL *ssl)
{
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    ids->sni = sni != NULL ? strdup(sni) : NULL;
    return sni == NULL || ids->sni != NULL;
}

bool pin_reference_ids_read(SSL *ssl, struct pin_reference_ids *ids)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    *ids = (struct pin_reference_ids){0};
    read_socket(ids, ssl);
    return read_sni(ids, ssl) &&
           (param == NULL || (read_hosts(ids, param) && read_address(ids, param)));
}

/* Only the program chooses these names, so a peer cannot force a collision. */
uint64_t pin_reference_ids_hash(SSL *ssl)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    uint64_t hash =
        pin_hash64_str(PIN_HASH64_START, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    char *address = param != NULL ? X509_VERIFY_PARAM_get1_ip_asc(param) : NULL;
    const char *host;
    int fd = SSL_get_fd(ssl);

    for (int i = 0; param != NULL && (host = X509_VERIFY_PARAM_get0_host(param, i)) != NULL; i++)
        hash = pin_hash64_str(hash, host);
    hash = pin_hash64_str(hash, address);
    OPENSSL_free(address);
    return pin_hash64_bytes(hash, &fd, sizeof fd);
}
