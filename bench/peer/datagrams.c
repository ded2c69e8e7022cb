/* Datagrams, a bounded number under way; what has not come after a time is counted as lost and made good.
   udp-echo: all come back, compared byte by byte. udp-receive: the subject tells after every 16th how many it has.
   udp-send: the subject sends as many as it was allowed, numbered. */
#include "peer.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, CREDIT = 16, PATIENCE = 200 /* milliseconds */ };

static struct meter meter;
static int fd, size, window;
static bool stopping;
static uint8_t incoming[BATCH][LARGEST_DATAGRAM];
static struct mmsghdr heads[BATCH];
static struct iovec parts[BATCH];

static uint64_t lost_total;

static void lose(uint64_t count) {
  lost_total += count;
  if (meter.running) meter.lost += count;
}

static void finish(uint64_t operations) {
  progress.done += (long)operations;
  if (!meter.running) return;
  meter.operations += operations;
  meter.bytes += operations * (uint64_t)size;
}

static void send_batch(struct iovec *bytes, int count) {
  struct mmsghdr out[BATCH];
  memset(out, 0, sizeof out);
  for (int index = 0; index < count; index++) out[index].msg_hdr = (struct msghdr){.msg_iov = &bytes[index], .msg_iovlen = 1};
  for (int sent = 0; sent < count;) {
    int done = sendmmsg(fd, out + sent, (unsigned)(count - sent), 0);
    if (done < 0 && errno == ECONNREFUSED) fail("the subject's socket is gone");
    sent += (int)checked(done, "sendmmsg");
  }
}

/* What has arrived, or 0 when nothing came in time. */
static int receive_batch(void) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  if (checked(poll(&ready, 1, PATIENCE), "poll") == 0) return 0;
  for (int index = 0; index < BATCH; index++) {
    parts[index] = (struct iovec){incoming[index], LARGEST_DATAGRAM};
    heads[index].msg_hdr = (struct msghdr){.msg_iov = &parts[index], .msg_iovlen = 1};
  }
  int count = recvmmsg(fd, heads, BATCH, MSG_DONTWAIT, NULL);
  if (count < 0 && errno == ECONNREFUSED) fail("the subject's socket is gone");
  return count < 0 && errno == EAGAIN ? 0 : (int)checked(count, "recvmmsg");
}

static void tick(uint64_t warm) {
  const uint64_t now = nanoseconds();
  if (!meter.running && !stopping && now >= warm) begin(&meter);
  else if (meter.running && now >= meter.began + (uint64_t)(meter.parameters->seconds * 1e9)) {
    end(&meter);
    stopping = true;
  }
}

static uint8_t sent[1024][LARGEST_DATAGRAM];
static uint64_t asked[1024];
static struct iovec out[BATCH];
static int queued;

static void flush(void) {
  send_batch(out, queued);
  queued = 0;
}

static void renew(uint32_t slot) {
  static uint32_t sequence;
  sequence++;
  memcpy(sent[slot], &slot, 4);
  memcpy(sent[slot] + 4, &sequence, 4);
  asked[slot] = nanoseconds();
  out[queued++] = (struct iovec){sent[slot], (size_t)size};
  if (queued == BATCH) flush();
}

static void echo(uint64_t warm) {
  for (uint32_t slot = 0; slot < (uint32_t)window; slot++) {
    fill_pattern(sent[slot] + 8, (size_t)size - 8, slot);
    renew(slot);
  }
  while (!stopping) {
    flush();
    int arrived = receive_batch();
    const uint64_t now = nanoseconds();
    for (int index = 0; index < arrived; index++) {
      uint32_t slot;
      memcpy(&slot, incoming[index], 4);
      if (heads[index].msg_len != (unsigned)size || slot >= (uint32_t)window) fail("the subject sent another datagram");
      /* A late one, which was taken for lost and sent again. */
      if (memcmp(incoming[index] + 4, sent[slot] + 4, 4) != 0) continue;
      if (memcmp(incoming[index], sent[slot], (size_t)size) != 0) fail("the subject sent other bytes");
      finish(1);
      if (meter.running) record(&meter.latency, now - asked[slot]);
      renew(slot);
    }
    for (uint32_t slot = 0; arrived == 0 && slot < (uint32_t)window; slot++) {
      if (now - asked[slot] < PATIENCE * 1000000ull) continue;
      lose(1);
      renew(slot);
    }
    tick(warm);
  }
}

static void to_subject(uint64_t warm) {
  static uint8_t datagram[LARGEST_DATAGRAM];
  for (int index = 0; index < BATCH; index++) out[index] = (struct iovec){datagram, (size_t)size};
  fill_pattern(datagram, (size_t)size, 0);
  uint64_t sent_total = 0, told = 0, lost = 0;
  while (!stopping) {
    while (sent_total < told + lost + (uint64_t)window) {
      uint64_t room = told + lost + (uint64_t)window - sent_total;
      int count = room < BATCH ? (int)room : BATCH;
      send_batch(out, count);
      sent_total += (uint64_t)count;
    }
    int arrived = receive_batch();
    for (int index = 0; index < arrived; index++) {
      uint32_t total;
      if (heads[index].msg_len != 4) fail("the subject sent another datagram");
      memcpy(&total, incoming[index], 4);
      if (total > sent_total) fail("the subject counts %u of %llu", total, (unsigned long long)sent_total);
      if (total <= told) continue;
      finish(total - told);
      told = total;
      if (told + lost > sent_total) lost = sent_total - told;
    }
    /* The last ones before a credit are not told of; they are not lost. */
    if (arrived == 0) {
      uint64_t missing = sent_total - told - lost;
      lost += missing;
      lose(missing >= CREDIT ? missing - CREDIT + 1 : 0);
    }
    tick(warm);
  }
}

static void from_subject(uint64_t warm) {
  uint32_t credit = (uint32_t)window, expected = 0, received = 0;
  struct iovec permit = {&credit, sizeof credit};
  send_batch(&permit, 1);
  while (!stopping) {
    int arrived = receive_batch();
    for (int index = 0; index < arrived; index++) {
      uint32_t sequence;
      memcpy(&sequence, incoming[index], 4);
      if (heads[index].msg_len != (unsigned)size) fail("the subject sent another datagram");
      if (sequence < expected) fail("the subject sent %u after %u", sequence, expected - 1);
      lose(sequence - expected);
      expected = sequence + 1;
      finish(1);
      received++;
    }
    credit = arrived == 0 ? (uint32_t)window : received / CREDIT * CREDIT;
    if (credit > 0) send_batch(&permit, 1);
    received = arrived == 0 ? 0 : received % CREDIT;
    tick(warm);
  }
}

void datagrams(const struct parameters *parameters) {
  meter.parameters = parameters;
  size = parameters->size;
  window = parameters->window;
  if (size > LARGEST_DATAGRAM) fail("size must be at most %d", LARGEST_DATAGRAM);
  fd = bind_loopback();
  int room = 4 << 20;
  checked(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), "SO_RCVBUF");
  struct sockaddr_in subject = loopback(parameters->port);
  checked(connect(fd, (struct sockaddr *)&subject, sizeof subject), "connect");
  const uint64_t warm = nanoseconds() + (uint64_t)(parameters->warmup * 1e9);
  if (strcmp(parameters->role, "udp-echo") == 0) echo(warm);
  else if (strcmp(parameters->role, "udp-receive") == 0) to_subject(warm);
  else from_subject(warm);
  /* A subject that lost nearly everything has not run at any rate. */
  if (meter.operations == 0) fail("no datagram came through; %llu lost", (unsigned long long)lost_total);
  print_result(&meter);
}
