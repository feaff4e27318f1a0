"""Comparisons of policies in the same worlds with the same draws."""

from simulators.comparison.compare import LEVEL, ORACLE, Comparison, compare
from simulators.comparison.courses import Course
from simulators.comparison.holm import holm_levels
from simulators.comparison.paired_difference import LEAST_SEEDS, Conclusion, PairedDifference

__all__ = [
    "LEAST_SEEDS",
    "LEVEL",
    "ORACLE",
    "Comparison",
    "Conclusion",
    "Course",
    "PairedDifference",
    "compare",
    "holm_levels",
]
