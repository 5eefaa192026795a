"""What the landing page says about its run agrees with the record."""

import re

from built_site import SITE
from pbt_examples import Run


def test_all_models_descend_from_one_from_the_linked_iteration_on(parse):
    (link,) = parse("index.html").select("a[href^='#iteration=']")
    assert "descend from a single one" in " ".join(link.parent.get_text().split())
    linked = int(re.sub(r"\D", "", link["href"]))
    run = Run.load(SITE / "data" / "population_sweep" / "pbt_4")

    def families(iteration):
        before = run.exploits[run.exploits["iteration"] <= iteration]
        founder = {trial: trial for trial in run.trials}
        for _, decided in before.groupby("iteration"):
            pairs = zip(decided["target"], decided["donor"], strict=True)
            founder |= {target: founder[donor] for target, donor in pairs}
        return len({*founder.values()})

    assert families(linked) == 1
    assert families(linked - 1) > 1
