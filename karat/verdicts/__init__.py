"""Takes states, distances and a contract; gives verdicts bound to digests, and the gate."""

from karat.verdicts.alarms import Alarm, Watch, alarm
from karat.verdicts.build import Build
from karat.verdicts.gate import Admission, admission, refuse_unless_admitted
from karat.verdicts.judging import JUDGE_VERSION, judge
from karat.verdicts.ledger import Ledger, record
from karat.verdicts.lineage import Link, links
from karat.verdicts.trial import Subject, current_golden, subject
from karat.verdicts.verdict import Finding, Outcome, Verdict, worst

__all__ = [
    "JUDGE_VERSION",
    "Admission",
    "Alarm",
    "Build",
    "Finding",
    "Ledger",
    "Link",
    "Outcome",
    "Subject",
    "Verdict",
    "Watch",
    "admission",
    "alarm",
    "current_golden",
    "judge",
    "links",
    "record",
    "refuse_unless_admitted",
    "subject",
    "worst",
]
