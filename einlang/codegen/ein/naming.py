"""Names for a program's text: in go tensors, sizes and indices, out come words that the language takes, each another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import chain, count
from string import ascii_uppercase
from unicodedata import normalize

from einlang.codegen.ein.spans import computed_size, range_of, size_of_axis, tensor_name
from einlang.codegen.ein.spans import name as bare
from einlang.codegen.names import spell
from einlang.ir.abstract import Held, abstract_functions
from einlang.ir.extent import Extent, fixed
from einlang.ir.naming import name_parts
from einlang.ir.nodes import Access, Definition, Delta, Index, Size, Target, bound_indices
from einlang.ir.program import Program, own_sizes
from einlang.syntax import nodes
from einlang.syntax.lexicon import DELTA, FUNCTIONS, RESERVED
from einlang.tree import Node, fold, walk

_TAKEN = frozenset((*RESERVED, *FUNCTIONS, *DELTA, "pi", "inf", "levicivita"))
_INDEX = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LETTERS = "nmklpqrsabcdefghijotuvwxyz"


class Words:
    """The words of a program: its tensors' names as they stand in text, and a name for each size."""

    def __init__(self, program: Program) -> None:
        tensors = list(dict.fromkeys(t.name for t in (*program.inputs, *(d.tensor for d in program.definitions))))
        functions = {function.name for function in abstract_functions(program)}
        sound = {name for name in tensors if _is_name(name) and name not in functions}
        spare = spell(tensors)
        self.tensors: dict[str, nodes.TensorName] = {}
        used = sound | functions
        self.held = Held(program.definitions)
        for name in tensors:
            word = name if name in sound else _spare(spare[name], used)
            used.add(word)
            self.tensors[name] = tensor_name(word)
        self.scalars = {t.name for t in (*program.inputs, *(d.tensor for d in program.definitions)) if t.rank == 0}
        self.required = {found.right for found in program.requirements if found.relation == "<=" and found.left == fixed(0)}
        self.sizes: dict[str, str] = {}
        self.axes: dict[Extent, tuple[str, int]] = {}
        for tensor in (*program.inputs, *(d.tensor for d in program.definitions)):
            for axis, extent in enumerate(tensor.shape):
                self.axes.setdefault(extent, (tensor.name, axis))
        self.computed = {found.size for found in program.computed}
        self._name_sizes(dict.fromkeys(size for size in _sizes(program) if size not in self.computed), used)
        self.own = _own_axes(program)
        self._places = {definition.tensor.name: place for place, definition in enumerate(program.definitions)}
        self.formulas: dict[str, nodes.Expression] = {size: bare(word) for size, word in self.sizes.items()}
        for found in program.computed:
            self.formulas[found.size] = computed_size(found, self.formulas)
        self.declared, self.extents = ({size: self._size(size, at) for size in self.formulas} for at in (-1, len(self._places)))

    def _size(self, size: str, place: int) -> nodes.Expression:
        """A size by its name; one that only an axis has, by that axis, or by a formula in what stands before it."""
        if size not in self.own:
            return self.formulas[size]
        tensor, axis = self.own[size]
        is_there = size not in self.computed or self._places.get(tensor, -1) < place
        return size_of_axis(self.tensors[tensor], axis) if is_there else self.formulas[size]

    def given(self, value: Extent, sizes: Mapping[str, nodes.Expression] | None = None) -> nodes.Expression:
        """The range of an index as it is given: what a call may find negative, and does not refuse, counts as 0 there."""
        return range_of(value, self.extents if sizes is None else sizes, may_be_negative=value not in self.required)

    def extents_in(self, definition: Definition) -> dict[str, nodes.Expression]:
        """The spelling of each size within a definition, which no size of a tensor can stand in that follows from it."""
        if not self.computed:
            return self.extents
        return {size: self._size(size, self._places[definition.tensor.name]) for size in self.formulas}

    def _name_sizes(self, sizes: Iterable[str], tensors: set[str]) -> None:
        """Declared names stay; an axis that has none gets a letter that nothing else has."""
        plain = [size for size in sizes if _is_name(size) and size not in self.scalars]
        self.sizes = {size: size for size in plain}
        letters = (f"{letter}{k or ''}" for k in count() for letter in _LETTERS)
        spare = (word for word in letters if word not in plain and word not in tensors and word not in _TAKEN)
        for size in sizes:
            if size not in self.sizes:
                self.sizes[size] = next(spare)


def _own_axes(program: Program) -> dict[str, tuple[str, int]]:
    """The sizes that only abstract tensors have, or that are computed, each with the first axis of a definition that has it."""
    given = {*program.given_sizes, *(size for size, _ in program.sizes)}
    computed = {found.size for found in program.computed}
    found: dict[str, tuple[str, int]] = {}
    for tensor in (d.tensor for d in program.definitions if own_sizes(d) or any(e.size in computed for e in d.tensor.shape)):
        for axis, extent in enumerate(tensor.shape):
            if extent.size and extent.size not in given:
                found.setdefault(extent.size, (tensor.name, axis))
    return found


def _sizes(program: Program) -> Iterable[str]:
    """The sizes in the order in which a reader meets them."""
    for extent in (extent for tensor in program.inputs for extent in tensor.shape):
        yield from extent.sizes
    for definition in program.definitions:
        for node in (definition, *walk(definition.body)):
            found = node.indices if isinstance(node, Definition) else (node,) if isinstance(node, Size) else bound_indices(node)
            yield from (size for item in found for size in item.extent.sizes)


def _is_name(name: str) -> bool:
    """Whether the language takes a name for a tensor."""
    word, _, superscripts = name_parts(name)
    fit = word.isidentifier() and "·" not in word and word not in _TAKEN and normalize("NFKC", name) == name
    return fit and (not superscripts or re.fullmatch(r"\{-?\d+(,-?\d+)*\}", superscripts) is not None)


def _spare(word: str, used: set[str]) -> str:
    candidates = (word if k == 0 else f"{word}_{k}" for k in count())
    return next(c for c in candidates if c not in used and c not in _TAKEN)


def index_names(free: Iterable[Index], body: Node, words: Words) -> dict[Index, str]:
    """A name for each index of a definition: lowercase where it is free, capital where it is bound, its own where that goes.

    Indices of which one is in the scope of the other have different names; so have an index and what a bare name may mean.
    """
    outside = list(dict.fromkeys(free))
    apart = _apart(body, outside)
    hidden = _hidden(body, words)
    every = list(dict.fromkeys((*outside, *(node for node in walk(body) if isinstance(node, Index)), *apart)))
    wanted = {index: _word(index.name, index in outside) for index in every}
    chosen: dict[Index, str] = {}
    for index in every:
        taken = {chosen[other] for other in apart.get(index, ()) if other in chosen} | hidden
        chosen[index] = next(word for word in _wishes(wanted[index], set(wanted.values())) if word not in taken)
    return chosen


def _word(name: str, is_free: bool) -> str:
    """What an index would be called: a lowercase word where it is free, a capital one where it is bound."""
    found = _INDEX.search(name)
    word = found[0] if found else "i"
    return (word[0].lower() if is_free else word[0].upper()) + word[1:]


def _wishes(word: str, wanted: Collection[str]) -> Iterable[str]:
    """The word; instead of a capital letter the next ones that no other index wants; the word with a number."""
    stem = word.rstrip("0123456789") or word
    place = ascii_uppercase.find(stem) if len(stem) == 1 else -1
    letters = ascii_uppercase[place:] + ascii_uppercase[:place] if place >= 0 else ""
    return chain([word], (letter for letter in letters if letter not in wanted), (f"{stem}{k}" for k in count(1)))


def _apart(body: Node, outside: list[Index]) -> dict[Index, dict[Index, None]]:
    """For each index those that it must not be confused with: all that are in scope where it is introduced, or inside."""
    apart: dict[Index, dict[Index, None]] = {index: {o: None for o in outside if o is not index} for index in outside}
    scopes: dict[Node, dict[Index, None]] = {body: dict.fromkeys(outside)}
    for node in reversed(list(fold(body, lambda node, _: None))):
        scope = scopes[node]
        if own := bound_indices(node):
            for index in own:
                others = {o: None for o in (*scope, *own) if o is not index}
                apart.setdefault(index, {}).update(others)
                for other in others:
                    apart.setdefault(other, {}).setdefault(index)
            scope = {**scope, **dict.fromkeys(own)}
        for child in node.children:
            scopes.setdefault(child, {}).update(scope)
    return apart


def _hidden(body: Node, words: Words) -> set[str]:
    """What a bare name in the definition may mean beside an index."""
    bare = {node.tensor.name for node in walk(body) if isinstance(node, Access) and not node.subscripts}
    if any(_is_position(node) for node in walk(body)):
        bare |= words.scalars | set(words.sizes.values())
    return {words.tensors[name].name if name in words.tensors else name for name in bare}


def _is_position(node: Node) -> bool:
    """Whether a child of the node is an index that does not stand as a subscript."""
    return not isinstance(node, Access | Delta | Target) and any(isinstance(child, Index) for child in node.children)


def ambiguous_sizes(names: Mapping[Index, str], words: Words) -> set[str]:
    """The sizes that a bare name cannot mean in a definition: an index has the name too."""
    return {size for size, word in words.sizes.items() if word in names.values()}
