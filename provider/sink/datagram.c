/* datagram.c - sending a datagram to a daemon. */
#include "internal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool pin_sink_send(const char *path, const char *bytes, size_t len)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof to.sun_path)
        return false;
    strcpy(to.sun_path, path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool sent = sendto(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
                       sizeof to) == (ssize_t)len;
    close(fd);
    return sent;
}
