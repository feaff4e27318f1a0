"""Pages: self-contained HTML with plots as SVG inside, to be read in a browser without network, or printed.

Needs the extra `reports`; see banditsvc.reports.extra for how to import it.
"""

from banditsvc.reports.html.area_plot import AreaPanel, area_plot
from banditsvc.reports.html.band_plot import Line, band_plot
from banditsvc.reports.html.curve_plot import Curve, curve_plot
from banditsvc.reports.html.day_plot import DayLine, day_plot
from banditsvc.reports.html.forest_plot import ForestRow, forest_plot
from banditsvc.reports.html.page import render_page
from banditsvc.reports.html.share_plot import SharePoint, share_plot
from banditsvc.reports.html.svg import Tone
from banditsvc.reports.html.volume_plot import Volume, volume_plot

__all__ = [
    "AreaPanel",
    "Curve",
    "DayLine",
    "ForestRow",
    "Line",
    "SharePoint",
    "Tone",
    "Volume",
    "area_plot",
    "band_plot",
    "curve_plot",
    "day_plot",
    "forest_plot",
    "render_page",
    "share_plot",
    "volume_plot",
]
