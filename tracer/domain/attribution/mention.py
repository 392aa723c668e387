"""What a caller says: the log probability of each field's mention given what its source saw.

Each of the nine base fields has a state (what the source saw of it) and an outcome (what the
caller said of it); the table over profile, field, state and outcome never holds a hard zero.
"""

from __future__ import annotations

import numpy as np

from tracer.domain.attribution.behaviour import BASE_FIELDS, Behaviour
from tracer.domain.attribution.evidence import Bools, Floats, Ints
from tracer.domain.fields import Fields

NAME, PHONE = 0, 1
UNSEEN = 0
SILENT, CANNOT_SAY = 0, 4
MASKED_NAME, FULL_NAME = 1, 2
LAST4, ALIAS, FULL_PHONE = 1, 2, 3
EVERY_FIELD = int(sum(1 << i for i in range(len(BASE_FIELDS))))
CONTACT_FIELDS = int(Fields.NAME | Fields.PHONE)


def seen_states(fields: Ints) -> Ints:
    """(n, 9) state of each base field in the bit sets `fields`: 0 unseen, up to full sight.

    Name: 1 masked, 2 full. Phone: 1 last four, 2 alias, 3 full. Others: 1 seen.
    """
    return _levels(fields)


def said_outcomes(known: Ints, unknown: Ints) -> Ints:
    """(n, 9) outcome of each base field: as `seen_states`, and CANNOT_SAY where asked in vain."""
    said = _levels(known)
    asked = _levels(unknown) > 0
    return np.asarray(np.where((said == SILENT) & asked, CANNOT_SAY, said))


def _levels(bits: Ints) -> Ints:
    levels: Ints = np.zeros((len(bits), len(BASE_FIELDS)), dtype=np.int64)
    for i in range(len(BASE_FIELDS)):
        levels[:, i] = (bits >> i) & 1
    masked = (bits & int(Fields.NAME_MASKED)) > 0
    levels[:, NAME] = np.where(levels[:, NAME] > 0, FULL_NAME, np.where(masked, MASKED_NAME, 0))
    alias = (bits & int(Fields.PHONE_ALIAS)) > 0
    last4 = (bits & int(Fields.PHONE_LAST4)) > 0
    part = np.where(alias, ALIAS, np.where(last4, LAST4, 0))
    levels[:, PHONE] = np.where(levels[:, PHONE] > 0, FULL_PHONE, part)
    return levels


def mention_table(behaviour: Behaviour, mention: Floats | None = None) -> Floats:
    """(P, 9, 4 states, 5 outcomes) log probabilities; outcome CANNOT_SAY replaces the mention term.

    With `mention` (P, 9) these rates hold in place of the profiles' own.

    m = q·[seen] + ε for each way of saying a field, rescaled to leave at least ε for silence.
    Source: project model, "each call mentions field f with probability q[f ∈ V] + ε".
    """
    share, q = behaviour.masked_share, behaviour.mention if mention is None else mention
    said = np.full((len(q), len(BASE_FIELDS), 4, 5), behaviour.epsilon)
    said[:, 2:, 1:, 1] += q[:, 2:, None]
    said[:, NAME, MASKED_NAME, MASKED_NAME] += q[:, NAME]
    said[:, NAME, FULL_NAME, MASKED_NAME] += q[:, NAME] * share
    said[:, NAME, FULL_NAME, FULL_NAME] += q[:, NAME] * (1.0 - share)
    said[:, PHONE, LAST4, LAST4] += q[:, PHONE]
    said[:, PHONE, ALIAS, ALIAS] += q[:, PHONE]
    said[:, PHONE, FULL_PHONE, LAST4] += q[:, PHONE] * share
    said[:, PHONE, FULL_PHONE, FULL_PHONE] += q[:, PHONE] * (1.0 - share)
    ways = np.zeros((len(BASE_FIELDS), 5), dtype=bool)
    ways[:, 1] = True
    ways[NAME, FULL_NAME] = True
    ways[PHONE, [ALIAS, FULL_PHONE]] = True
    total = np.where(ways[None, :, None, :], said, 0.0).sum(axis=-1)
    shrink = np.minimum(1.0, (1.0 - behaviour.epsilon) / total)
    said *= shrink[..., None]
    said[..., SILENT] = 1.0 - total * shrink
    said[:, :, 1:, CANNOT_SAY] = behaviour.cannot_say
    said[:, :, UNSEEN, CANNOT_SAY] = 1.0 - behaviour.epsilon
    return np.asarray(np.log(said))


def mention_terms(table: Floats, profile: Ints, states: Ints, outcomes: Ints, answered: Bools) -> Floats:
    """(n, 9) log probability of what was said of each field; zero for calls nobody answered."""
    field = np.arange(len(BASE_FIELDS))
    terms = table[profile[:, None], field, states, outcomes]
    return np.asarray(np.where(answered[:, None], terms, 0.0))


def background_terms(table: Floats, outcomes: Ints, answered: Bools) -> Floats:
    """(n, 9) the same for a caller who saw nothing: every field unseen, whatever the profile."""
    zero = np.zeros(len(outcomes), dtype=np.int64)
    return mention_terms(table, zero, np.zeros_like(outcomes), outcomes, answered)
