"""From an optimised program to kernels: which form each definition takes, and what is kept where."""

from einlang.plan.kernel import Plan
from einlang.plan.planner import plan

__all__ = ["Plan", "plan"]
