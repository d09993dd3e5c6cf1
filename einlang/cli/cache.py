"""`einlang cache`: where compiled kernels are kept, how many there are, and clearing them away."""

from __future__ import annotations

import click

from einlang.cli import console
from einlang.runtime import cache as store


@click.command()
@click.argument("action", required=False, type=click.Choice(["clear"]))
def cache(action: str | None) -> None:
    """Say where compiled kernels are kept, or clear them away.

    The folder is EINLANG_CACHE_DIR (`off` for none), else `einlang` in the folder for caches of your account.
    """
    found = store.clear() if action else store.listing()
    if found.root is None:
        console.result(
            "nothing is kept: EINLANG_CACHE_DIR is `off`" if store.is_off() else "nothing is kept: there is no home directory"
        )
    elif action:
        console.result(f"removed {contents(found)} from {found.root}")
    else:
        console.result(f"{found.root}\n{contents(found)}")


def contents(found: store.Listing) -> str:
    """`3 kernels, 1.2 MB`."""
    size, unit = float(found.bytes), "bytes"
    for larger in ("kB", "MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    amount = f"{size:.0f}" if unit == "bytes" else f"{size:.1f}"
    return f"{found.kernels} kernel{'' if found.kernels == 1 else 's'}, {amount} {unit}"
