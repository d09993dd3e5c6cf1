"""The table of diagnostics: id to severity and title; the long story of each is `pages/<id>.md`."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A row: `severity` is `error` or `warning`; `title` is one line in the terms of the language reference."""

    severity: str
    title: str


GROUPS: dict[str, dict[str, Entry]] = {
    "Reading": {
        "unexpected-text": Entry("error", "something else must stand here"),
        "other-notation": Entry("error", "Einlang writes this in another way"),
        "unknown-character": Entry("error", "a character that means nothing here"),
        "unclosed-bracket": Entry("error", "a bracket is opened and not closed"),
        "unopened-bracket": Entry("error", "a bracket is closed and not opened"),
        "nested-too-deeply": Entry("error", "too many levels inside each other"),
        "number-spelling": Entry("error", "a number has digits on both sides of its point"),
        "number-out-of-range": Entry("error", "a number that no float64 is near to"),
        "number-after-prime": Entry("error", "a number after a prime needs a function"),
        "adjacent-number": Entry("error", "a number cannot follow a factor without a sign"),
        "primed-function": Entry("error", "a function's name has no prime"),
        "unknown-type": Entry("error", "the only type that is declared is int"),
        "index-spelling": Entry("error", "an index is spelled with ASCII letters"),
        "index-not-named": Entry("error", "a reduction that names no index"),
        "juxtaposed-after-division": Entry("error", "a factor joined without a sign straight after a division"),
        "power-of-reduction": Entry("error", "a power straight after a reduction"),
        "empty-file": Entry("error", "a file that says nothing"),
        "not-utf-8": Entry("error", "a file that is no UTF-8 text"),
        "file-too-large": Entry("error", "a file too large to be a program"),
        "file-not-read": Entry("error", "a file that the program uses cannot be read"),
        "circular-use": Entry("error", "files that use each other in a circle"),
        "too-many-errors": Entry("error", "reading stopped after too many errors"),
    },
    "Names": {
        "undefined-name": Entry("error", "a name that nothing declares or defines"),
        "named-twice": Entry("error", "a name that is declared or defined twice"),
        "reserved-name": Entry("error", "a name that belongs to the language or to a function"),
        "ambiguous-name": Entry("error", "a bare name that could mean two things"),
        "not-a-tensor": Entry("error", "a tensor is wanted, and something else stands there"),
        "wrong-rank": Entry("error", "as many subscripts as the tensor has axes"),
        "circular-definition": Entry("error", "a circle of definitions"),
        "recursive-function": Entry("error", "a function that calls itself"),
        "tensor-in-function": Entry("error", "functions and consts see no tensors"),
        "wrong-arguments": Entry("error", "a function is called with what it does not take"),
        "not-a-constant": Entry("error", "a const is known when the program is compiled"),
        "unknown-setting": Entry("error", "a const or function is set that the program does not have"),
        "comparison-as-number": Entry("error", "a comparison is no number"),
        "number-as-condition": Entry("error", "a number is no condition"),
        "ragged-tensor": Entry("error", "the rows of a tensor written out have one length"),
    },
    "Layers": {
        "not-a-whole-number": Entry("error", "a superscript or range of `for` that is no whole number"),
        "name-without-variable": Entry("error", "a repeated statement whose name stays the same"),
        "too-many-repetitions": Entry("error", "a `for` that repeats a statement too often"),
    },
    "Steps": {
        "not-an-input": Entry("error", "an update of what is no input or param, or an assumption about it"),
        "not-integers": Entry("error", "an update of integers by what is none"),
        "not-linear": Entry("error", "equations that are not linear in what they are solved for"),
        "not-square": Entry("error", "not as many equations as unknowns, or a matrix that is not square"),
    },
    "Recurrences": {
        "no-start": Entry("error", "a recurrence without a start at a position that it reaches back to"),
        "start-without-step": Entry("error", "a start of a recurrence that has no step"),
        "start-position": Entry("error", "two starts at one position"),
        "start-uses-recurrence": Entry("error", "a start that uses what the recurrence defines"),
        "no-recurrence": Entry("error", "a start or `t + 1` on the left of what does not use itself"),
        "not-one-way": Entry("error", "a recurrence that runs neither forward nor backward"),
        "step-subscript": Entry("error", "a recurrence steps along one axis, by whole numbers"),
        "length-not-fixed": Entry("error", "a recurrence whose length nothing fixes"),
        "derivative-in-recurrence": Entry("error", "a derivative inside a recurrence that speaks of the recurrence"),
    },
    "Sums": {
        "index-not-summed": Entry("error", "nothing sums a capital index"),
        "summed-inside-product": Entry("error", "an index summed inside one factor that another factor carries"),
        "lowercase-in-reduction": Entry("error", "a reduction names a lowercase index"),
        "index-not-carried": Entry("error", "an operation names an index that nothing inside it carries"),
        "index-named-again": Entry("error", "an operation inside another names the same index"),
        "left-index": Entry("error", "the indices on the left are lowercase and distinct"),
        "free-index": Entry("error", "every free index on the right stands on the left"),
    },
    "Extents": {
        "index-without-range": Entry("error", "an index that nothing gives a range"),
        "sizes-differ": Entry("error", "axes that one index stands on have one size"),
        "out-of-bounds": Entry("error", "a given range that does not fit"),
        "size-unknown": Entry("error", "a size that nothing tells"),
        "not-a-size": Entry("error", "a size is arithmetic of whole numbers, consts and sizes"),
        "range-of-kept-index": Entry("error", "a range for an index that an operation keeps"),
    },
    "Derivatives": {
        "derivative-of-integers": Entry("error", "integers have no derivative"),
        "index-in-denominator": Entry("error", "an index summed inside a numerator stands in no denominator"),
        "left-abstract": Entry("error", "code is made only of what is defined"),
    },
    "Claims": {
        "claim-fails": Entry("error", "a claim that is false"),
    },
    "Warnings": {
        "empty-repetition": Entry("warning", "a `for` over a range that is empty as it is written"),
        "term-without-left-index": Entry("warning", "a summed term that carries no index of the left side"),
        "claim-unchecked": Entry("warning", "a claim that could not be tested"),
        "factor-like-a-call": Entry("warning", "a factor of a sketch that looks like a call of a function"),
        "derivative-is-zero": Entry("warning", "a derivative by what the numerator does not depend on"),
    },
}
"""The rows by what they are about, as `einlang explain` lists them."""

CATALOGUE: dict[str, Entry] = {id: entry for rows in GROUPS.values() for id, entry in rows.items()}
