"""Random programs: every derivative in them is what steps of its variables give, also in uses of it, and modulo primes."""

from hypothesis import given
from property.pieces import Sample
from property.programs import programs

from einlang.driver import Stages
from einlang.runtime.recipe import Recipe


@given(programs(stop=True))
def test_derivatives_of_random_programs_are_what_steps_give(sample: Sample) -> None:
    found = Stages(Recipe("case", "case.ein", sample.source)).check_derivatives()
    assert found, f"{sample.source}\n{found}"
