"""What each index ranges over: in go the axes it stands on, out come equations between extents; what disagrees is reported.

An index ranges over the axes that it stands on alone, or over the range given to it; δ hands the range of one index to another
that has none. Whether a given range stays within the axes is decided when all equations are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from einlang.diagnostics import Label, Report
from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Index
from einlang.ir.program import Requirement
from einlang.sema.extents import UNKNOWN, Reason, Sizes, Verdict, at_most
from einlang.sema.unsupported import GUARDED, report_unsupported
from einlang.source import Span


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of a tensor, where an index stands on it alone."""

    tensor: str
    number: int
    extent: Extent
    span: Span

    def __str__(self) -> str:
        return f"axis {self.number} of {self.tensor}"


@dataclass(slots=True)
class _Range:
    """What is known of the range of an index: where it is introduced, a mend where it has none, and its first axis."""

    span: Span
    mend: str
    given: bool = False
    first: Axis | None = None

    @property
    def found(self) -> bool:
        return self.given or self.first is not None


@dataclass(frozen=True, slots=True)
class _Reach:
    """Positions from `start` up to, not including, `stop`, read on an axis by an index with a given range, or by a number."""

    start: Extent
    stop: Extent
    axis: Axis
    guarded: bool
    claimed: bool
    index: Index | None = None


@dataclass(slots=True)
class Ranges:
    """The ranges of the indices of a program, and what they demand of its sizes.

    Attributes:
        claimed: whether what is read now is a claim, which demands nothing of a call.
    """

    sizes: Sizes
    report: Report
    requirements: list[Requirement] = field(default_factory=list)
    claimed: bool = False
    _open: dict[Index, _Range] = field(default_factory=dict)
    _deltas: list[tuple[Index, Index]] = field(default_factory=list)
    _reaches: list[_Reach] = field(default_factory=list)
    _given: list[tuple[Index, Span, bool]] = field(default_factory=list)

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
        self._given.append((index, span, self.claimed))
        if index.extent.size is None or not self.sizes.define(index.extent.size, extent, Reason("", ())):
            message = f"the range of `{index.name}` is given by itself"
            self.report.add("index-without-range", span, message, label="leads back to it", help="give it another one")

    def stand(self, index: Index, axis: Axis, guarded: bool = False) -> None:
        """An index stands alone on an axis."""
        range_ = self._open[index]
        if range_.given:
            self._reaches.append(_Reach(fixed(0), index.extent, axis, guarded, self.claimed, index))
        elif range_.first is None:
            range_.first = axis
            self.sizes.equate(index.extent, axis.extent, Reason("", ()))
        else:
            self._equate(index, range_.first, axis)

    def at(self, position: Extent, axis: Axis, guarded: bool) -> None:
        """A whole number stands on an axis."""
        self._reaches.append(_Reach(position, position + 1, axis, guarded, self.claimed))

    def link(self, left: Index, right: Index) -> None:
        """`δ[left, right]`."""
        self._deltas.append((left, right))

    def close(self, complain: bool) -> None:
        """End the scope of the indices introduced so far: let δ hand on ranges, and report an index that has none."""
        while any(self._hand_on(left, right) for left, right in self._deltas):
            pass
        for index, range_ in self._open.items():
            if complain and not range_.found:
                self.report.add(
                    "index-without-range",
                    range_.span,
                    f"nothing gives `{index.name}` a range",
                    label="stands alone on no axis",
                    help=range_.mend,
                )
        self._open.clear()
        self._deltas.clear()

    def _hand_on(self, left: Index, right: Index) -> bool:
        """Give one index the range of the other, where just one has any."""
        ranges = self._open[left], self._open[right]
        if ranges[0].found == ranges[1].found:
            return False
        (has, index), (lacks, other) = sorted(zip(ranges, (left, right), strict=True), key=lambda pair: not pair[0].found)
        lacks.given, lacks.first = has.given, has.first
        self.sizes.equate(other.extent, index.extent, Reason("", ()))
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
        value, text = self.sizes.valued(extent).constant, shown.spell()
        return text if value is None or str(value) == text else f"{text} = {value}"

    # --- when all equations are known -------------------------------------------------------------------------------------

    def finish(self) -> list[Requirement]:
        """Check what is given against the axes; what only a call can decide is required of it."""
        for index, span, claimed in self._given:
            self._not_negative(index, span, claimed)
        for reach in self._reaches:
            self._within(reach)
        reduced = self.sizes.reduced
        return [Requirement(reduced(r.left), r.relation, reduced(r.right), r.text) for r in dict.fromkeys(self.requirements)]

    def _not_negative(self, index: Index, span: Span, claimed: bool) -> None:
        verdict = at_most(fixed(0), self.sizes.valued(index.extent))
        if verdict is False:
            message = f"the range of `{index.name}` is {self.spell(index.extent)}, which is negative"
            self.report.add("out-of-bounds", span, message, label="a range has at least 0 positions")
        elif verdict is None and not claimed:
            text = f"the range of {index.name} at {span.place} is not negative"
            self.requirements.append(Requirement(fixed(0), "<=", index.extent, text))

    def _within(self, reach: _Reach) -> None:
        """0 <= start and stop <= length."""
        for least, most in ((fixed(0), reach.start), (reach.stop, reach.axis.extent)):
            verdict = at_most(self.sizes.valued(least), self.sizes.valued(most))
            if verdict is not True and reach.guarded:
                report_unsupported(self.report, reach.axis.span, GUARDED)
            elif verdict is False:
                self._outside(reach)
            elif verdict is None and not reach.claimed:
                self.requirements.append(Requirement(least, "<=", most, self._reason(reach)))

    def _outside(self, reach: _Reach) -> None:
        axis, index, length = reach.axis, reach.index, self.spell(reach.axis.extent)
        if index is None:
            wrong, help = f"`{axis.span.text}` is no position", "positions count from 0, and from -1 backwards"
        else:
            last = self.sizes.valued(reach.stop - 1).spell()
            wrong, help = f"`{index.name}` reaches position {last}", "positions count from 0; give a smaller range"
        message = f"{wrong} of {axis}, which has {length} positions"
        self.report.add("out-of-bounds", axis.span, message, label=f"{axis} is {length} here", help=help)

    def _reason(self, reach: _Reach) -> str:
        axis, index = reach.axis, reach.index
        if index is None:
            return f"`{axis.span.text}` at {axis.span.place} is a position on {axis}"
        return f"{index.name} at {axis.span.place} stands on {axis} and has the range {self.spell(reach.stop)}"


def _distinct(labels: Iterable[Label], but: Span) -> Iterable[Label]:
    """The labels, the first at each place, without the place that the diagnostic marks itself."""
    found: dict[Span, Label] = {}
    for label in labels:
        if label.span != but:
            found.setdefault(label.span, label)
    return found.values()
