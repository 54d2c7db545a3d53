#!/usr/bin/env bash
# GRPO with the length reward weighing r times what correctness does: r = 0, 0.25, 0.5, 1, 2, 4.
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/driver.py" grpo_ratio "$@"
