from .explore import Explorer, Plane, explore

__all__ = ["Explorer", "Plane", "explore"]
