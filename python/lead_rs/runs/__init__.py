"""What verl and TRL write of a run, read: the only place that knows their formats.

`rows`: the keys of a batch's rows; `rollouts`: the dumps of what the policy answered; `logs`: the
metrics of each step; `checkpoints`: the folders that a run can go on from; `trl`: all of TRL's.
"""
