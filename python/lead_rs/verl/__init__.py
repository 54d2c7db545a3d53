"""LEAD as a plug-in of verl: importing this package makes ``algorithm.adv_estimator=lead`` work.

verl 0.9 imports it through the entry point group ``verl.plugins``; 0.7 and 0.8 through the
environment variable ``VERL_USE_EXTERNAL_MODULES``, which the Hydra plug-in of this distribution
sets in the process that starts the training.
"""

import logging

try:
    from lead_rs.verl.adapters import install

    install()
except Exception:
    # verl 0.9 hides what a plug-in raises (it logs at DEBUG), and the user would only see "Unknown
    # advantage estimator simply: lead" once the first rollouts are done.
    logging.getLogger(__name__).exception(
        "lead_rs could not hook into verl: algorithm.adv_estimator=lead won't work"
    )
    raise
