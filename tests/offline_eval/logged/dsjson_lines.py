"""Lines of dsjson logs in the shapes that loggers write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CAMPAIGNS = ("tea", "milk", "juice")
Line = dict[str, Any]


def personalizer(
    number: int, chosen: int = 0, *, p: Sequence[float] = (0.5, 0.25, 0.25), reward: float = 0.0, **changes: Any
) -> Line:
    """Returns an event as Personalizer writes it: actions from 1, the chosen one first, probabilities beside them."""
    ranked = [chosen, *(place for place in range(len(p)) if place != chosen)]
    line: Line = {
        "_label_cost": -reward,
        "_label_probability": p[chosen],
        "_label_Action": chosen + 1,
        "_labelIndex": chosen,
        "o": [{"v": reward, "EventId": f"e{number}", "ActionTaken": False}],
        "Timestamp": f"2026-03-01T10:{number % 60:02d}:00.5000000Z",
        "Version": "1",
        "EventId": f"e{number}",
        "a": [place + 1 for place in ranked],
        "c": {"User": [{"segment": "family"}], "_multi": [{"_tag": one, "i": {"id": one}} for one in CAMPAIGNS]},
        "p": [p[place] for place in ranked],
        "VWState": {"m": "N/A"},
    }
    return {name: value for name, value in (line | changes).items() if value is not None}


def stock(chosen: int, *, cost: float, probability: float) -> Line:
    """Returns an event as people write it for stock Vowpal Wabbit: no ids, no names, no ranking."""
    return {
        "_label_cost": cost,
        "_label_probability": probability,
        "_labelIndex": chosen,
        "c": {"shared": {"f": "1"}, "_multi": [{"action": {"f": "1"}}, {"action": {"f": "2"}}]},
    }


def slots(number: int, *, actions: Sequence[int], p: Sequence[float], cost: float) -> Line:
    """Returns an event with two slots, of which the first got the first of the actions; actions from 0."""
    return {
        "EventId": f"e{number}",
        "c": {"_multi": [{"_tag": one} for one in CAMPAIGNS], "_slots": [{"_id": "top"}, {"_id": "side"}]},
        "_outcomes": [
            {"_label_cost": cost, "_id": "top", "_a": list(actions), "_p": list(p)},
            {"_label_cost": -9.0, "_id": "side", "_a": [1, 2], "_p": [0.5, 0.5]},
        ],
    }


def written(path: Path, *lines: Line | str) -> Path:
    """Writes lines, texts as they are, and returns the path."""
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines))
    return path
