"""The text of a syntax tree: every node on a line of its own, deep ones included."""

from einlang.syntax.dump import dump
from einlang.tree import walk


def test_every_node_has_a_line_with_its_place(read) -> None:
    file, _ = read('use "a.ein"\ninput y[b] : int\nf[i : b] = g{1}[i]^-0.5')
    text = dump(file)
    assert len(text.splitlines()) == sum(1 for _ in walk(file))
    assert text.splitlines()[:3] == [
        "File @ 1:1-3:24",
        "  items: Use path='a.ein' @ 1:1-1:12",
        "  items: Declaration role='input' @ 2:1-2:17",
    ]
    assert "exponent: Negative @ 3:20-3:24" in text
    assert "operand: Number value=1/2 text='0.5' @ 3:21-3:24" in text


def test_a_deep_tree_is_dumped_without_recursion(read) -> None:
    file, wrong = read("y = " + "(" * 100 + "a" + ")" * 100)
    assert not wrong
    assert dump(file).count("Parenthesised") == 100
