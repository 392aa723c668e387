"""Where the machines stand: in network namespaces of their own, or on several loopback addresses where that is not let.

Namespaces have no names: they end with the processes in them, however the run ends. Whoever plays has one as well
(`stage` sees to it), in which both networks are bridges; a server is on the clients' network and on the database's, and
is cut off from the database by taking its port out of that bridge: packets are lost, and nobody is told.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.postgresql import free_port

LOOPBACK, NAMESPACES = "several loopback addresses", "network namespaces"
_FRONT, _BACK = "10.77.0", "10.77.1"
PLAYER = f"{_FRONT}.1"


@dataclass(frozen=True)
class Machine:
    """One machine: its address for clients, its address for the database's network, how a command is run on it."""

    number: int
    front: str
    back: str
    enter: Sequence[str] = ()


@dataclass
class Network:
    """Makes machines; on loopback addresses none can be cut off. All servers listen on one port, that nobody has."""

    in_namespaces: bool
    port: int = field(default_factory=free_port)
    _holders: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __str__(self) -> str:
        return NAMESPACES if self.in_namespaces else LOOPBACK

    def machine(self) -> Machine:
        """One more."""
        number = len(self._holders) + 2
        if not self.in_namespaces:
            self._holders.append(subprocess.Popen(["true"]))
            return Machine(number, f"127.0.0.{number}", f"127.0.0.{number}")
        holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        holder.stdout.readline()  # it has its namespace by now
        self._holders.append(holder)
        within = ("nsenter", f"--net=/proc/{holder.pid}/ns/net")
        made = Machine(number, f"{_FRONT}.{number}", f"{_BACK}.{number}", (*within, "setpriv", "--pdeathsig", "KILL"))
        _ip("link set lo up", within)
        for side, address in (("front", made.front), ("back", made.back)):
            _ip(f"link add {side}{number} type veth peer name {side} netns {holder.pid}")
            _ip(f"link set {side}{number} master {side} up")
            _ip(f"addr add {address}/24 dev {side}", within)
            _ip(f"link set {side} up", within)
        return made

    def cut(self, machine: Machine) -> None:
        """Lose every packet between this machine and the database."""
        _ip(f"link set back{machine.number} nomaster")

    def mend(self, machine: Machine) -> None:
        """Lose none any more."""
        _ip(f"link set back{machine.number} master back")

    def close(self) -> None:
        """Let the namespaces end."""
        for holder in self._holders:
            holder.kill()
            holder.wait(30)


@contextmanager
def network(*, in_namespaces: bool) -> Iterator[Network]:
    """The networks; with namespaces in that of this process, which is to be its own."""
    made = Network(in_namespaces)
    if in_namespaces:
        _ip("link set lo up")
        for side, address in (("front", PLAYER), ("back", f"{_BACK}.1")):
            _ip(f"link add {side} type bridge")
            _ip(f"addr add {address}/24 dev {side}")
            _ip(f"link set {side} up")
    try:
        yield made
    finally:
        made.close()


def namespaces_are_let() -> bool:
    """Whether this user may make namespaces with a bridge and pairs of ports; looked at by making them."""
    if os.geteuid() != 0:
        return False
    tried = (
        "ip link add front type bridge && ip link add side type veth peer name other && ip link set side master front"
    )
    try:
        return (
            subprocess.run(
                ["unshare", "--net", "sh", "-c", f"{tried} && setpriv --version"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except FileNotFoundError:
        return False


def _ip(arguments: str, within: Sequence[str] = ()) -> None:
    done = subprocess.run([*within, "ip", *arguments.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {arguments}: {done.stderr}"
