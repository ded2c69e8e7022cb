/* The limit for datagrams: one socket, 64 datagrams per system call. */
#include "peer.h"
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, CREDIT = 16 };

static uint8_t bytes[BATCH][LARGEST_DATAGRAM];
static struct mmsghdr heads[BATCH];
static struct iovec parts[BATCH];
static struct sockaddr_in senders[BATCH];
static int fd;

static int receive_batch(void) {
  for (int index = 0; index < BATCH; index++) {
    parts[index] = (struct iovec){bytes[index], LARGEST_DATAGRAM};
    heads[index].msg_hdr = (struct msghdr){
        .msg_name = &senders[index], .msg_namelen = sizeof senders[index], .msg_iov = &parts[index], .msg_iovlen = 1};
  }
  /* Waits for the first only. */
  return (int)checked(recvmmsg(fd, heads, BATCH, MSG_WAITFORONE, NULL), "recvmmsg");
}

static void send_batch(struct mmsghdr *from, int count) {
  for (int sent = 0; sent < count;) sent += (int)checked(sendmmsg(fd, from + sent, (unsigned)(count - sent), 0), "sendmmsg");
}

static void echo(void) {
  for (;;) {
    int count = receive_batch();
    for (int index = 0; index < count; index++) parts[index].iov_len = heads[index].msg_len;
    send_batch(heads, count);
  }
}

static void receive(void) {
  uint32_t total = 0;
  for (;;) {
    int count = receive_batch();
    for (int index = 0; index < count; index++) {
      total++;
      if (total % CREDIT == 0)
        checked(sendto(fd, &total, sizeof total, 0, (struct sockaddr *)&senders[index], sizeof *senders), "sendto");
    }
  }
}

static void give(size_t size) {
  struct sockaddr_in peer;
  uint32_t sequence = 0;
  for (;;) {
    uint32_t credit;
    socklen_t length = sizeof peer;
    checked(recvfrom(fd, &credit, sizeof credit, 0, (struct sockaddr *)&peer, &length), "recvfrom");
    while (credit > 0) {
      int count = credit < BATCH ? (int)credit : BATCH;
      for (int index = 0; index < count; index++) {
        memcpy(bytes[index], &sequence, sizeof sequence);
        sequence++;
        parts[index] = (struct iovec){bytes[index], size};
        heads[index].msg_hdr =
            (struct msghdr){.msg_name = &peer, .msg_namelen = length, .msg_iov = &parts[index], .msg_iovlen = 1};
      }
      send_batch(heads, count);
      credit -= (uint32_t)count;
    }
  }
}

void serve_datagrams(const struct parameters *parameters) {
  fd = bind_loopback();
  announce(fd);
  if (strcmp(parameters->task, "udp-echo") == 0) echo();
  else if (strcmp(parameters->task, "udp-receive") == 0) receive();
  else if (strcmp(parameters->task, "udp-send") == 0) give((size_t)parameters->size);
  else fail("there is no task %s", parameters->task);
}
