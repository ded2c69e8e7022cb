/* The far end of every measurement: load generator, sink and, as the limit, a server. Linux. One process, one thread. */
#ifndef PEER_H
#define PEER_H
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CHUNK = 65536, LARGEST_DATAGRAM = 65507, MODULUS = 251 };

/* What the command line gave as name=value. */
struct parameters {
  const char *role;
  const char *task; /* of a server */
  int port;
  pid_t pid; /* of the process under test, whose processor time is read */
  int connections;
  int size; /* bytes of a message */
  int window; /* datagrams under way */
  double warmup; /* seconds */
  double seconds; /* seconds that are measured */
  double deadline; /* seconds after which this process gives up */
};

/* Log-linear: 64 steps for each power of two, so that a value is kept to 1.6 %. Nanoseconds. */
enum { STEPS = 64, RANGES = 36 };
struct histogram {
  uint64_t counts[RANGES * STEPS];
  uint64_t total;
};
void record(struct histogram *histogram, uint64_t value);
uint64_t percentile(const struct histogram *histogram, double fraction);

/* What happened between begin() and end(). */
struct meter {
  const struct parameters *parameters;
  uint64_t began, ended; /* nanoseconds */
  double subject, own; /* processor time, seconds */
  uint64_t operations, bytes, lost;
  struct histogram latency;
  bool running;
};
void begin(struct meter *meter);
void end(struct meter *meter);
/* One line of JSON on stdout. */
void print_result(const struct meter *meter);

uint64_t nanoseconds(void);
/* Says why on stdout, as JSON, and ends the process with 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What is said when the deadline has come. */
extern struct progress {
  const char *what;
  volatile long done, waiting;
} progress;
/* fail() with errno's text when `result` is negative; gives `result`. */
long checked(long result, const char *call);

/* The byte of the stream at `offset`: chunks of 64 KiB that are all alike. */
void fill_pattern(uint8_t *bytes, size_t length, size_t offset);

struct sockaddr_in loopback(int port);
/* A socket that connects to the subject, from a source address of its own for every `number`, so that ports never run out. */
int connect_from(int port, uint32_t number);
int listen_loopback(void);
int bind_loopback(void);
void announce(int fd);

void exchange(const struct parameters *parameters);
void bulk(const struct parameters *parameters);
void accepts(const struct parameters *parameters);
void datagrams(const struct parameters *parameters);
void serve_streams(const struct parameters *parameters);
void serve_datagrams(const struct parameters *parameters);
#endif
