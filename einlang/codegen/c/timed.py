"""A program's C with a clock in it: in go its text and its function's name, out comes text that adds up the time of each run.

`NAME_seconds()` gives the seconds that each call of a kernel in the program's function has taken so far, in their order.
"""

from __future__ import annotations

import re

_CLOCK = """\
#define _POSIX_C_SOURCE 199309L
#include <time.h>

static double ein_seconds[{count} + 1], ein_last;

static double ein_now(void) {{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}}

static void ein_mark(int run) {{
    ein_seconds[run] += ein_now() - ein_last;
    ein_last = ein_now();
}}

const double *{name}_seconds(void) {{ return ein_seconds; }}
"""


def declaration(name: str) -> str:
    """What tells the times, as cffi's `cdef` takes it."""
    return f"const double *{name}_seconds(void);\n"


def timed(text: str, name: str) -> str:
    """The text with the clock read before the first and after each call of a kernel."""
    start = text.rindex(f"int {name}(")
    call = re.compile(rf"^( *)(?:if \()?{name}_kernel_\d+\(.*$", re.MULTILINE)
    count = len(call.findall(text, start))
    runs = iter(range(count))
    body = call.sub(lambda found: f"{found[0]}\n{found[1]}ein_mark({next(runs)});", text[start:])
    body = body.replace("{\n", "{\n    ein_last = ein_now();\n", 1)
    return f"{_CLOCK.format(name=name, count=count)}\n{text[:start]}{body}"
