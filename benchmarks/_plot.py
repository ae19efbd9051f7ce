"""A small scatter plot as SVG: what was measured, by size of the cohort, and the straight line through it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, MARGIN = 640, 360, 56
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # told apart by the colour-blind (Okabe and Ito)


def write_plot(points: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """Milliseconds over millions of list entries."""
    every = np.array([(n / 1e6, s * 1e3) for some in points.values() for n, s in some])
    right, top = every.max(axis=0) * 1.08
    slope, start = np.polyfit(every[:, 0], every[:, 1], 1)

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = (WIDTH - 2 * MARGIN) / right, (HEIGHT - 2 * MARGIN) / top
        return round(MARGIN + x * across, 1), round(HEIGHT - MARGIN - y * up, 1)

    (x1, y1), (x2, y2) = at(0, max(start, 0)), at(right, start + slope * right)
    marks = [f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#999" stroke-dasharray="4 4"/>']
    for step in range(5):
        x, y = at(right * step / 4, 0)
        marks.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{right * step / 4:.1f}</text>')
        x, y = at(0, top * step / 4)
        marks.append(f'<text x="{x - 8}" y="{y + 4}" text-anchor="end">{top * step / 4:.0f}</text>')
    for number, (size, some) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [at(n / 1e6, s * 1e3) for n, s in some]
        marks += [f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>' for x, y in places]
        marks.append(f'<circle cx="{MARGIN + 20}" cy="{MARGIN + 18 * number}" r="5" fill="{colour}"/>')
        marks.append(f'<text x="{MARGIN + 32}" y="{MARGIN + 4 + 18 * number}">{size}</text>')
    x, y = at(0, 0)
    axes = f'<path d="M{x} {MARGIN / 2} V{y} H{WIDTH - MARGIN / 2}" fill="none" stroke="#333"/>'
    titles = (
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">carriers and missing calls, million</text>'
        f'<text x="14" y="{MARGIN / 2}" font-weight="bold">counts of a random 10 %, ms of processor time</text>'
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>{axes}{"".join(marks)}{titles}</svg>\n',
        encoding="utf-8",
    )
