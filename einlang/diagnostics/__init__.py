"""What the compiler has to say: records, their catalogue, their rendering."""

from einlang.diagnostics.diagnostic import Diagnostic, Label, Report

__all__ = ["Diagnostic", "Label", "Report"]
