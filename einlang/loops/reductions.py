"""Loop nests of reductions and searches: in goes a kernel of the plan, out come the steps that compute it."""

from __future__ import annotations

from einlang.ir.extent import fixed
from einlang.ir.kinds import kind
from einlang.ir.nodes import Expr, Index, Tensor
from einlang.loops.cuts import cuts_of
from einlang.loops.nests import CHUNK, ZERO, Nest, around, block, length, loop, nest, whole, within
from einlang.loops.nodes import (
    Address,
    Array,
    Assign,
    Begin,
    Binary,
    Call,
    Function,
    If,
    Let,
    Load,
    Local,
    Make,
    Object,
    Scalar,
    Special,
    Step,
    Store,
    Type,
    Unary,
    Variable,
)
from einlang.loops.operations import constant
from einlang.loops.scalars import lower
from einlang.plan.kernel import Chunks, Lanes, Search

SEGMENTS = 64
"""So many at most, as EIN_SEGMENTS says."""


def chunks_steps(work: Nest, form: Chunks) -> tuple[Step, ...]:
    """Values in chunks into a local array, each chunk into a running reduction."""
    reduction = work.reduction
    kind_, name = _type(reduction), f"ein_{reduction.operation}"
    vars = work.variables((*form.loops, *form.reduced))
    depth, inner = len(form.loops), form.reduced[-1]
    values = Array("values", kind_, CHUNK)
    state = Object(f"{name}_state", "state", kind_, True, kind_)
    order = (*form.loops, *form.reduced)
    cut = cuts_of(work.kernel)
    body = lower(cut.body, work.scope(vars, order, len(order), {}), kind_)

    def chunk(start: Variable, count: Scalar) -> tuple[Step, ...]:
        place = Binary("-", vars[inner], start, "int")
        stored = Store(values, (fixed(CHUNK),), (place,), body.value)
        lets = body.at(len(order))
        added = Call(Function(f"{name}_chunk", kind_, (state, Address(values, (), (), kind_), count), kind_))
        return loop(within(vars[inner], start, count), (*lets, stored)), added

    bound = (vars[inner], *work.range(inner)) if inner in work.ranges else cut.bound(inner, vars)
    blocks = (block(bound, chunk),)
    outer = nest(cut.bounds(form.reduced[:-1], vars), depth + 1, [body], blocks)
    result, got = _result(kind_), Variable("result", kind_)
    total = Function(f"{name}_result", kind_, (state,), kind_)
    if work.segments is not None:
        place = Binary("/", bound[1], segment(inner), "int")
        return (Local(values), *body.at(0), Make(state, None), *outer, Store(work.segments, (fixed(SEGMENTS),), (place,), total))
    epilogue = lower(work.epilogue(result), work.scope(vars, form.loops, depth, {result: (got, depth)}), work.type)
    reduced = (Make(state, None), *outer, Let(got, total))
    last = (*body.at(depth), *reduced, *epilogue.at(depth), work.store(vars, epilogue.value))
    return (Local(values), *around(work.bounds(vars, form.loops), body, epilogue, last))


def segment(index: Index) -> Scalar:
    """How many positions a segment has."""
    return Function("ein_segment", "int", (length(index.extent),), "int")


def segments_end(work: Nest, segments: Array, parts: Variable) -> tuple[Step, ...]:
    """The segments joined in their order, as the running reduction of all would have joined their trees, and the epilogue."""
    kind_, name = segments.type, f"ein_{work.reduction.operation}"
    state, number = Object(f"{name}_state", "state", kind_, True, kind_), Variable("number", "int")
    value = Load(segments, (fixed(SEGMENTS),), (number,), kind_)
    joined = loop((number, ZERO, parts), (Call(Function(f"{name}_join", kind_, (state, value), kind_)),))
    result, got = _result(kind_), Variable("result", kind_)
    epilogue = lower(work.epilogue(result), work.scope(work.fixed, (), 0, {result: (got, 0)}), work.type)
    total = Let(got, Function(f"{name}_result", kind_, (state,), kind_))
    return (Make(state, None), joined, total, *epilogue.at(0), work.store(work.fixed, epilogue.value))


def lanes_steps(work: Nest, form: Lanes) -> tuple[Step, ...]:
    """A block of results at a time in a local array, brought up to date for each position of the reduced indices."""
    reduction = work.reduction
    kind_ = _type(reduction)
    order = (*form.loops, *form.reduced, form.lane)
    vars = work.variables(order)
    depth, lane = len(form.loops), vars[form.lane]
    partial = Array("partial", kind_, CHUNK)
    cut = cuts_of(work.kernel)
    body = lower(cut.body, work.scope(vars, order, len(order), {}), kind_)
    result = _result(kind_)

    def lanes(start: Variable, count: Scalar) -> tuple[Step, ...]:
        place = (Binary("-", lane, start, "int"),)
        held = Load(partial, (fixed(CHUNK),), place, kind_)
        values = {result: (held, depth + 1)}
        epilogue = lower(work.epilogue(result), work.scope(vars, (*form.loops, form.lane), depth + 1, values), work.type)
        combined = Store(partial, (fixed(CHUNK),), place, _combine(reduction.operation, held, body.value, kind_))
        empty = Store(partial, (fixed(CHUNK),), place, _neutral(reduction.operation, kind_))
        positions = within(lane, start, count)
        chosen = (lane, cut.start(form.lane, vars, positions[1]), cut.stop(form.lane, vars, positions[2]))
        reduced = nest(cut.bounds(form.reduced, vars), depth + 1, [body], (loop(chosen, (*body.at(len(order)), combined)),))
        early = tuple(let for level in range(depth + 1) for let in epilogue.at(level))
        last = (*epilogue.at(depth + 1), work.store(vars, epilogue.value))
        return (loop(positions, (empty,)), *reduced, *early, loop(positions, last))

    blocks = (*body.at(depth), block((lane, *work.range(form.lane)), lanes))
    return (Local(partial), *around(work.bounds(vars, form.loops), body, None, blocks))


def search_steps(work: Nest, form: Search) -> tuple[Step, ...]:
    """The first largest or smallest; NaN is the largest and the smallest of all."""
    reduction = work.reduction
    kind_ = _type(reduction.body)
    order = (*form.loops, form.index)
    vars, depth = work.variables(order), len(form.loops)
    body = lower(reduction.body, work.scope(vars, order, len(order), {}), kind_)
    best, found, value = Variable("best", kind_), Variable("found", "int"), Variable("value", kind_)
    better = Binary(">" if reduction.operation == "argmax" else "<", value, best, "bool")
    if kind_ == "real":
        unordered = Binary("&&", Binary("!=", value, value, "bool"), Binary("==", best, best, "bool"), "bool")
        better = Binary("||", better, unordered, "bool")
    taken = If(better, (Assign(best, value), Assign(found, vars[form.index])))
    searched = loop(whole(vars[form.index], form.index.extent), (*body.at(len(order)), Let(value, body.value), taken))
    result = _result("int")
    epilogue = lower(work.epilogue(result), work.scope(vars, form.loops, depth, {result: (found, depth)}), work.type)
    begun = (Begin(best, _neutral(reduction.operation, kind_)), Begin(found, ZERO), searched)
    last = (*body.at(depth), *begun, *epilogue.at(depth), work.store(vars, epilogue.value))
    return around(work.bounds(vars, form.loops), body, epilogue, last)


def _type(body: Expr) -> Type:
    return "int" if kind(body) == "int" else "real"


def _result(kind_: Type) -> Tensor:
    """A stand-in for the value of a reduction."""
    return Tensor("result of the reduction", (), "int" if kind_ == "int" else "float", "definition", None)


def _combine(operation: str, left: Scalar, right: Scalar, kind_: Type) -> Scalar:
    if operation in ("max", "min"):
        return Function(f"ein_{operation}", kind_, (left, right), kind_)
    return Binary({"sum": "+", "prod": "*"}[operation], left, right, kind_)


def _neutral(operation: str, kind_: Type) -> Scalar:
    """What a reduction starts from."""
    if operation in ("sum", "prod"):
        return constant(operation == "prod", kind_)
    if kind_ == "int":
        return constant(-(2**63) if operation.endswith("max") else 2**63 - 1, "int")
    infinity = Special("inf", "real")
    return Unary("-", infinity, "real") if operation.endswith("max") else infinity
