"""The classes of problems by name, in the order in which they are measured."""

from benchmarks.classes import calls, contractions, elementwise, hessians, networks, products, reductions, transposes, vectors
from benchmarks.problem import Class

CLASSES: dict[str, Class] = {
    found.name: found
    for module in (products, contractions, transposes, vectors, elementwise, reductions, networks, hessians, calls)
    for found in module.CLASSES
}
