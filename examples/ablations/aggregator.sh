#!/usr/bin/env bash
# LEAD with other target lengths than the mean of the correct responses.
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/driver.py" aggregator "$@"
