"""fmt: which files change, what is printed, exit codes; and that nothing is lost."""

import os
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534
UGLY, PRETTY = "y=x[ 0 ]# first\n", "y = x[0]  # first\n"


def test_a_file_is_formatted_once_and_named(call) -> None:
    Path("a.ein").write_text(UGLY)
    result = call("fmt", "a.ein")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "formatted a.ein\n", "")
    assert Path("a.ein").read_text() == PRETTY
    result = call("fmt", "a.ein")
    assert (result.exit_code, result.output) == (0, "")


def test_a_formatted_file_is_not_written_again(call) -> None:
    Path("a.ein").write_text(PRETTY)
    before = Path("a.ein").stat()
    assert call("fmt", "a.ein").exit_code == 0
    after = Path("a.ein").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_check_changes_nothing_and_names_what_would_change(call) -> None:
    Path("a.ein").write_text(UGLY)
    Path("b.ein").write_text(PRETTY)
    result = call("fmt", "--check", "a.ein", "b.ein")
    assert (result.exit_code, result.stdout) == (1, "a.ein would be formatted\n")
    assert Path("a.ein").read_text() == UGLY
    assert call("fmt", "--check", "b.ein").exit_code == 0


def test_standard_input_goes_to_standard_output(call) -> None:
    result = call("fmt", "-", input=UGLY)
    assert (result.exit_code, result.stdout) == (0, PRETTY)
    result = call("fmt", "--check", "-", input=UGLY)
    assert (result.exit_code, result.stdout) == (1, "<stdin> would be formatted\n")


def test_spellings(call) -> None:
    text = "G = ∂L/∂w\nL = w · 2\n"
    assert call("fmt", "-", input=text).stdout == text
    assert call("fmt", "--ascii", "-", input=text).stdout == "G = @L/@w\nL = w * 2\n"
    assert call("fmt", "--unicode", "-", input="G = @L/@w\nL = w * 2\n").stdout == text


def test_a_file_with_errors_stays_as_it_is_and_keeps_no_other_from_being_formatted(call) -> None:
    wrong = b"y=x[ 0\nz   = 1 # lost?\n"
    Path("wrong.ein").write_bytes(wrong)
    Path("a.ein").write_text(UGLY)
    result = call("fmt", "wrong.ein", "a.ein")
    assert (result.exit_code, result.stdout) == (1, "formatted a.ein\n")
    assert "error[unclosed-bracket]" in result.stderr and "wrong.ein:1:4" in result.stderr
    assert Path("wrong.ein").read_bytes() == wrong


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"y = x\x00[0]\n"])
def test_what_is_no_program_stays_as_it_is(call, data) -> None:
    Path("a.ein").write_bytes(data)
    assert call("fmt", "a.ein").exit_code == 1
    assert Path("a.ein").read_bytes() == data


def test_a_missing_file_is_said_and_keeps_no_other_from_being_formatted(call) -> None:
    Path("a.ein").write_text(UGLY)
    result = call("fmt", "none.ein", "a.ein")
    assert result.exit_code == 2 and result.stderr == "error: none.ein: No such file or directory\n"
    assert Path("a.ein").read_text() == PRETTY
    assert call("fmt").exit_code == 2


def test_used_files_are_read_for_their_functions_and_not_touched(call) -> None:
    Path("functions.ein").write_text("fn  twice(x)=2 x\n")
    Path("a.ein").write_text('use   "functions.ein"\ny=twice (x)\n')
    assert call("fmt", "a.ein").exit_code == 0
    assert Path("a.ein").read_text() == 'use "functions.ein"\ny = twice(x)\n'
    assert Path("functions.ein").read_text() == "fn  twice(x)=2 x\n"


def test_permissions_and_links_stay_and_nothing_is_left_beside(call) -> None:
    Path("a.ein").write_text(UGLY)
    Path("a.ein").chmod(0o640)
    Path("link.ein").symlink_to("a.ein")
    assert call("fmt", "link.ein").exit_code == 0
    assert Path("link.ein").is_symlink() and Path("a.ein").read_text() == PRETTY
    assert Path("a.ein").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path().iterdir() if path.name != "cache") == ["a.ein", "link.ein"]


def test_a_file_that_may_not_be_written_is_not_replaced(call) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        ugly, pretty = Path(folder, "a.ein"), Path(folder, "b.ein")
        ugly.write_text(UGLY)
        pretty.write_text(PRETTY)
        assert call("fmt", str(pretty)).exit_code == 0
        ugly.chmod(0o444)
        assert exit_code_without_rights(lambda: call("fmt", str(ugly)).exit_code) == 2
        assert ugly.read_text() == UGLY


def exit_code_without_rights(run) -> int:
    """What `run` gives in a child process that is not root. All that it imports is imported already."""
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os._exit(run())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
