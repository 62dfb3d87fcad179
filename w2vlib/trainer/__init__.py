"""The same updates at speed, on files of any size."""

from w2vlib.trainer.loop import train

__all__ = ["train"]
