"""Reads a part again and again with bytes of its data turned over; a program of its own, as a bad read would end it.

`python damage_parts.py PART FIRST_SEED LAST_SEED`: prints how often a StoreError was raised and how often not.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trihelix.model.errors import StoreError
from trihelix.variants.store.answers.carrier_rows import carriers_of_rows, quality_at
from trihelix.variants.store.answers.per_sample import of_class
from trihelix.variants.store.cohorts import bitmap_of
from trihelix.variants.store.layout import CLASSES
from trihelix.variants.store.parts.decoding import genotypes_of
from trihelix.variants.store.parts.tiles import Part, Tile, open_part

_FOOTER = 8  # the length of the metadata and a magic word end the file


def read_everything(part: Part, rng: random.Random) -> None:
    """What the store's questions ask of a part, in any order."""
    for tile in part.tiles():
        for ask in rng.sample(QUESTIONS, len(QUESTIONS)):
            ask(tile)


def _some(tile: Tile) -> NDArray[np.uint64]:
    return bitmap_of(np.arange(tile.samples) % 3 > 0)


def _count(tile: Tile) -> None:
    for name in CLASSES:
        tile.count(name, np.stack([_some(tile), ~_some(tile)]))


def _per_sample(tile: Tile) -> None:
    for name in CLASSES:
        of_class(tile, name, np.ones(tile.rows, np.bool_))


def _carriers(tile: Tile) -> None:
    quality_at(tile, carriers_of_rows(tile, np.ones(tile.rows, np.bool_), _some(tile)).place)


def _whole(tile: Tile) -> None:
    genotypes_of(tile, {})


QUESTIONS: list[Callable[[Tile], None]] = [_count, _per_sample, _carriers, _whole]


def damaged_copy(whole: bytes, target: Path, rng: random.Random) -> None:
    """A copy with a few bytes of the row groups changed; the footer, which Arrow reads, stays."""
    metadata = int.from_bytes(whole[-_FOOTER:-4], "little") + _FOOTER
    changed = bytearray(whole)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[rng.randrange(4, len(whole) - metadata)] ^= 1 << rng.randrange(8)
    target.write_bytes(bytes(changed))


def main(path: Path, first: int, last: int) -> None:
    """See the module."""
    whole, refused = path.read_bytes(), 0
    for seed in range(first, last):
        target = path.with_name(f"damaged-{seed}.parquet")
        damaged_copy(whole, target, random.Random(seed))
        print(seed, file=sys.stderr, flush=True)
        try:
            read_everything(open_part(target), random.Random(seed))
        except StoreError:
            refused += 1
        target.unlink()
    print(refused, last - first - refused)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
