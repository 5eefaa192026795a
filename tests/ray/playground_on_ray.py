from pbt_examples.toy import toy_param_space, toy_scheduler, train_toy
from pbt_examples.tuning import WeightsOnly, ray_session, run_experiment

space = toy_param_space([0.0, 1.0, 0.01])
space |= {"lr": 0.02, "checkpoint_interval": 3}
scheduler = toy_scheduler(WeightsOnly, perturbation_interval=3, seed=12)
with ray_session():
    run = run_experiment(train_toy, space, scheduler=scheduler, iterations=12)
run.save("playground_on_ray")
