"""LEAD written the obvious way in torch and Python: loops over responses, as in verl's own GRPO.

What `lead_rs` is measured against, besides GRPO; it gives the same advantages.
"""

from __future__ import annotations

from collections import defaultdict

import torch


def z_score(values):
    """A group's values, normalised as GRPO does it."""
    if len(values) == 1:
        return values / (1 + 1e-6)
    return (values - values.mean()) / (values.std() + 1e-6)


def total_variance(groups):
    """Mean and standard deviation of values in groups, every group weighing the same."""
    if not groups:
        return torch.tensor(0.0), torch.tensor(0.0)
    means = torch.stack([group.mean() for group in groups])
    within = torch.stack([group.var(unbiased=False) for group in groups])
    return means.mean(), (within.mean() + means.var(unbiased=False) + 1e-8).sqrt()


def efficiency_reward(length, target):
    """`max_sym`: how close a length is to its target."""
    return torch.clamp(1 - (length - target).abs() / target, min=-1)


def plain_lead(rewards, mask, index, bmax=8000.0, beta=0.95, floor=0.3, eps=1e-8):
    """First step of LEAD with `max_sym` and `mean_correct`; [B, T] advantages."""
    score = (rewards * mask).sum(-1)
    length = mask.sum(-1).float()
    rows_of = defaultdict(list)
    for row in range(len(score)):
        rows_of[index[row]].append(row)

    z_corr, z_eff = torch.zeros_like(score), torch.zeros_like(score)
    corr_groups, eff_groups = [], []
    for rows in rows_of.values():
        correct = [row for row in rows if score[row] > 0.5]
        target = torch.tensor(bmax)
        if correct:
            target = torch.stack([length[row] for row in correct]).mean().clamp(1000, bmax)
        efficiency = {row: efficiency_reward(length[row], target) for row in rows}
        corr_groups.append(torch.stack([score[row] for row in rows]))
        if correct:
            eff_groups.append(torch.stack([efficiency[row] for row in correct]))
        of_corr = z_score(corr_groups[-1])
        of_eff = z_score(torch.stack([efficiency[row] for row in rows]))
        for place, row in enumerate(rows):
            z_corr[row], z_eff[row] = of_corr[place], of_eff[place]

    (mu_c, sigma_c), (mu_l, sigma_l) = total_variance(corr_groups), total_variance(eff_groups)
    cv_c, cv_l = sigma_c / (mu_c.abs() + eps), sigma_l / (mu_l.abs() + eps)
    d_c = cv_c / (cv_c + cv_l + eps) * (1 - mu_c.clamp(0, 1))
    d_l = cv_l / (cv_c + cv_l + eps) * (1 - (mu_l.clamp(-1, 1) + 1) / 2)
    weight = max(beta * 0.5 + (1 - beta) * float(d_c / (d_c + d_l + eps)), floor)

    advantages = (weight * z_corr + (1 - weight) * z_eff).unsqueeze(-1) * mask
    valid = mask.bool()
    mean, std = advantages[valid].mean(), (advantages[valid].var() + 1e-8).sqrt()
    return torch.where(valid, (advantages - mean) / std, torch.zeros_like(advantages))


def vectorised_lead(rewards, mask, group, groups, bmax=8000.0, beta=0.95, floor=0.3, eps=1e-8):
    """The same step in tensor operations only, for a GPU or `torch.compile`.

    `group` is [B] int64, the number of each response's prompt, of `groups` in all.
    """

    def total(values):
        return torch.zeros(groups, device=values.device).index_add(0, group, values)

    def normalised(values):
        mean = total(values) / size
        squares = total((values - mean[group]) ** 2)
        std = (squares / (size - 1).clamp(min=1)).sqrt()
        z = (values - mean[group]) / (std[group] + 1e-6)
        return torch.where(size[group] > 1, z, values / (1 + 1e-6))

    def moments(values, weight):
        n = total(weight)
        some = (n > 0).float()
        mean = total(values * weight) / n.clamp(min=1)
        within = total((values - mean[group]) ** 2 * weight) / n.clamp(min=1)
        mu = (mean * some).sum() / some.sum().clamp(min=1)
        var = ((within + (mean - mu) ** 2) * some).sum() / some.sum().clamp(min=1)
        return mu, (var + 1e-8).sqrt()

    score, length = (rewards * mask).sum(-1), mask.sum(-1).float()
    size = total(torch.ones_like(score))
    correct = (score > 0.5).float()
    solved = total(correct)
    target = (total(length * correct) / solved.clamp(min=1)).clamp(1000, bmax)
    target = torch.where(solved > 0, target, torch.full_like(target, bmax))[group]
    efficiency = efficiency_reward(length, target)

    mu_c, sigma_c = moments(score, torch.ones_like(score))
    mu_l, sigma_l = moments(efficiency, correct)
    cv_c, cv_l = sigma_c / (mu_c.abs() + eps), sigma_l / (mu_l.abs() + eps)
    d_c = cv_c / (cv_c + cv_l + eps) * (1 - mu_c.clamp(0, 1))
    d_l = cv_l / (cv_c + cv_l + eps) * (1 - (mu_l.clamp(-1, 1) + 1) / 2)
    weight = (beta * 0.5 + (1 - beta) * d_c / (d_c + d_l + eps)).clamp(min=floor)

    advantages = weight * normalised(score) + (1 - weight) * normalised(efficiency)
    tokens = length.sum()
    mean = (length * advantages).sum() / tokens
    var = (length * (advantages - mean) ** 2).sum() / (tokens - 1)
    return ((advantages - mean) / (var + 1e-8).sqrt()).unsqueeze(-1) * mask
