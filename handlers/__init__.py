"""The front door for an application of one's own:

from handlers import init_voice_assistant, register_voice_assistant_handlers

init_voice_assistant()
register_voice_assistant_handlers(application)
"""

from handlers.integration import init_voice_assistant, register_voice_assistant_handlers

__all__ = ["init_voice_assistant", "register_voice_assistant_handlers"]
