"""``python -m lead_rs``, which is ``lead-rs``."""

import sys

from lead_rs.cli import main

if __name__ == "__main__":
    sys.exit(main())
