/* Several callers at once give the pool work of all sizes, in parts that may call it themselves; every position is done once. */

#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <einlang_abi.h>
#include <einlang_threads.h>

#define CALLERS 4
#define CALLS 400

typedef struct {
    int64_t length, *hits;
    ein_split split;
} job;

static void count(void *context, int64_t number, int64_t worker) {
    const job *own = context;
    (void)worker;
    for (int64_t n = ein_begin(&own->split, 0, number); n < ein_end(&own->split, 0, number); n++) own->hits[n]++;
}

static void check(const job *own) {
    for (int64_t n = 0; n < own->length; n++)
        if (own->hits[n] != 1) abort();
}

static void nested(void *context, int64_t number, int64_t worker) {
    job own = *(const job *)context;
    own.hits = calloc((size_t)own.length, sizeof *own.hits);
    (void)number, (void)worker;
    ein_pool()->run(3, own.split.parts, count, &own);
    check(&own);
    free(own.hits);
}

static void *caller(void *seed) {
    unsigned state = (unsigned)(uintptr_t)seed;
    for (int call = 0; call < CALLS; call++) {
        const int64_t length = 1 + rand_r(&state) % 2000, threads = 1 + rand_r(&state) % 7;
        const ein_threads team = {threads, 0, ein_pool()->run};
        job own = {length, calloc((size_t)length, sizeof *own.hits), {0, 1, {length}, {16}}};
        ein_split_up(&own.split, 1, 4, &team, 0);
        team.run(threads, own.split.parts, call % 8 ? count : nested, &own);
        if (call % 8) check(&own);
        free(own.hits);
        if (call % 50 == 0) usleep(500);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t callers[CALLERS];
    (void)argv;
    for (intptr_t n = 0; n < CALLERS; n++) pthread_create(callers + n, NULL, caller, (void *)(n + 1));
    for (int n = 0; n < CALLERS; n++) pthread_join(callers[n], NULL);
    for (int n = 1; n < argc; n++) {
        const pid_t child = fork();
        int status = 1;
        if (!child) {
            caller((void *)(intptr_t)7);
            _exit(0);
        }
        waitpid(child, &status, 0);
        if (status) abort();
        caller((void *)(intptr_t)9);
    }
    return 0;
}
