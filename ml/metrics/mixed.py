"""The approximate secondary analysis: a crossed mixed logistic model of readers and images. Torch-free.

statsmodels' ``BinomialBayesMixedGLM``, fitted by mean-field variational Bayes. That approximation takes the parts of
the posterior for independent and so makes its standard deviations too small (Blei, Kucukelbir & McAuliffe, JASA
2017;112:859-877, section 2.4), most of all for what differs between images, as their origin does. The means are its;
the deviations of the effects are taken from the curvature of the log-posterior at them (Laplace's approximation), with
the fitted spreads of readers and images as given. Labelled approximate: it decides nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ml.metrics.agreement import Z_95, Estimate

NOTE = (
    "Approximate: Bayesian crossed mixed logistic model (statsmodels), variational means, intervals by Laplace's "
    "approximation with the spreads taken as known. It decides nothing."
)
PRIOR_EFFECT = 2.0
"""Prior standard deviation of the fixed effects, in log-odds, of terms scaled to about one."""
PRIOR_SD = 0.5
"""Prior standard deviation of the logarithm of each random effect's standard deviation (prior median one)."""
FEWEST = 20


@dataclass(frozen=True, slots=True)
class MixedModel:
    """Posterior means with 95 % intervals, on the log-odds scale; ``converged`` as the optimiser says."""

    terms: tuple[tuple[str, Estimate], ...]
    reader_sd: Estimate | None
    case_sd: Estimate | None
    converged: bool


def crossed(
    hits: Sequence[bool],
    readers: Sequence[str],
    cases: Sequence[str],
    terms: Mapping[str, Sequence[float]],
) -> MixedModel | None:
    """Fit hits on an intercept, the terms, and random readers and cases; the same input gives the same fit.

    Args:
        hits: Whether each answer was right (N,).
        readers: Who gave it.
        cases: To which image.
        terms: Named columns (N,), such as 1 for a synthetic image; best centred, of size about one.

    Returns:
        None when there are too few answers, all are right or none, or the fit breaks down.
    """
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    y = np.asarray(hits, dtype=float)
    if len(y) < FEWEST or y.min() == y.max():
        return None
    columns = {"intercept": np.ones(len(y)), **{name: np.asarray(x, float) for name, x in terms.items()}}
    exog = np.stack(list(columns.values()), axis=1)
    # A random effect needs more than one reader, and images that more than one of them has seen.
    several = (len(set(readers)) > 1, 1 < len(set(cases)) < len(y))
    kept = [_one_hot(names) for names, wanted in zip((readers, cases), several, strict=True) if wanted]
    if not kept:
        return None
    ident = np.concatenate([np.full(one_hot.shape[1], number) for number, one_hot in enumerate(kept)])
    random = np.concatenate(kept, axis=1)
    model = BinomialBayesMixedGLM(y, exog, random, ident, vcp_p=PRIOR_SD, fe_p=PRIOR_EFFECT)
    size = exog.shape[1] + len(kept) + len(ident)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        # A start of its own: without one statsmodels draws it anew each time.
        found = model.fit_vb(mean=np.zeros(size), sd=np.full(size, 0.5), minim_opts={"maxiter": 500})
    if not np.isfinite(found.params).all():
        return None
    means = np.concatenate([found.fe_mean, found.vc_mean])
    precision = np.concatenate(
        [np.full(exog.shape[1], PRIOR_EFFECT**-2.0), np.exp(-2 * found.vcp_mean[ident])]
    )
    errors = _curvature(np.concatenate([exog, random], axis=1), means, precision)
    sds = [_of_log_sd(m, s) for m, s in zip(found.vcp_mean, found.vcp_sd, strict=True)]
    by_group = iter(sds)
    return MixedModel(
        terms=tuple(
            (name, _around(float(m), float(s)))
            for name, m, s in zip(columns, found.fe_mean, errors[: exog.shape[1]], strict=True)
        ),
        reader_sd=next(by_group) if several[0] else None,
        case_sd=next(by_group) if several[1] else None,
        converged=bool(found.optim_retvals.success),
    )


def _curvature(
    design: NDArray[np.float64], means: NDArray[np.float64], precision: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the standard deviations of all effects from the curvature of the log-posterior at their means."""
    p = expit(design @ means)
    hessian = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(precision)
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(hessian))), dtype=np.float64)


def _one_hot(names: Sequence[str]) -> NDArray[np.float64]:
    values, codes = np.unique(np.asarray(names), return_inverse=True)
    return np.eye(len(values))[codes]


def _around(mean: float, sd: float) -> Estimate:
    return Estimate(mean, sd, mean - Z_95 * sd, mean + Z_95 * sd)


def _of_log_sd(mean: float, sd: float) -> Estimate:
    """Return a standard deviation whose logarithm has this posterior."""
    return Estimate(
        float(np.exp(mean)), None, float(np.exp(mean - Z_95 * sd)), float(np.exp(mean + Z_95 * sd))
    )
