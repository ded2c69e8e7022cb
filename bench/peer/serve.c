/* The limit: a server of one thread with epoll, in the roles that subjects have. Bytes that the kernel does not take at once
   wait in the connection's own buffer, and nothing more is read from it until they are gone. */
#include "peer.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, WRITES = 16, WRITE = 32 };

struct client;
static void echo(struct client *client);
static void sink(struct client *client);
static void source(struct client *client);
static void pipeline(struct client *client);

struct client {
  int fd;
  uint64_t received; /* SINK */
  uint64_t left; /* SOURCE: bytes to send */
  uint8_t *pending; /* ECHO */
  size_t from, to;
};

static int poller;
static uint8_t pattern[CHUNK];

static void watch(struct client *client, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  checked(epoll_ctl(poller, operation, client->fd, &event), "epoll_ctl");
}

static void release(struct client *client) {
  close(client->fd);
  free(client->pending);
  free(client);
}

static ssize_t write_some(struct client *client, const uint8_t *bytes, size_t length) {
  ssize_t count = send(client->fd, bytes, length, 0);
  if (count < 0 && errno == EAGAIN) return 0;
  return checked(count, "send");
}

/* Without `ready` the connection gets one byte and is closed. */
static void accept_all(int listener, void (*ready)(struct client *)) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
    checked(fd, "accept4");
    if (ready == NULL) {
      checked(send(fd, "A", 1, 0), "send");
      close(fd);
      continue;
    }
    int on = 1;
    checked(setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on), "TCP_NODELAY");
    struct client *client = calloc(1, sizeof *client);
    client->fd = fd;
    watch(client, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void echo(struct client *client) {
  static uint8_t bytes[CHUNK];
  if (client->pending != NULL) {
    client->from += (size_t)write_some(client, client->pending + client->from, client->to - client->from);
    if (client->from < client->to) return;
    free(client->pending);
    client->pending = NULL;
    watch(client, EPOLLIN, EPOLL_CTL_MOD);
    return;
  }
  size_t count = (size_t)checked(recv(client->fd, bytes, sizeof bytes, 0), "recv");
  if (count == 0) {
    release(client);
    return;
  }
  size_t sent = (size_t)write_some(client, bytes, count);
  if (sent == count) return;
  client->pending = malloc(count - sent);
  memcpy(client->pending, bytes + sent, count - sent);
  client->from = 0;
  client->to = count - sent;
  watch(client, EPOLLOUT, EPOLL_CTL_MOD);
}

static void sink(struct client *client) {
  static uint8_t bytes[4 * CHUNK];
  size_t count = (size_t)checked(recv(client->fd, bytes, sizeof bytes, 0), "recv");
  client->received += count;
  if (count > 0) return;
  write_some(client, (uint8_t *)&client->received, sizeof client->received);
  release(client);
}

static void source(struct client *client) {
  if (client->left == 0) {
    uint32_t chunks;
    size_t count = (size_t)checked(recv(client->fd, &chunks, sizeof chunks, MSG_PEEK), "recv");
    if (count == 0) {
      release(client);
      return;
    }
    if (count < sizeof chunks) return;
    checked(recv(client->fd, &chunks, sizeof chunks, 0), "recv");
    client->left = (uint64_t)chunks * CHUNK;
    watch(client, EPOLLOUT, EPOLL_CTL_MOD);
    return;
  }
  size_t offset = CHUNK - (size_t)((client->left - 1) % CHUNK) - 1;
  client->left -= (uint64_t)write_some(client, pattern + offset, CHUNK - offset);
  if (client->left > 0) return;
  release(client);
}

static void pipeline(struct client *client) {
  uint8_t request;
  if (checked(recv(client->fd, &request, 1, 0), "recv") == 0) {
    release(client);
    return;
  }
  for (int index = 0; index < WRITES; index++)
    if (write_some(client, pattern + index * WRITE, WRITE) != WRITE) fail("a small write was cut");
}

void serve_streams(const struct parameters *parameters) {
  static const struct {
    const char *task;
    void (*ready)(struct client *);
  } tasks[] = {{"echo", echo}, {"sink", sink}, {"source", source}, {"accept", NULL}, {"pipeline", pipeline}};
  size_t task = 0;
  while (task < sizeof tasks / sizeof *tasks && strcmp(tasks[task].task, parameters->task) != 0) task++;
  if (task == sizeof tasks / sizeof *tasks) fail("there is no task %s", parameters->task);
  fill_pattern(pattern, sizeof pattern, 0);
  poller = (int)checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  struct client listener = {.fd = listen_loopback()};
  watch(&listener, EPOLLIN, EPOLL_CTL_ADD);
  announce(listener.fd);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int index = 0; index < count; index++) {
      if (events[index].data.ptr == &listener) accept_all(listener.fd, tasks[task].ready);
      else tasks[task].ready(events[index].data.ptr);
    }
  }
}
