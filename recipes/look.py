"""Look at the run in the folder ``my_run``, also while it goes on."""

from pbt_examples import Run, write_report
from pbt_examples.figures import plot_lineage, plot_schedule

run = Run.load("my_run")
print(run, run.compare_applied().T, sep="\n")
plot_lineage(run).figure.savefig("lineage.png")
plot_schedule(run)[0].figure.savefig("schedule.png")
write_report(run, "my_report")  # open my_report/index.html
