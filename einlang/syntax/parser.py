"""In goes a source text, out come the syntax trees of it and of the files it uses; errors go to the report, one a statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from einlang.diagnostics import Report
from einlang.source import Source, Span
from einlang.syntax import expected, files, grammar, roles, scanner
from einlang.syntax.layout import Layout, Statement
from einlang.syntax.lexicon import CLOSING, OPENING
from einlang.syntax.nodes import File, Item
from einlang.syntax.place import Place
from einlang.syntax.token import STRAY, ReadingError, Token, mistake

NESTING_LIMIT = 100
ERROR_LIMIT = 100


def parse(source: Source, report: Report, load: files.Load) -> list[File]:
    """The main file, then the files that it uses. What cannot be read is reported and left out; nothing is raised for it."""
    missing: list[str] = []

    def noting(name: str, span: Span) -> Source | None:
        found = load(name, span)
        if found is None and report.has_errors:
            missing.append("use")
        return found

    sources = files.gather(Source(source.name, source.text.removeprefix("\ufeff")), noting)
    functions = files.functions(sources)
    read = [_file(file, functions, report) for file in sources]
    read[0] = replace(read[0], unread=(*read[0].unread, *missing))
    if not (read[0].items or report.has_errors):
        report.add("empty-file", read[0].span, f"{source.name} declares and defines nothing")
    return read


def parse_beside(source: Source, read: Sequence[File], report: Report) -> File:
    """A text that stands beside files that are read already: it may call their functions."""
    return _file(source, files.functions([file.span.source for file in read]), report)


def _file(source: Source, functions: Collection[str], report: Report) -> File:
    layout = Layout(source)
    items: list[Item] = []
    unread: list[str] = []
    errors, start = 0, layout.start
    while start < len(source.text) and errors < ERROR_LIMIT:
        statement = Statement(layout, start)
        try:
            items.append(_item(statement, functions))
        except ReadingError as error:
            errors += 1
            error.tell(report)
            unread.extend(_names(source, start))
        start = statement.next()
    if start < len(source.text):
        report.add("too-many-errors", Span(source, start, start), f"{errors} errors: {source.name} is not read any further")
    return File(tuple(items), Span(source, 0, len(source.text)), tuple(unread))


def _item(statement: Statement, functions: Collection[str]) -> Item:
    """The item that a statement says. Raises ReadingError."""
    from lark import UnexpectedToken

    parser = grammar.statement_parser()
    read: list[Token] = []
    item: Item
    for token in roles.assign(statement, functions):
        try:
            item = parser.feed_token(token)  # type: ignore[arg-type]
        except UnexpectedToken:
            raise expected.error(Place(read, token, grammar.accepted_after(read))) from None
        read.append(token)
        _limit_nesting(parser.parser_state.value_stack, token)
    return item


_LEVELS = {"LPAR", "LSQB", "LBRACE", "WRITTEN", "RAISED", "NOT", "ELSE"}


def _limit_nesting(stack: Sequence[object], token: Token) -> None:
    """Refuse what is nested too deeply, by what is begun and not ended; a `-` without an operand before it is a sign."""
    if len(stack) <= NESTING_LIMIT:
        return
    begun = [part.type if isinstance(part, Token) else "" for part in stack]
    signs = sum(part == "MINUS" and before != "" for before, part in pairwise(("EQUAL", *begun)))
    if signs + sum(part in _LEVELS for part in begun) > NESTING_LIMIT:
        raise mistake(
            "nested-too-deeply",
            token.span,
            f"this is nested in more than {NESTING_LIMIT} levels of brackets, signs, powers or conditions",
            label="one level too many",
            help="define a part of it by a name of its own",
        )


def _names(source: Source, start: int) -> Iterator[str]:
    """The names that the line may have meant to declare or define: those outside brackets, up to an `=` or `<-`; and `use`."""
    depth = 0
    for token in islice(scanner.tokens(source, start), 1000):
        if token.type in ("EQUAL", "ARROW", scanner.NEWLINE, STRAY):
            return
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if token.type in ("NAME", "USE") and depth == 0:
            yield token.text
