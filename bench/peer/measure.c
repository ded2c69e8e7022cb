/* Time, processor time, and the distribution of latencies. */
#include "peer.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock) {
  struct timespec time;
  checked(clock_gettime(clock, &time), "clock_gettime");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t nanoseconds(void) { return read_clock(CLOCK_MONOTONIC); }

/* All threads of a process, also those that have ended. */
static double processor_time(pid_t pid) {
  clockid_t clock;
  if (pid == 0) return 0;
  if (clock_getcpuclockid(pid, &clock) != 0) fail("the subject has ended");
  return (double)read_clock(clock) / 1e9;
}

void begin(struct meter *meter) {
  meter->operations = meter->bytes = meter->lost = 0;
  memset(&meter->latency, 0, sizeof meter->latency);
  meter->running = true;
  meter->subject = processor_time(meter->parameters->pid);
  meter->own = processor_time(getpid());
  meter->began = nanoseconds();
}

void end(struct meter *meter) {
  meter->ended = nanoseconds();
  meter->subject = processor_time(meter->parameters->pid) - meter->subject;
  meter->own = processor_time(getpid()) - meter->own;
  meter->running = false;
}

void print_result(const struct meter *meter) {
  printf("{\"operations\":%llu,\"bytes\":%llu,\"lost\":%llu,\"seconds\":%.9f,\"cpu\":%.9f,\"peerCpu\":%.9f",
         (unsigned long long)meter->operations, (unsigned long long)meter->bytes, (unsigned long long)meter->lost,
         (double)(meter->ended - meter->began) / 1e9, meter->subject, meter->own);
  if (meter->latency.total > 0)
    printf(",\"p50\":%.3f,\"p99\":%.3f", (double)percentile(&meter->latency, 0.5) / 1e3,
           (double)percentile(&meter->latency, 0.99) / 1e3);
  printf("}\n");
  fflush(stdout);
}

void record(struct histogram *histogram, uint64_t value) {
  size_t index;
  if (value < STEPS) {
    index = value;
  } else {
    unsigned exponent = 63u - (unsigned)__builtin_clzll(value);
    index = (exponent - 5u) * STEPS + ((value >> (exponent - 6u)) - STEPS);
  }
  if (index >= RANGES * STEPS) index = RANGES * STEPS - 1;
  histogram->counts[index]++;
  histogram->total++;
}

/* The upper edge of the step that holds it. */
uint64_t percentile(const struct histogram *histogram, double fraction) {
  uint64_t wanted = (uint64_t)(fraction * (double)histogram->total);
  uint64_t seen = 0;
  for (size_t index = 0; index < RANGES * STEPS; index++) {
    seen += histogram->counts[index];
    if (seen <= wanted) continue;
    if (index < STEPS) return index;
    size_t range = index / STEPS;
    return ((uint64_t)(index % STEPS) + STEPS + 1) << (range - 1);
  }
  return 0;
}

void fail(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\' || *c < ' ') *c = '\'';
  printf("{\"error\":\"%s\"}\n", text);
  fflush(stdout);
  _exit(1);
}

long checked(long result, const char *call) {
  if (result < 0) fail("%s: %s", call, strerror(errno));
  return result;
}
