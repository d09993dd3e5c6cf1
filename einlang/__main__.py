"""`python -m einlang`: the command line."""

from einlang.cli import main

main()
