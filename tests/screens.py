"""Programs on a pseudo-terminal whose screen can be read as a person reads it, and that do what a test has them do."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from tests.command_line import Terminal, environment, until

__all__ = ["Program", "Screen"]

#: obeys lines of Python from a pipe, whose name is the first argument, while the rest of the program runs
OBEY = """
import sys, threading
def obey():
    with open(sys.argv[1]) as orders:
        for order in orders:
            exec(order, globals())
threading.Thread(target=obey, daemon=True).start()
"""


class Orders:
    """A pipe by which a program gets lines of Python."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders"
        os.mkfifo(self.path)
        self._pipe = os.open(self.path, os.O_RDWR)

    def give(self, *lines: str) -> None:
        os.write(self._pipe, "".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        os.close(self._pipe)


class Screen(Terminal):
    """A program on a terminal of a given size."""

    def __init__(self, folder: Path, command: Sequence[str], size: tuple[int, int] = (80, 12), **env: str) -> None:
        self._emulator = pyte.Screen(*size)
        self._stream = pyte.Stream(self._emulator)
        self._fed = 0
        plain = {name: value for name, value in environment().items() if name not in ("COLORFGBG", "COLORTERM")}
        # It has its size before the program starts.
        super().__init__(folder, ["/bin/sh", "-c", f'stty cols {size[0]} rows {size[1]}; exec "$@"', "sh", *command], plain | env)

    def lines(self) -> list[str]:
        """The screen, without what is empty below, and with all times as 0:00."""
        self._look()
        self._stream.feed(self.screen[self._fed :])
        self._fed = len(self.screen)
        text = "\n".join(line.rstrip() for line in self._emulator.display).rstrip("\n")
        return re.sub(r"\d+:\d\d\b", "0:00", text).split("\n")

    def colors(self, line: int) -> set[str]:
        """The colours of what is written on a line."""
        self.lines()
        return {char.fg for char in self._emulator.buffer[line].values() if char.data.strip()}

    def comes_to(self, *lines: str) -> None:
        """Wait until the screen shows just this."""
        seen: list[str] = []

        def is_there() -> bool:
            seen[:] = self.lines()
            return seen == list(lines)

        _until(is_there, lambda: "\n".join(seen))

    def comes_to_show(self, text: str) -> list[str]:
        """Wait until there is a text on the screen; the screen then."""
        _until(lambda: text in "\n".join(self.lines()), lambda: "\n".join(self.lines()))
        return self.lines()

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a person does with the mouse; the program gets a SIGWINCH."""
        self.lines()
        self._emulator.resize(rows, columns)
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _until(condition: Callable[[], bool], seen: Callable[[], str]) -> None:
    try:
        until(condition)
    except AssertionError:
        raise AssertionError(f"it did not come to that:\n{seen()}") from None


class Program:
    """Starts a program that obeys orders, and ends it with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders = Orders(folder)
        self._screens: list[Screen] = []

    def command(self, code: str) -> list[str]:
        path = self.folder / "program.py"
        path.write_text(OBEY + code)
        return [sys.executable, str(path), str(self.orders.path)]

    def on_screen(self, code: str, size: tuple[int, int] = (80, 12), **env: str) -> Screen:
        return self.run_on_screen(self.command(code), size, **env)

    def run_on_screen(self, command: Sequence[str], size: tuple[int, int] = (80, 12), **env: str) -> Screen:
        screen = Screen(self.folder, command, size, **env)
        self._screens.append(screen)
        return screen

    def give(self, *lines: str) -> None:
        self.orders.give(*lines)

    def close(self) -> None:
        for screen in self._screens:
            screen.close()
        self.orders.close()
