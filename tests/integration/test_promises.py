"""Promises of docs/promises.md about what is changed, erased and sent out, in few rounds.

`make soak` runs them in full. Each has a test beside it that takes a guard away and sees that the rounds notice.
"""

from ipaddress import ip_address

import numpy as np
import pytest

from tests.soak.erasure import erase_many
from tests.soak.outgoing import send_out
from tests.soak.tamper import tamper
from tests.soak.tricks import ON_THIS_MACHINE, TRICKS
from tracer.domain.ledger.record import Record
from tracer.outbound import client
from tracer.outbound.addresses import Allowed
from tracer.outbound.connection import CheckedBackend
from tracer.services.erasure import erase_personal
from tracer.services.ledger import audit_ledger
from tracer.storage.erasures import Erasures
from tracer.storage.registry import Registry


@pytest.fixture
def rng():
    return np.random.default_rng(20261127)


def test_what_is_changed_behind_the_programs_back_is_found(tmp_path, rng):
    (found,) = tamper(tmp_path, 12, rng)
    assert found.is_good, found
    assert found.found == 12


def test_changes_that_an_audit_overlooks_would_be_missed(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(audit_ledger, "_audit_rows", lambda *_: None)
    (found,) = tamper(tmp_path, 12, rng)
    assert found.missed, found


def test_what_is_erased_is_not_found_again(tmp_path, rng):
    (found,) = erase_many(tmp_path, 10, rng)
    assert found.is_good, found
    assert (found.erased, found.proofs, found.audits) == (10, 10, 2)
    assert found.copies > 300


def _without(fields, paths):
    return tuple(one for one in fields if one.path not in paths)


@pytest.mark.parametrize(
    ("holder", "guard", "instead", "seen"),
    [
        (erase_personal, "_changed_paths", lambda entry: [], "again"),
        (Erasures, "answers", lambda *_: 0, "again"),
        (Erasures, "job_files", lambda self: 0, "again"),
        (Registry, "clear_overwritten", lambda self: True, "old_bytes"),
        (Record, "without", lambda self, paths: Record(_without(self.fields, paths), self.hidden), "broken"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_erasure_that_leaves_something_would_be_noticed(tmp_path, rng, monkeypatch, holder, guard, instead, seen):
    monkeypatch.setattr(holder, guard, instead)
    (found,) = erase_many(tmp_path, 10, rng)
    assert getattr(found, seen), found


def test_an_erasure_that_takes_too_much_would_be_noticed(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(
        Erasures, "orders", lambda self, *_: self._connection.exec_driver_sql("UPDATE orders SET item = NULL")
    )
    (found,) = erase_many(tmp_path, 10, rng)
    assert found.gone, found
    assert found.problems


def test_no_trick_reaches_what_is_forbidden(tmp_path, rng):
    (found,) = send_out(tmp_path, 1_000, rng)
    assert found.is_good, found
    assert (found.refused, found.arrived) == (900, 100)
    assert set(found.kinds) == set(TRICKS)


def test_a_client_without_a_list_of_addresses_would_be_noticed(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(Allowed, "why_not", lambda self, host, address: "")
    (found,) = send_out(tmp_path, 100, rng, ON_THIS_MACHINE)
    assert found.reached > 0
    assert found.passed["turning"] > 0


def test_a_client_that_asks_for_a_name_twice_would_be_noticed(tmp_path, rng, monkeypatch):
    check = CheckedBackend._checked

    def check_and_ask_again(self):
        addresses = check(self)
        return addresses if self._target.address else [ip_address(one) for one in self._resolved()]

    monkeypatch.setattr(CheckedBackend, "_checked", check_and_ask_again)
    (found,) = send_out(tmp_path, 200, rng)
    assert found.reached > 0
    assert found.arrived < found.plain


def test_a_client_that_takes_a_redirect_for_an_answer_would_be_noticed(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(client, "_check_head", lambda *_: None)
    (found,) = send_out(tmp_path, 200, rng)
    assert set(found.passed) == {"redirects"}
