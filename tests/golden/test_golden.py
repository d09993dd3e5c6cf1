"""Golden files: each case is a Markdown file with a section a stage; those present are compared, or rewritten if asked."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from einlang import loops
from einlang.calculus import differentiate
from einlang.codegen import ein, latex, numpy
from einlang.codegen.c import emit as emit_c
from einlang.diagnostics import Report
from einlang.diagnostics.render import render_all
from einlang.driver import Stages
from einlang.dtypes import FLOAT32
from einlang.ir.program import Program
from einlang.ir.text import text
from einlang.ir.verify import verify
from einlang.plan import Plan, plan
from einlang.plan import text as plan_text
from einlang.runtime.recipe import Recipe
from einlang.sema import analyse, explicit_sums
from einlang.source import Source
from einlang.syntax.dump import dump
from einlang.syntax.format import format_file
from einlang.syntax.nodes import File
from einlang.syntax.parser import parse

OTHERS = ("derive", "derivatives")
"""Folders of cases that other tests read."""
CASES = sorted(path for path in Path(__file__).parent.glob("*/*.md") if path.parent.name not in OTHERS)
SECTION = re.compile(r"^## (?P<stage>[A-Z]+)\n\n```(?P<language>\w*)\n(?P<text>.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def read(source: str, report: Report) -> list[File]:
    return parse(Source("case.ein", source), report, lambda path, span: None)


def diagnostics(source: str) -> str:
    report = Report()
    files = read(source, report)
    if not report.has_errors:
        analyse(files, report, name="case")
    return f"{render_all(report.diagnostics)}\n" if report.diagnostics else ""


def claims(source: str) -> str:
    stages = Stages(Recipe("case", "case.ein", source))
    assert stages.claims
    return f"{render_all(stages.report.diagnostics)}\n"


def syntax(source: str) -> str:
    return "".join(f"{dump(file)}\n" for file in read(source, Report()))


def formatted(source: str) -> str:
    return format_file(read(source, Report())[0])


def sums(source: str) -> str:
    return format_file(explicit_sums(read(source, Report()), Report()))


def ir(source: str) -> str:
    program = analyse(read(source, Report()), Report(), name="case")
    assert program is not None
    verify(program, "sema")
    return text(program)


def planned(source: str) -> Plan:
    program = analyse(read(source, Report()), Report(), name="case")
    assert program is not None
    return plan(differentiate(program))


def c(source: str) -> str:
    """The C of the program in float32, without what it takes from `csrc`."""
    whole = emit_c(loops.lower(planned(source)), FLOAT32)
    return whole[whole.rindex("\n\n", 0, whole.index("EIN_KERNEL void")) + 2 :]


def analysed(source: str) -> Program:
    program = analyse(read(source, Report()), Report(), name="case")
    assert program is not None
    return program


STAGES: dict[str, Callable[[str], str]] = {
    "AST": syntax,
    "FORMAT": formatted,
    "SUMS": sums,
    "IR": ir,
    "PLAN": lambda source: plan_text(planned(source)),
    "LOOPS": lambda source: loops.text(loops.lower(planned(source))),
    "C": c,
    "NUMPY": lambda source: numpy.emit(analysed(source)),
    "EIN": lambda source: ein.emit(analysed(source)),
    "LATEX": lambda source: latex.emit(analysed(source)),
    "DIAGNOSTICS": diagnostics,
    "CLAIMS": claims,
}


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_case_is_what_its_file_says(case: Path, request: pytest.FixtureRequest) -> None:
    written = case.read_text()
    sections = {match["stage"]: match["text"] for match in SECTION.finditer(written)}
    source = sections.pop("SOURCE")
    assert sections
    assert "DIAGNOSTICS" in sections or not diagnostics(source)
    made = {stage: STAGES[stage](source) for stage in sections}
    if request.config.getoption("--update-golden"):
        case.write_text(SECTION.sub(lambda match: with_text(match, made.get(match["stage"], source)), written))
    else:
        assert sections == made


def with_text(match: re.Match[str], made: str) -> str:
    return f"## {match['stage']}\n\n```{match['language']}\n{made}```"
