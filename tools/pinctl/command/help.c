/* pinctl help P07: what a reason means and what to do. pinning-provider(7) says it at length. */
#include "say/say.h"
#include "command/command.h"

#include <pinning/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int cmd_help(struct pinctl *ctl, int argc, char **argv);

static const char *const advice[PIN_R_COUNT] = {
    [PIN_R_CONFIG] = "A value in the provider's section of openssl.cnf cannot be used, and every "
                     "connection is refused.\nThe record names the key and what was expected. "
                     "Correct it and restart the program.",
    [PIN_R_STORE] =
        "The directory of pins cannot be opened, and every connection is refused.\n"
        "Is it mounted, is pins = right, may this user read it (directories 0755, files "
        "0644), is there a copy in the chroot?",
    [PIN_R_NO_STORE] =
        "The directory holds no usable _store, and every connection is refused.\nIf it "
        "is the store: touch DIRECTORY/_store. Otherwise something is not mounted.",
    [PIN_R_UNSAFE] =
        "Group or others may write what is to be trusted, or it belongs to neither root "
        "nor the user of the program.\nFind out who wrote it and compare it with your "
        "source; then run the chmod or chown in the record.",
    [PIN_R_UNREADABLE] =
        "A file for this host stands there and cannot be read.\nTo have the host not "
        "pinned, remove the file or the link.",
    [PIN_R_SYNTAX] = "The record names file, line, column and what was expected. See pins(5), and "
                     "pinctl check.\nOnly the hosts of that file are refused.",
    [PIN_R_MISMATCH] =
        "The peer holds none of the keys in the file: an impostor, a proxy that reads along, or "
        "the "
        "honest host with a key that nobody wrote down.\nFind out which before you write anything: "
        "compare the pins under \"presented\" with what the operator of the host says, by another "
        "way than this connection. pinctl explain HOST gives the evidence.\nNever pin a key "
        "because "
        "it was presented.",
    [PIN_R_EXPIRED] =
        "The last \"until\" of the file has passed. If the key is still right, give it a "
        "new date, or none: pinctl edit HOST.",
    [PIN_R_UNPINNED] =
        "Nothing is written for this peer, and _store says unpinned = refuse.\nPin it, "
        "pin a parent with subdomains = yes, or write a file with mode = off for it.",
    [PIN_R_EXPIRES_SOON] =
        "Nothing was refused: a date of the file is less than 30 days away.\nWrite "
        "the next pin (pinctl rotate HOST --to PIN), or a later date.",
    [PIN_R_NAMES] = "The program named no host, and the certificate bears more than 64 names or a "
                    "list of names that cannot be read.\nLet the program name the host "
                    "(proxy_ssl_server_name, sni), or use a certificate with fewer names.",
    [PIN_R_ANONYMOUS] =
        "For a pinned host a suite was about to be used in which the peer shows no "
        "certificate: anonymous, pre-shared key, SRP, static RSA.\nAllow the program "
        "ECDHE or DHE with certificates, or remove the pin.",
    [PIN_R_SESSION] =
        "A session about to be resumed belongs to a peer that holds no pinned key any "
        "more.\nA program that was writing early data loses that connection; it "
        "succeeds when tried again.",
    [PIN_R_UNHOOKED] =
        "This program is NOT held to pins: OpenSSL is linked into it and hidden, or the "
        "process holds two OpenSSLs.\nPut a local stunnel in front of it, or use the "
        "distribution's package.",
    [PIN_R_SECURITY_CB] =
        "The program put its own security callback in place of the module's.\nCertificates "
        "are still judged when OpenSSL verifies them, and at no other moment.",
    [PIN_R_INTERNAL] =
        "Out of memory, or a call to OpenSSL failed that must not; the connection is "
        "refused.\nIf memory is not the cause, report it.",
    [PIN_R_BYPASS] = "The module was built with -DPINNING_BYPASS=ON, and PINNING_MODE is set.\n"
                     "Install a module built without it.",
};

static void list_reasons(void)
{
    for (unsigned i = 1; i < PIN_R_COUNT; i++)
        printf("P%02u  %s\n", i, pin_reason_text((enum pin_reason)i));
}

int cmd_help(struct pinctl *ctl, int argc, char **argv)
{
    static const struct pinctl_usage usage = {
        .usage = "[P07]",
        .about =
            "Says what a reason in a record means and what to do; without one, lists them all.\n"
            "The command help is not --help: pinctl COMMAND --help tells what a command takes.",
        .example = "pinctl help P07",
    };
    int status, count = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (count < 0)
        return status;
    if (count == 0) {
        list_reasons();
        return PINCTL_FINE;
    }
    const char *digits = argv[0] + (argv[0][0] == 'P' || argv[0][0] == 'p');
    unsigned long number =
        strspn(digits, "0123456789") == strlen(digits) ? strtoul(digits, NULL, 10) : 0;
    if (count > 1 || number == 0 || number >= PIN_R_COUNT)
        return pinctl_fail(ctl, "%s: expected one reason, P01 to P%02d", argv[count - 1],
                           PIN_R_COUNT - 1);
    printf("P%02lu  %s\n\n%s\n\nMore: man 7 pinning-provider\n", number,
           pin_reason_text((enum pin_reason)number), advice[number]);
    return PINCTL_FINE;
}
