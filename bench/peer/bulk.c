/* One connection at full speed, either way. The first ones are the warm-up and tell how much fits the time that is asked for.
   So that the subject is the limit and not this end, it sends many chunks with one call, and of what it receives in the
   measured time it looks at a part: all bytes are counted, every eighth piece is compared. In the warm-up it compares
   everything. Sending pages without a copy would cost this end still less, but the subject more: it has to copy smaller
   pieces. */
#include "peer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LEAST_CHUNKS = 64, AT_ONCE = 16, PIECE = 4 * CHUNK, COMPARED = 8 };

static uint8_t pattern[AT_ONCE * CHUNK];

/* The calls wait by themselves: with a single connection there is nothing else to look at. */
static int open_blocking(const struct parameters *parameters, uint32_t number) {
  int fd = connect_from(parameters->port, (uint32_t)getpid() * 64u + number);
  checked(fcntl(fd, F_SETFL, 0), "fcntl");
  struct pollfd ready = {.fd = fd, .events = POLLOUT};
  checked(poll(&ready, 1, -1), "poll");
  return fd;
}

static void send_chunks(int fd, uint64_t count) {
  for (size_t sent = 0; sent < count * CHUNK;)
    sent += (size_t)checked(send(fd, pattern + sent, count * CHUNK - sent, 0), "send");
}

/* Sends until `chunks` are gone or `until` is over; the subject answers FIN with the number of bytes that it had. */
static uint64_t send_bulk(int fd, uint64_t chunks, uint64_t until) {
  uint64_t sent = 0;
  while (sent < chunks && nanoseconds() < until) {
    uint64_t count = chunks - sent < AT_ONCE ? chunks - sent : AT_ONCE;
    send_chunks(fd, count);
    sent += count;
    progress.done = (long)sent;
  }
  checked(shutdown(fd, SHUT_WR), "shutdown");
  uint8_t answer[9];
  size_t length = 0;
  for (ssize_t count; (count = checked(recv(fd, answer + length, sizeof answer - length, 0), "recv")) > 0;) {
    length += (size_t)count;
    if (length > 8) break;
  }
  uint64_t received = 0;
  memcpy(&received, answer, sizeof received);
  if (length != 8) fail("the subject answered with %zu bytes instead of 8", length);
  if (received != sent * CHUNK)
    fail("the subject received %llu of %llu bytes", (unsigned long long)received, (unsigned long long)(sent * CHUNK));
  return sent;
}

static void compare(const uint8_t *bytes, size_t count, uint64_t offset) {
  for (size_t done = 0; done < count;) {
    size_t length = count - done < CHUNK ? count - done : CHUNK;
    if (memcmp(bytes + done, pattern + (offset + done) % CHUNK, length) != 0)
      fail("the subject sent other bytes after %llu", (unsigned long long)(offset + done));
    done += length;
  }
}

/* Asks for `chunks` and takes them; of so many pieces one is compared, the others are dropped by the kernel. */
static void receive_bulk(int fd, uint32_t chunks, unsigned compared) {
  static uint8_t bytes[PIECE];
  checked(send(fd, &chunks, sizeof chunks, 0), "send");
  uint64_t received = 0;
  for (unsigned piece = 0;; piece++) {
    const bool looking = piece % compared == 0;
    size_t count = (size_t)checked(recv(fd, bytes, sizeof bytes, looking ? 0 : MSG_TRUNC), "recv");
    if (count == 0) break;
    if (looking) compare(bytes, count, received);
    received += count;
    progress.done = (long)(received / CHUNK);
  }
  if (received != (uint64_t)chunks * CHUNK)
    fail("the subject sent %llu of %llu bytes", (unsigned long long)received, (unsigned long long)chunks * CHUNK);
}

void bulk(const struct parameters *parameters) {
  static struct meter meter;
  meter.parameters = parameters;
  const bool sending = strcmp(parameters->role, "bulk-receive") == 0;
  fill_pattern(pattern, sizeof pattern, 0);

  uint64_t chunks = 0;
  uint64_t began = nanoseconds();
  const uint64_t warm = began + (uint64_t)(parameters->warmup * 1e9);
  for (uint32_t number = 0; chunks == 0 || nanoseconds() < warm; number++) {
    int fd = open_blocking(parameters, number);
    if (sending) {
      chunks += send_bulk(fd, UINT64_MAX, warm);
    } else {
      receive_bulk(fd, 8 * LEAST_CHUNKS, 1);
      chunks += 8 * LEAST_CHUNKS;
    }
    close(fd);
  }
  double rate = (double)chunks / ((double)(nanoseconds() - began) / 1e9);
  uint64_t wanted = (uint64_t)(rate * parameters->seconds);
  if (wanted < LEAST_CHUNKS) wanted = LEAST_CHUNKS;
  if (wanted > UINT32_MAX) wanted = UINT32_MAX;

  int fd = open_blocking(parameters, 63);
  begin(&meter);
  if (sending) send_bulk(fd, wanted, UINT64_MAX);
  else receive_bulk(fd, (uint32_t)wanted, COMPARED);
  end(&meter);
  close(fd);
  meter.operations = wanted;
  meter.bytes = wanted * CHUNK;
  print_result(&meter);
}
