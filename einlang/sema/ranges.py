"""What each index ranges over: in go the axes it stands on, out come equations between extents; what disagrees is reported.

An index ranges over the axes that it stands on alone, or over the range given to it; δ hands the range of one index to another
that has none. Whether a given range stays within the axes is decided when all equations are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from einlang.diagnostics import Label, Report
from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import Linear
from einlang.ir.nodes import Index
from einlang.ir.program import Requirement
from einlang.ir.reaches import Reach, at_most, range_within
from einlang.sema.extents import UNKNOWN, Reason, Sizes, Verdict
from einlang.source import Span

_OF_A_PARAMETER = re.compile(r"size\([^():]*: ")
"""How the size of a parameter's axis begins, before the function that it belongs to is left out."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a tensor, and where something stands on it."""

    tensor: str
    number: int
    extent: Extent
    span: Span

    def __str__(self) -> str:
        return f"axis {self.number} of {self.tensor}"


@dataclass(frozen=True, slots=True)
class _Use:
    """A subscript on an axis, on which it must stay; one in a claim demands nothing of a call."""

    subscript: Linear
    axis: Axis
    claimed: bool

    @property
    def reach(self) -> Reach:
        return Reach(self.subscript, self.axis.extent)


@dataclass(slots=True)
class _Range:
    """What is known of the range of an index: where it is introduced, a mend where it has none, its first axis, its bounds."""

    span: Span
    mend: str
    given: bool = False
    first: Axis | None = None
    bounded: bool = False

    @property
    def found(self) -> bool:
        return self.given or self.bounded or self.first is not None


@dataclass(slots=True)
class Ranges:
    """The ranges of the indices of a program, and what they demand of its sizes.

    Attributes:
        claimed: whether what is read now is a claim, which demands nothing of a call.
        stepped: the indices along which recurrences step, and whether something gave them a range. They do not take all positions
            from 0 on, so that what they read is checked elsewhere.
    """

    sizes: Sizes
    report: Report
    requirements: list[Requirement] = field(default_factory=list)
    claimed: bool = False
    stepped: dict[Index, bool] = field(default_factory=dict)
    _open: dict[Index, _Range] = field(default_factory=dict)
    _deltas: list[tuple[Index, Index]] = field(default_factory=list)
    _uses: list[_Use] = field(default_factory=list)
    _scope: list[_Use] = field(default_factory=list)
    _fallbacks: dict[Index, Axis] = field(default_factory=dict)
    _demands: list[tuple[Extent, Span, str, bool]] = field(default_factory=list)

    def introduce(self, name: str, span: Span, mend: str, given: bool = False) -> Index:
        """A new index; `mend` says how to give it a range, in case that nothing does; `given` that `give` will."""
        index = Index(name, self.sizes.unknown())
        self.adopt(index, span, mend, given)
        return index

    def adopt(self, index: Index, span: Span, mend: str, given: bool = False) -> None:
        """An index that exists already, whose range is to be found here."""
        self._open[index] = _Range(span, mend, given)

    def give(self, index: Index, extent: Extent, span: Span) -> None:
        """The range written after the colon."""
        if index.extent.size is None or not self.sizes.define(index.extent.size, extent, Reason("", ())):
            message = f"the range of `{index.name}` is given by itself"
            self.report.add("index-without-range", span, message, label="leads back to it", help="give it another one")

    def agree(self, index: Index, axis: Axis, extent: Extent) -> None:
        """The range written for an index of an axis that is declared."""
        words = f"{index.name} stands on {axis} and has the range {self.spell(extent)}"
        label = self._label(axis)
        verdict = self.sizes.equate(axis.extent, extent, Reason(f"{words} at {axis.span.place}", (label,)))
        if verdict is Verdict.IMPOSSIBLE:
            self.report.add("sizes-differ", axis.span, f"`{index.name}`{words.removeprefix(index.name)}", label=label.text)
        elif verdict is Verdict.AT_CALL:
            self.requirements.append(Requirement(axis.extent, "=", extent, f"{words} at {axis.span.place}"))

    def demand(self, extent: Extent, span: Span, what: str) -> None:
        """A size that must not be negative."""
        self._demands.append((extent, span, what, self.claimed))

    def search(self, extent: Extent, span: Span, over: tuple[Extent, ...]) -> None:
        """An argmax or argmin over a range, which must have a position unless one of those in `over` has none."""
        if not self.claimed:
            text = f"`{span.text}` at {span.place} is a position, and its range is empty"
            self.requirements.append(Requirement(fixed(1), "<=", extent, text, over))

    def stand(self, index: Index, axis: Axis) -> None:
        """An index stands alone on an axis."""
        range_ = self._open[index]
        if range_.given:
            self._uses.append(_Use(Linear(((index, fixed(1)),), fixed(0)), axis, self.claimed))
        elif range_.first is None:
            range_.first = axis
            self.sizes.equate(index.extent, axis.extent, Reason("", ()))
        else:
            self._equate(index, range_.first, axis)

    def stand_where_chosen(self, index: Index, axis: Axis) -> None:
        """An index stands alone on an axis in a branch; it ranges over that only if nothing else says how far."""
        self._fallbacks.setdefault(index, axis)

    def reach(self, subscript: Linear, axis: Axis) -> None:
        """A whole number, or a sum of multiples of indices, stands on an axis."""
        self._scope.append(_Use(subscript, axis, self.claimed))
        if not self.is_stepped(subscript):
            self._uses.append(self._scope[-1])

    def is_stepped(self, subscript: Linear) -> bool:
        """Whether a recurrence steps along one of the indices."""
        return any(index in self.stepped for index in subscript.indices)

    def link(self, left: Index, right: Index) -> None:
        """`δ[left, right]`."""
        self._deltas.append((left, right))

    def close(self, complain: bool) -> bool:
        """End the scope of the indices introduced so far: find the ranges that are still missing, report those that none has.

        Whether no index has none; those along which recurrences step may still get one.
        """
        while (
            any(self._hand_on(left, right) for left, right in self._deltas)
            or any(map(self._stay, self._open))
            or any(map(self._fall_back, self._open))
        ):
            pass
        self.stepped.update({index: range_.found for index, range_ in self._open.items() if index in self.stepped})
        missing = [index for index, range_ in self._open.items() if not range_.found and index not in self.stepped]
        for index in self._unlinked(missing) if complain else ():
            message, range_ = f"nothing gives `{index.name}` a range", self._open[index]
            self.report.add("index-without-range", range_.span, message, label="stands alone on no axis", help=range_.mend)
        whole = not missing
        self._open.clear()
        self._deltas.clear()
        self._scope.clear()
        self._fallbacks.clear()
        return whole

    def _unlinked(self, missing: list[Index]) -> Iterator[Index]:
        """Those that would not get their ranges from one before them, by way of δ."""
        reached: set[Index] = set()
        for first in missing:
            if first not in reached:
                yield first
            pending = [first]
            while pending:
                index = pending.pop()
                reached.add(index)
                pairs = (pair for pair in self._deltas if index in pair)
                pending.extend(other for pair in pairs for other in pair if other not in reached)

    def _hand_on(self, left: Index, right: Index) -> bool:
        """Give one index the range of the other, where just one has any."""
        ranges = self._open[left], self._open[right]
        if ranges[0].found == ranges[1].found:
            return False
        (has, index), (lacks, other) = sorted(zip(ranges, (left, right), strict=True), key=lambda pair: not pair[0].found)
        lacks.given, lacks.first = has.given, has.first
        self.sizes.equate(other.extent, index.extent, Reason("", ()))
        return True

    def _stay(self, index: Index) -> bool:
        """Let an index that has no range go as far as every access stays in bounds that has it as the one unknown."""
        if self._open[index].found:
            return False
        unknown = [other for other, range_ in self._open.items() if not range_.found]
        own, reduced = self.sizes.reduced(index.extent).sizes, self.sizes.reduced
        found = range_within(index, [use.reach for use in self._scope], unknown)
        bounds = [bound for bound in found if not any(size in reduced(bound.extent).sizes for size in own)]
        if not bounds:
            return False
        self._open[index].bounded = True
        self.sizes.compute(index.extent, bounds)
        return True

    def _fall_back(self, index: Index) -> bool:
        """Let an index that has no range go over the axis that it stands on in a branch."""
        axis = self._fallbacks.get(index)
        if axis is None or self._open[index].found:
            return False
        self.stand(index, axis)
        return True

    def _equate(self, index: Index, first: Axis, axis: Axis) -> None:
        if self.sizes.reduced(first.extent) is self.sizes.reduced(axis.extent):
            return
        text = f"{index.name} stands on {first} and on {axis} at {axis.span.place}"
        labels = (self._label(first), self._label(axis))
        trail = (*self.sizes.trail(first.extent), *self.sizes.trail(axis.extent))
        words = self.spell(first.extent), self.spell(axis.extent)
        verdict = (
            Verdict.IMPOSSIBLE
            if self._is_new(first, axis)
            else self.sizes.equate(first.extent, axis.extent, Reason(text, labels))
        )
        if verdict is Verdict.IMPOSSIBLE:
            self.report.add(
                "sizes-differ",
                axis.span,
                f"`{index.name}` stands on axes of different sizes: {words[0]} and {words[1]}",
                label=labels[1].text,
                others=tuple(_distinct([labels[0], *(label for reason in trail for label in reason.labels)], axis.span)),
            )
        elif verdict is Verdict.AT_CALL:
            self.requirements.append(Requirement(first.extent, "=", axis.extent, text))

    def _is_new(self, first: Axis, axis: Axis) -> bool:
        """Whether a claim would set sizes equal that its program leaves apart, and has names for."""
        apart = self.sizes.valued(first.extent - axis.extent)
        return self.claimed and bool(apart.terms) and not any(size.startswith((UNKNOWN, "size(")) for size in apart.sizes)

    def _label(self, axis: Axis) -> Label:
        return Label(axis.span, f"{axis} is {self.spell(axis.extent)} here")

    def spell(self, extent: Extent) -> str:
        """The extent for people: as declared, with its value where that is known."""
        shown = self.sizes.reduced(extent) if any(size.startswith(UNKNOWN) for size in extent.sizes) else extent
        value, text = self.sizes.valued(extent).constant, _OF_A_PARAMETER.sub("size(", shown.spell())
        return text if value is None or str(value) == text else f"{text} = {value}"

    # --- when all equations are known -------------------------------------------------------------------------------------

    def finish(self) -> list[Requirement]:
        """Check what is given against the axes; what only a call can decide is required of it."""
        self.sizes.settle()
        for demand in self._demands:
            self._not_negative(*demand)
        for use in self._uses:
            self._within(use)
        reduced = self.sizes.reduced
        return [
            replace(r, left=reduced(r.left), right=reduced(r.right), over=tuple(map(reduced, r.over)))
            for r in dict.fromkeys(self.requirements)
            if r.relation == "=" or at_most(self.sizes.valued(r.left), self.sizes.valued(r.right)) is not True
        ]

    def _not_negative(self, extent: Extent, span: Span, what: str, claimed: bool) -> None:
        verdict = at_most(fixed(0), self.sizes.valued(extent))
        if verdict is False:
            message = f"{what} is {self.spell(extent)}, which is negative"
            self.report.add("out-of-bounds", span, message, label="no length is")
        elif verdict is None and not claimed:
            text = f"{what.replace('`', '')} at {span.place} is not negative"
            self.requirements.append(Requirement(fixed(0), "<=", extent, text))

    def _within(self, use: _Use) -> None:
        """0 <= start and stop <= length."""
        reach, axis = use.reach, use.axis
        for least, most in ((fixed(0), reach.start), (reach.stop, axis.extent)):
            verdict = at_most(self.sizes.valued(least), self.sizes.valued(most))
            if verdict is False:
                self._outside(use, most if most is reach.start else least - 1)
            elif verdict is None and not use.claimed:
                over = tuple(index.extent for index in use.subscript.indices if use.subscript.index is None)
                self.requirements.append(Requirement(least, "<=", most, self._reason(use), over))

    def _outside(self, use: _Use, position: Extent) -> None:
        axis, length = use.axis, self.spell(use.axis.extent)
        if not use.subscript.multiples:
            wrong, help = f"`{axis.span.text}` is no position", "positions count from 0, and from -1 backwards"
        else:
            reached = self.spell(self.sizes.valued(position))
            wrong, help = f"`{axis.span.text}` reaches position {reached}", "positions count from 0; give a smaller range"
        message = f"{wrong} of {axis}, which has {length} positions"
        self.report.add("out-of-bounds", axis.span, message, label=f"{axis} is {length} here", help=help)

    def _reason(self, use: _Use) -> str:
        axis, index = use.axis, use.subscript.index
        if index is not None:
            return f"{index.name} at {axis.span.place} stands on {axis} and has the range {self.spell(index.extent)}"
        where = "stays" if use.subscript.multiples else "is a position"
        return f"`{axis.span.text}` at {axis.span.place} {where} on {axis}"


def _distinct(labels: Iterable[Label], but: Span) -> Iterable[Label]:
    """The labels, the first at each place, without the place that the diagnostic marks itself."""
    found: dict[Span, Label] = {}
    for label in labels:
        if label.span != but:
            found.setdefault(label.span, label)
    return found.values()
