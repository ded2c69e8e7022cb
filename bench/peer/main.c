/* peer ROLE name=value...: see `struct parameters`. The result, or what went wrong, is one line of JSON on stdout. */
#include "peer.h"
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
  const char *role;
  void (*run)(const struct parameters *);
} roles[] = {
    {"echo", exchange},          {"pipeline", exchange},      {"idle", exchange},
    {"bulk-receive", bulk},      {"bulk-send", bulk},         {"accept", accepts},
    {"udp-echo", datagrams},     {"udp-receive", datagrams},  {"udp-send", datagrams},
    {"serve-stream", serve_streams},                          {"serve-datagram", serve_datagrams},
};

struct progress progress = {.what = "steps were done, and are outstanding:"};
static double late;

static void give_up(int signal) {
  (void)signal;
  fail("not finished within %.0f s; %s %ld, %ld", late, progress.what, progress.done, progress.waiting);
}

static void set(struct parameters *parameters, const char *name, const char *value) {
  if (strcmp(name, "port") == 0) parameters->port = atoi(value);
  else if (strcmp(name, "task") == 0) parameters->task = value;
  else if (strcmp(name, "pid") == 0) parameters->pid = atoi(value);
  else if (strcmp(name, "connections") == 0) parameters->connections = atoi(value);
  else if (strcmp(name, "size") == 0) parameters->size = atoi(value);
  else if (strcmp(name, "window") == 0) parameters->window = atoi(value);
  else if (strcmp(name, "warmup") == 0) parameters->warmup = atof(value);
  else if (strcmp(name, "seconds") == 0) parameters->seconds = atof(value);
  else if (strcmp(name, "deadline") == 0) parameters->deadline = atof(value);
  else fail("there is no parameter %s", name);
}

/* As many descriptors as this user may have. */
static void raise_descriptor_limit(void) {
  struct rlimit limit;
  checked(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  checked(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

int main(int count, char **arguments) {
  struct parameters parameters = {.task = "echo", .connections = 1, .size = 64, .window = 64, .warmup = 0.2, .seconds = 1};
  if (count < 2) fail("usage: peer ROLE name=value...");
  parameters.role = arguments[1];
  for (int index = 2; index < count; index++) {
    char *equals = strchr(arguments[index], '=');
    if (equals == NULL) fail("%s is not name=value", arguments[index]);
    *equals = '\0';
    set(&parameters, arguments[index], equals + 1);
  }
  if (parameters.size < 8 || parameters.size > CHUNK) fail("size must be 8 to %d", CHUNK);
  if (parameters.window < 1 || parameters.window > 1024) fail("window must be 1 to 1024");
  if (parameters.connections < 1) fail("connections must be at least 1");
  signal(SIGPIPE, SIG_IGN);
  /* A run that was killed leaves nobody who would end this process. */
  checked(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  raise_descriptor_limit();
  late = parameters.deadline;
  if (late > 0) {
    signal(SIGALRM, give_up);
    alarm((unsigned)late + 1);
  }
  for (size_t index = 0; index < sizeof roles / sizeof *roles; index++) {
    if (strcmp(roles[index].role, parameters.role) != 0) continue;
    roles[index].run(&parameters);
    return 0;
  }
  fail("there is no role %s", parameters.role);
}

void fill_pattern(uint8_t *bytes, size_t length, size_t offset) {
  for (size_t index = 0; index < length; index++) bytes[index] = (uint8_t)((offset + index) % CHUNK % MODULUS);
}

struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

int connect_from(int port, uint32_t number) {
  int fd = (int)checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  int on = 1;
  checked(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on), "IP_BIND_ADDRESS_NO_PORT");
  checked(setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on), "TCP_NODELAY");
  struct sockaddr_in source = loopback(0);
  source.sin_addr.s_addr = htonl(0x7f000002u + number % 0xfffff0u);
  checked(bind(fd, (struct sockaddr *)&source, sizeof source), "bind");
  struct sockaddr_in target = loopback(port);
  /* Its outcome comes with the first event. */
  (void)!connect(fd, (struct sockaddr *)&target, sizeof target);
  return fd;
}

int listen_loopback(void) {
  int fd = (int)checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  struct sockaddr_in local = loopback(0);
  checked(bind(fd, (struct sockaddr *)&local, sizeof local), "bind");
  checked(listen(fd, 511), "listen");
  return fd;
}

int bind_loopback(void) {
  int fd = (int)checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  struct sockaddr_in local = loopback(0);
  checked(bind(fd, (struct sockaddr *)&local, sizeof local), "bind");
  return fd;
}

void announce(int fd) {
  struct sockaddr_in local;
  socklen_t length = sizeof local;
  checked(getsockname(fd, (struct sockaddr *)&local, &length), "getsockname");
  printf("{\"port\":%d}\n", ntohs(local.sin_port));
  fflush(stdout);
}
