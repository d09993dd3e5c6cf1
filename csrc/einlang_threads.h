/* The pool: threads that a process has once, and what they do together. Included after `ein_threads` is defined, in one file.
 *
 *   ein_threads *ein_pool(void);         `count` is 1 until it is set
 *
 * Threads are made when they are first needed, and sleep when there has been nothing to do for a moment. The caller of `run` works
 * too. One caller at a time is helped; another one, be it a part that itself calls `run`, computes its parts alone, so that nothing
 * ever waits for a pool that is busy. After a fork the child makes threads of its own.
 *
 * What is to be done is one number, `offer`, so that it is seen and changed as a whole: how many threads may work, and how many parts
 * are left. Whoever takes a part by lowering it knows that the call cannot end before that part is done, and so may read the rest.
 */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#define EIN_MOST_THREADS 1024
#define EIN_MOST_PARTS 0xffffffff
#define EIN_SPINS 4000

static struct {
    pthread_mutex_t caller, quiet;
    pthread_cond_t offered, finished;
    int64_t started;
    _Atomic uint64_t offer;
    _Atomic int64_t asleep, waiting, done;
    int64_t parts;
    void (*part)(void *, int64_t, int64_t);
    void *context;
} ein_team;

/* A moment that leaves the processor to others now and then. */
static void ein_pause(int spin) {
    if (spin % 64 == 63) sched_yield();
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t ein_left(uint64_t offer) { return (int64_t)(offer & EIN_MOST_PARTS); }

/* Whether there is a part for this worker. */
static int ein_for(uint64_t offer, int64_t worker) { return ein_left(offer) != 0 && worker < (int64_t)(offer >> 32); }

/* Do parts while there are some. */
static void ein_work(int64_t worker) {
    uint64_t offer = atomic_load(&ein_team.offer);
    while (ein_for(offer, worker)) {
        if (!atomic_compare_exchange_weak(&ein_team.offer, &offer, offer - 1)) continue;
        const int64_t parts = ein_team.parts;
        ein_team.part(ein_team.context, parts - ein_left(offer), worker);
        if (atomic_fetch_add(&ein_team.done, 1) + 1 == parts && atomic_load(&ein_team.waiting)) {
            pthread_mutex_lock(&ein_team.quiet);
            pthread_cond_signal(&ein_team.finished);
            pthread_mutex_unlock(&ein_team.quiet);
        }
        offer = atomic_load(&ein_team.offer);
    }
}

static void *ein_worker(void *number) {
    const int64_t worker = (int64_t)(intptr_t)number;
    for (;;) {
        for (int spin = 0; spin < EIN_SPINS && !ein_for(atomic_load(&ein_team.offer), worker); spin++) ein_pause(spin);
        if (!ein_for(atomic_load(&ein_team.offer), worker)) {
            pthread_mutex_lock(&ein_team.quiet);
            atomic_fetch_add(&ein_team.asleep, 1);
            while (!ein_for(atomic_load(&ein_team.offer), worker)) pthread_cond_wait(&ein_team.offered, &ein_team.quiet);
            atomic_fetch_sub(&ein_team.asleep, 1);
            pthread_mutex_unlock(&ein_team.quiet);
        }
        ein_work(worker);
    }
    return NULL;
}

/* A pool without threads: at first, and in a child after a fork, whose only thread is the one that forked. */
static void ein_renew(void) {
    pthread_mutex_init(&ein_team.caller, NULL);
    pthread_mutex_init(&ein_team.quiet, NULL);
    pthread_cond_init(&ein_team.offered, NULL);
    pthread_cond_init(&ein_team.finished, NULL);
    ein_team.started = 0;
    atomic_store(&ein_team.offer, 0);
    atomic_store(&ein_team.asleep, 0);
    atomic_store(&ein_team.waiting, 0);
}

static void ein_once(void) {
    ein_renew();
    pthread_atfork(NULL, NULL, ein_renew);
}

/* Make the threads that are missing; signals are for the others. Where the system gives none, the caller works alone. */
static void ein_start(int64_t count) {
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (pthread_t thread; ein_team.started + 1 < count; ein_team.started++)
        if (pthread_create(&thread, &attributes, ein_worker, (void *)(intptr_t)(ein_team.started + 1))) break;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Wait for the parts that others do: for a moment awake. */
static void ein_wait(int64_t parts) {
    for (int spin = 0; spin < EIN_SPINS && atomic_load(&ein_team.done) != parts; spin++) ein_pause(spin);
    if (atomic_load(&ein_team.done) == parts) return;
    pthread_mutex_lock(&ein_team.quiet);
    atomic_store(&ein_team.waiting, 1);
    while (atomic_load(&ein_team.done) != parts) pthread_cond_wait(&ein_team.finished, &ein_team.quiet);
    atomic_store(&ein_team.waiting, 0);
    pthread_mutex_unlock(&ein_team.quiet);
}

static void ein_run(int64_t count, int64_t parts, void (*part)(void *, int64_t, int64_t), void *context) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ein_once);
    if (count > EIN_MOST_THREADS) count = EIN_MOST_THREADS;
    if (count < 2 || parts < 2 || parts > EIN_MOST_PARTS || pthread_mutex_trylock(&ein_team.caller)) {
        for (int64_t number = 0; number < parts; number++) part(context, number, 0);
        return;
    }
    ein_start(count);
    ein_team.parts = parts, ein_team.part = part, ein_team.context = context;
    atomic_store(&ein_team.done, 0);
    atomic_store(&ein_team.offer, (uint64_t)count << 32 | (uint64_t)parts);
    if (atomic_load(&ein_team.asleep)) {
        pthread_mutex_lock(&ein_team.quiet);
        pthread_cond_broadcast(&ein_team.offered);
        pthread_mutex_unlock(&ein_team.quiet);
    }
    ein_work(0);
    ein_wait(parts);
    pthread_mutex_unlock(&ein_team.caller);
}

/* The threads that kernels are given. */
static ein_threads ein_shared = {1, 20000000, ein_run};

static inline ein_threads *ein_pool(void) { return &ein_shared; }
