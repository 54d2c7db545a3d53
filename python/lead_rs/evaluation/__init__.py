"""How good and how long a model's answers are, on the sets and with the settings of the paper.

``lead-rs eval MODEL``: generation in processes of their own (`workers`, `engines`), part
by part (`parts`), so that what was generated survives whatever happens; grading by `lead_rs.grade`;
`statistics` over the graded responses.
"""
