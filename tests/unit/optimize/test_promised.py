"""What a refusal promises: that all elements of an integer input are positions, only where it speaks of all."""

import pytest

from einlang.optimize.promised import promised

READS = {
    "r[i] = X[t[i]]": True,
    "r[i,j] = X[s[j,i]]": True,
    "r[i] = X[t[i]] if i > 0 else 0": False,
    "r = X[t[0]]": False,
    "r[i : 2] = X[t[i]]": False,
    "r[i] = X[s[i,i]]": False,
    "r[i] = X[s[i,0]]": False,
}


@pytest.mark.parametrize("line", READS)
def test_a_condition_goes_only_where_all_elements_are_asked_about(line: str, program_of) -> None:
    name = "s" if "s[" in line else "t"
    one = "s[a,b]" if name == "s" else "t[a]"
    left = one.removeprefix(name).removesuffix("]")
    chosen = f"c{left}] = (X[0] if {one} >= 0 else 1)"
    program = program_of(f"input X[n], t[m] : int, s[m, m] : int\n{line}\n{chosen}\noutput r, c")
    (refusal,) = program.refusals
    assert refusal.elements is None or refusal.elements.tensor.name == name
    assert (refusal.elements is not None and refusal.elements.are_all) is READS[line]
    before, after = (next(d for d in each.definitions if d.tensor.name == "c") for each in (program, promised(program)))
    assert (before.body is not after.body) is READS[line]
