"""Claims put to the test: equalities that programs state, and derivatives."""

from einlang.claims.diagnose import tell
from einlang.claims.judge import judge
from einlang.claims.judgement import Judgement
from einlang.claims.lines import check as check_lines
from einlang.claims.stated import claiming

__all__ = ["Judgement", "check_lines", "claiming", "judge", "tell"]
