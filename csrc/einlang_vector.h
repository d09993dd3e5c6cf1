/* The vectors that contractions compute with: GNU vector types as wide as the target has them, one number where there are none. */

#if defined(EIN_SEPARATE) && defined(__GNUC__)
#define EIN_NOINLINE __attribute__((noinline, visibility("hidden")))
#elif defined(__GNUC__)
#define EIN_NOINLINE static __attribute__((noinline, unused))
#else
#define EIN_NOINLINE static
#endif

#if defined(__GNUC__) && !defined(EIN_PORTABLE)
#define EIN_ALWAYS_INLINE static inline __attribute__((always_inline))
#define EIN_PREFETCH(address) __builtin_prefetch(address, 1, 3)
#define EIN_PREFETCH_READ(address) __builtin_prefetch(address, 0, 2)
#if defined(__AVX512F__)
#define EIN_VECTOR_BYTES 64
#elif defined(__AVX__)
#define EIN_VECTOR_BYTES 32
#else
#define EIN_VECTOR_BYTES 16
#endif
#define EIN_LANES(type) (EIN_VECTOR_BYTES / (int)sizeof(type))
#define EIN_VECTOR_OF(type, alignment) __attribute__((vector_size(EIN_VECTOR_BYTES), aligned(alignment), may_alias)) type
#else
#define EIN_ALWAYS_INLINE static inline
#define EIN_PREFETCH(address) (void)(address)
#define EIN_PREFETCH_READ(address) (void)(address)
#define EIN_VECTOR_BYTES 0
#define EIN_LANES(type) 1
#define EIN_VECTOR_OF(type, alignment) type
#endif
