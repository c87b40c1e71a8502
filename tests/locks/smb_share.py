"""A real SMB share whose server can end at any moment: Samba on loopback, mounted by smbnetfs, in its own name spaces.

    timeout 1h unshare -mnpu --fork --kill-child --mount-proc .venv/bin/python -m tests.locks.smb_share --cases

It takes Debian's samba, smbclient, smbnetfs, fuse and python3-samba, and the right to mount (root). It is no test that
CI runs: who looks at a share whose server has gone can be kept for minutes, and a hundred rounds take half an hour.

In each round a run starts on the share, the server is ended at a random moment, and comes back after the run or, each
other time, while it goes on. What there is then is looked at: every link that was given stands in some file, none
twice, no traceback, nobody's file replaced, and the heartbeat says how the run ended. Then the night after: the same
line again ends with 0, the copy beside the roster has every link, the one that was given, and nothing else is left in
the folder. Prints what it found; exit code 1 if anything was wrong. With --cases, what else a share can be is tried
once each, with the exit code it has to have: gone before the run, gone and back during it, read-only, full, filled up
during it, roster, report or copy held open by another client that shares nothing, and two machines that want the same
roster. --vanishing says how many rounds, --rows how long each roster is, --seed chooses the moments.
"""

# ruff: noqa: T201, S607 - a soak prints, and finds the programs where the system has them
from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from tests.cli.rosters import values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAMS = ("smbd", "smbnetfs", "smbclient", "fusermount", "unshare")
DEBIANS = "/usr/bin/python3"
"""The Python that Samba's own module is installed for."""
PORT = 445
KNOWN = ("r.xlsx", "notes.txt", "r-results.xlsx", "r-results-2.xlsx", "report.html", "beat.json")
"""What may be in a folder after a run that ended well; the second copy, if the run before found no way to the first."""
ALONE = 8
"""The exit code of a run that another one keeps from its roster."""
PATIENCE = 300.0
"""Seconds that a run may take."""
_SERVER = """[global]
interfaces = 127.0.0.1
bind interfaces only = yes
disable netbios = yes
smb ports = {port}
map to guest = Bad User
guest account = root
server role = standalone server
private dir = {folder}
lock directory = {folder}
state directory = {folder}
cache directory = {folder}
pid directory = {folder}
ncalrpc dir = {folder}/nc
log file = {folder}/log
load printers = no
printing = bsd
[share]
path = {share}
guest ok = yes
read only = {read_only}
force user = root
"""

_HOLD = """
import sys
from samba import credentials, param
from samba.samba3 import libsmb_samba_internal as smb, param as s3param
settings = s3param.get_context()
settings.load(sys.argv[1])
nobody = credentials.Credentials()
nobody.set_anonymous()
share = smb.Conn("127.0.0.1", "share", lp=settings, creds=nobody)
share.create(sys.argv[2], DesiredAccess=0x1, ShareAccess=0, CreateDisposition=1)
print("held", flush=True)
sys.stdin.read()
"""
"""Opens a file for reading and lets nobody else open it, as Excel does."""


def lacking() -> str:
    """Return why there can be no such share here, empty where there can."""
    if sys.platform != "linux":
        return "Samba and smbnetfs are Linux's"
    if not Path("/dev/fuse").exists() or os.geteuid() != 0:
        return "it takes /dev/fuse and the right to mount"
    asked = subprocess.run([DEBIANS, "-c", "import samba.samba3"], check=False, capture_output=True)
    missing = [f"{name} is not installed" for name in PROGRAMS if shutil.which(name) is None]
    return ", ".join([*missing, *(["python3-samba is not installed"] if asked.returncode else [])])


@dataclass
class Server:
    """The file server and its mount. Everything of it lies in `folder`; what it serves is `folder/share`."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def mounted(self) -> Path:
        """The share as the program sees it."""
        return self.folder / "mount/127.0.0.1/share"

    def start(self, *, read_only: bool = False) -> None:
        """Start the server, and waits until it answers."""
        settings = self.folder / "smbd.conf"
        for name in ("share", "smbd"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "share").chmod(0o777)
        folder, share = self.folder / "smbd", self.folder / "share"
        text = _SERVER.format(port=PORT, folder=folder, share=share, read_only="yes" if read_only else "no")
        settings.write_text(text, encoding="utf-8")
        command = ["smbd", "-F", "--no-process-group", "-s", str(settings)]
        self.process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(_answers)

    def mount(self) -> None:
        """Mounts the share, and waits until it can be looked at."""
        own = self.folder / "home/.smb"
        own.mkdir(parents=True)
        (self.folder / "mount").mkdir()
        for name, text in {
            "smb.conf": "[global]\nclient min protocol = SMB2\nname resolve order = host\n",
            "smbnetfs.conf": Path("/etc/smbnetfs.conf").read_text(encoding="utf-8"),
            "smbnetfs.auth": 'auth "guest" ""\n',
            "smbnetfs.host": "host 127.0.0.1 visible=true\n",
        }.items():
            (own / name).write_text(text, encoding="utf-8")
            (own / name).chmod(0o600)
        environment = {**os.environ, "HOME": str(self.folder / "home")}
        subprocess.run(["smbnetfs", str(self.folder / "mount")], env=environment, check=True)
        until(self.mounted.is_dir)

    def end(self) -> None:
        """End the server at once, its connections with it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def unmount(self) -> None:
        """Take the mount away."""
        subprocess.run(["fusermount", "-uz", str(self.folder / "mount")], check=False, capture_output=True)


def _answers() -> bool:
    with socket.create_connection(("127.0.0.1", PORT), timeout=1):
        return True


def until(done: Callable[[], bool]) -> None:
    """Wait until `done()` is true."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError):
            if done():
                return
        time.sleep(0.05)
    raise TimeoutError("the server of the test did not come up")


@dataclass
class Figures:
    """What was done and found."""

    rounds: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    links: int = 0
    lost: int = 0
    doubled: int = 0
    tracebacks: int = 0
    replaced: int = 0
    nights: int = 0
    whole: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Soak:
    """Rounds on one server."""

    server: Server
    rows: int
    chance: random.Random
    figures: Figures = field(default_factory=Figures)

    def round(self, number: int, *, vanishing: bool) -> None:
        """Run once on the share, end the server meanwhile, and look at what there is, then and after the next run."""
        here, state = self.prepared(number)
        people = {path: hashlib.sha256(path.read_bytes()).digest() for path in self.peoples(here)}
        process = self.run(number, state)
        back = False
        if vanishing:
            wanted = self.chance.randrange(self.rows + 5)  # beyond all rows: while the copy is saved, or just after
            self.wait_for(process, state, min(wanted, self.rows))
            time.sleep(self.chance.random() * 0.3)
            self.server.end()
            if back := self.chance.random() < 1 / 2:
                time.sleep(self.chance.random() * 3)
                self.server.start()
        err = process.communicate(timeout=PATIENCE)[1]
        self.look(number, process.returncode, err)
        if vanishing and not back:
            self.server.start()
        until((self.server.mounted / str(number)).is_dir)
        self.night_after(number)
        for path, before in people.items():
            if not path.exists() or hashlib.sha256(path.read_bytes()).digest() != before:
                self.figures.replaced += 1
                self.figures.wrong.append(f"round {number}: {path.name} is not what it was")

    def night_after(self, number: int) -> None:
        """Run the same line again: the copy beside the roster has every link that was given, and no litter is left."""
        here, state = self.server.folder / "share" / str(number), self.server.folder / f"state-{number}"
        given = found_in([here, state, self.server.folder / "home"], f"{number}-")
        process = self.run(number, state)
        err = process.communicate(timeout=PATIENCE)[1]
        self.figures.nights += 1
        now, made_now = found_in([here], f"{number}-", "r-results.xlsx"), made(state / "sandbox.json")
        right = len(now) == len(made_now) == made_now.total() == self.rows
        right = right and all(now[name] == links for name, links in given.items())
        left = sorted({path.name for path in here.iterdir()} - set(KNOWN))
        self.figures.whole += right
        if process.returncode != 0 or not right or left:
            said = f"exit code {process.returncode}, whole: {right}, left: {left}: {err[-700:]}"
            self.figures.wrong.append(f"the night after round {number}: {said}")

    def peoples(self, here: Path) -> list[Path]:
        """Return the files that are people's: the roster, and one that has the name of a report."""
        (here / "notes.txt").write_text("mine", encoding="utf-8")
        return [here / "r.xlsx", here / "notes.txt"]

    def prepared(self, number: int) -> tuple[Path, Path]:
        """Return a folder of the share with a roster in it, as the server has it, and one to remember in."""
        here, state = self.server.folder / "share" / str(number), self.server.folder / f"state-{number}"
        here.mkdir(exist_ok=True)
        here.chmod(0o777)
        xlsx_file(here / "r.xlsx", [values(f"{number}-{n}") for n in range(self.rows)])
        return here, state

    def ends(self, number: int, process: subprocess.Popen[str], *codes: int) -> None:
        """Wait for a run, look at what there is, and at its exit code."""
        err = process.communicate(timeout=PATIENCE)[1]
        self.look(number, process.returncode, err)
        if process.returncode not in codes:
            self.figures.wrong.append(f"round {number}: exit code {process.returncode}, not {codes}: {err[-900:]}")

    def cases(self, first: int) -> None:
        """Try what else a share can be, once each."""
        cases = [self.two_machines, self.gone_before, self.gone_and_back, self.read_only, self.full, self.filling]
        cases += [self.roster_held, self.report_held, self.copy_held]
        for number, case in enumerate(cases, start=first):
            print(f"{case.__name__}, round {number}", flush=True)
            try:
                case(number)
            except (OSError, TimeoutError) as error:
                self.figures.wrong.append(f"{case.__name__}: {error}")

    def gone_before(self, number: int) -> None:
        """The server is not there when the run begins, and is there for the next one."""
        _, state = self.prepared(number)
        self.server.end()
        self.ends(number, self.run(number, state), 2, 3)  # 2: whether a settings file lies there can't be told
        self.server.start()
        until((self.server.mounted / str(number) / "r.xlsx").is_file)
        self.ends(number, self.run(number, state), 0)

    def gone_and_back(self, number: int) -> None:
        """The server is away for a second, in the middle."""
        _, state = self.prepared(number)
        process = self.run(number, state)
        self.wait_for(process, state, self.rows // 2)
        self.server.end()
        time.sleep(1)
        self.server.start()
        self.ends(number, process, 0, 6)

    def read_only(self, number: int) -> None:
        """Nothing can be written: that is known before the first call, and no meeting is made."""
        _, state = self.prepared(number)
        self.server.end()
        self.server.start(read_only=True)
        until((self.server.mounted / str(number) / "r.xlsx").is_file)
        self.ends(number, self.run(number, state), 6)
        if made(state / "sandbox.json"):
            self.figures.wrong.append(f"round {number}: meetings were made, though nothing could be written")
        self.server.end()
        self.server.start()
        until((self.server.mounted / str(number) / "r.xlsx").is_file)

    @contextmanager
    def small(self, number: int) -> Iterator[Callable[[], None]]:
        """Give the folder of that number little room; what is returned fills it up."""
        here = self.server.folder / "share" / str(number)
        here.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(here)], check=True)

        def fill() -> None:
            with suppress(OSError), (here / "films").open("wb", buffering=0) as file:
                while True:
                    file.write(b"0" * 1024)

        try:
            yield fill
        finally:
            subprocess.run(["umount", "-l", str(here)], check=True)

    def full(self, number: int) -> None:
        """There is room for the roster, and for nothing else: that is known before the first call."""
        with self.small(number) as fill:
            _, state = self.prepared(number)
            fill()
            until((self.server.mounted / str(number) / "r.xlsx").is_file)
            self.ends(number, self.run(number, state), 6)

    def filling(self, number: int) -> None:
        """The room is taken by somebody else while meetings are made: the links are kept elsewhere."""
        with self.small(number) as fill:
            _, state = self.prepared(number)
            until((self.server.mounted / str(number) / "r.xlsx").is_file)
            process = self.run(number, state)
            self.wait_for(process, state, self.rows // 2)
            fill()
            self.ends(number, process, 6)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Have another client hold a file of the share, and share it with nobody."""
        line = [DEBIANS, "-c", _HOLD, str(self.server.folder / "smbd.conf"), name.replace("/", "\\")]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            if client.stdout.readline().strip() != "held":
                raise RuntimeError(f"{name} could not be held")
            yield
            client.communicate()
        until(self.is_in_order)

    def is_in_order(self) -> bool:
        """Return whether the mount can be written to; smbnetfs, once refused, has errors for a while. Raise OSError."""
        probe = self.server.mounted / "probe"
        probe.write_bytes(b"")
        probe.unlink()
        return True

    def roster_held(self, number: int) -> None:
        """Another client has the roster open and lets nobody read it, and then does."""
        _, state = self.prepared(number)
        until((self.server.mounted / str(number) / "r.xlsx").is_file)
        with self.held(f"{number}/r.xlsx"):
            self.ends(number, self.run(number, state), 3)
            if made(state / "sandbox.json"):
                self.figures.wrong.append(f"round {number}: meetings were made of a roster that nobody could read")
        until(lambda: bool((self.server.mounted / str(number) / "r.xlsx").read_bytes()))
        self.ends(number, self.run(number, state), 0)

    def report_held(self, number: int) -> None:
        """Another client has the last report open."""
        here, state = self.prepared(number)
        self.ends(number, self.run(number, state), 0)
        before = (here / "report.html").read_bytes()
        with self.held(f"{number}/report.html"):
            self.ends(number, self.run(number, state), 3, 6)  # 3: smbnetfs, once refused, gives the roster to nobody
        if (here / "report.html").read_bytes() != before:
            self.figures.wrong.append(f"round {number}: a report that somebody had open was replaced")

    def copy_held(self, number: int) -> None:
        """Another client has the last copy open, which Windows' rules let nobody replace."""
        here, state = self.prepared(number)
        self.ends(number, self.run(number, state), 0)
        before = (here / "r-results.xlsx").read_bytes()
        xlsx_file(here / "r.xlsx", [values(f"{number}-{n}", subject="Changed") for n in range(self.rows)])
        with self.held(f"{number}/r-results.xlsx"):
            self.ends(number, self.run(number, state), 6)
        if (here / "r-results.xlsx").read_bytes() != before:
            self.figures.wrong.append(f"round {number}: a copy that somebody had open was replaced")

    def two_machines(self, number: int) -> None:
        """Another machine, with processes and a memory of its own, is turned away while the first one works."""
        _, state = self.prepared(number)
        first = self.run(number, state, rate=1)
        self.wait_for(first, state, 2)
        other = self.server.folder / f"other-{number}"
        second = self.run(number, other, *("unshare", "-pu", "--fork", "--mount-proc", "sh", "-c"))
        err = second.communicate(timeout=PATIENCE)[1]
        if second.returncode != ALONE or made(other / "sandbox.json"):
            self.figures.wrong.append(f"round {number}: two machines at once, {second.returncode}: {err[-900:]}")
        self.ends(number, first, 0)

    def wait_for(self, process: subprocess.Popen[str], state: Path, count: int) -> None:
        """Wait until so many meetings are made, or the run has ended."""
        while process.poll() is None and made(state / "sandbox.json").total() < count:
            time.sleep(0.02)

    def run(self, number: int, state: Path, *within: str, rate: int = 40) -> subprocess.Popen[str]:
        """Start a run on the share. Its log is elsewhere: smbnetfs can't append, and is in disorder after a try."""
        share = self.server.mounted / str(number)
        line = ["run", share / "r.xlsx", "--sandbox", "--sandbox-file", state / "sandbox.json", "--settle", "0"]
        line += ["--report", share / "report.html", "--log-file", state / "run.log", "--heartbeat", share / "beat.json"]
        line += ["--rate", rate, "--state-dir", state]
        command = [sys.executable, "-m", "importer", *map(str, line)]
        if within:
            command = [*within, 'hostname other-machine && exec "$0" "$@"', *command]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": str(self.server.folder / "home")},
        )

    def look(self, number: int, code: int, err: str) -> None:
        """Compare what there is with what was made."""
        figures, state = self.figures, self.server.folder / f"state-{number}"
        figures.rounds += 1
        figures.codes[code] += 1
        if "Traceback" in err or code not in {0, 2, 3, 6, 7}:
            figures.tracebacks += 1
            figures.wrong.append(f"round {number}: exit code {code}: {err[-700:]}")
        meetings = made(state / "sandbox.json")
        links = found_in([self.server.folder / "share" / str(number), state, self.server.folder / "home"], f"{number}-")
        figures.links += len(meetings)
        figures.doubled += sum(count - 1 for count in meetings.values()) + sum(len(each) - 1 for each in links.values())
        if lost := meetings.keys() - links.keys():
            figures.lost += len(lost)
            figures.wrong.append(
                f"round {number}: lost {sorted(lost)[:5]} of {len(meetings)}, exit code {code}: {err[-500:]}"
            )
        beat = state / "last-run-sandbox.json"
        if not beat.exists() or json.loads(beat.read_text("utf-8"))["exit_code"] != code:
            figures.wrong.append(f"round {number}: the heartbeat does not say {code}")


def made(sandbox: Path) -> Counter[str]:
    """Return how often each meeting was made, by external ID."""
    lines = sandbox.read_text("utf-8").split("\n")[1:-1] if sandbox.exists() else []  # the last may be half written
    return Counter(json.loads(line)["external_id"] for line in lines)


def found_in(folders: list[Path], prefix: str, named: str = "*.xlsx") -> dict[str, set[str]]:
    """Return the links in all results that are `named` so, by external ID."""
    found: dict[str, set[str]] = {}
    for folder in folders:
        for path in folder.rglob(named):
            if path.name.startswith(".") or path.name == "r.xlsx":
                continue
            for row in openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0].iter_rows(values_only=True):
                texts = [str(cell) for cell in row]
                link = next((text for text in texts if "meetup-join" in text), "")
                name = next((text for text in texts if text.startswith(prefix)), "")
                if link and name:
                    found.setdefault(name, set()).add(link)
    return found


def soak(vanishing: int, rows: int, seed: int, *, cases: bool) -> Figures:
    """Does so many rounds with a server that ends, and the other cases."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        server.start()
        server.mount()
        try:
            soaking = Soak(server, rows, random.Random(seed))
            soaking.round(0, vanishing=False)
            for number in range(1, vanishing + 1):
                soaking.round(number, vanishing=True)
                if number % 10 == 0:
                    figures = soaking.figures
                    print(f"{number} rounds, {figures.links} links, {len(figures.wrong)} wrong", flush=True)
            if cases:
                soaking.cases(vanishing + 1)
        finally:
            server.unmount()
            server.end()
    return soaking.figures


def main() -> int:
    """Read the arguments, soaks, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vanishing", type=int, default=100)
    parser.add_argument("--cases", action="store_true")
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if reason := lacking():
        parser.error(reason)
    figures = soak(options.vanishing, options.rows, options.seed, cases=options.cases)
    print(f"runs              {figures.rounds}, exit codes {dict(sorted(figures.codes.items()))}")
    print(f"links given       {figures.links}")
    print(f"links lost        {figures.lost}")
    print(f"links doubled     {figures.doubled}")
    print(f"tracebacks        {figures.tracebacks}")
    print(f"people's replaced {figures.replaced}")
    print(f"nights after      {figures.nights}, with every link in the copy: {figures.whole}")
    print(f"anything wrong    {len(figures.wrong)}", *figures.wrong, sep="\n  ")
    return int(bool(figures.wrong or figures.lost or figures.doubled))


if __name__ == "__main__":
    sys.exit(main())
