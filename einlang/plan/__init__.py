"""From an optimised program to kernels: which form each definition takes, and what is kept where."""

from einlang.plan.counts import Counts, kernel_counts, plan_counts, workspace
from einlang.plan.kernel import Plan
from einlang.plan.planner import plan
from einlang.plan.text import text

__all__ = ["Counts", "Plan", "kernel_counts", "plan", "plan_counts", "text", "workspace"]
