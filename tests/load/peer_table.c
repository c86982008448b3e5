/* peer_table.c - keys, certificates and SSL_CTXs of the peers. Keys go through files, because
 * processes that do not share an OpenSSL must have the same keys. */
#include "load.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAN                                                                                        \
    "DNS:swing.test,DNS:www.parent.test,DNS:gone.test,DNS:renewed.test,DNS:torn.test,"             \
    "DNS:fixed.test,DNS:free.test"

static const char *const peer_files[PEERS] = {"a.pem", "b.pem"};

static FILE *open_in(const struct fixture *fixture, const char *name, const char *mode)
{
    char path[128];

    ATK_NEED((size_t)snprintf(path, sizeof path, "%s/%s", fixture->dir, name) < sizeof path);
    FILE *file = fopen(path, mode);
    ATK_NEED(file != NULL);
    return file;
}

static X509 *make_root(const struct fixture *fixture, const char *name, unsigned key)
{
    X509 *root = ATK_CERT(.cn = name, .key = pki_key(key), .ca = true);
    FILE *file = open_in(fixture, "roots.pem", "ae");

    ATK_NEED(PEM_write_X509(file, root) && fclose(file) == 0);
    return root;
}

static X509 *make_peer(const struct fixture *fixture, enum peer peer, X509 *root, unsigned root_key,
                       unsigned key)
{
    X509 *cert = ATK_CERT(.cn = "a server", .key = pki_key(key), .san = SAN, .issuer = root,
                          .issuer_key = pki_key(root_key));
    FILE *file = open_in(fixture, peer_files[peer], "we");

    ATK_NEED(PEM_write_X509(file, cert));
    ATK_NEED(PEM_write_PrivateKey(file, pki_key(key), NULL, NULL, 0, NULL, NULL));
    ATK_NEED(fclose(file) == 0);
    return cert;
}

static void make_all(struct fixture *fixture)
{
    X509 *root_a = make_root(fixture, "root of A", 0), *root_b = make_root(fixture, "root of B", 1);
    X509 *a = make_peer(fixture, PEER_A, root_a, 0, 2);
    X509 *b = make_peer(fixture, PEER_B, root_b, 1, 3);
    X509 *c = ATK_CERT(.cn = "a backup", .key = pki_key(4));
    struct pins *pins = &fixture->pins;

    strcpy(pins->a, atk_key_pin(a));
    strcpy(pins->b, atk_key_pin(b));
    strcpy(pins->c, atk_key_pin(c));
    strcpy(pins->cert_a, atk_cert_pin(a));
    strcpy(pins->root_a, atk_key_pin(root_a));
}

void peers_make(struct fixture *fixture)
{
    int status;

    fflush(NULL);
    pid_t parent = getpid(), maker = fork();
    ATK_NEED(maker >= 0);
    if (maker == 0) {
        churn_bind(parent);
        make_all(fixture);
        pki_clear();
        pki_free_keys();
        exit(0);
    }
    ATK_NEED(waitpid(maker, &status, 0) == maker && status == 0);
}

static void file_of(char *out, size_t size, const struct fixture *fixture, const char *name)
{
    ATK_NEED((size_t)snprintf(out, size, "%s/%s", fixture->dir, name) < size);
}

void sessions_init(struct sessions *sessions)
{
    *sessions = (struct sessions){.list = {{{NULL}}}};
    ATK_NEED(pthread_mutex_init(&sessions->lock, NULL) == 0);
}

void sessions_clear(struct sessions *sessions)
{
    for (unsigned i = 0; i < HOSTS; i++) {
        for (unsigned j = 0; j < PEERS * 2; j++) {
            SSL_SESSION_free(sessions->list[i][j / 2][j % 2]);
            sessions->list[i][j / 2][j % 2] = NULL;
        }
    }
}

void ends_open(struct ends *ends, const struct fixture *fixture)
{
    char path[128];

    *ends = (struct ends){.client = SSL_CTX_new(TLS_client_method())};
    ATK_NEED(ends->client != NULL);
    sessions_init(&ends->sessions);
    file_of(path, sizeof path, fixture, "roots.pem");
    ATK_NEED(SSL_CTX_load_verify_file(ends->client, path));
    for (unsigned i = 0; i < PEERS; i++) {
        SSL_CTX *server = SSL_CTX_new(TLS_server_method());
        file_of(path, sizeof path, fixture, peer_files[i]);
        ATK_NEED(server != NULL && SSL_CTX_use_certificate_chain_file(server, path));
        ATK_NEED(SSL_CTX_use_PrivateKey_file(server, path, SSL_FILETYPE_PEM));
        SSL_CTX_set_session_cache_mode(
            server, SSL_SESS_CACHE_OFF); /* tickets are enough, and need no memory */
        ends->servers[i] = server;
    }
}

void ends_close(struct ends *ends)
{
    sessions_clear(&ends->sessions);
    for (unsigned i = 0; i < PEERS; i++)
        SSL_CTX_free(ends->servers[i]);
    SSL_CTX_free(ends->client);
    pthread_mutex_destroy(&ends->sessions.lock);
}
