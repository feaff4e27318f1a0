"""Named features: a protobuf map to plain values and back."""

from __future__ import annotations

from collections.abc import Mapping

from banditsvc.core.context import FeatureValue
from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_number import read_number
from banditsvc.rpc.wire_text import MOST_CHARACTERS, are_labels, read_prose, text_fault
from banditsvc.v1 import context_pb2 as pb

MOST_NUMBER = 1e15
MOST_TEXTS = 100


def read_features(
    values: Mapping[str, pb.FeatureValue], most: int, path: str, faults: Faults
) -> dict[str, FeatureValue]:
    """Returns named features, at most so many, each a number, a text, a flag or a list of texts."""
    if len(values) > most:
        faults.add(path, f"must have at most {most} entries")
        return {}
    features: dict[str, FeatureValue] = {}
    # A map of protobuf gives its items in three times the time that its names and each one's value take.
    for name in values:
        value = values[name]
        kind = value.WhichOneof("value")
        if kind == "number":
            features[name] = number = value.number
            if not -MOST_NUMBER <= number <= MOST_NUMBER:
                read_number(number, -MOST_NUMBER, MOST_NUMBER, f"{at_key(path, name)}.number", faults)
        elif kind == "text":
            features[name] = text = value.text
            if len(text) > MOST_CHARACTERS:
                read_prose(text, f"{at_key(path, name)}.text", faults, MOST_CHARACTERS)
        elif kind == "flag":
            features[name] = value.flag
        elif kind == "texts":
            features[name] = _read_texts(value.texts, f"{at_key(path, name)}.texts.texts", faults)
        else:
            faults.add(at_key(path, name), "must have one of number, text, flag, texts")
    if features:
        check_names(features, path, faults)
    return features


def check_names(values: Mapping[str, object], path: str, faults: Faults) -> None:
    """Notes every key of a map that is not a name of 1 to 128 characters."""
    if "" not in values and are_labels(values):
        return
    for name in values:
        if fault := text_fault(name):
            faults.add(at_key(path, name), f"name {fault}")


def write_feature(value: FeatureValue) -> pb.FeatureValue:
    """Returns a feature as a message."""
    # bool first: a bool is an int, and so would pass for a number.
    if isinstance(value, bool):
        return pb.FeatureValue(flag=value)
    if isinstance(value, str):
        return pb.FeatureValue(text=value)
    if isinstance(value, tuple):
        return pb.FeatureValue(texts=pb.TextList(texts=value))
    return pb.FeatureValue(number=value)


def write_features(values: Mapping[str, FeatureValue]) -> dict[str, pb.FeatureValue]:
    """Returns named features as the entries of a protobuf map."""
    return {name: write_feature(value) for name, value in values.items()}


def _read_texts(texts: pb.TextList, path: str, faults: Faults) -> tuple[str, ...]:
    """Returns the distinct texts, sorted: a list means the same in any order."""
    read = tuple(texts.texts)
    if len(read) > MOST_TEXTS:
        faults.add(path, f"must have at most {MOST_TEXTS} texts")
    elif any(len(text) > MOST_CHARACTERS for text in read):
        for i, text in enumerate(read):
            read_prose(text, f"{path}[{i}]", faults, MOST_CHARACTERS)
    return read if len(read) < 2 else tuple(sorted(set(read)))
