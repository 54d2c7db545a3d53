"""The paper's runs in verl: ``lead-rs train NAME``.

`recipe` has the settings of each run, `launch` what all share, `preflight` what is looked at before
one starts, `sweep` the ablations one after the other.
"""
