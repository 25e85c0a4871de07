"""getUpdates, the webhook, getFile."""

from typing import Any

from emulators.telegram.arguments import Arguments
from emulators.telegram.updates import BY_DEFAULT, KINDS
from emulators.telegram.wire import ApiError, Json
from emulators.telegram.world import World

from .registry import method

_LONGEST_POLL_S = 50
_SHORT_POLL_S = 3


@method("getUpdates", "offset limit timeout allowed_updates", waits=True)
async def get_updates(world: World, arguments: Arguments) -> list[Any]:
    if world.webhook.url:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    limit = arguments.integer("limit", 100, 1, 100)
    timeout = arguments.integer("timeout", 0, 0, _LONGEST_POLL_S)
    _allow(world, arguments)
    offset = arguments.integer("offset")
    world.updates.confirm(offset)
    updates = await world.next_updates(limit, timeout)
    _mind_haste(world, offset, in_vain=not updates and timeout < _SHORT_POLL_S)
    return updates


@method("setWebhook", "url certificate ip_address max_connections allowed_updates drop_pending_updates secret_token")
async def set_webhook(world: World, arguments: Arguments) -> bool:
    connections = arguments.integer("max_connections", 40, 1, 100)
    if arguments.boolean("drop_pending_updates"):
        world.updates.clear()
    world.webhook.set(arguments.text("url"), arguments.text("secret_token"), connections)
    _allow(world, arguments)
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(world: World, arguments: Arguments) -> bool:
    if arguments.boolean("drop_pending_updates"):
        world.updates.clear()
    world.webhook.set("", "", 40)
    return True


@method("getWebhookInfo")
async def get_webhook_info(world: World, arguments: Arguments) -> Json:
    allowed = world.updates.allowed
    return world.webhook.info(None if allowed == BY_DEFAULT else sorted(allowed))


@method("getFile", "file_id")
async def get_file(world: World, arguments: Arguments) -> Json:
    return world.files.open_path(arguments.text("file_id"))


@method("logOut")
async def log_out(world: World, arguments: Arguments) -> bool:
    return True


@method("close")
async def close(world: World, arguments: Arguments) -> bool:
    return True


def _mind_haste(world: World, offset: int, *, in_vain: bool) -> None:
    """A bot that asks again at once instead of waiting is slowed down by the real server."""
    now = world.clock.now()
    if in_vain and world.asked_in_vain is not None:
        before, at = world.asked_in_vain
        if before == offset and now - at < _SHORT_POLL_S:
            world.problems.append(f"getUpdates was asked again after {now - at:.1f} s instead of waiting (timeout)")
    world.asked_in_vain = (offset, now) if in_vain else None


def _allow(world: World, arguments: Arguments) -> None:
    """Kinds of updates from now on; a list that cannot be read changes nothing, an empty one is the default."""
    if not arguments.text("allowed_updates"):
        return
    try:
        wanted = arguments.json("allowed_updates", "")
    except ApiError:
        return
    if isinstance(wanted, list):
        known = KINDS.intersection(kind for kind in wanted if isinstance(kind, str))
        world.updates.allowed = known or BY_DEFAULT
