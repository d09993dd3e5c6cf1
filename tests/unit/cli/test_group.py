"""The group: its table, its speed by what it imports, exit codes, streams, colours, broken pipes."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click
import pytest

from einlang import __version__
from einlang.cli import group
from einlang.cli.group import COMMANDS
from einlang.errors import BuildError, InternalError

BAD = "s = exp(v[I])\n"
BROKEN = """
import sys
from einlang.cli import group
group.COMMANDS["check"] = group.Row("none:none", "")
sys.argv[1:] = ["check"]
group.main()
"""
"""A command line with a defect."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_row_says_what_its_command_says(name: str) -> None:
    module, function = COMMANDS[name].function.split(":")
    command = getattr(import_module(f"einlang.cli.{module}"), function)
    assert isinstance(command, click.Command) and command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, call) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0 and result.stdout.startswith(f"Usage: einlang {name} ")


def test_help_lists_the_commands_and_imports_nothing_slow(launch) -> None:
    result = launch("--help", environment={"PYTHONPROFILEIMPORTTIME": "1"})
    assert result.returncode == 0
    assert all(name in result.stdout.decode() for name in COMMANDS)
    imported = {line.rpartition(b"|")[2].strip().decode() for line in result.stderr.splitlines()}
    assert "einlang.cli.group" in imported
    assert not imported & {"numpy", "lark", "cffi", "_cffi_backend", "einlang.driver", "einlang.program", "einlang.call.numpy"}
    assert len(imported) < 250


def test_running_from_the_cache_imports_no_compiler(launch, layer) -> None:
    command = ("run", "layer.ein", "--data", "in.npz")
    first = launch(*command)
    second = launch(*command, environment={"PYTHONPROFILEIMPORTTIME": "1"})
    assert first.returncode == 0 and second.stdout == first.stdout
    imported = {line.rpartition(b"|")[2].strip().decode() for line in second.stderr.splitlines()}
    assert "einlang.program" in imported and not imported & {"lark", "cffi", "einlang.driver", "einlang.sema", "subprocess"}


def test_version(call) -> None:
    assert call("--version").stdout == f"einlang {__version__}\n"


def test_an_unknown_command_is_a_wrong_command(call) -> None:
    result = call("chek")
    assert result.exit_code == 2 and "No such command 'chek'" in result.stderr and not result.stdout


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (FileNotFoundError(2, "No such file or directory", "a.ein"), 2, "error: a.ein: No such file or directory\n"),
        (BuildError(["cc", "x.c"], "x.c:1: oh no", "x.c"), 3, "oh no"),
        (InternalError("plan", "it broke", "a dump"), 1, "internal error in plan: it broke"),
        (ZeroDivisionError("by zero"), 1, "internal error: ZeroDivisionError: by zero"),
        (MemoryError(), 1, "error: there is not enough memory for this\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_are_messages_and_exit_codes(error: BaseException, code: int, text: str, call, monkeypatch) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(group.Commands, "resolve_command", fail)
    result = call("anything")
    assert result.exit_code == code and text in result.stderr and bool(text) == bool(result.stderr)
    assert ("please report it" in result.stderr) == ("internal error" in text)
    assert "Traceback" not in result.stderr and not result.stdout


def test_in_json_every_line_of_stderr_is_an_object(call, tmp_path: Path) -> None:
    Path("bad.ein").write_text(BAD + "t = exp(w[I])\n")
    found = call("check", "bad.ein", "--error-format", "json").stderr.splitlines()
    assert [json.loads(line)["start"]["line"] for line in found] == [1, 2]
    (error,) = call("check", "none.ein", "--error-format", "json").stderr.splitlines()
    assert json.loads(error) == {"id": None, "severity": "error", "message": "none.ein: No such file or directory", "help": ""}


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colour_follows_the_environment_where_there_is_no_terminal(environment, coloured: bool, launch) -> None:
    result = launch("check", "-e", BAD, environment=environment)
    assert result.returncode == 1 and not result.stdout
    assert (b"\x1b[1;31merror" in result.stderr) == coloured


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_follows_the_terminal(environment, coloured: bool, launch) -> None:
    ours, theirs = os.openpty()
    launch("check", "-e", BAD, environment=environment, capture_output=False, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"index-not-summed" in shown and (b"\x1b[" in shown) == coloured


def test_a_terminal_that_cannot_show_a_letter_gets_an_escape(launch) -> None:
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    result = launch("check", "-e", "σ = exp(β[I])", environment=latin)
    assert result.returncode == 1 and b"\\u03b2[I]" in result.stderr and b"Traceback" not in result.stderr
    result = launch("show", "-e", "y = β[I]", "--stage", "sums", environment=latin)
    assert result.returncode == 0 and b"\\u03b2[I]" in result.stdout


def test_a_reader_that_goes_away_is_no_error(launch) -> None:
    read, write = os.pipe()
    os.close(read)
    result = launch("explain", capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert result.returncode != 0 and result.stderr == b""


def test_an_interrupt_is_quiet(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ein"
    os.mkfifo(pipe)
    environment = {**os.environ, "PYTHONPATH": str(Path(group.__file__).parents[2])}
    command = [sys.executable, "-m", "einlang", "check", str(pipe)]
    reading = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Opening the pipe waits until the command opens it too: from then on an interrupt is the command's own.
    # One that comes between two instructions, just before the read, is seen when the next one ends the read.
    with pipe.open("wb"):
        for _ in range(60):
            reading.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                reading.wait(timeout=1)
                break
    _, stderr = reading.communicate(timeout=60)
    assert reading.returncode == 130 and stderr == b""


def test_tracebacks_are_for_developers(launch) -> None:
    for flags, shown in ((), False), (("-X", "dev"), True):
        root = str(Path(group.__file__).parents[2])
        result = subprocess.run(
            [sys.executable, *flags, "-W", "ignore", "-c", BROKEN],
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            check=False,
        )
        assert result.returncode == 1 and (b"Traceback" in result.stderr) == shown
        assert re.search(rb"No module named 'einlang\.cli\.none'", result.stderr)
