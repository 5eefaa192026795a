"""Run a cluster of nodes with one slot each; kill one when told to on standard input.

This is a separate process, so that the cluster's environment can differ from the driver's.
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
