"""Problems in verl's row format."""


def rows(truths):
    """A problem of each truth."""
    return [
        {
            "data_source": "deepscaler",
            "prompt": [{"role": "user", "content": "What is " + "very " * number + "right"}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": truth},
        }
        for number, truth in enumerate(truths)
    ]
