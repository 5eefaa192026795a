"""Write the directory of a PBT run whose course is known, as Ray would."""

import json
import random
from dataclasses import dataclass, field

import pytest

COLUMNS = [
    "score", "gt_lr", "training_iteration", "iterations_since_restore", "time_this_iter_s",
    "timestamp", "pid", "gt_me", "gt_src_trial", "gt_src_iter", "gt_before",
]  # fmt: skip


def seeds(sample, total):
    """Return seeds for a test; those after the sample are for ``nox -s soak``."""
    rest = (pytest.param(n, marks=pytest.mark.soak) for n in range(sample, total))
    return [*range(sample), *rest]


@dataclass
class Synthetic:
    """A synchronous or asynchronous run, step by step, with what it reported.

    `exploits` has for each trial ``(iteration, donor, donor_iteration)``; `log` has the
    lines that Ray would write, `policies` those that led to each trial's state, and
    `moments` how much of all that there was after each step.
    """

    trials: int = 4
    interval: int = 3
    seed: int = 0
    synch: bool = True
    factors: tuple = (0.8, 1.2)
    first: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    exploits: list = field(default_factory=list)
    log: list = field(default_factory=list)
    time: int = 1_700_000_000

    def __post_init__(self):
        self.random = random.Random(self.seed)
        drawn = [round(self.random.uniform(0.01, 1), 6) for _ in range(self.trials)]
        self.lr = [*(self.first or drawn)]
        self.first = [*self.lr]
        self.tags = [f"{k}_lr={lr:.4f}" for k, lr in enumerate(self.lr)]
        self.iteration = [0] * self.trials
        self.score = [0.0] * self.trials
        self.since = [0] * self.trials
        self.saved = [(0, 0.0)] * self.trials  # last checkpoint: iteration and score
        self.own_save = [False] * self.trials  # made since its last exploit
        self.source = [(-1, -1)] * self.trials  # of its state: trial and iteration
        self.rows = [[] for _ in range(self.trials)]
        self.exploits = [[] for _ in range(self.trials)]
        self.policies = [[] for _ in range(self.trials)]
        self.moments = []

    def step(self, trial):
        """Let a trial report once, and exploit if it is time to."""
        self.time += 1
        self.iteration[trial] += 1
        self.since[trial] += 1
        before = self.score[trial]
        self.score[trial] += self.lr[trial] + self.random.gauss(0, 0.05)
        now = self.iteration[trial]
        self.rows[trial].append(
            [self.score[trial], self.lr[trial], now, self.since[trial],
             0.1 + self.random.random(), self.time, 1000 + trial, trial,
             *self.source[trial], before]
        )  # fmt: skip
        if now % self.interval == 0:
            self.saved[trial] = now, self.score[trial]
            self.own_save[trial] = True
            if not self.synch:
                self.maybe_exploit(trial, late=1)
        self.note_moment()

    def maybe_exploit(self, trial, *, late=0):
        """Let a trial take over from a better one, if it is the worst."""
        donors = [k for k in range(self.trials) if k != trial and self.own_save[k]]
        if not donors or self.score[trial] > min(self.score[k] for k in donors):
            return
        donor = max(donors, key=lambda k: self.score[k])
        new = self.lr[donor] * self.random.choice(self.factors)
        origin, score = self.saved[donor]
        self.log.append(
            [self.tags[trial], self.tags[donor], self.iteration[trial] - late,
             self.iteration[donor], {"lr": self.lr[donor]}, {"lr": new}]
        )  # fmt: skip
        self.policies[trial] = [*self.policies[donor], self.log[-1]]
        self.exploits[trial].append((self.iteration[trial], donor, origin))
        self.source[trial] = donor, origin
        self.lr[trial], self.iteration[trial], self.score[trial] = new, origin, score
        self.since[trial] = 0
        self.saved[trial] = origin, score
        self.own_save[trial] = False

    def run(self, iterations):
        """Run for this many reports per trial, on average if asynchronous."""
        if self.synch:
            for step in range(1, iterations + 1):
                for trial in range(self.trials):
                    self.step(trial)
                if step % self.interval == 0 and step < iterations:
                    self.maybe_exploit(self.score.index(min(self.score)))
            return self
        for _ in range(iterations * self.trials):
            self.step(self.random.randrange(self.trials))
        return self

    def note_moment(self):
        """Note how far the run has come."""
        reported = [len(rows) for rows in self.rows]
        self.moments.append((reported, len(self.log), [*self.policies], [*self.lr]))

    def save(self):
        """Let each trial save a checkpoint."""
        self.saved = [*zip(self.iteration, self.score, strict=True)]

    def crash(self, trial):
        """Let a trial fail and go on from its checkpoint."""
        self.iteration[trial], self.score[trial] = self.saved[trial]
        self.since[trial] = 0
        self.source[trial] = trial, self.iteration[trial]

    def write(
        self,
        folder,
        *,
        results=0.0,
        status="TERMINATED",
        old="",
        log=None,
        restored=False,
    ):
        """Write the text files; `results` is the share of reports in ``result.json``.

        `old` names an old release whose format to use, such as ``0.8.7`` or ``1.13``.
        """
        folder.mkdir(parents=True)
        states = []
        for trial, rows in enumerate(self.rows):
            name = f"train_abcde_{trial:05d}_{self.tags[trial]}_2026-01-01"
            if old == "0.8.7":
                name = f"train_{self.tags[trial]}_2020-08-12_00-00-00x{trial}"
            place = folder / name
            place.mkdir()
            lines = [",".join(COLUMNS), *(",".join(map(repr, row)) for row in rows)]
            (place / "progress.csv").write_text("\r\n".join([*lines, ""]))
            if results:
                kept = [row for row in rows if self.random.random() < results]
                (place / "result.json").write_text("".join(map(self.result, kept)))
            config = {"lr": self.lr[trial]}
            state = {
                "experiment_tag": self.tags[trial], "status": status, "config": config,
                "evaluated_params": {"lr": self.first[trial]},
            }  # fmt: skip
            if old == "0.8.7":
                # As its trial.py and pbt.py have it: objects, in the order in which they
                # were first saved, with a tag that perturbations extend.
                if self.exploits[trial]:
                    state["experiment_tag"] += f"@perturbed[lr={self.lr[trial]}]"
                logdir = f"/elsewhere/{name}"
                at = self.random.randint(0, len(states))
                states.insert(at, state | {"logdir": logdir})
            elif old:
                states.append(json.dumps(state | {"logdir": f"/elsewhere/{name}"}))
            else:
                state |= {"relative_logdir": name}
                state["_Trial__unresolved_config"] = {"lr": self.first[trial]}
                states.append([json.dumps(state), "{}"])
        key = "checkpoints" if old else "trial_data"
        content = {key: states, "stats": {"start_time": 1_700_000_000.0}}
        content["runner_data"] = {"_resumed": restored, "_metric": "score"}
        (folder / "experiment_state-2026.json").write_text(json.dumps(content))
        lines = self.log if log is None else log
        if lines:  # Ray creates the file with the first one
            text = "".join(f"{json.dumps(line)}\n" for line in lines)
            (folder / "pbt_global.txt").write_text(text)
        return folder

    def write_in_passing(self, folder, moment, *, results=0.0):
        """Write each file as it was at a different moment, as Ray leaves them in mid-run.

        `moment` returns one of `moments` for each file.
        """
        self.write(folder, results=results, status="RUNNING")
        for trial, place in enumerate(sorted(folder.glob("train_*"))):
            self.cut(place / "progress.csv", 1 + moment()[0][trial])
            if results:
                last = self.rows[trial][moment()[0][trial] - 1][5]
                lines = (place / "result.json").read_text().splitlines()
                kept = sum(json.loads(line)["timestamp"] <= last for line in lines)
                self.cut(place / "result.json", kept)
            if policy := moment()[2][trial]:
                text = "".join(f"{json.dumps(line)}\n" for line in policy)
                (folder / f"pbt_policy_{trial}.txt").write_text(text)
        if self.log:
            self.cut(folder / "pbt_global.txt", moment()[1])
        return folder

    @staticmethod
    def cut(file, lines):
        """Leave only the first lines of a file, or no file if there are none."""
        kept = file.read_text().splitlines(keepends=True)[:lines]
        file.write_text("".join(kept)) if kept else file.unlink()

    @staticmethod
    def result(row):
        """Return a line of result.json."""
        report = dict(zip(COLUMNS, row, strict=True)) | {"config": {"lr": row[1]}}
        return json.dumps(report) + "\n"
