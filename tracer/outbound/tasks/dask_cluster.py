"""Tasks on the workers of a Dask scheduler (the package distributed, an extra)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tracer.domain.errors import InvalidValue
from tracer.outbound.tasks.elsewhere import LOOK_SECONDS, Answers, Elsewhere, Lost, said
from tracer.outbound.tasks.rules import TaskRules
from tracer.outbound.tasks.working import versions, work

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.security import Security

EMBEDDED = 1 << 20
"""Bytes of an item up to which it goes with its task, and survives its worker; larger ones go straight to a worker."""


class DaskCluster(Elsewhere):
    """The workers of one scheduler that run this very version; connected at the first task."""

    where = "dask"

    def __init__(self, rules: TaskRules, wanted: tuple[str, str] | None = None) -> None:
        super().__init__()
        self._wanted = wanted or versions()
        self._rules = rules
        self._security = _security(rules)
        self._client: Client | None = None
        self._workers: dict[str, int] = {}
        self._held: tuple[str, Any] = ("", None)

    def _at_once(self) -> int:
        if self._client is None and not self._why_here:
            try:
                self._connect()
            except Lost as error:
                self._why_here = str(error)
        return max(1, sum(self._workers.values()))

    def _each(self, token: str, shared: bytes, items: Sequence[bytes]) -> Answers:
        client = self._client or self._connect()
        try:
            place_of = self._send(client, token, shared, items)
        except Exception as error:  # whatever the engine says, the work is done here
            raise _lost(error) from error
        waiting = set(place_of)
        try:
            while waiting:
                done = self._some(client, waiting)
                waiting -= done
                if not done:
                    yield None
                for one in done:
                    yield place_of[one], _result(one)
        finally:
            if waiting:
                client.cancel(list(waiting))

    def _send(self, client: Client, token: str, shared: bytes, items: Sequence[bytes]) -> dict[Future[bytes], int]:
        names = list(self._workers)
        if self._held[0] != token:
            self._held = token, client.scatter([shared], workers=names, broadcast=True, hash=False)[0]
            self._bytes_out += len(shared) * len(names)
        self._bytes_out += sum(map(len, items))
        large = [place for place, item in enumerate(items) if len(item) > EMBEDDED]
        placed = client.scatter([items[place] for place in large], workers=names, hash=False) if large else []
        there = dict(zip(large, placed, strict=True))
        return {
            client.submit(work, token, self._held[1], there.get(place, item), workers=names, pure=False): place
            for place, item in enumerate(items)
        }

    def _some(self, client: Client, waiting: set[Future[bytes]]) -> set[Future[bytes]]:
        """Some that ended, well or not, if any did in a while; raises Lost where nobody is left to work on them."""
        from distributed import wait

        try:
            with client.as_current():
                return set(wait(waiting, timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            return set()
        except Exception as error:  # cancelled: the scheduler is gone, or the last worker with what all tasks need
            raise _lost(error) from error

    def _connect(self) -> Client:
        """Reach the scheduler and find the workers of this version; raises Lost, and InvalidValue without the extra."""
        from distributed import Client

        where = self._rules.cluster
        try:
            self._client = Client(
                where, timeout=self._rules.connect_seconds, security=self._security, set_as_default=False, name="tracer"
            )
            told = self._client.run(versions, on_error="return")
            threads = self._client.nthreads()
        except Exception as error:
            raise Lost(
                f"{where}: no scheduler answers as it should ({said(error)}). Is it running, its port open?"
            ) from error
        self._workers = {
            one: threads[one] for one, version in told.items() if version == self._wanted and one in threads
        }
        if not self._workers:
            raise Lost(_no_worker(where, told, self._wanted))
        return self._client

    def close(self) -> None:
        """Let go of the scheduler; what still runs there is dropped."""
        client, self._client = self._client, None
        self._held = ("", None)
        if client is not None:
            client.close(timeout=2)


def _result(future: Future[bytes]) -> bytes:
    try:
        return future.result()
    except Exception as error:  # as above
        raise _lost(error) from error


def _lost(error: Exception) -> Lost:
    return Lost(f"a task was lost: {said(error)}. The log of the workers says more")


def _no_worker(where: str, told: Mapping[str, object], expected: tuple[str, str]) -> str:
    if not told:
        return f"{where}: the scheduler has no worker. Start some: dask worker {where} --nthreads 1"
    found = sorted(
        {" with numpy ".join(one) if isinstance(one, tuple) else "no Tracer that answers" for one in told.values()}
    )
    wanted = " with numpy ".join(expected)
    return (
        f"{where}: expected workers of Tracer {wanted}, got {', '.join(found)}. Install the same there and restart them"
    )


def _security(rules: TaskRules) -> Security | None:
    """TLS with certificates of one's own; raises InvalidValue for files that cannot be used, or without the extra."""
    try:
        from distributed.security import Security
    except ImportError as error:
        expected = "the package distributed to be installed"
        hint = "pip install distributed, on scheduler and workers too; or leave the setting empty"
        raise InvalidValue("setting attribution_cluster", rules.cluster, expected, hint) from error
    if not rules.cluster.startswith("tls://"):
        return None
    for name, file in (("ca", rules.authority), ("cert", rules.certificate), ("key", rules.key)):
        if file is None or not file.is_file():
            expected = "a PEM file that can be read, for a cluster reached by tls"
            raise InvalidValue(f"setting attribution_cluster_{name}", str(file or ""), expected)
    try:
        context = ssl.create_default_context(cafile=str(rules.authority))
        context.load_cert_chain(str(rules.certificate), str(rules.key), password="")  # else a terminal is asked for it
    except OSError as error:  # as are the errors of ssl
        expected = "PEM files of an authority, and of a certificate with its key, which has no passphrase"
        raise InvalidValue("setting attribution_cluster_ca, _cert or _key", said(error), expected) from error
    return Security(
        require_encryption=True,
        tls_ca_file=str(rules.authority),
        tls_client_cert=str(rules.certificate),
        tls_client_key=str(rules.key),
    )
