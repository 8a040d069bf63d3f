"""How often the intervals of studies hold the truth and their tests err; prints tables for docs/statistics.md.

    python bench/study_statistics.py [--rounds 2000] [--out FILE]

Small versions of the same are tests in tests/ml. Counted out where a figure depends on two counts only, simulated with
fixed seeds elsewhere; the Monte Carlo error of a share of 0.95 over 2,000 rounds is 0.005.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binom, norm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import machine  # noqa: E402 - found through the line above

from ml.metrics import drift, equivalence, exact, power, raters, roc  # noqa: E402 - as above
from ml.metrics.bootstrap import ReaderCaseBootstrap  # noqa: E402 - as above
from ml.metrics.detection import detection  # noqa: E402 - as above
from ml.metrics.intervals import newcombe, wilson  # noqa: E402 - as above
from ml.metrics.mixed import crossed  # noqa: E402 - as above

STRATA = [f"{origin}/{cls}" for origin in "rs" for cls in range(5) for _ in range(10)]
SYNTHETIC = np.array([name[0] == "s" for name in STRATA])
RESAMPLES = 500
Row = list[str]


def main() -> int:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    sections = [machine.describe("numpy scipy statsmodels scikit-learn", rounds=str(rounds))]
    for title, head, rows in (
        ("Counted out", ["what", "size", "how often"], counted()),
        ("Simulated: one reader", ["what", "size", "how often"], single(rounds)),
        ("Across readers, 95 % intervals", ACROSS, across(rounds)),
        ("Across readers, two one-sided tests at their margin", ["readers", "sd", "errs"], margins(rounds)),
        (
            "The mixed model",
            ["readers", "sd", "effect of origin held", "found where there is none"],
            mixed(rounds),
        ),
    ):
        print(title, "...", file=sys.stderr, flush=True)
        sections.append(f"**{title}**\n\n{machine.table(head, list(rows))}")
    text = "\n\n".join(sections) + "\n"
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")
    return 0


def counted() -> Iterable[Row]:
    """Yield what is counted out over all tables."""
    for n in (10, 50, 100):
        ends = np.array([wilson(k, n) for k in range(n + 1)])
        held = [
            _chance(n, p) @ ((ends[:, 0] <= p) & (p <= ends[:, 1])) for p in np.linspace(0.005, 0.995, 199)
        ]
        yield [
            "Wilson, 95 %: mean and least over all shares",
            str(n),
            f"{np.mean(held):.3f}, {min(held):.3f}",
        ]
    for n in (10, 50):
        ends = np.array([[newcombe((a, n), (b, n)) for b in range(n + 1)] for a in range(n + 1)])
        held = [
            _chance(n, p) @ ((ends[..., 0] <= p - q) & (p - q <= ends[..., 1])) @ _chance(n, q)
            for p in np.linspace(0.05, 0.95, 19)
            for q in np.linspace(0.05, 0.95, 19)
        ]
        yield ["Newcombe, 95 %: mean and least", f"{n} + {n}", f"{np.mean(held):.3f}, {min(held):.3f}"]
    for n in (20, 50, 100):
        rejected = np.array([exact.exact_binomial(k, n) < 0.05 for k in range(n + 1)])
        yield ["binomial test at 5 %, guessing", str(n), f"{_chance(n, 0.5) @ rejected:.4f}"]
    shares = np.linspace(0.01, 0.99, 99)
    for n in (10, 50):
        rejects = power.fisher_rejects(n, n)
        most = max(_chance(n, p) @ rejects @ _chance(n, p) for p in shares)
        yield ["Fisher's test at 5 %, no difference: most", f"{n} + {n}", f"{most:.4f}"]
    rejects = np.array([[exact.barnard((a, 20), (b, 20)) < 0.05 for b in range(21)] for a in range(21)])
    most = max(_chance(20, p) @ rejects @ _chance(20, p) for p in shares)
    yield ["Barnard's test at 5 %, no difference: most", "20 + 20", f"{most:.4f}"]
    for n, margin in ((50, 0.1), (100, 0.1), (100, 0.05), (200, 0.05)):
        hits = np.arange(n + 1)
        passes = equivalence.p_equivalent(hits[:, None], n, hits[None, :], n, margin) < 0.05
        most = max(_chance(n, p) @ passes @ _chance(n, p - margin) for p in np.linspace(margin, 1, 99))
        yield ["score tests of equivalence at the margin: most", f"{n} + {n}, {margin}", f"{most:.4f}"]
    for d_prime in (0.0, 1.0, 2.0):
        yield ["d', 95 %", f"50 + 50, d' {d_prime}", f"{_detection(50, d_prime):.3f}"]


def single(rounds: int) -> Iterable[Row]:
    """Yield what is simulated for one reader."""
    chance = np.random.default_rng(1)
    borders = [-np.inf, -1.0, -0.5, 0.0, 0.5, 1.0, np.inf]
    for d_prime in (0.0, 1.0, 2.5):
        noise, signal = (np.diff(norm.cdf(borders, loc=shift)) for shift in (-d_prime / 2, d_prime / 2))
        truth = float(roc.area_of_counts(noise, signal))
        points, held = np.arange(1, 7), 0
        for _ in range(rounds):
            found = roc.area(chance.choice(points, 50, p=noise), chance.choice(points, 50, p=signal))
            held += found.low is not None and found.low <= truth <= (found.high or 0)
        yield ["ROC area of six points, 95 %", f"50 + 50, area {truth:.2f}", f"{held / rounds:.3f}"]
    for share in (0.5, 0.9):
        low = 0
        for _ in range(rounds):
            p = drift.slope_p(range(100), (chance.random(100) < share).tolist())
            low += p is not None and p < 0.05
        yield ["drift over 100 trials at 5 %, none there", f"{share:.0%} right", f"{low / rounds:.4f}"]
    reads = np.full((5, 5), 0.025) + np.eye(5) * 0.875
    agreed = float((reads**2).sum(1).mean())
    truth = (agreed - 0.2) / 0.8
    for figure, name, readers in ((_cohen, "Cohen's kappa", 2), (_fleiss, "Fleiss' kappa", 5)):
        held = sum(figure(chance, reads, readers, truth) for _ in range(rounds))
        yield [f"{name}, bootstrap over 100 images, 95 %", f"{readers} readers", f"{held / rounds:.3f}"]


ACROSS = [
    "readers",
    "sd of readers, images",
    "right",
    "accuracy held",
    "drawn-in percentile",
    "plain percentile",
    "difference found",
]


def across(rounds: int) -> Iterable[Row]:
    """Yield coverage of accuracy, that of plain percentiles for comparison, and differences found where none is."""
    for readers, reader_sd, case_sd, share in (
        (1, 0.0, 0.8, 0.9), (2, 0.5, 0.5, 0.9), (3, 0.5, 0.5, 0.9), (5, 0.0, 0.0, 0.9), (5, 0.5, 0.0, 0.9),
        (5, 0.0, 1.0, 0.9), (5, 0.5, 1.0, 0.9), (5, 0.5, 1.0, 0.95), (5, 1.0, 1.0, 0.7), (10, 0.5, 1.0, 0.9),
        (10, 0.5, 1.0, 0.95), (20, 0.5, 1.0, 0.9),
    ):  # fmt: skip
        chance = np.random.default_rng(readers * 1000 + int(share * 100))
        held = inner = plain = found = drawn = 0
        for number in range(rounds):
            scores, truth = _scores(chance, readers, reader_sd, case_sd, share)
            draws = ReaderCaseBootstrap(readers, STRATA, seed=number, resamples=RESAMPLES)
            mean = draws.mean(scores)
            difference = draws.difference(*_arms(scores))
            if mean is None or difference is None:
                continue
            drawn += 1
            whole, interval, gap = mean.share(), mean.interval(), difference.interval()
            held += whole.low is not None and whole.low <= truth <= (whole.high or 0)
            inner += interval.low is not None and interval.low <= truth <= (interval.high or 0)
            low, high = _plain(chance, scores)
            plain += low <= truth <= high
            found += gap.low is not None and not gap.low <= 0 <= (gap.high or 0)
        yield [
            str(readers), f"{reader_sd}, {case_sd}", f"{share:.0%}",
            f"{held / drawn:.3f}", f"{inner / drawn:.3f}", f"{plain / drawn:.3f}", f"{found / drawn:.3f}",
        ]  # fmt: skip


def margins(rounds: int) -> Iterable[Row]:
    """Yield how often arms that differ by the margin of five points pass as equivalent."""
    for readers, reader_sd, case_sd, high in (
        (3, 0.3, 0.5, 0.95), (5, 0.0, 0.0, 0.98), (5, 0.5, 1.0, 0.95), (5, 0.5, 1.0, 0.98), (10, 0.5, 1.0, 0.95),
        (10, 0.5, 1.0, 0.98), (20, 0.3, 1.0, 0.98), (20, 0.3, 1.0, 0.99),
    ):  # fmt: skip
        chance = np.random.default_rng(readers)
        points = norm.ppf((np.arange(2000) + 0.5) / 2000) * np.hypot(reader_sd, case_sd)
        # The constants that give these shares in the long run.
        a, b = (_constant(share, points) for share in (high, high - 0.05))
        passed = 0
        for number in range(rounds):
            shift = np.where(SYNTHETIC, b, a)[None, :]
            own, case = chance.normal(0, reader_sd, (readers, 1)), chance.normal(0, case_sd, (1, len(STRATA)))
            scores = (chance.random((readers, len(STRATA))) < expit(shift + own + case)).astype(float)
            draws = ReaderCaseBootstrap(readers, STRATA, seed=number, resamples=RESAMPLES)
            found = draws.difference(*_arms(scores))
            interval = None if found is None else found.interval(0.9, cautious=True)
            passed += (
                interval is not None
                and interval.low is not None
                and interval.high is not None
                and interval.low > -0.05
                and interval.high < 0.05
            )
        yield [
            f"{readers}",
            f"{reader_sd}, {case_sd}; {high:.0%} against {high - 0.05:.0%}",
            f"{passed / rounds:.4f}",
        ]


def mixed(rounds: int) -> Iterable[Row]:
    """Yield how often the approximate interval of the effect of origin holds it."""
    few = max(50, rounds // 10)
    for readers, reader_sd, case_sd in ((5, 0.5, 1.0), (10, 0.5, 1.0)):
        chance = np.random.default_rng(readers)
        found: dict[float, int] = {}
        for effect in (1.0, 0.0):
            held = 0
            for _ in range(few):
                log_odds = logit(0.85) + effect * (SYNTHETIC - 0.5)[None, :]
                own, case = (
                    chance.normal(0, reader_sd, (readers, 1)),
                    chance.normal(0, case_sd, (1, len(STRATA))),
                )
                hits = chance.random((readers, len(STRATA))) < expit(log_odds + own + case)
                fit = crossed(
                    hits.ravel().tolist(),
                    np.repeat([str(n) for n in range(readers)], len(STRATA)).tolist(),
                    [str(n) for n in range(len(STRATA))] * readers,
                    {"synthetic": np.tile(SYNTHETIC - 0.5, readers).tolist()},
                )
                estimate = None if fit is None else dict(fit.terms)["synthetic"]
                held += estimate is not None and (estimate.low or 0) <= effect <= (estimate.high or 0)
            found[effect] = held
        yield [
            str(readers), f"{reader_sd}, {case_sd}", f"{found[1.0] / few:.3f}", f"{1 - found[0.0] / few:.3f}",
        ]  # fmt: skip


def _chance(n: int, share: float) -> np.ndarray:
    return np.asarray(binom.pmf(np.arange(n + 1), n, share))


def _detection(n: int, d_prime: float) -> float:
    chance = np.outer(_chance(n, norm.cdf(d_prime / 2)), _chance(n, norm.cdf(-d_prime / 2)))
    held = 0.0
    for h, f in np.argwhere(chance > 1e-7):
        found = detection(int(h), n, int(f), n).d_prime
        held += chance[h, f] * ((found.low or 0) <= d_prime <= (found.high or 0))
    return held


def _cohen(chance: np.random.Generator, reads: np.ndarray, _readers: int, truth: float) -> bool:
    said = _said(chance, reads, 2)
    found = raters.kappa_interval(said[0], said[1], seed=1, resamples=RESAMPLES)
    return found is not None and found.low is not None and found.low <= truth <= (found.high or 0)


def _fleiss(chance: np.random.Generator, reads: np.ndarray, readers: int, truth: float) -> bool:
    found = raters.fleiss_interval(_said(chance, reads, readers).astype(float), seed=1, resamples=RESAMPLES)
    return found is not None and found.low is not None and found.low <= truth <= (found.high or 0)


def _said(chance: np.random.Generator, reads: np.ndarray, readers: int) -> np.ndarray:
    true = np.arange(100) % 5
    edges = reads[true].cumsum(1)
    edges[:, -1] = 1
    return np.stack([(chance.random((100, 1)) > edges).sum(1) for _ in range(readers)])


def _scores(
    chance: np.random.Generator, readers: int, reader_sd: float, case_sd: float, share: float
) -> tuple[np.ndarray, float]:
    own = chance.normal(0, reader_sd, (readers, 1)) if readers > 1 else np.zeros((1, 1))
    case = chance.normal(0, case_sd, (1, len(STRATA)))
    scores = (chance.random((readers, len(STRATA))) < expit(logit(share) + own + case)).astype(float)
    points = norm.ppf((np.arange(2000) + 0.5) / 2000) * np.hypot(reader_sd, case_sd)
    return scores, float(expit(logit(share) + points).mean())


def _arms(scores: np.ndarray) -> Sequence[np.ndarray]:
    return np.where(SYNTHETIC, np.nan, scores), np.where(SYNTHETIC, scores, np.nan)


def _plain(chance: np.random.Generator, scores: np.ndarray) -> tuple[float, float]:
    """Return the ordinary percentile interval: n of n readers, n of n images within each stratum."""
    readers = len(scores)
    who = chance.multinomial(readers, np.full(readers, 1 / readers), size=RESAMPLES)
    what = np.concatenate(
        [chance.multinomial(10, np.full(10, 0.1), size=RESAMPLES) for _ in range(10)], axis=1
    )
    means = np.einsum("br,rn,bn->b", who, scores, what, optimize=True) / scores.size
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _constant(share: float, points: np.ndarray) -> float:
    """Return the log-odds whose share, over the deviations of readers and images, is this."""
    low, high = -10.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(middle + points).mean() < share else (low, middle)
    return low


if __name__ == "__main__":
    sys.exit(main())
