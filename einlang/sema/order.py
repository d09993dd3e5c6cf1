"""Order by use: in goes what each name uses, out come the names, each after those that it uses, and the circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Uses = Mapping[str, Iterable[str]]


def ordered(uses: Uses) -> tuple[list[str], list[list[str]]]:
    """The names in an order as near to the given one as can be, and the circles of uses, which are cut at their last step.

    A circle is the path from a name back to it, without the repetition. Uses that are no names of the mapping do not count.
    """
    order: dict[str, None] = {}
    circles: list[list[str]] = []
    for start in uses:
        path: dict[str, Iterator[str]] = {start: iter(uses[start])} if start not in order else {}
        while path:
            current, remaining = next(reversed(path.items()))
            following = next((name for name in remaining if name in uses and name not in order), None)
            if following is None:
                order[current] = None
                del path[current]
            elif following in path:
                walked = list(path)
                circles.append(walked[walked.index(following) :])
            else:
                path[following] = iter(uses[following])
    return list(order), circles


def reachable(start: Iterable[str], uses: Uses, barrier: str) -> set[str]:
    """The names that `start` leads to by way of uses, none of which leads on through `barrier`."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(uses.get(name, ()) if name != barrier else ())
    return found
