"""Claims put to the test: equalities that programs state, and derivatives."""

from einlang.claims.derivatives import check_derivatives
from einlang.claims.diagnose import tell
from einlang.claims.judge import judge
from einlang.claims.judgement import Judgement
from einlang.claims.lines import check as check_lines
from einlang.claims.stated import claiming
from einlang.claims.table import Findings

__all__ = ["Findings", "Judgement", "check_derivatives", "check_lines", "claiming", "judge", "tell"]
