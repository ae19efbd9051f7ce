"""32 bit-packed integers unpacked at once and summed up: vector instructions spelt out, one case per bit width.

What is here is compiled into `delta_kernels`, and numba does not see when it changes: after a change here, touch that
file too.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LANES = 32  # values of a miniblock
_I32 = ir.IntType(32)
_VECTOR = ir.VectorType(_I32, LANES)


def _ones_of(_, bits):  # type: ignore[no-untyped-def]
    """How many bits are set."""

    def generate(_context, builder, _signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.uint64(bits), generate


def _lanes(values: list[int]) -> Any:
    return ir.Constant(_VECTOR, values)


def _splat(builder, value):  # type: ignore[no-untyped-def]
    """A vector with the value in every lane."""
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), _lanes([0] * LANES))


def _packed(builder, place, width: int):  # type: ignore[no-untyped-def]
    """The 32 numbers of `width` bits that begin at an address: each is cut out of the word or the two that hold it."""
    if width == 0:
        return _lanes([0] * LANES)
    kind = ir.VectorType(_I32, width)
    words = builder.load(builder.bitcast(place, kind.as_pointer()), align=1)
    none = ir.Constant(kind, ir.Undefined)
    bits = [lane * width for lane in range(LANES)]
    low = builder.shuffle_vector(words, none, _lanes([bit >> 5 for bit in bits]))
    cut = builder.lshr(low, _lanes([bit & 31 for bit in bits]))
    if 32 % width:
        high = builder.shuffle_vector(words, none, _lanes([min((bit >> 5) + 1, width - 1) for bit in bits]))
        moved = builder.shl(builder.shl(high, _lanes([31 - (bit & 31) for bit in bits])), _lanes([1] * LANES))
        cut = builder.or_(cut, moved)
    return builder.and_(cut, _lanes([(1 << width) - 1] * LANES)) if width < 32 else cut


def _running_sum(builder, values):  # type: ignore[no-untyped-def]
    """Each lane with all lanes before it added: five steps of doubling reach."""
    zeros = _lanes([0] * LANES)
    for reach in (1, 2, 4, 8, 16):
        moved = [LANES + lane if lane < reach else lane - reach for lane in range(LANES)]
        values = builder.add(values, builder.shuffle_vector(values, zeros, _lanes(moved)))
    return values


def _unpack(_, page, at, width, least, value, out, to):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """out[to : to + 32] = value + running sum of (least + packed differences); returns the last. uint32, wrapping."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        def address(n, index, kind):  # type: ignore[no-untyped-def]
            data = make_array(signature.args[n])(context, builder, args[n]).data  # type: ignore[no-untyped-call]
            return builder.bitcast(builder.gep(data, [args[index]]), kind.as_pointer())

        place = address(0, 1, ir.IntType(8))  # type: ignore[no-untyped-call]
        done = builder.append_basic_block("unpacked")
        choose = builder.switch(builder.trunc(args[2], _I32), done)
        incoming = [(_lanes([0] * LANES), builder.block)]
        for width in range(1, 33):
            block = builder.append_basic_block(f"width{width}")
            choose.add_case(ir.Constant(_I32, width), block)
            builder.position_at_end(block)
            incoming.append((_packed(builder, place, width), block))
            builder.branch(done)
        builder.position_at_end(done)
        packed = builder.phi(_VECTOR)
        for vector, block in incoming:
            packed.add_incoming(vector, block)
        steps = builder.add(packed, _splat(builder, args[3]))  # type: ignore[no-untyped-call]
        summed = builder.add(_running_sum(builder, steps), _splat(builder, args[4]))  # type: ignore[no-untyped-call]
        builder.store(summed, address(5, 6, _VECTOR), align=4)  # type: ignore[no-untyped-call]
        return builder.extract_element(summed, ir.Constant(_I32, LANES - 1))

    return types.uint32(page, at, types.int64, types.uint32, types.uint32, out, to), generate


def _bit(_, words, place):  # type: ignore[no-untyped-def]
    """Bit `place` of an array of 64-bit words, as 0 or 1."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = make_array(signature.args[0])(context, builder, args[0]).data  # type: ignore[no-untyped-call]
        whole = ir.IntType(64)
        word = builder.load(builder.gep(data, [builder.lshr(args[1], whole(6))]))
        kind = ir.FunctionType(whole, [whole])
        word = builder.asm(kind, "", "=r,0", [word], side_effect=False)
        return builder.and_(builder.lshr(word, builder.and_(args[1], whole(63))), whole(1))

    return types.uint64(words, place), generate


ones: Any = intrinsic(_ones_of)
bit_at: Any = intrinsic(_bit)
unpack32: Any = intrinsic(_unpack)
