"""LEAD's step in plain numpy float64, written from the paper's formulas for reading, not for speed.

It shares no code with the package, so that a mistake in one is seen by the other.
"""

from __future__ import annotations

import numpy as np

DEFAULTS = {
    "alpha": 1.0,
    "beta": 0.95,
    "epsilon": 1e-8,
    "bmax": 8000.0,
    "lambda_min": 0.3,
    "lstar_mode": "max_asym",
    "aggregator": "mean_correct",
    "static_lambda_corr": None,
    "lstar_min": 1000.0,
    "min_length": 500.0,
    "unsolved": "bmax",
    "quantile": 0.5,
    "rewards": None,
    "static_weights": None,
    "idle": "follow",
    "instability": "cv",
}


def groups_of(index):
    """Row numbers of each prompt, prompts in the order in which they first appear."""
    rows = {}
    for row, uid in enumerate(index):
        rows.setdefault(uid, []).append(row)
    return list(rows.values())


AGGREGATORS = {
    "mean_correct": lambda cfg, lengths, correct: lengths[correct].mean(),
    "min_correct": lambda cfg, lengths, correct: lengths[correct].min(),
    "median_correct": lambda cfg, lengths, correct: np.median(lengths[correct]),
    "quantile_correct": lambda cfg, lengths, correct: np.quantile(
        lengths[correct], cfg["quantile"]
    ),
    "mean_all": lambda cfg, lengths, correct: lengths.mean(),
}


def target_length(cfg, lengths, correct):
    if not correct.any() and cfg["aggregator"] != "mean_all":
        return cfg["bmax"]
    raw = AGGREGATORS[cfg["aggregator"]](cfg, lengths, correct)
    return float(np.clip(raw, cfg["lstar_min"], cfg["bmax"]))


def symmetric(cfg, length, correct, target):
    return max(-1.0, 1.0 - abs(length - target) / target)


def excess(cfg, length, correct, target):
    return min(max(1.0 - length / target, -1.0), 0.0)


def asymmetric(cfg, length, correct, target):
    if not correct:
        return excess(cfg, length, correct, target)
    return 0.0 if length < cfg["min_length"] else max(0.0, 1.0 - length / target)


LSTAR_MODES = {"max_sym": symmetric, "max_asym": asymmetric, "upper_only": excess}


def efficiency(cfg, length, correct, target):
    return LSTAR_MODES[cfg["lstar_mode"]](cfg, length, correct, target)


IDLE = ("follow", "hold")
INSTABILITIES = ("cv", "range")
OVER = ("all", "correct")


def z_score(values):
    if len(values) == 1:
        return values / (1.0 + 1e-6)
    if (values == values[0]).all():
        return np.zeros_like(values)
    return (values - values.mean()) / (values.std(ddof=1) + 1e-6)


def total_variance(values_per_group):
    if not values_per_group:
        return 0.0, 0.0
    means = np.array([v.mean() for v in values_per_group])
    variances = np.array([v.var() for v in values_per_group])
    return means.mean(), np.sqrt(variances.mean() + means.var() + 1e-8)


def pearson(a, b):
    if len(a) < 2 or (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def step(config, state, correctness, lengths, index):
    """One LEAD step. `state` is {"step", "weights"}; returns (advantage[B], metrics, new state)."""
    cfg = DEFAULTS | config
    lengths = np.asarray(lengths, float)
    c = np.where(lengths > 0, np.asarray(correctness, float), 0.0)
    correct = c > 0.5
    groups = groups_of(index)

    target = np.empty(len(c))
    for rows in groups:
        target[rows] = target_length(cfg, lengths[rows], correct[rows])
    r = np.array([efficiency(cfg, *row) for row in zip(lengths, correct, target, strict=True)])
    r[lengths == 0] = 0.0

    a_corr, a_eff = np.empty(len(c)), np.empty(len(c))
    for rows in groups:
        a_corr[rows] = z_score(c[rows])
        neutral = cfg["unsolved"] == "neutral" and not correct[rows].any()
        a_eff[rows] = 0.0 if neutral else z_score(r[rows])

    mu_c, sigma_c = total_variance([c[rows] for rows in groups])
    solved = [np.array(rows)[correct[rows]] for rows in groups if correct[rows].any()]
    mu_l, sigma_l = total_variance([r[rows] for rows in solved])
    eps = cfg["epsilon"]
    cv_c, cv_l = sigma_c / (abs(mu_c) + eps), sigma_l / (abs(mu_l) + eps)
    n_c, n_l = cv_c / (cv_c + cv_l + eps), cv_l / (cv_c + cv_l + eps)
    p_c = (1.0 - np.clip(mu_c, 0, 1)) ** cfg["alpha"]
    p_l = (1.0 - (np.clip(mu_l, -1, 1) + 1) / 2) ** cfg["alpha"]
    d_c, d_l = n_c * p_c, n_l * p_l
    t_c, t_l = d_c / (d_c + d_l + eps), d_l / (d_c + d_l + eps)

    static = cfg["static_lambda_corr"]
    if static is None:
        w_c = cfg["beta"] * state["weights"][0] + (1 - cfg["beta"]) * t_c
        w_l = cfg["beta"] * state["weights"][1] + (1 - cfg["beta"]) * t_l
        lambda_c = max(w_c, cfg["lambda_min"])
        weights = (w_c, w_l)
    else:
        lambda_c = static
        weights = (static, 1 - static)
    a = lambda_c * a_corr + (1 - lambda_c) * a_eff

    tokens = lengths.sum()
    mean = (lengths * a).sum() / tokens
    var = (lengths * (a - mean) ** 2).sum() / (tokens - 1)
    advantage = np.where(lengths > 0, (a - mean) / np.sqrt(var + 1e-8), 0.0)

    per_prompt = np.array([target[rows[0]] for rows in groups])
    solvable = per_prompt[per_prompt < cfg["bmax"]]

    def over(values, f):
        return float(f(values)) if len(values) else 0.0

    present = lengths > 0
    metrics = {
        "step": state["step"] + 1.0,
        "lstar_mode": 0.0 if cfg["lstar_mode"] == "max_asym" else 1.0,
        "lstar_mean": per_prompt.mean(),
        "lstar_mean_solvable": over(solvable, np.mean),
        "lstar_median_solvable": over(solvable, np.median),
        "lstar_min_solvable": over(solvable, np.min),
        "lstar_max_solvable": over(solvable, np.max),
        "num_solvable_prompts": float(len(solvable)),
        "num_unsolved_prompts": float(len(per_prompt) - len(solvable)),
        "accuracy_batch": correct.mean(),
        "r_eff_mean": r.mean(),
        "r_eff_mean_correct": over(r[correct], np.mean),
        "r_eff_min_correct": over(r[correct], np.min),
        "r_eff_max_correct": over(r[correct], np.max),
        "resp_len_mean": lengths.mean(),
        "resp_len_mean_correct": over(lengths[correct], np.mean),
        "mu_corr": mu_c,
        "sigma_corr": sigma_c,
        "cv_corr": cv_c,
        "cv_eff": cv_l,
        "cv_corr_norm": n_c,
        "cv_eff_norm": n_l,
        "potential_corr": p_c,
        "potential_eff": p_l,
        "D_corr": d_c,
        "D_eff": d_l,
        "mu_eff": mu_l,
        "sigma_eff": sigma_l,
        "target_w_corr": t_c,
        "target_w_eff": t_l,
        "w_corr": lambda_c,
        "w_eff": 1 - lambda_c,
        "adv_len_corr": pearson(advantage[present], lengths[present]),
        "adv_len_corr_correct": pearson(advantage[correct], lengths[correct]),
    }
    if static is not None:
        metrics["static_w_corr"] = static
    metrics = {f"lead/{key}": float(value) for key, value in metrics.items()}
    return advantage, metrics, {"step": state["step"] + 1, "weights": weights}


def spent(weights, rewards):
    """The weights to use: the anchor's, then the others' by what they are, above their floors."""
    if len(weights) == 1:
        return [1.0]
    floors = [reward.get("floor", 0.0) for reward in rewards]
    anchor = min(max(weights[0], floors[0]), 1.0 - sum(floors[1:]))
    used = {0: anchor}
    fixed = set()
    while True:
        free = [i for i in range(1, len(weights)) if i not in fixed]
        rest = 1.0 - anchor - sum(floors[i] for i in fixed)
        total = sum(weights[i] for i in free)
        for i in free:
            used[i] = rest * (weights[i] / total if total > 0 else 1 / len(free))
        # A share that is its floor but for rounding is its floor.
        below = [i for i in free if used[i] < floors[i]]
        for i in below:
            used[i] = floors[i]
            fixed.add(i)
        if not below:
            return [used[i] for i in range(len(weights))]


def step_k(config, state, correctness, lengths, index, given):
    """One step over ``config["rewards"]``; `given` has [B] values by key, NaN where there is none.

    `state` is {"step", "weights"}, the weights by name; returns (advantage[B], metrics, new state).
    `correctness` is None where no reward needs it.
    """
    cfg = DEFAULTS | config
    rewards = [{"key": r["name"], "over": "all"} | r for r in cfg["rewards"]]
    lengths = np.asarray(lengths, float)
    groups = groups_of(index)
    size = len(lengths)
    judged = correctness is not None
    c = np.where(lengths > 0, np.asarray(correctness, float), 0.0) if judged else np.zeros(size)
    correct = c > 0.5

    columns = {"correctness": c} | {key: np.asarray(v, float) for key, v in given.items()}
    if any(reward["key"] == "efficiency" for reward in rewards):
        r = np.zeros(size)
        for rows in groups:
            target = target_length(cfg, lengths[rows], correct[rows])
            for row in rows:
                if lengths[row] > 0:
                    r[row] = efficiency(cfg, lengths[row], correct[row], target)
        columns["efficiency"] = r

    z, signals = [], []
    for reward in rewards:
        x = columns[reward["key"]]
        a, per_group, idle = np.zeros(size), [], True
        for rows in groups:
            there = [row for row in rows if not np.isnan(x[row])]
            if not there:
                continue
            idle &= bool((x[there] == x[there[0]]).all())
            if len(there) > 1 or len(rows) == 1:
                a[there] = z_score(x[there])
            neutral = cfg["unsolved"] == "neutral" and reward["key"] == "efficiency"
            if neutral and not correct[rows].any():
                a[rows] = 0.0
            counted = [row for row in there if reward["over"] == "all" or correct[row]]
            if counted:
                per_group.append(x[counted])
        mu, sigma = total_variance(per_group)
        low, high = reward["min"], reward["max"]
        cv = sigma / (abs(mu) + cfg["epsilon"])
        if cfg["instability"] == "range":
            cv = sigma / (high - low)
        potential = (1.0 - (min(max(mu, low), high) - low) / (high - low)) ** cfg["alpha"]
        present = 1.0 - np.isnan(x).mean()
        held = present == 0 or (idle and cfg["idle"] == "hold")
        z.append(a)
        signals.append({"mu": mu, "sigma": sigma, "cv": cv, "potential": potential,
                        "present": present, "held": held})  # fmt: skip

    before = [state["weights"][reward["name"]] for reward in rewards]
    moving = [s for s in signals if not s["held"]]
    for s in signals:
        s["cv_norm"] = s["D"] = 0.0
    for s in moving:
        s["cv_norm"] = s["cv"] / (sum(m["cv"] for m in moving) + cfg["epsilon"])
        s["D"] = s["cv_norm"] * s["potential"]
    left = 1.0 - sum(w for w, s in zip(before, signals, strict=True) if s["held"])
    total = sum(m["D"] for m in moving) + cfg["epsilon"]
    after = []
    for w, s in zip(before, signals, strict=True):
        s["target_w"] = w if s["held"] else left * s["D"] / total
        after.append(w if s["held"] else cfg["beta"] * w + (1 - cfg["beta"]) * s["target_w"])
    static = cfg["static_weights"]
    used = spent(after, rewards) if static is None else static

    a = sum(w * values for w, values in zip(used, z, strict=True))
    nothing = np.all([np.isnan(columns[reward["key"]]) for reward in rewards], axis=0)
    n = np.where(nothing, 0.0, lengths)
    mean = (n * a).sum() / n.sum()
    var = (n * (a - mean) ** 2).sum() / (n.sum() - 1)
    advantage = np.where(n > 0, (a - mean) / np.sqrt(var + 1e-8), 0.0)

    metrics = {"lead/step": state["step"] + 1.0, "lead/resp_len_mean": lengths.mean()}
    for reward, s, w in zip(rewards, signals, used, strict=True):
        for key in ("mu", "sigma", "cv", "cv_norm", "potential", "D", "target_w", "present"):
            metrics[f"lead/reward_{reward['name']}/{key}"] = float(s[key])
        metrics[f"lead/reward_{reward['name']}/w"] = float(w)
    metrics["lead/adv_len_corr"] = pearson(advantage[n > 0], n[n > 0])
    if judged:
        there = correct & (n > 0)
        metrics["lead/accuracy_batch"] = correct.mean()
        metrics["lead/adv_len_corr_correct"] = pearson(advantage[there], n[there])
    weights = {reward["name"]: w for reward, w in zip(rewards, after, strict=True)}
    return advantage, metrics, {"step": state["step"] + 1, "weights": weights}
