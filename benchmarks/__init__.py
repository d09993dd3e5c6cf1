"""Einlang beside its peers: in go names of classes of problems, out comes a table of times and ratios, and JSON.

Everything runs in one process, interleaved, on the same arrays; the peers' results are compared with Einlang's first. Peers
that are not installed are left out, and the table says so.
"""
