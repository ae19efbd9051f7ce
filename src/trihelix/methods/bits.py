"""Counting the bits of machine words inside kernels; sets of people or variants are kept one bit for each.

It is compiled into the kernels that use it, and numba does not see when it changes: after a change here, touch
their files too.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic


def _count_ones(_, bits):  # type: ignore[no-untyped-def]
    """How many bits of a word are set: one instruction, for eight words at once where the processor can."""

    def generate(_context, builder, _signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.uint64(bits), generate


ones: Any = intrinsic(_count_ones)
