"""Entry point of the `trihelix` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from trihelix.cli.app import run

    run()


if __name__ == "__main__":
    main()
