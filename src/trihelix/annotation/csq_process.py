"""`bcftools csq` in a process of its own: called twice in one process it remembers positions of the first call."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from trihelix.model.errors import PackError


def run_csq(arguments: Sequence[str]) -> None:
    """Run `bcftools csq` with these arguments; PackError with its last words when it fails."""
    command = [sys.executable, "-P", "-m", "trihelix.annotation.csq_process", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackError(
            "consequences could not be computed from the genes and genome packs",
            value=done.stderr.strip()[-300:],
            advice="check with `trihelix reference list` that both are of the same assembly",
        )


def main() -> None:
    """The child process."""
    import pysam.bcftools
    import pysam.utils

    try:
        pysam.bcftools.csq(*sys.argv[1:], catch_stdout=False)
    except pysam.utils.SamtoolsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
