"""Passwords are hashed by Argon2id, no cheaper than RFC 9106 recommends."""

from tracer.services.access.hash_password import hash_password, is_outdated, verify_password


def test_the_parameters_are_those_of_the_library():
    kept = hash_password("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, the second recommended choice
    assert not is_outdated(kept)
    assert is_outdated(kept.replace("t=3", "t=2"))
    assert verify_password(kept, "correct horse battery")
    assert not verify_password(kept, "correct horse batterie")
