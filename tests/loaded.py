"""Loads what the bot has loaded a while after its start; for the process that `tests/forked.py` forks from."""

import gc
from importlib import import_module

from function_calls import discover
from russian import morphology

PARTS = ("bot", "gemini_live_session", "docxtpl", "openpyxl", "typst")

gc.disable()  # as bot.py does while it loads
for part in PARTS:
    import_module(part)
import_module("handlers.loading").load_media()
discover().load()
morphology.warm_up()
gc.freeze()
gc.enable()
