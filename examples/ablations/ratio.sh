# For the scripts of one ratio: checks RATIO, and sets CORRECT and LENGTH, the two rewards' weights, which
# sum to 1 so that the reward's size beside the KL loss stays the same, and TAG, the ratio in a folder's name
# (without its dot: with two digits before it, 10 and 1.0 would share a folder).
RATIO=${RATIO:-1.0}
if [[ ! $RATIO =~ ^[0-9](\.[0-9]+)?$ ]]; then
    echo "error: RATIO must be a number from 0 to below 10, as 0.25, got '$RATIO'" >&2
    exit 1
fi
CORRECT=$(LC_ALL=C awk -v ratio="$RATIO" 'BEGIN { printf "%.6f", 1 / (1 + ratio) }')
LENGTH=$(LC_ALL=C awk -v ratio="$RATIO" 'BEGIN { printf "%.6f", ratio / (1 + ratio) }')
TAG=${RATIO//./}
