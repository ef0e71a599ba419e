/* A Modbus TCP server on libmodbus: a maker that shares no code with ours.
 *
 * It listens on the port of its argument, or on a free one, of 127.0.0.1 and prints the port. Then it takes lines on stdin, before and between requests:
 *   set UNIT TABLE ADDRESS VALUE...    coil | discrete | input | holding; values decimal or 0x..
 *   refuse UNIT TABLE ADDRESS COUNT    reads and writes that touch these addresses get exception 2
 *   get UNIT TABLE ADDRESS COUNT       prints the values
 *   sync                               prints "ok": all lines before have been obeyed
 * Units that were never set get exception 11, as behind a gateway. It ends with its stdin.
 */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define MAX_REFUSED 64

static modbus_mapping_t *units[256];
static struct { int unit, table, address, count; } refused[MAX_REFUSED];
static int n_refused;

static int table_number(const char *word) {
    if (!strcmp(word, "coil")) return 1;
    if (!strcmp(word, "discrete")) return 2;
    if (!strcmp(word, "holding")) return 3;
    if (!strcmp(word, "input")) return 4;
    fprintf(stderr, "no such table: %s\n", word);
    exit(2);
}

static modbus_mapping_t *unit_mapping(int unit) {
    if (!units[unit]) units[unit] = modbus_mapping_new(65536, 65536, 65536, 65536);
    if (!units[unit]) { perror("modbus_mapping_new"); exit(2); }
    return units[unit];
}

static void store(modbus_mapping_t *m, int table, int address, long value) {
    if (table == 1) m->tab_bits[address] = value != 0;
    else if (table == 2) m->tab_input_bits[address] = value != 0;
    else if (table == 3) m->tab_registers[address] = (uint16_t)value;
    else m->tab_input_registers[address] = (uint16_t)value;
}

static long fetch(modbus_mapping_t *m, int table, int address) {
    if (table == 1) return m->tab_bits[address];
    if (table == 2) return m->tab_input_bits[address];
    if (table == 3) return m->tab_registers[address];
    return m->tab_input_registers[address];
}

static void obey(char *line) {
    char *verb = strtok(line, " \n");
    if (!verb) return;
    if (!strcmp(verb, "sync")) { puts("ok"); fflush(stdout); return; }
    int unit = atoi(strtok(NULL, " \n"));
    int table = table_number(strtok(NULL, " \n"));
    int address = atoi(strtok(NULL, " \n"));
    if (!strcmp(verb, "set")) {
        modbus_mapping_t *m = unit_mapping(unit);
        for (char *word; (word = strtok(NULL, " \n")); address++) store(m, table, address, strtol(word, NULL, 0));
    } else if (!strcmp(verb, "get")) {
        int count = atoi(strtok(NULL, " \n"));
        for (int i = 0; i < count; i++) printf("%ld%c", fetch(unit_mapping(unit), table, address + i), i + 1 < count ? ' ' : '\n');
        fflush(stdout);
    } else if (!strcmp(verb, "refuse") && n_refused < MAX_REFUSED) {
        refused[n_refused].unit = unit;
        refused[n_refused].table = table;
        refused[n_refused].address = address;
        refused[n_refused++].count = atoi(strtok(NULL, " \n"));
    } else {
        fprintf(stderr, "cannot obey: %s\n", verb);
        exit(2);
    }
}

static int is_refused(int unit, const uint8_t *pdu) {
    int function = pdu[0], address = pdu[1] << 8 | pdu[2];
    int count = function == 5 || function == 6 ? 1 : pdu[3] << 8 | pdu[4];
    int table = function == 5 || function == 15 ? 1 : function == 6 || function == 16 ? 3 : function;
    for (int i = 0; i < n_refused; i++)
        if (refused[i].unit == unit && refused[i].table == table && address < refused[i].address + refused[i].count &&
            refused[i].address < address + count)
            return 1;
    return 0;
}

static void answer(modbus_t *ctx, const uint8_t *query, int length) {
    int header = modbus_get_header_length(ctx);
    int unit = query[header - 1];
    if (!units[unit]) modbus_reply_exception(ctx, query, MODBUS_EXCEPTION_GATEWAY_TARGET);
    else if (is_refused(unit, query + header)) modbus_reply_exception(ctx, query, MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS);
    else modbus_reply(ctx, query, length, units[unit]);
}

static void print_port(int listener) {
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    if (getsockname(listener, (struct sockaddr *)&name, &size)) { perror("getsockname"); exit(2); }
    printf("%d\n", ntohs(name.sin_port));
    fflush(stdout);
}

/* libmodbus refuses port 0 in some versions, so the socket is our own. */
static int listen_on(int port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) || listen(listener, 128)) { perror("listen"); exit(2); }
    return listener;
}

static void serve(modbus_t *ctx, int fd, fd_set *open) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_set_socket(ctx, fd);
    int length = modbus_receive(ctx, query);
    if (length > 0) answer(ctx, query, length);
    if (length == -1) { FD_CLR(fd, open); close(fd); }
}

int main(int argc, char **argv) {
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", 502);
    int listener = listen_on(argc > 1 ? atoi(argv[1]) : 0), on = 1, top = listener;
    fd_set open, ready;
    static char line[65536];
    setvbuf(stdin, NULL, _IONBF, 0); /* else select() would not see what stdio has read ahead */
    print_port(listener);
    FD_ZERO(&open);
    FD_SET(0, &open);
    FD_SET(listener, &open);
    for (;;) {
        ready = open;
        if (select(top + 1, &ready, NULL, NULL, NULL) < 0) return 1;
        if (FD_ISSET(0, &ready)) {
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(line);
        }
        if (FD_ISSET(listener, &ready)) {
            int fd = accept(listener, NULL, NULL);
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            FD_SET(fd, &open);
            if (fd > top) top = fd;
        }
        for (int fd = 3; fd <= top; fd++)
            if (fd != listener && FD_ISSET(fd, &ready)) serve(ctx, fd, &open);
    }
}
