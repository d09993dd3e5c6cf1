/* Arrays as Python holds them, read in place: in goes an object, out come its numbers and lengths, if a kernel may take it as it is.
 *
 * NumPy's binary interface fixes how an array lies in memory (PyArrayObject_fields in its ndarraytypes.h). What differs between builds
 * of Python is in `ein_python`. The caller holds on to the objects. Included once, in the file of the entries.
 */

#define EIN_C_CONTIGUOUS 0x1
#define EIN_ALIGNED 0x100
#define EIN_WRITEABLE 0x400

#define EIN_READ (EIN_C_CONTIGUOUS | EIN_ALIGNED)
#define EIN_WRITTEN (EIN_READ | EIN_WRITEABLE)

/* The bytes before what an object and a tuple hold; the types of arrays and of Python's floats; those of float, double, int64_t; and
 * the pool of threads, with how many of them may work. */
typedef struct {
    intptr_t object, tuple, array, number, elements[3], team, threads;
} ein_python;

/* What an array has behind the head of all objects, whose last word is the type. */
typedef struct {
    char *data;
    int rank;
    const intptr_t *lengths, *strides;
    const void *base;
    intptr_t element;
    int flags;
} ein_array;

/* What an argument must be, `element` being a place in `elements`; and what it was, with the value of a Python number. */
typedef struct {
    int rank, element, flags;
} ein_wanted;

typedef struct {
    const void *data;
    const intptr_t *lengths;
    union {
        float f32;
        double f64;
    } number;
} ein_given;

static int ein_number(double value, ein_wanted wanted, ein_given *given) {
    if (wanted.rank != 0 || wanted.element > 1 || wanted.flags != EIN_READ) return 0;
    if (wanted.element == 0)
        given->number.f32 = (float)value;
    else
        given->number.f64 = value;
    given->data = &given->number;
    return 1;
}

/* Take an object; 0 where it is anything but what is wanted. */
static int ein_take(const ein_python *python, intptr_t object, ein_wanted wanted, ein_given *given) {
    const intptr_t content = object + python->object, type = ((const intptr_t *)content)[-1];
    if (type == python->number) return ein_number(*(const double *)content, wanted, given);
    if (type != python->array) return 0;
    const ein_array *const array = (const ein_array *)content;
    given->data = array->data;
    given->lengths = array->lengths;
    const int is_array = array->rank == wanted.rank && array->element == python->elements[wanted.element];
    return is_array && (array->flags & wanted.flags) == wanted.flags;
}

/* What a tuple holds. */
static const intptr_t *ein_objects(const ein_python *python, intptr_t tuple) { return (const intptr_t *)(tuple + python->tuple); }

/* Whether all this is so here, as a tuple of a double array of shape (2, 3), whose place is given, and the number 0.5 shows. */
int ein_reads(intptr_t tuple, intptr_t words, intptr_t place) {
    const ein_python *const python = (const ein_python *)words;
    const ein_wanted array = {2, 1, EIN_WRITTEN}, number = {0, 1, EIN_READ};
    const intptr_t *const objects = ein_objects(python, tuple);
    ein_given first, second;
    if (!ein_take(python, objects[0], array, &first) || (intptr_t)first.data != place) return 0;
    if (first.lengths[0] != 2 || first.lengths[1] != 3) return 0;
    return ein_take(python, objects[1], number, &second) && *(const double *)second.data == 0.5;
}

static int ein_apart(uintptr_t a, int64_t a_bytes, uintptr_t b, int64_t b_bytes) {
    return a_bytes == 0 || b_bytes == 0 || a + (uintptr_t)a_bytes <= b || b + (uintptr_t)b_bytes <= a;
}
