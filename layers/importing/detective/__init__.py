"""How a file's numbers are meant: found by comparing them with what the store holds.

    subject     what the file shows
    ground      what the store holds
    readings    the ways in which the numbers may be meant
    witnesses   who knows where the rows should be
    trials      readings before witnesses, and which of two is better
    shifting    maps that lie beside the ground
    oddities    single rows that are meant otherwise
    detect      all of it together
    files       the same of a file
    suspicion   what an import says of a declared datum that does not fit

It proposes, the user decides: nothing here changes a place.
"""

from layers.importing.detective.detect import Detection, Hypothesis, Verdict, detect
from layers.importing.detective.files import detect_file
from layers.importing.detective.ground import Ground
from layers.importing.detective.oddities import OddRows
from layers.importing.detective.readings import Reading
from layers.importing.detective.subject import Subject, subject_from, subject_of

__all__ = [
    "Detection",
    "Ground",
    "Hypothesis",
    "OddRows",
    "Reading",
    "Subject",
    "Verdict",
    "detect",
    "detect_file",
    "subject_from",
    "subject_of",
]
