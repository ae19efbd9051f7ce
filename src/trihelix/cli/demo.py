"""`trihelix demo`: placeholder being written."""


def demo() -> None:
    """Being written."""
