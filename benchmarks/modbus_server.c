/*
 * A Modbus TCP responder for the benchmarks: cheap enough that the client is what is measured.
 *
 * usage: modbus_server PORTS      listens on that many free ports of 127.0.0.1 and prints them on one line
 *
 * Functions 3 and 4, any unit, any address: registers 2i and 2i + 1 hold a float32 (ABCD) between 20 and 30 that
 * moves by 0.1 a second. Everything else is answered with exception 1. Lines on standard input:
 *     mute N     the first N ports go on taking connections and requests, and answer nothing
 *     answers    prints how many requests have been answered
 * End of input ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 4096, HEADER = 7, FRAME = 260, REQUEST = 12, MAX_COUNT = 125 };

struct peer {
    int port;      /* place of its port; -1 when the descriptor is no connection */
    int listening;
    size_t have;
    uint8_t buffer[FRAME];
};

static struct peer peers[MAX_FD];
static int muted = 0;
static long answered = 0;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A triangle between 0 and 10 with a slope of 0.1 a second, each address at a place of its own. */
static uint32_t float_bits(unsigned index, double now)
{
    double phase = now * 0.1 + index * 0.37;
    double place = phase - 20.0 * (double)(long)(phase / 20.0);
    float value = (float)(20.0 + (place < 10.0 ? place : 20.0 - place));
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static size_t answer(const uint8_t *request, uint8_t *out)
{
    unsigned function = request[7], address = request[8] << 8 | request[9], count = request[10] << 8 | request[11];
    memcpy(out, request, 8);
    if ((function != 3 && function != 4) || count < 1 || count > MAX_COUNT) {
        out[4] = 0, out[5] = 3, out[7] = (uint8_t)(function | 0x80), out[8] = 1;
        return 9;
    }
    double now = seconds();
    unsigned length = 3 + 2 * count;
    out[4] = (uint8_t)(length >> 8), out[5] = (uint8_t)length, out[8] = (uint8_t)(2 * count);
    uint8_t *to = out + 9;
    for (unsigned i = 0; i < count; i++, to += 2) {
        uint32_t bits = float_bits((address + i) / 2, now);
        uint16_t word = (address + i) % 2 ? (uint16_t)bits : (uint16_t)(bits >> 16);
        to[0] = (uint8_t)(word >> 8), to[1] = (uint8_t)word;
    }
    return 6 + length;
}

static void forget(int fd)
{
    close(fd);
    peers[fd].port = -1;
}

static void serve(int fd)
{
    struct peer *peer = &peers[fd];
    ssize_t got = read(fd, peer->buffer + peer->have, sizeof peer->buffer - peer->have);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            forget(fd);
        return;
    }
    peer->have += (size_t)got;
    while (peer->have >= HEADER) {
        size_t length = 6 + (size_t)(peer->buffer[4] << 8 | peer->buffer[5]);
        if (length < REQUEST || length > FRAME) {
            forget(fd);
            return;
        }
        if (peer->have < length)
            return;
        if (peer->port >= muted) {
            uint8_t out[9 + 2 * MAX_COUNT];
            size_t size = answer(peer->buffer, out);
            if (write(fd, out, size) != (ssize_t)size) {
                forget(fd);
                return;
            }
            answered++;
        }
        peer->have -= length;
        memmove(peer->buffer, peer->buffer + length, peer->have);
    }
}

static void watch(int epoll, int fd, int port, int listening)
{
    if (fd >= MAX_FD) {
        fprintf(stderr, "too many connections\n");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    peers[fd] = (struct peer){.port = port, .listening = listening};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 64))
        die("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        die("getsockname");
    printf("%d ", ntohs(address.sin_port));
    return fd;
}

static void obey(void)
{
    char line[64];
    if (!fgets(line, sizeof line, stdin))
        exit(0);
    if (sscanf(line, "mute %d", &muted) == 1)
        puts("ok");
    else if (!strncmp(line, "answers", 7))
        printf("%ld\n", answered);
    else
        puts("unknown");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int ports = argc == 2 ? atoi(argv[1]) : 0, epoll = epoll_create1(0), on = 1;
    if (ports < 1 || epoll < 0) {
        fprintf(stderr, "usage: modbus_server PORTS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdin, NULL, _IONBF, 0);
    for (int port = 0; port < ports; port++)
        watch(epoll, listen_somewhere(), port, 1);
    puts("");
    fflush(stdout);
    watch(epoll, STDIN_FILENO, -1, 0);
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                obey();
            } else if (peers[fd].listening) {
                int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
                if (client < 0)
                    continue;
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                watch(epoll, client, peers[fd].port, 0);
            } else {
                serve(fd);
            }
        }
    }
}
