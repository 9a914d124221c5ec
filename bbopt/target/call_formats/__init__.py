"""The languages in which a target may be called, one file each."""

from __future__ import annotations

from bbopt.target.call_formats.aclib2 import Aclib2Call
from bbopt.target.call_formats.adapter import adapted_words, hides_budget
from bbopt.target.call_formats.call_format import CallFormat
from bbopt.target.call_formats.given import GivenCall
from bbopt.target.call_formats.irace import IraceCall
from bbopt.target.call_formats.smac import SmacCall
from bbopt.target.call_formats.template import TemplateCall, printed_call, request_facts

__all__ = [
    "Aclib2Call",
    "CallFormat",
    "GivenCall",
    "IraceCall",
    "SmacCall",
    "TemplateCall",
    "adapted_words",
    "hides_budget",
    "printed_call",
    "request_facts",
]
