"""Compare what trials report about themselves with a run that was read.

They report the learning rate that they use (``gt_lr``), their number (``gt_me``), whose
state they went on from and at which of its iterations (``gt_src_trial``, ``gt_src_iter``;
-1 for none), and the score of the state before this step (``gt_before``).
"""


def wrongs(run):
    """Return what is wrong in a run; what it says is unknown is not wrong."""
    name = next((n for n in run.hyperparameters if n.split("/")[-1] == "lr"), None)
    rates = run.history[name].astype(float) if name else run.history["gt_lr"]
    wrong = rates.notna() & ((rates - run.history["gt_lr"]).abs() > 1e-12)
    faults = [f"{wrong.sum()} learning rates"] * bool(wrong.any())
    segments = dict(tuple(run.history.groupby(["trial", "segment"])))
    exploits = {(e["target"], e["segment"]): e for e in run.exploits.to_dict("records")}
    for place, rows in segments.items():
        own = rows["gt_src_trial"].isin([-1, place[0]])
        pairs = rows.loc[~own, ["gt_src_trial", "gt_src_iter"]].drop_duplicates()
        sources = {tuple(map(int, pair)) for pair in pairs.to_numpy()}
        exploit = exploits.get(place)
        read = {(exploit["donor"], exploit["donor_iteration"])} if exploit else set()
        if exploit and exploit["donor"] == -1 and sources:
            continue  # the donor is unknown, and said to be
        if read != sources:
            faults.append(f"{place} came from {sources}, not {read}")
        elif exploit and not _is_state(segments, exploit, rows["gt_before"].iloc[0]):
            faults.append(f"{place} did not begin with that state of segment {exploit}")
    return faults


def _is_state(segments, exploit, score):
    donor = segments.get((exploit["donor"], exploit["donor_segment"]))
    if donor is None:
        return exploit["donor_segment"] == -1
    return (
        score in donor.loc[donor["iteration"] == exploit["donor_iteration"], "score"].array
    )
