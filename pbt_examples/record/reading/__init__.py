"""Reading the directory of a Ray Tune experiment: `ray_directory` begins, and says how."""
