"""Run a cluster of several nodes of one slot each; told so on standard input, kill one.

A process of its own, so that the cluster can have another environment than the driver.
"""

import sys

from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
workers = [cluster.add_node(num_cpus=1) for _ in range(int(sys.argv[1]) - 1)]
cluster.wait_for_nodes()
print(cluster.address, flush=True)
for line in sys.stdin:
    if line == "kill a node\n":
        cluster.remove_node(workers.pop(), allow_graceful=False)
        print("killed", flush=True)
cluster.shutdown()
