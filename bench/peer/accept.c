/* Short connections, several under way: connect, one byte, EOF. A reset is a failure. */
#include "peer.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256 };

struct slot {
  int fd;
  bool greeted;
  uint64_t began;
};

static struct meter meter;
static uint32_t number;
static int poller;

static void start(struct slot *slot) {
  slot->began = nanoseconds();
  slot->greeted = false;
  slot->fd = connect_from(meter.parameters->port, number++);
  struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = slot};
  checked(epoll_ctl(poller, EPOLL_CTL_ADD, slot->fd, &event), "epoll_ctl");
}

/* True when the connection is over. */
static bool take(struct slot *slot) {
  uint8_t bytes[4];
  for (;;) {
    ssize_t count = recv(slot->fd, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EAGAIN) return false;
    checked(count, "connect, recv");
    if (count == 0) {
      if (!slot->greeted) fail("the subject closed a connection without its byte");
      close(slot->fd);
      return true;
    }
    if (slot->greeted || count != 1 || bytes[0] != 'A') fail("the subject sent something else than its byte");
    slot->greeted = true;
  }
}

void accepts(const struct parameters *parameters) {
  meter.parameters = parameters;
  /* Another run's addresses would have to be waited for where they are the same. */
  number = (uint32_t)getpid() * 4096u + (uint32_t)(nanoseconds() >> 20);
  poller = (int)checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  int open = parameters->connections;
  struct slot *slots = calloc((size_t)open, sizeof *slots);
  for (int index = 0; index < open; index++) start(&slots[index]);
  const uint64_t warm = nanoseconds() + (uint64_t)(parameters->warmup * 1e9);
  bool stopping = false;
  while (open > 0) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, 100);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int index = 0; index < count; index++) {
      struct slot *slot = events[index].data.ptr;
      if (!take(slot)) continue;
      progress.done++;
      if (meter.running) {
        meter.operations++;
        record(&meter.latency, nanoseconds() - slot->began);
      }
      if (stopping) open--;
      else start(slot);
    }
    progress.waiting = open;
    const uint64_t now = nanoseconds();
    if (!meter.running && !stopping && now >= warm) {
      begin(&meter);
    } else if (meter.running && now >= meter.began + (uint64_t)(parameters->seconds * 1e9)) {
      end(&meter);
      stopping = true;
    }
  }
  print_result(&meter);
}
