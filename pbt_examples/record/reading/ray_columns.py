"""The columns that Ray adds to the metrics of a report."""

COUNTERS = ("training_iteration", "iterations_since_restore")
STAMPS = ("time_this_iter_s", "timestamp", "pid")
RAY_COLUMNS = {
    "checkpoint_dir_name", "config", "date", "done", "episodes_total", "experiment_id",
    "experiment_tag", "hostname", "iterations_since_restore", "node_ip", "pid",
    "restored_from_trial_id", "should_checkpoint", "time_since_restore",
    "time_this_iter_s", "time_total_s", "timestamp", "timesteps_since_restore",
    "timesteps_total", "training_iteration", "trial_id", "trial_name", "warmup_time",
}  # fmt: skip
"""Columns that any release of Ray adds to the metrics of a report."""
UNUSED = RAY_COLUMNS - {*COUNTERS, *STAMPS, "checkpoint_dir_name"}
