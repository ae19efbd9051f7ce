"""The waterfall: how many variants remain after each step, and what the step asks."""

from __future__ import annotations

from trihelix.model.interpretation import WaterfallStep


class Waterfall:
    """Steps in order; a count may never grow."""

    def __init__(self) -> None:
        self._steps: list[WaterfallStep] = []

    def step(self, name: str, remaining: int, explanation: str) -> None:
        """Add a step. ValueError when more remain than before: then a step is counted wrongly."""
        if self._steps and remaining > self._steps[-1].remaining:
            raise ValueError(f"waterfall step {name} grows from {self._steps[-1].remaining} to {remaining}")
        self._steps.append(WaterfallStep(name, remaining, explanation))

    @property
    def steps(self) -> tuple[WaterfallStep, ...]:
        """The steps so far."""
        return tuple(self._steps)
