"""The benchmarks themselves, without a clock: their programs, their tables, and how results are compared."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.classes import CLASSES, contractions, networks, reductions
from benchmarks.classes.products import LAYOUTS, matrix_product
from benchmarks.classes.transposes import transpose
from benchmarks.document import places, renewed
from benchmarks.measure import differences
from benchmarks.peak import Peak
from benchmarks.problem import Class, Goal, Problem, Row, mean_ratio, mean_share
from benchmarks.report import record, table
from benchmarks.rows import rows as measured

ROOT = Path(__file__).parents[2]


def test_classes_are_listed():
    listed = subprocess.run([sys.executable, "-m", "benchmarks", "--list"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.partition(":")[0] for line in listed.stdout.splitlines()] == list(CLASSES)


def test_unknown_class():
    asked = [sys.executable, "-m", "benchmarks", "nothing"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 2 and "there is no class nothing" in told.stderr


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_matrix_products_agree(layout, dtype):
    assert not differences(matrix_product((7, 5, 9), layout, dtype))


@pytest.mark.parametrize("formula", [*contractions.CHAINS, *(f.split()[-1] for f in contractions.FACTORISATIONS)])
def test_contractions_agree(formula):
    sizes = {letter: 2 + n % 3 for n, letter in enumerate(sorted({*formula} - {*",->"}))}
    assert not differences(contractions.einsum(formula, sizes, "float64"))


@pytest.mark.parametrize("axes", [(1, 0), (2, 0, 1), (0, 2, 1), (3, 1, 0, 2)])
def test_transposes_agree(axes):
    assert not differences(transpose([17, 3, 18, 5][: len(axes)], axes, "float32"))


@pytest.mark.parametrize("name", reductions.FORMS)
def test_reductions_agree(name):
    form = reductions.FORMS[name]
    arrays = {letter: np.random.default_rng(0).uniform(0.1, 1, shape[:1] + shape[1:]) for letter, shape in form.shapes.items()}
    small = {letter: array[tuple(slice(0, 6) for _ in array.shape)] for letter, array in arrays.items()}
    found = peers.einlang_run(form.text, small)()
    np.testing.assert_allclose(next(iter(found)), form.function(np, *small.values()), rtol=1e-12)


def test_network_agrees_with_numpy_by_hand():
    assert not differences(networks._network(5, (4, 3, 2)))


def test_results_that_differ_are_said():
    wrong = Problem("p", {"einlang": lambda: np.ones(3), "numpy": lambda: np.array([1, 1, 1.5])}, "float64")
    assert differences(wrong) == {"numpy": 0.5}


def test_yardsticks_are_timed_but_neither_compared_nor_in_ratios():
    problem = Problem("p", {"einlang": lambda: np.ones(3), "numpy": lambda: np.zeros(2)}, "float64", yardsticks=("numpy",))
    row = Row(problem, {"einlang": 1e-6, "numpy": 2e-6})
    assert differences(problem) == {} and row.ratio() is None
    assert "| p | 1 µs | 2 µs (yardstick) |  |" in table(Class("c", "Some class", lambda: iter(()), ()), [row])


def test_what_was_measured_elsewhere_is_not_run():
    found = Class("c", "Some class", lambda: iter([Problem("p", {}, "float64", known={"einlang": 0.5})]), ())
    (row,) = measured(found, Peak({"float64": 1.0}, 1.0, 1.0), 1)
    assert row.seconds == {"einlang": 0.5}


def rows() -> list[Row]:
    problem = Problem("p", {}, "float64")
    return [
        Row(problem, {"einlang": 1e-3, "numpy": 2e-3, "jax": 8e-3}, 0.5),
        Row(problem, {"einlang": 1e-3, "numpy": 8e-3}, 0.5, wrong={"numpy": 0.1}),
    ]


def test_goals():
    goals = (mean_ratio(4.5), mean_ratio(4.5, "jax"), mean_share(0.5, "peak"), mean_share(0.1, "bandwidth"))
    assert [goal.figure(rows()) for goal in goals] == pytest.approx([4.0, 8.0, 0.5, None])
    assert [goal.met(rows()) for goal in goals] == [False, True, True, None]


def test_table_and_record():
    goal = Goal("≤ 2 ms", lambda rows: rows[0].seconds["einlang"], 2e-3, least=False)
    found = Class("c", "Some class", lambda: iter(()), (goal, mean_share(0.1, "bandwidth")))
    text = table(found, rows())
    assert "| p | 1 ms | 2 ms | 8 ms | 2.00 | 50% |  |" in text
    assert "8 ms (differs)" in text
    assert "- ≤ 2 ms: 1 ms, met" in text
    assert "not measured" in text
    assert record(found, rows())["goals"][0] == {"goal": "≤ 2 ms", "figure": 1e-3, "met": True}


DOCUMENT = "# Figures\n\n<!-- a, 1 thread -->\nold\n<!-- end -->\n\nWhy.\n\n<!-- b, 2 threads -->\n<!-- end -->\n"


def test_tables_of_a_document_are_renewed():
    assert places(DOCUMENT) == ["a, 1 thread", "b, 2 threads"]
    assert renewed(DOCUMENT, "a, 1 thread", "new\n\nlines\n") == DOCUMENT.replace("old", "new\n\nlines")
    assert renewed(DOCUMENT, "b, 2 threads", "x").endswith("\n<!-- b, 2 threads -->\nx\n<!-- end -->\n")


def test_a_document_without_a_place(tmp_path):
    path = tmp_path / "figures.md"
    path.write_text(DOCUMENT)
    asked = [sys.executable, "-m", "benchmarks", "vectors", "--document", str(path)]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 2 and "has no lines `<!-- machine, 1 thread -->`" in told.stderr
