"""Dialogues that say much the same as an earlier one, found by MinHash.

Two dialogues are compared by their word 3-grams (those of the texts of user and assistant) and
their calls: their similarity is the share of these that they have in common (Jaccard). MinHash
(Broder 1997) estimates it as the share of `PERMUTATIONS` numbers that agree; eight bits are kept of
each number (b-bit MinHash, Li and König 2010). Numbers are grouped into bands, and only dialogues
that agree in a whole band are compared. Memory holds some 500 bytes for each dialogue.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rensa import RMinHash

from toolace_mt.texts.ngrams import words_of
from toolace_mt.trajectory import JsonObject

PERMUTATIONS = 128
_SEED = 1
_RECALL = 0.999  # of pairs exactly as similar as the limit, the share that agrees in a band
_CHANCE = 1 / 256  # that eight bits of different numbers agree

Turns = Sequence[JsonObject]
"""The turns of a dialogue, as shards hold them."""


@dataclass(slots=True)
class Sketches:
    """What is compared of dialogues, in order.

    `keys` has eight bytes for all that a dialogue says and eight for each band, `near` has
    `PERMUTATIONS` bytes for each dialogue.
    """

    limit: float
    ids: list[str] = field(default_factory=list)
    keys: bytearray = field(default_factory=bytearray)
    near: bytearray = field(default_factory=bytearray)

    def add(self, dialogues: Sequence[tuple[str, Turns]]) -> None:
        """Add dialogues, by their ids."""
        self.ids += [id for id, _ in dialogues]
        digests = RMinHash.digests_from_token_sets(
            [sorted(_shingles(turns)) for _, turns in dialogues], PERMUTATIONS, _SEED
        )
        numbers = np.array(digests, np.uint32).reshape(len(dialogues), PERMUTATIONS)
        keys = [[_digest(turns)] for _, turns in dialogues]
        whole = np.array(keys, np.uint64).reshape(len(dialogues), 1)
        self.keys += np.hstack([whole, _band_keys(numbers, bands(self.limit))]).tobytes()
        self.near += numbers.astype(np.uint8).tobytes()

    def merge(self, other: "Sketches") -> None:
        """Add the dialogues of others, which come later."""
        self.ids += other.ids
        self.keys += other.keys
        self.near += other.near

    def repeated(self) -> dict[str, str]:
        """Return each dialogue that repeats an earlier one that repeats none, and say which.

        The result depends on the dialogues and their order alone.
        """
        if not self.ids:
            return {}
        near = np.frombuffer(self.near, np.uint8).reshape(len(self.ids), -1)
        keys = np.frombuffer(self.keys, np.uint64).reshape(len(self.ids), -1)
        kept: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        found: dict[str, str] = {}
        for this, places in _shared(keys):
            exact = next((n for p in places if not p[0] for n in kept[p]), None)
            if exact is not None:
                found[self.ids[this]] = f"exact duplicate of {self.ids[exact]}"
                continue
            others = sorted({n for place in places for n in kept[place]})
            alike = _similarity(near[others], near[this])
            if others and alike.max() >= self.limit:
                twin = self.ids[others[int(alike.argmax())]]
                found[self.ids[this]] = f"near duplicate of {twin} (similarity {alike.max():.2f})"
                continue
            for place in places:
                kept[place].append(this)
        return found


def bands(limit: float) -> int:
    """Return the number of bands in which pairs as similar as the limit surely agree once.

    Exact duplicates (a limit of 1) need no bands.
    """
    if limit >= 1:
        return 0
    for rows in (32, 16, 8, 4, 2):
        count = PERMUTATIONS // rows
        if 1 - (1 - limit**rows) ** count >= _RECALL:
            return count
    return PERMUTATIONS


def _band_keys(numbers: Any, count: int) -> Any:
    """Return a key for each band of each row: a weighted sum of its numbers, modulo 2**64."""
    if not count:
        return np.empty((len(numbers), 0), np.uint64)
    weights = np.random.default_rng(_SEED).integers(2**63, size=PERMUTATIONS, dtype=np.uint64)
    weighted = numbers.astype(np.uint64) * (weights * np.uint64(2) + np.uint64(1))
    return weighted.reshape(len(numbers), count, PERMUTATIONS // count).sum(axis=2)


def _shared(keys: Any) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each row with a key that another row has in the same column, and these keys.

    A key is given by its column and its number there.
    """
    groups = np.empty(keys.shape, np.int32)
    for column in range(keys.shape[1]):
        _, group, count = np.unique(keys[:, column], return_inverse=True, return_counts=True)
        groups[:, column] = np.where(count[group] > 1, group, -1)
    for row in np.flatnonzero((groups >= 0).any(axis=1)).tolist():
        yield row, [(c, int(g)) for c, g in enumerate(groups[row]) if g >= 0]


def _similarity(others: Any, this: Any) -> Any:
    """Return the estimated Jaccard similarities; eight bits also agree by chance."""
    return ((others == this).mean(axis=1) - _CHANCE) / (1 - _CHANCE)


def _shingles(turns: Turns) -> set[str]:
    shingles: set[str] = set()
    for turn in turns:
        words = words_of(turn["content"]) if turn["role"] != "tool" else []
        shingles.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
        shingles.update(_calls(turn))
    return shingles or {_said(turns)}


def _calls(turn: JsonObject) -> Iterable[str]:
    calls = turn["calls"]
    return (f"{call['name']}{json.dumps(call['arguments'], sort_keys=True)}" for call in calls)


def _digest(turns: Turns) -> int:
    return int.from_bytes(hashlib.blake2b(_said(turns).encode(), digest_size=8).digest())


def _said(turns: Turns) -> str:
    """Return all that a dialogue says; the ids of calls and the order of keys are no part of it."""
    said: list[str] = []
    for turn in turns:
        outputs = (json.dumps(out["content"], sort_keys=True) for out in turn["outputs"])
        said += (turn["role"], turn["content"], *_calls(turn), *outputs)
    return "\0".join(said)
