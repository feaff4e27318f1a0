"""Comparisons of policies in the same worlds with the same draws."""

from simulators.comparison.compare import LEVEL, ORACLE, Comparison, compare
from simulators.comparison.courses import Course
from simulators.comparison.highest import Beside, beside_highest
from simulators.comparison.paired_difference import LEAST_SEEDS, Conclusion, PairedDifference

__all__ = [
    "LEAST_SEEDS",
    "LEVEL",
    "ORACLE",
    "Beside",
    "Comparison",
    "Conclusion",
    "Course",
    "PairedDifference",
    "beside_highest",
    "compare",
]
