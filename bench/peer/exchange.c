/* Requests and replies over many connections, one request under way on each; every byte of a reply is compared.
   echo: the reply is the request. pipeline: one byte asks for 512 bytes. idle: one echo each, then silence until told. */
#include "peer.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPELINE = 512, CONNECTING = 128, EVENTS = 256 };

struct link {
  int fd;
  bool open, answered;
  uint8_t *request;
  const uint8_t *reply;
  size_t received;
  uint64_t sequence, asked;
};

static struct meter meter;
static size_t request_size, reply_size;
static int answered, waiting, poller;

static void ask(struct link *link) {
  if (request_size >= sizeof link->sequence) {
    link->sequence++;
    memcpy(link->request, &link->sequence, sizeof link->sequence);
  }
  link->received = 0;
  link->asked = nanoseconds();
  waiting++;
  for (size_t sent = 0; sent < request_size;) {
    ssize_t count = send(link->fd, link->request + sent, request_size - sent, 0);
    if (count >= 0) {
      sent += (size_t)count;
      continue;
    }
    if (errno != EAGAIN) checked(count, "send");
    /* The reply to what was sent may have to be read first, but a request is smaller than any buffer on the way. */
    struct pollfd room = {.fd = link->fd, .events = POLLOUT};
    checked(poll(&room, 1, -1), "poll");
  }
}

/* True when the reply is complete. */
static bool take(struct link *link) {
  static uint8_t bytes[CHUNK];
  while (link->received < reply_size) {
    ssize_t count = recv(link->fd, bytes, reply_size - link->received, 0);
    if (count < 0 && errno == EAGAIN) return false;
    checked(count, "recv");
    if (count == 0) fail("the subject closed a connection after %zu of %zu bytes", link->received, reply_size);
    if (memcmp(bytes, link->reply + link->received, (size_t)count) != 0) fail("the subject sent other bytes");
    link->received += (size_t)count;
    if ((size_t)count < sizeof bytes && link->received < reply_size) return false;
  }
  waiting--;
  if (!link->answered) {
    link->answered = true;
    answered++;
  }
  if (meter.running) {
    meter.operations++;
    meter.bytes += reply_size;
    record(&meter.latency, nanoseconds() - link->asked);
  }
  return true;
}

static void add(struct link *link, int number, const struct parameters *parameters) {
  link->fd = connect_from(parameters->port, (uint32_t)getpid() * 64u + (uint32_t)number);
  link->request = malloc(request_size);
  fill_pattern(link->request, request_size, (size_t)number);
  link->reply = link->request;
  if (strcmp(parameters->role, "pipeline") == 0) {
    static uint8_t expected[PIPELINE];
    fill_pattern(expected, PIPELINE, 0);
    link->reply = expected;
  }
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = link};
  checked(epoll_ctl(poller, EPOLL_CTL_ADD, link->fd, &event), "epoll_ctl");
}

static void opened(struct link *link) {
  int error;
  socklen_t length = sizeof error;
  checked(getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &length), "SO_ERROR");
  if (error != 0) fail("connect: %s", strerror(error));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
  checked(epoll_ctl(poller, EPOLL_CTL_MOD, link->fd, &event), "epoll_ctl");
  link->open = true;
  ask(link);
}

void exchange(const struct parameters *parameters) {
  const bool idle = strcmp(parameters->role, "idle") == 0;
  const bool pipeline = strcmp(parameters->role, "pipeline") == 0;
  const int total = parameters->connections;
  request_size = pipeline ? 1 : (size_t)parameters->size;
  reply_size = pipeline ? PIPELINE : (size_t)parameters->size;
  meter.parameters = parameters;
  progress.what = "connections were answered, replies are outstanding:";
  poller = (int)checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  struct link *links = calloc((size_t)total, sizeof *links);
  int added = 0;
  uint64_t warm = 0;
  /* The load begins when every connection has had its first reply, so that connecting does not compete with it. */
  bool loaded = false, stopping = false;
  while (!stopping || waiting > 0) {
    /* Only a reply tells that a connection has left the accept queue, which must not overflow. */
    while (added < total && added - answered < CONNECTING) {
      add(&links[added], added, parameters);
      added++;
    }
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, 100);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int index = 0; index < count; index++) {
      struct link *link = events[index].data.ptr;
      if (!link->open) opened(link);
      else if (take(link) && loaded && !stopping) ask(link);
    }
    progress.done = answered;
    progress.waiting = waiting;
    if (answered < total) continue;
    const uint64_t now = nanoseconds();
    if (idle) {
      stopping = true;
    } else if (!loaded) {
      loaded = true;
      warm = now + (uint64_t)(parameters->warmup * 1e9);
      for (int index = 0; index < total; index++) ask(&links[index]);
    } else if (!meter.running && !stopping && now >= warm) {
      begin(&meter);
    } else if (meter.running && now >= meter.began + (uint64_t)(parameters->seconds * 1e9)) {
      end(&meter);
      stopping = true;
    }
  }
  if (idle) {
    printf("{\"open\":%d}\n", total);
    fflush(stdout);
    if (getchar() == EOF) fail("nobody said when to close");
  }
  for (int index = 0; index < total; index++) close(links[index].fd);
  if (!idle) print_result(&meter);
}
