"""Runs one private server for as long as the test run lives: that run holds the other end of our standard input.

Started as a program of its own, so that nothing is left behind even where the test run is killed. It reads one line
of JSON (a `private.Order`), answers with one line (`{"ready": true}` or `{"error": "..."}`), then waits for the end
of its input, kills the server and removes its folder.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

START_SECONDS = 60.0


def main() -> int:
    order = json.loads(sys.stdin.readline())
    folder = Path(order["folder"])
    server: subprocess.Popen[bytes] | None = None
    try:
        prepare(order, folder)
        server = start(order, folder)
        wait_until_ready(order, folder, server)
        answer({"ready": True})
        sys.stdin.read()
    except Exception as error:  # whatever it is, the test run must be told, and nothing must be left
        answer({"error": f"{error}{last_words(folder)}"})
    finally:
        if server is not None:
            end(server, order["end_signal"])
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def answer(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def as_user(order: dict[str, Any]) -> dict[str, Any]:
    """What `subprocess` needs to become the server's user; nothing where we are not root."""
    if order["user"] is None:
        return {}
    import pwd

    entry = pwd.getpwnam(order["user"])
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def prepare(order: dict[str, Any], folder: Path) -> None:
    identity = as_user(order)
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    with (folder / "log").open("ab") as log:
        for command in order["setup"]:
            done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, **identity)
            if done.returncode:
                raise RuntimeError(f"{command[0]} ended with {done.returncode}")


def start(order: dict[str, Any], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            order["serve"], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_user(order)
        )


def wait_until_ready(order: dict[str, Any], folder: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{order['serve'][0]} ended with {server.returncode}")
        if READY[order["ready"]](Path(order["socket"]), folder):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{order['serve'][0]} did not answer in {START_SECONDS:.0f} s")


def postmaster_says_ready(_socket: Path, folder: Path) -> bool:
    # The 8th line of postmaster.pid is the state that pg_ctl waits for.
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def socket_greets(path: Path, _folder: Path) -> bool:
    # A MySQL server speaks first, and only when it takes connections.
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(5)
        try:
            caller.connect(str(path))
            return bool(caller.recv(1))
        except OSError:
            return False


READY = {"postmaster": postmaster_says_ready, "greeting": socket_greets}


def last_words(folder: Path) -> str:
    try:
        return "; its log ends: " + " | ".join((folder / "log").read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return ""


def end(server: subprocess.Popen[bytes], end_signal: str) -> None:
    if server.poll() is None:
        server.send_signal(getattr(signal, end_signal))
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    raise SystemExit(main())
