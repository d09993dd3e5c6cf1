"""Abstract functions: in goes a declaration or a call, out comes what is known of the function, or tensor IR that names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from einlang.diagnostics import Label, Report
from einlang.errors import InternalError
from einlang.ir.indices import free_indices, substitute
from einlang.ir.nodes import Abstract, Expr, Function, Index, Tensor
from einlang.sema.binding import is_summed
from einlang.sema.names import head
from einlang.sema.reader import FAILED, Known, Reader
from einlang.syntax import nodes


def is_first(known: Known, indices: Sequence[nodes.IndexName], number: int) -> bool:
    """Whether no index before one has its name; reported if one does."""
    index = indices[number]
    first = next((other for other in indices[:number] if other.name == index.name), None)
    if first is not None:
        others = (Label(first.span, "stands here already"),)
        help = "give each axis an index of its own"
        known.report.add(
            "left-index", index.span, f"`{index.name}` stands twice", label="the second time", others=others, help=help
        )
    return first is None


def function(known: Known, item: nodes.Function) -> Function | None:
    """`fn σ[j](z[j])`; None, reported, where its indices and those of its parameters do not fit."""
    sound = all(is_first(known, item.indices, number) for number in range(len(item.indices)))
    along = {index.name: index for parameter in item.parameters for index in parameter.indices}
    declared = dict.fromkeys(index.name for index in item.indices)
    loose = [index for index in item.indices if index.name not in along]
    for index in loose:
        message, help = f"no parameter of `{item.name}` goes along `{index.name}`", "give it to a parameter: `fn σ[j](z[j])`"
        known.report.add("index-not-carried", index.span, message, label="named here alone", help=help)
    for name, index in along.items():
        if name not in declared and not loose:
            message = f"`{item.name}` does not name `{name}`, along which it works"
            help = f"name it after the function: `fn {item.name}[{', '.join([*declared, name])}](…)`"
            known.report.add("free-index", index.span, message, label="an index of a parameter", help=help)
    for index in (index for index in item.indices if index.extent is not None):
        message = f"`{index.name}` ranges as far as the arguments of each call do"
        known.report.add("range-of-kept-index", index.span, message, label="no range goes here", help=f"write `{index.name}`")
        sound = False
    if not sound or along.keys() != declared.keys():
        return None
    parameters = tuple((p.name, tuple(index.name for index in p.indices)) for p in item.parameters)
    return Function(item.name, tuple(index.name for index in item.indices), parameters, head(item))


def call(reader: Reader, node: nodes.Call, function: Function, arguments: Sequence[Expr]) -> Expr:
    """A call of an abstract function, or of its derivative by some of its arguments."""
    indices = named_indices(reader, node, function)
    by = partials(reader, node, function)
    if indices is None or by is None or FAILED in arguments:
        return reader.fail()
    if function.name in reader.known.along:
        return reader.known.along[function.name](indices, arguments)
    named = dict(zip(function.indices, indices, strict=True))
    own: list[tuple[Index, ...]] = []
    bodies: list[Expr] = []
    for number, (_, along) in enumerate(function.parameters):
        over = {named[name]: Index(named[name].name[0].upper() + named[name].name[1:], named[name].extent) for name in along}
        if not goes_along(reader, node, number, [index for index in indices if index not in over], arguments[number]):
            return FAILED
        own.append(tuple(over.values()))
        bodies.append(substitute(arguments[number], over))
    kept = tuple(named[name] for name in function.indices if not is_summed(name))
    made = Abstract(function, kept, tuple(own), tuple(bodies))
    for argument in by:
        made = made.partial(argument, ())
    return made


def named_indices(reader: Reader, node: nodes.Call, function: Function) -> list[Index] | None:
    """The indices that a call names, as many as the function has; None where they are not, or one is named twice (reported)."""
    wanted, distinct = len(function.indices), len({name.name for name in node.indices})
    if distinct < len(node.indices):
        reader.fail()
        return None
    if len(node.indices) != wanted:
        names = "no index" if not wanted else f"{wanted} {'index' if wanted == 1 else 'indices'}"
        head = f"{function.name}[{','.join(function.indices)}]" if wanted else function.name
        others = (Label(function.declared, "the function"),) if function.declared else ()
        place, label = (node.indices[0].span, f"{len(node.indices)} here") if node.indices else (node.span, "no index is named")
        reader.error("wrong-arguments", place, f"`{function.name}` takes {names}", label, f"write `{head}(…)`", others)
        return None
    for name in node.indices:
        if name.extent is not None:
            reader.error(
                "range-of-kept-index", name.extent.span, f"`{name.name}` ranges as far as the arguments do", "no range goes here"
            )
            return None
    found = [reader.indices[name] for name in node.indices if name in reader.indices]
    return found if len(found) == wanted else None


def goes_along(reader: Reader, node: nodes.Call, number: int, others: Sequence[Index], argument: Expr) -> bool:
    """Whether an argument goes along no index of the function but those of its parameter; reported if it does."""
    carried = free_indices(argument)
    wrong = next((index for index in others if index in carried), None)
    if wrong is not None:
        message = f"`{node.function}` works along `{wrong.name}`, but not in this argument"
        function = reader.known.symbols.functions[node.function]
        others_ = (Label(function.parameters[number].span, "its parameter has no such index"),)
        reader.error("wrong-arguments", node.arguments[number].span, message, f"carries `{wrong.name}`", others=others_)
    return wrong is None


def partials(reader: Reader, node: nodes.Call, function: Function) -> list[int] | None:
    """By which arguments, counted from 0, the primes of a call derive; None, reported, where that is not said."""
    arity = len(function.parameters)
    wrong = next((argument for argument in node.by if argument > arity or (argument == 0 and arity > 1)), None)
    if node.by and function.indices:
        message = f"the derivative of `{node.function}` has an element for each pair of positions"
        help = "define what it gives, and write the derivative of that: `Y[i] = σ[i](z[i])`, `∂Y[i]/∂z[j]`"
        reader.error("wrong-arguments", node.span, message, "a prime is for elementwise functions", help)
        return None
    if wrong is not None:
        letters = ", ".join(name for name, _ in function.parameters)
        message = f"`{node.function}` has {arity} argument{'' if arity == 1 else 's'}"
        label = "which one is it derived by?" if wrong == 0 else f"no argument {wrong}"
        reader.error("wrong-arguments", node.span, message, label, f"say by which: `{node.function}'1({letters})`")
        return None
    return [max(argument, 1) - 1 for argument in node.by]


def report_open(found: Iterable[Function | Tensor], report: Report) -> None:
    """Report the abstract functions and tensors that code would need to know."""
    for what in found:
        if what.declared is None:
            raise InternalError("analysis", f"{what.name} is abstract and declared nowhere")
        message = f"no code can be made while `{what.name}` is abstract"
        report.add("left-abstract", what.declared, message, label="known by name alone", help=_ways_to_bind(what))


def _ways_to_bind(what: Function | Tensor) -> str:
    """How to say what an abstract function or tensor is."""
    if isinstance(what, Tensor):
        left = f"[{', '.join('ijklmnpq'[: what.rank])}]" if 0 < what.rank <= 8 else ""
        return f"define it in place of the line that declares it: `{what.name}{left} = …`"
    parameters = ", ".join(f"{name}[{', '.join(along)}]" if along else name for name, along in what.parameters)
    indices = f"[{', '.join(what.indices)}]" if what.indices else ""
    body = f"give it a body: `fn {what.name}{indices}({parameters}) = …`"
    if len(what.parameters) > 1 or len(what.indices) > 1:
        return body
    example = "tanh" if not what.indices else "logsumexp" if is_summed(what.indices[0]) else "softmax"
    bound = f'say which function it is: `--fn {what.name}={example}`, or `functions={{"{what.name}": "{example}"}}` from Python'
    return bound if what.indices else f"{bound}; or {body}"
