"""
Shapes put on the grid of a tile (裁切取整): compiled loops over flat arrays of coordinates.

Part ``p`` of a layer runs through ``xy[part_ptr[p]:part_ptr[p + 1]]``, feature ``f`` has the parts
``feature_ptr[f]`` to ``feature_ptr[f + 1]``; parts are points, lines or rings. A window is west,
north and the size of a unit, then the lowest and the highest number that a coordinate may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.network.jit import jit

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Window = tuple[float, float, float, float, float]

GONE, DONE, HARD = 0, 1, 2
"""A polygon has no area left; is on the grid; has holes, parts or crossings, and is not treated."""
_FEW, _SAFE = 48, 1 << 16


@jit
def gather(xy: Array, part_ptr: Array, feature_ptr: Array, rows: Array) -> tuple[Array, ...]:
    """Return coordinates, parts and features of some rows, in their order."""
    parts = coordinates = 0
    for r in rows:
        parts += feature_ptr[r + 1] - feature_ptr[r]
        coordinates += part_ptr[feature_ptr[r + 1]] - part_ptr[feature_ptr[r]]
    out = np.empty((coordinates, 2), xy.dtype)
    new_part = np.zeros(parts + 1, np.int64)
    new_feature = np.zeros(len(rows) + 1, np.int64)
    at = part = 0
    for k in range(len(rows)):
        first, last = feature_ptr[rows[k]], feature_ptr[rows[k] + 1]
        begin, end = part_ptr[first], part_ptr[last]
        for i in range(begin, end):
            out[at + i - begin, 0], out[at + i - begin, 1] = xy[i, 0], xy[i, 1]
        for p in range(first, last):
            new_part[part + 1] = at + part_ptr[p + 1] - begin
            part += 1
        at += end - begin
        new_feature[k + 1] = part
    return out, new_part, new_feature


@jit
def thinned(xy: Array, part_ptr: Array, tolerance: Array) -> Array:
    """Tell which vertices stay (Douglas and Peucker 1973); each part has its tolerance."""
    keep = np.zeros(len(xy), np.bool_)
    stack = np.empty((64, 2), np.int64)
    for p in range(len(part_ptr) - 1):
        if part_ptr[p + 1] == part_ptr[p]:
            continue
        first, last = part_ptr[p], part_ptr[p + 1] - 1
        keep[first] = keep[last] = True
        limit = tolerance[p] * tolerance[p]
        stack[0, 0], stack[0, 1] = first, last
        depth = 1
        while depth:
            depth -= 1
            a, b = stack[depth, 0], stack[depth, 1]
            ax, ay = xy[a, 0], xy[a, 1]
            dx, dy = xy[b, 0] - ax, xy[b, 1] - ay
            long = dx * dx + dy * dy
            most, at = -1.0, a
            for i in range(a + 1, b):
                px, py = xy[i, 0] - ax, xy[i, 1] - ay
                t = (px * dx + py * dy) / long if long > 0.0 else 0.0
                t = min(max(t, 0.0), 1.0)
                px, py = px - t * dx, py - t * dy
                far = px * px + py * py
                if far > most:
                    most, at = far, i
            if most > limit:
                keep[at] = True
                if depth + 2 > len(stack):
                    wider = np.empty((2 * len(stack), 2), np.int64)
                    wider[: len(stack)] = stack
                    stack = wider
                stack[depth, 0], stack[depth, 1] = a, at
                stack[depth + 1, 0], stack[depth + 1, 1] = at, b
                depth += 2
    return keep


@jit
def points(xy: Array, feature_ptr: Array, window: Window) -> tuple[Array, ...]:
    """Return whole coordinates, parts, features and which rows have any."""
    west, north, unit, low, high = window
    out = np.empty((len(xy), 2), np.int64)
    ptr = np.zeros(len(feature_ptr), np.int64)
    kept = np.empty(len(feature_ptr) - 1, np.int64)
    at = rows = 0
    for f in range(len(feature_ptr) - 1):
        begin = at
        for i in range(feature_ptr[f], feature_ptr[f + 1]):
            x, y = (xy[i, 0] - west) / unit, (north - xy[i, 1]) / unit
            if low <= x <= high and low <= y <= high:
                out[at, 0], out[at, 1] = np.int64(np.rint(x)), np.int64(np.rint(y))
                at += 1
        if at > begin:
            kept[rows] = f
            rows += 1
            ptr[rows] = at
    return out[:at], np.arange(at + 1), ptr[: rows + 1], kept[:rows]


@jit
def _inside(at: float, step: float, low: float, high: float, t0: float, t1: float
            ) -> tuple[float, float]:  # fmt: skip
    """Narrow the stretch of a segment to what lies between two lines (Liang and Barsky 1984)."""
    if step == 0.0:
        return (t0, t1) if low <= at <= high else (1.0, 0.0)
    a, b = (low - at) / step, (high - at) / step
    return max(t0, min(a, b)), min(t1, max(a, b))


@jit
def lines(  # noqa: C901  (one loop)
    xy: Array, part_ptr: Array, feature_ptr: Array, window: Window
) -> tuple[Array, ...]:
    """Return whole coordinates, parts, features and which rows have any, cut at the window."""
    west, north, unit, low, high = window
    out = np.empty((2 * len(xy), 2), np.int64)
    parts = np.zeros(len(xy) + 1, np.int64)
    ptr = np.zeros(len(feature_ptr), np.int64)
    kept = np.empty(len(feature_ptr) - 1, np.int64)
    at = part = rows = 0
    for f in range(len(feature_ptr) - 1):
        before = part
        for p in range(feature_ptr[f], feature_ptr[f + 1]):
            begin = at
            for i in range(part_ptr[p], part_ptr[p + 1] - 1):
                x, y = (xy[i, 0] - west) / unit, (north - xy[i, 1]) / unit
                dx = (xy[i + 1, 0] - west) / unit - x
                dy = (north - xy[i + 1, 1]) / unit - y
                t0, t1 = _inside(x, dx, low, high, 0.0, 1.0)
                t0, t1 = _inside(y, dy, low, high, t0, t1)
                if t0 > 0.0 or t0 > t1:  # what came before ends outside
                    if at - begin > 1:
                        part += 1
                        parts[part] = at
                    else:
                        at = begin
                    begin = at
                if t0 > t1:
                    continue
                for t in (t0, t1):
                    u, v = np.int64(np.rint(x + t * dx)), np.int64(np.rint(y + t * dy))
                    if at == begin or out[at - 1, 0] != u or out[at - 1, 1] != v:
                        out[at, 0], out[at, 1] = u, v
                        at += 1
            if at - begin > 1:
                part += 1
                parts[part] = at
            else:
                at = begin
        if part > before:
            kept[rows] = f
            rows += 1
            ptr[rows] = part
    return out[:at], parts[: part + 1], ptr[: rows + 1], kept[:rows]


@jit
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@jit
def _clash(ring: Array, count: int, a: int, b: int) -> bool:
    """Tell whether two edges of a ring meet where they should not."""
    ax, ay = ring[a, 0], ring[a, 1]
    bx, by = ring[(a + 1) % count, 0], ring[(a + 1) % count, 1]
    cx, cy = ring[b, 0], ring[b, 1]
    dx, dy = ring[(b + 1) % count, 0], ring[(b + 1) % count, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    if (a + 1) % count == b:  # neighbours: one must not run back along the other
        return bool(_side(ax, ay, bx, by, dx, dy) == 0 and
                    (ax - bx) * (dx - bx) + (ay - by) * (dy - by) > 0)  # fmt: skip
    if (b + 1) % count == a:
        return bool(_side(cx, cy, dx, dy, bx, by) == 0 and
                    (cx - dx) * (bx - dx) + (cy - dy) * (by - dy) > 0)  # fmt: skip
    one, two = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    if (one > 0 and two > 0) or (one < 0 and two < 0):
        return False
    one, two = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    return not ((one > 0 and two > 0) or (one < 0 and two < 0))


@jit
def _seen_whole(ring: Array, count: int) -> bool:
    """Tell whether all of an open ring is seen, once around, from the mean of its vertices."""
    if count > _SAFE:  # the products below would not fit
        return False
    mx = my = np.int64(0)
    for i in range(count):
        mx += ring[i, 0]
        my += ring[i, 1]
    left = right = around = 0
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        ax, ay = count * ring[i, 0] - mx, count * ring[i, 1] - my
        bx, by = count * ring[j, 0] - mx, count * ring[j, 1] - my
        turn = ax * by - bx * ay
        left += turn > 0
        right += turn < 0
        around += (ay < 0) != (by < 0)
    return max(left, right) == count and around == 2  # noqa: PLR2004


@jit
def simple(ring: Array, count: int) -> bool:
    """Tell whether an open ring of whole coordinates meets itself nowhere."""
    if count <= _FEW:
        for a in range(count - 1):
            for b in range(a + 1, count):
                if _clash(ring, count, a, b):
                    return False
        return True
    left, right = np.empty(count, np.int64), np.empty(count, np.int64)
    for i in range(count):
        x, other = ring[i, 0], ring[(i + 1) % count, 0]
        left[i], right[i] = min(x, other), max(x, other)
    order = np.argsort(left)
    for k in range(count - 1):
        a = order[k]
        for m in range(k + 1, count):
            b = order[m]
            if left[b] > right[a]:
                break
            if _clash(ring, count, min(a, b), max(a, b)):
                return False
    return True


@jit
def _clip(ring: Array, count: int, spare: Array, low: float, high: float) -> tuple[Array, int]:
    """Cut an open ring at the window, side by side (Sutherland and Hodgman 1974)."""
    for side in range(4):
        axis, upper = side % 2, side < 2  # noqa: PLR2004
        limit = high if upper else low
        made = 0
        for i in range(count):
            j = i + 1 if i + 1 < count else 0
            a, b = ring[i, axis], ring[j, axis]
            in_a = a <= limit if upper else a >= limit
            in_b = b <= limit if upper else b >= limit
            if in_a:
                spare[made, 0], spare[made, 1] = ring[i, 0], ring[i, 1]
                made += 1
            if in_a != in_b:
                t = (limit - a) / (b - a)
                spare[made, axis] = limit
                other = 1 - axis
                spare[made, other] = ring[i, other] + t * (ring[j, other] - ring[i, other])
                made += 1
        ring, spare = spare, ring
        count = made
    return ring, count


@jit
def _whole(ring: Array, count: int, out: Array) -> int:
    """Round a ring, leave out what repeats, and turn it; return how many places it has."""
    made = 0
    for i in range(count):
        u, v = np.int64(np.rint(ring[i, 0])), np.int64(np.rint(ring[i, 1]))
        if made == 0 or out[made - 1, 0] != u or out[made - 1, 1] != v:
            out[made, 0], out[made, 1] = u, v
            made += 1
    while made > 1 and out[0, 0] == out[made - 1, 0] and out[0, 1] == out[made - 1, 1]:
        made -= 1
    return made


@jit
def _doubled(ring: Array, count: int) -> int:
    """Return twice the area of an open ring of whole coordinates, with its sign."""
    total = 0
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        total += ring[i, 0] * ring[j, 1] - ring[j, 0] * ring[i, 1]
    return total


@jit
def _over(xy: Array, part_ptr: Array, feature_ptr: Array, window: Window) -> Array:
    """Tell which features reach over the window."""
    west, north, unit, low, high = window
    out = np.zeros(len(feature_ptr) - 1, np.bool_)
    for f in range(len(out)):
        for i in range(part_ptr[feature_ptr[f]], part_ptr[feature_ptr[f + 1]]):
            x, y = (xy[i, 0] - west) / unit, (north - xy[i, 1]) / unit
            if x < low or x > high or y < low or y > high:
                out[f] = True
                break
    return out


@jit
def rings(  # noqa: C901  (one loop)
    xy: Array, part_ptr: Array, feature_ptr: Array, window: Window, smallest: float
) -> tuple[Array, ...]:
    """
    Return whole coordinates and parts of the polygons of one ring, and the state of every row.

    Rings are closed and turn clockwise to the eye (the tile's y runs down). Those whose rounded
    ring meets itself are `HARD`, as are polygons of several rings.
    """
    west, north, unit, low, high = window
    outside = _over(xy, part_ptr, feature_ptr, window)
    longest = room = 0
    for f in range(len(feature_ptr) - 1):
        if feature_ptr[f + 1] - feature_ptr[f] == 1:
            size = part_ptr[feature_ptr[f] + 1] - part_ptr[feature_ptr[f]]
            longest = max(longest, size)
            room += 6 * size + 17 if outside[f] else size
    ring, spare = np.empty((6 * longest + 16, 2)), np.empty((6 * longest + 16, 2))
    whole = np.empty((6 * longest + 16, 2), np.int64)
    out = np.empty((room, 2), np.int64)
    parts = np.zeros(len(feature_ptr), np.int64)
    state = np.zeros(len(feature_ptr) - 1, np.int8)
    at = done = 0
    for f in range(len(feature_ptr) - 1):
        if feature_ptr[f + 1] - feature_ptr[f] != 1:
            state[f] = HARD
            continue
        begin, end = part_ptr[feature_ptr[f]], part_ptr[feature_ptr[f] + 1] - 1
        for i in range(begin, end):
            ring[i - begin, 0] = (xy[i, 0] - west) / unit
            ring[i - begin, 1] = (north - xy[i, 1]) / unit
        cut, count = ring, end - begin
        if outside[f]:
            cut, count = _clip(ring, count, spare, low, high)
        count = _whole(cut, count, whole)
        if count < 3:  # noqa: PLR2004
            continue
        doubled = _doubled(whole, count)
        if not (_seen_whole(whole, count) or simple(whole, count)):
            state[f] = HARD
            continue
        if abs(doubled) <= 2 * smallest or doubled == 0:
            continue
        for i in range(count):
            k = i if doubled > 0 else count - 1 - i
            out[at + i, 0], out[at + i, 1] = whole[k, 0], whole[k, 1]
        out[at + count, 0], out[at + count, 1] = out[at, 0], out[at, 1]
        at += count + 1
        done += 1
        parts[done] = at
        state[f] = DONE
    return out[:at], parts[: done + 1], state
