"""Updates: in goes `w[i] <- …`, out comes a definition of what the array of w holds after a call, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from einlang.diagnostics import Label
from einlang.ir.nodes import Definition, Tensor
from einlang.sema.definitions import define
from einlang.sema.names import TensorSymbol, did_you_mean
from einlang.sema.reader import Known
from einlang.syntax import nodes


def updates(known: Known) -> Iterator[tuple[Tensor, Definition]]:
    """The inputs and params that the file updates, in its order, each with its new values."""
    seen: dict[str, nodes.Update] = {}
    for item in (item for item in known.symbols.items if isinstance(item, nodes.Update)):
        symbol = _target(known, item)
        if symbol is None:
            continue
        if item.name.name in seen:
            others = (Label(seen[item.name.name].name.span, "updated here already"),)
            message = f"`{item.name.name}` is updated twice"
            known.report.add("named-twice", item.name.span, message, label="the second time", others=others)
            continue
        seen[item.name.name] = item
        made = define(known, item, known.shapes[symbol.name], f"{symbol.name} after")
        if made is not None and made.tensor.kind != known.tensor(symbol).kind:
            _wrong_kind(known, item)
        elif made is not None:
            yield known.tensor(symbol), made


def _target(known: Known, item: nodes.Update) -> TensorSymbol | None:
    """The input or param that is updated; None, reported, where it is none."""
    symbols, name = known.symbols, item.name.name
    symbol = symbols.tensors.get(name)
    if symbol is None:
        kinds: dict[str, Collection[str]] = {"a const": symbols.consts, "a size": symbols.sizes, "a function": symbols.functions}
        found = next((kind for kind, names in kinds.items() if name in names), None)
        id, message = ("not-an-input", f"`{name}` is {found}") if found else ("undefined-name", f"nothing declares `{name}`")
        help = "" if found else did_you_mean(name, symbols.tensors)
        known.report.add(id, item.name.span, message, label="no input or param", help=help)
        return None
    if symbol.role not in ("input", "param"):
        message = f"`{name}` is no input or param: an update changes the array of a call"
        others = (Label(symbol.span, "defined here"),)
        help = f"write `{item.span.text.split('<-')[0].strip()} = …` in its definition, or update an input"
        known.report.add("not-an-input", item.name.span, message, label=symbol.role, help=help, others=others)
        return None
    wrong = next((index for index in item.indices if not isinstance(index.subscript, nodes.Name)), None)
    if wrong is not None:
        message = f"`{wrong.span.text}` is no index: an update gives all of `{name}`"
        help = "define a recurrence as a tensor of its own, and update with what it leads to: `w[i] <- h[-1,i]`"
        known.report.add("left-index", wrong.span, message, label="on the left of an update", help=help)
        return None
    if len(item.indices) != symbol.rank:
        wanted = f"[{','.join('ijklmnpq'[: symbol.rank])}]" if symbol.rank else ""
        message = f"`{name}` has {symbol.rank} axes, and {len(item.indices)} indices here"
        help = f"an update gives all of it: `{name}{wanted} <- …`"
        known.report.add("wrong-rank", item.name.span, message, help=help, others=(Label(symbol.span, "declared here"),))
        return None
    return symbol


def _wrong_kind(known: Known, item: nodes.Update) -> None:
    message = f"`{item.name.name}` holds integers, and this is not one"
    help = "a new value is an argmax, an argmin or an element of an integer tensor"
    known.report.add("not-integers", item.body.span, message, label="a float", help=help)
