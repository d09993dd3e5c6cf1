"""What computes a program: in goes a signature and what makes kernels, out come checked calls, in C or on NumPy."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from einlang.call import Outputs, RefusedError, Signature
from einlang.codegen.module.entry import entry_name, kernel_name
from einlang.codegen.module.fastcall import fast_call
from einlang.codegen.names import spell
from einlang.dtypes import FLOATS
from einlang.errors import EinlangError
from einlang.runtime.arguments import Caller, Prepared
from einlang.runtime.extension import Extension
from einlang.runtime.fallback import OnNumpy
from einlang.runtime.native import Native, Space, failure
from einlang.runtime.toolchain import find_compiler, without_compiler

SPACE = Space()
"""The workspace of each thread, for all programs."""


class _Lock:
    """Lets one thread at a time make kernels; a process that forked off starts with a free one."""

    lock = threading.RLock()

    @classmethod
    def renew(cls) -> None:
        cls.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Lock.renew)


class _Warned:
    """Whether this process has said that there is no compiler."""

    done = False


class Engine:
    """A program that can be called, with the backend, the float type and the number of threads that it is fixed to.

    `extension` gives the library that has the kernel of a float type; `text` gives the NumPy text of the program (`numpy`) and of
    the function that gives the sides of its assumptions (`assumptions`); `outside` gives that of the function that says for which
    positions its n-th refusal refuses a call. Each is asked when it is needed.
    """

    def __init__(
        self,
        signature: Signature,
        backend: str,
        dtype: str | None,
        extension: Callable[[str], Extension],
        text: Callable[[str], str],
        threads: int | None = None,
        outside: Callable[[int], str] | None = None,
    ) -> None:
        self.threads = threads or 0
        self.signature, self.backend, self.extension, self.text = signature, backend, extension, text
        self.natives: dict[str, Native] = {}
        self.fallback: OnNumpy | None = None
        self.outside = outside
        self.general = Caller(signature, self.run, dtype, self._sides, self._positions if outside else None)
        self.names: dict[str, Any] = {
            "general": self.general,
            "empty": np.empty,
            "Outputs": Outputs,
            **{name: np.dtype(name) for name in (*FLOATS, "int64")},
            **{f"kernel_{name}": None for name in FLOATS},
            "space": SPACE,
        }
        exec(compile(fast_call(signature, dtype), f"<call of {signature.name}>", "exec"), self.names)
        self.call: Callable[[Any, dict[str, Any]], Outputs] = self.names["call"]

    def run(self, dtype: str, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Compute on arrays that are checked. Raises CallError where a kernel refuses, BuildError where there can be none."""
        native = self.native(dtype)
        if native is not None:
            native.run(sizes, inputs, results)
        else:
            self._on_numpy().run(dtype, sizes, inputs, results)

    def native(self, dtype: str) -> Native | None:
        """The kernel of a float type, made if need be; None on NumPy. Raises BuildError."""
        if dtype not in self.natives and uses_c(self.backend):
            with _Lock.lock:
                if dtype not in self.natives:
                    kernel, entry = kernel_name(self.signature, dtype), entry_name(self.signature, dtype)
                    extension = self.extension(dtype)
                    self.natives[dtype] = native = Native(*extension, entry, kernel, SPACE, self.threads)
                    self.names[f"kernel_{dtype}"] = native.parts
        return self.natives.get(dtype)

    def bind(self, call: Prepared, result: Callable[[], Any]) -> Callable[[], Any]:
        """The computation on these very arrays, time after time, with what `result` gives."""
        native = self.native(call.dtype)
        if native is None:
            return self._bound(call, result, lambda: self.general.fill(call))
        entry = native.bound(call.sizes, call.inputs, call.results)

        def run() -> Any:
            if status := entry():
                error = failure(status)
                raise self.general.refused(error, call) if isinstance(error, RefusedError) else error
            return result()

        return self._bound(call, result, run) if call.before or call.after else run

    def _bound(self, call: Prepared, result: Callable[[], Any], run: Callable[[], Any]) -> Callable[[], Any]:
        """The computation with the copies that it needs before and after."""

        def copying() -> Any:
            for copy, argument in call.before:
                copy[...] = argument
            run()
            for target, computed in call.after:
                target[...] = computed
            return result()

        return copying

    def _on_numpy(self) -> OnNumpy:
        if self.fallback is None:
            self.fallback = OnNumpy(self.signature, function_of(self.text("numpy"), self.signature.name))
        return self.fallback

    def _sides(self, dtype: str, sizes: Sequence[int], inputs: Sequence[Any]) -> Sequence[Any]:
        text = self.text("assumptions")
        return OnNumpy(self.signature, function_of(text, "assumptions")).values(dtype, sizes, inputs) if text else ()

    def _positions(self, number: int, call: Prepared) -> Sequence[Any]:
        """The largest and the least position for which a refusal refuses a call; nothing where that cannot be found out."""
        assert self.outside is not None
        try:
            function = function_of(self.outside(number), "outside")
            return OnNumpy(self.signature, function).values(call.dtype, call.sizes, call.inputs)
        except (EinlangError, MemoryError):
            return ()


def function_of(text: str, name: str) -> Callable[..., Sequence[Any]]:
    """The function that a NumPy text defines."""
    names: dict[str, Any] = {}
    exec(compile(text, f"<{name} on NumPy>", "exec"), names)
    function: Callable[..., Sequence[Any]] = names[spell([name])[name]]
    return function


def uses_c(backend: str) -> bool:
    """Whether a backend means C here; where `auto` does not for want of a compiler, that is said once."""
    if backend != "auto":
        return backend == "c"
    if find_compiler() is not None:
        return True
    if not _Warned.done:
        _Warned.done = True
        warnings.warn(f"programs run on NumPy, which is slower: {without_compiler()}", RuntimeWarning, stacklevel=2)
    return False
