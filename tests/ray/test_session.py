"""A session starts the processes that trials need, and no others."""

import psutil
from pbt_examples.toy import toy_param_space, train_toy
from pbt_examples.tuning import ray_session, run_experiment


def title(process):
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:  # it has just ended
        return ""


def test_no_idle_worker_is_started_in_advance():
    with ray_session(slots=2):
        import ray

        class Trial:
            def begin(self):
                return "begun"

        trial = ray.remote(Trial).remote()
        assert ray.get(trial.begin.remote(), timeout=60) == "begun"
        titles = [title(each) for each in psutil.Process().children(recursive=True)]
        assert any(each.startswith("ray::Trial") for each in titles)
        assert "ray::IDLE" not in titles
        options = {"iterations": 1, "hyperparameters": ["lr"], "slots": 2}
        assert not run_experiment(train_toy, toy_param_space(), **options).history.empty
