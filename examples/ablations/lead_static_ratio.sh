#!/usr/bin/env bash
# LEAD with fixed weights, 1 to r, instead of its controller: r = 0, 0.25, 0.5, 1, 2, 4; 4,000 tokens.
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/driver.py" lead_static_ratio "$@"
