"""Loads what the bot has loaded a while after its start; for the process that `tests/forked.py` forks from."""

import docxtpl
import openpyxl
import typst

import bot
import gemini_live_session
from russian import morphology

__all__ = ("bot", "docxtpl", "gemini_live_session", "openpyxl", "typst")

morphology.warm_up()
